import { asObject } from './answers.ts';
import type { WorkspaceField } from './model.ts';
import { phoneFault } from './phones.ts';
import { COMPOSITES } from './selection.ts';
import { EMAIL, hostOf, isDomain, isEmpty, isLink, isoInstant, listOf, UUID } from './values.ts';

/** The rules of the local check for single parts of values. Each says what is wrong, or null. */

export type Rule = (value: unknown, field: WorkspaceField) => string | null;

/** A rule for composites: members must be known; each that is not empty is checked. */
export function composite(member: (name: string, value: unknown, field: WorkspaceField) => string | null): Rule {
  return (value, field) => {
    const members = asObject(value);
    if (members === undefined) return 'must be an object';
    const stranger = strangerIn(members, field);
    if (stranger !== null) return stranger;
    for (const [name, each] of Object.entries(members)) {
      if (each === null || each === '') continue;
      const fault = member(name, each, field);
      if (fault !== null) return `${name}: ${fault}`;
    }
    return null;
  };
}

export function strangerIn(members: Readonly<Record<string, unknown>>, field: WorkspaceField): string | null {
  const stranger = Object.keys(members).find((name) => !(COMPOSITES[field.type] ?? []).includes(name));
  return stranger === undefined ? null : `has no part "${stranger}"`;
}

export function eachOf(
  value: unknown,
  field: WorkspaceField,
  before: number,
  rule: (each: unknown) => string | null,
): string | null {
  const list = listOf(value);
  if (list === undefined) return 'must be a list';
  for (const each of list) {
    const fault = isEmpty(each) ? null : rule(each);
    if (fault !== null) return fault;
  }
  return tooMany(list.length, field, before);
}

/** `maxNumberOfValues` counts the primary value too. */
export function tooMany(count: number, field: WorkspaceField, before: number): string | null {
  const most = field.settings?.maxNumberOfValues;
  return typeof most === 'number' && field.type === 'FILES' && count + before > most
    ? `takes at most ${most} values`
    : null;
}

export function text(value: unknown): string | null {
  return typeof value === 'string' || value === null ? null : 'must be text';
}

export function uuid(value: unknown): string | null {
  if (typeof value !== 'string' || !UUID.test(value)) return `not a UUID of versions 1 to 5: ${String(value)}`;
  return value === value.toLowerCase() ? null : `must be in lower case: ${value}`;
}

export function relation(value: unknown): string | null {
  const members = asObject(value);
  if (members === undefined) return uuid(value);
  return 'connect' in members || 'disconnect' in members ? null : 'must be an id';
}

export function email(value: unknown): string | null {
  return typeof value === 'string' && EMAIL.test(value) ? null : `not an e-mail address: ${String(value)}`;
}

export function link(value: unknown): string | null {
  return typeof value === 'string' && isLink(value) ? null : `not a web address: ${String(value)}`;
}

/** The first link of a field of the kind "domain": localhost and bare IP addresses are refused there (twenty.md §2). */
export function domain(value: unknown): string | null {
  return typeof value === 'string' && isLink(value) && isDomain(hostOf(value)) ? null : `no domain: ${String(value)}`;
}

export function phone(number: unknown, countryCode: unknown, callingCode: unknown): string | null {
  if (![number, countryCode, callingCode].every((part) => isEmpty(part) || typeof part === 'string'))
    return 'must be text';
  const say = (part: unknown) => (isEmpty(part) ? '' : String(part));
  return phoneFault({ number: say(number), countryCode: say(countryCode), callingCode: say(callingCode) });
}

export function numeric(value: unknown): string | null {
  if (typeof value === 'number') return null;
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? null : 'must be a number';
}

export function wholeNumber(value: unknown): string | null {
  if (typeof value === 'string') return /^-?\d{1,18}$/.test(value) ? null : 'must be a whole number';
  return Number.isSafeInteger(value) ? null : 'must be a whole number below 2^53; write larger ones as text';
}

export function instant(value: unknown): string | null {
  return isoInstant(value) === undefined ? `not a date or time in ISO 8601: ${String(value)}` : null;
}

export function parsedJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
