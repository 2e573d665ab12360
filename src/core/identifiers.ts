import { createHash, hash } from 'node:crypto';
import { ChangeoverError } from './errors.ts';

/** `source/object/id`. The id may itself contain slashes; source and object may not. */
export type RecordKey = string & { readonly __brand: 'RecordKey' };

export interface RecordKeyParts {
  readonly source: string;
  readonly object: string;
  readonly id: string;
}

export function recordKey(source: string, object: string, id: string): RecordKey {
  if (source === '' || object === '' || id === '' || source.includes('/') || object.includes('/')) {
    throw new ChangeoverError('INTERNAL', `not the parts of a record key: ${JSON.stringify({ source, object, id })}`);
  }
  return `${source}/${object}/${id}` as RecordKey;
}

/** Whether a text that somebody wrote has the form of a key; that a record has it is another question. */
export function isRecordKey(key: string): key is RecordKey {
  const first = key.indexOf('/');
  const second = key.indexOf('/', first + 1);
  return first >= 1 && second >= first + 2 && second < key.length - 1;
}

export function parseRecordKey(key: string): RecordKeyParts {
  const first = key.indexOf('/');
  const second = key.indexOf('/', first + 1);
  if (!isRecordKey(key)) {
    throw new ChangeoverError('INTERNAL', `not a record key: ${JSON.stringify(key)}`);
  }
  return { source: key.slice(0, first), object: key.slice(first + 1, second), id: key.slice(second + 1) };
}

/** Changeover's own UUID namespace; never changes, or every id would. */
const NAMESPACE = Buffer.from('6f2b1d0c9f5e5b7aa1c3d4e5f6071829', 'hex');

/** A name-based UUID, version 5 (RFC 9562 §5.5), in lower case: Twenty does not match upper case (twenty.md O2). */
export function uuidV5(name: string): string {
  const digest = createHash('sha1').update(NAMESPACE).update(name, 'utf8').digest().subarray(0, 16);
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The Twenty id of a record: the same for the same key and incarnation, for ever, on every machine. */
export function targetId(key: string, incarnation = 0): string {
  return uuidV5(incarnation === 0 ? key : `${key}#${incarnation}`);
}

/** JSON with the keys of every object sorted, so that equal contents give equal text. `undefined` members are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member === 'bigint') return member.toString();
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
    const sorted: Record<string, unknown> = {};
    for (const name of Object.keys(member).sort()) sorted[name] = (member as Record<string, unknown>)[name];
    return sorted;
  });
}

/** SHA-256 of the text, in hex. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

/** The hash that says whether two contents are equal: SHA-256 of the canonical JSON, first 128 bits in hex. */
export function contentHash(value: unknown): string {
  return sha256(canonicalJson(value)).slice(0, 32);
}

/** A 31-bit checksum of a content hash: sums of it stay exact in Twenty's double aggregates (twenty.md §0). */
export function checksum31(hex: string): number {
  return Number.parseInt(hex.slice(0, 8), 16) & 0x7fffffff;
}
