import type { ErrorCode } from '../core/error-codes.ts';
import type { FieldValue } from '../events/event.ts';
import type { Loss } from './model.ts';

/**
 * What flows through transforms. Dates are `yyyy-MM-dd`, timestamps ISO in UTC with milliseconds, decimals their digits
 * as text (`-1234.5`), composites plain objects in Twenty's own shape.
 */
export type Value = string | number | boolean | null | readonly Value[] | ValueObject;
export interface ValueObject {
  readonly [name: string]: Value;
}

/** The kinds that are checked before anything runs. `any` is known only at run time. */
export const KINDS = [
  'any',
  'text',
  'number',
  'decimal',
  'boolean',
  'date',
  'timestamp',
  'list',
  'json',
  'option',
  'options',
  'currency',
  'emails',
  'phones',
  'links',
  'name',
  'address',
  'richText',
] as const;
export type Kind = (typeof KINDS)[number];

/** A value that a transform cannot take; what becomes of it is the mapping's word (`onInvalid`). */
export class BadValue extends Error {
  readonly code: ErrorCode;
  readonly value: string;
  /** What is left without the bad parts, where a cell holds several values; null where nothing is. */
  readonly rest: Value;

  constructor(code: ErrorCode, reason: string, value: Value, rest: Value = null) {
    super(reason);
    this.name = 'BadValue';
    this.code = code;
    this.value = shown(value);
    this.rest = rest;
  }
}

/** A value that is none of the options; what becomes of it is the mapping's word (`unknown`). */
export class NotAnOption extends Error {
  readonly value: string;
  readonly policy: 'hold' | 'leave' | 'refuse';

  constructor(value: string, policy: 'hold' | 'leave' | 'refuse') {
    super(`${JSON.stringify(shown(value))} is none of the options`);
    this.name = 'NotAnOption';
    this.value = value;
    this.policy = policy;
  }
}

export type LossKind = Loss['kind'];

/** How values stand in losses, questions and messages: at most 200 characters. */
export function shown(value: Value): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= 200 ? text : `${cut(text, 199)}…`;
}

/** The first `length` UTF-16 units, never half of a surrogate pair. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** Null, nothing but white space, an empty list, or a list of nothing but those. */
export function isEmpty(value: Value): boolean {
  if (value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  return Array.isArray(value) && value.every((member) => isEmpty(member as Value));
}

/** A value as it stands in an event. Longs beyond 2^53 stay digits. */
export function fromEvent(value: FieldValue | undefined): Value {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map((member: FieldValue) => fromEvent(member));
  return value as string | number | boolean;
}

/** Text of a single value; lists are joined with `, `. */
export function asText(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) {
    return value
      .filter((member) => !isEmpty(member as Value))
      .map((member) => asText(member as Value))
      .join(', ');
  }
  return JSON.stringify(value);
}

/** Printable ASCII with single spaces: most names, and nothing to fold but case. */
const SIMPLE = /^[!-~]+(?: [!-~]+)*$/;

/**
 * The form in which names are compared: compatibility forms, case, white space and Turkish dotted/dotless i folded
 * without the host's locale ('İ'.toLowerCase() would add a combining dot, sources.md §D).
 */
export function foldKey(text: string): string {
  if (SIMPLE.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKC')
    .replace(/İ/g, 'i')
    .replace(/ı/g, 'i')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
    .normalize('NFC');
}
