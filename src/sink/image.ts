import { canonicalJson, checksum31, contentHash, sha256 } from '../core/identifiers.ts';
import type { TwentyFields, TwentyValue } from '../twenty/model.ts';
import { isEmpty } from '../twenty/values.ts';

/** A value of a field in the form that both sides share (src/twenty/normalise.ts). */
export type Normal = (name: string, value: unknown) => TwentyValue;

/** What a record should be in Twenty: mapped fields, links and owner, before the sync fields. */
export type Content = TwentyFields;

/**
 * The buckets that reconciliation sums checksums over (design §10.3); Twenty groups thousands when asked with a limit.
 * Changing it changes every row's sourceBucket.
 */
export const BUCKETS = 1024;

export function bucketOf(sourceKey: string): number {
  return Number.parseInt(sha256(sourceKey).slice(0, 8), 16) % BUCKETS;
}

const RIDERS: ReadonlySet<string> = new Set(['sourceVersion', 'sourceModifiedAt', 'sourceChecksum', 'sourceBucket']);

export interface Provenance {
  /** The survivor's key; null while another row still has it. */
  readonly sourceKey: string | null;
  readonly contributors: readonly string[];
  readonly sourceVersion: string | null;
  /** Milliseconds. */
  readonly sourceModifiedAt: number | null;
}

export interface Image {
  readonly fields: TwentyFields;
  /** Of what decides whether a write is needed. */
  readonly hash: string;
  /** Null while a link is still missing (design §10.3), or where the object carries no sync fields. */
  readonly checksum: number | null;
}

/**
 * The complete image. Version and modified time ride along with the next write but never cause one:
 * a source change that touches nothing mapped costs no call.
 */
export function imageOf(content: Content, provenance: Provenance | null, complete: boolean, normal: Normal): Image {
  if (provenance === null) return { fields: content, hash: hashOf(content, normal), checksum: null };
  const keyed: TwentyFields = {
    ...content,
    sourceKey: provenance.sourceKey,
    sourceKeys: [...provenance.contributors].sort(),
  };
  const hash = hashOf(keyed, normal);
  const checksum = complete ? checksum31(hash) : null;
  const modified = provenance.sourceModifiedAt;
  return {
    fields: {
      ...keyed,
      sourceVersion: provenance.sourceVersion,
      sourceModifiedAt: modified === null ? null : new Date(modified).toISOString(),
      sourceChecksum: checksum,
      sourceBucket: bucketOf(provenance.sourceKey ?? ''),
    },
    hash,
    checksum,
  };
}

/** Hash of the fields that can cause a write, in the form that both sides share. Nothing, however it is spelt, counts as absent. */
export function hashOf(fields: TwentyFields, normal: Normal): string {
  const counted: Record<string, TwentyValue> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (RIDERS.has(name)) continue;
    const normalised = normal(name, value);
    if (!isEmpty(normalised)) counted[name] = normalised;
  }
  return contentHash(counted);
}

export function sameValue(name: string, a: unknown, b: unknown, normal: Normal): boolean {
  const left = normal(name, a);
  const right = normal(name, b);
  if (isEmpty(left) || isEmpty(right)) return isEmpty(left) && isEmpty(right);
  return canonicalJson(left) === canonicalJson(right);
}

/** The members of `wanted` whose value is another one in `present`. */
export function changedFields(
  wanted: TwentyFields,
  present: Readonly<Record<string, unknown>>,
  normal: Normal,
): string[] {
  return Object.keys(wanted).filter((name) => !sameValue(name, wanted[name], present[name], normal));
}

/** Whether the present values, as read, are what the image wants; what only rides along does not count. */
export function holds(wanted: TwentyFields, present: Readonly<Record<string, unknown>>, normal: Normal): boolean {
  return changedFields(wanted, present, normal).every((name) => RIDERS.has(name) && name !== 'sourceChecksum');
}

/** The same fields with the value at the path emptied; composites stay complete. */
export function without(fields: TwentyFields, path: string): TwentyFields {
  const [root = path, ...rest] = path.split('.');
  const value = fields[root];
  if (value === undefined) return fields;
  if (rest.length === 0 || value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { ...fields, [root]: null };
  }
  return { ...fields, [root]: without(value as TwentyFields, rest.join('.')) };
}
