import { asObject } from './answers.ts';
import {
  composite,
  domain,
  eachOf,
  email,
  instant,
  link,
  numeric,
  parsedJson,
  phone,
  type Rule,
  relation,
  strangerIn,
  text,
  tooMany,
  uuid,
  wholeNumber,
} from './check-parts.ts';
import type { TwentyFields, TwentyFieldType, WorkspaceField, WorkspaceObject } from './model.ts';
import { fieldOf } from './selection.ts';
import type { RefusalReason } from './twenty.ts';
import { isEmpty, listOf } from './values.ts';

/** Why the workspace would refuse a value. */
export interface ValueFault {
  readonly reason: Extract<
    RefusalReason,
    'bad-value' | 'bad-option' | 'missing-required' | 'unknown-field' | 'too-large'
  >;
  readonly message: string;
}

export interface FieldFault extends ValueFault {
  readonly field: string;
}

/** A btree entry of PostgreSQL holds 2704 bytes: a longer value in a unique field fails the call. */
const LONGEST_UNIQUE_BYTES = 2600;

/** What the server makes itself when it is not given. */
const MADE_BY_THE_SERVER = new Set([
  'id',
  'createdAt',
  'updatedAt',
  'deletedAt',
  'createdBy',
  'updatedBy',
  'position',
  'searchVector',
]);

/** The local check of one value, so that a bad one never costs a call (design §8). Null where the workspace takes it. */
export function checkValue(field: WorkspaceField, value: unknown): ValueFault | null {
  if (!field.isActive) return { reason: 'unknown-field', message: `field "${field.name}" is not active` };
  if (field.type === 'TS_VECTOR' || field.relation?.type === 'ONE_TO_MANY') {
    return { reason: 'bad-value', message: `field "${field.name}" can't be written` };
  }
  if (value === undefined) return { reason: 'bad-value', message: `field "${field.name}" is undefined` };
  if (value === null) {
    const required = !field.isNullable && field.defaultValue === null;
    return required ? { reason: 'missing-required', message: `field "${field.name}" must have a value` } : null;
  }
  const dirt = unstorable(value);
  if (dirt !== null) return { reason: 'bad-value', message: `field "${field.name}" holds ${dirt}` };
  if (field.type === 'SELECT' || field.type === 'RATING' || field.type === 'MULTI_SELECT')
    return checkOptions(field, value);
  const fault = RULES[field.type](value, field);
  if (fault !== null) return { reason: 'bad-value', message: `field "${field.name}": ${fault}` };
  if (field.isUnique && typeof value === 'string' && Buffer.byteLength(value) > LONGEST_UNIQUE_BYTES) {
    return {
      reason: 'too-large',
      message: `field "${field.name}" is unique and takes at most ${LONGEST_UNIQUE_BYTES} bytes`,
    };
  }
  return null;
}

/** Every fault of a whole record. `complete`: it is to be created, so required fields must be there. */
export function checkFields(object: WorkspaceObject, fields: TwentyFields, complete: boolean): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const found = fieldOf(object, name);
    if (
      found === undefined ||
      (found.field.relation !== null && !found.column && value !== null && typeof value !== 'object')
    ) {
      faults.push({
        field: name,
        reason: 'unknown-field',
        message: `${object.nameSingular} has no field "${name}" to write`,
      });
      continue;
    }
    const fault = checkValue(found.field, value);
    if (fault !== null) faults.push({ ...fault, field: name });
  }
  if (!complete) return faults;
  for (const field of object.fields.values()) {
    const needed =
      field.isActive && !field.isNullable && field.defaultValue === null && !MADE_BY_THE_SERVER.has(field.name);
    if (!needed || field.relation?.type === 'ONE_TO_MANY') continue;
    const columns = field.relation === null ? [field.name] : Object.values(field.relation.columns);
    if (columns.some((column) => column in fields)) continue;
    faults.push({ field: field.name, reason: 'missing-required', message: `field "${field.name}" must have a value` });
  }
  return faults;
}

/** Characters that PostgreSQL can't store, anywhere in the value: NUL fails the call with a 500 (twenty.md O5). */
function unstorable(value: unknown): string | null {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'a NUL character';
    return value.isWellFormed() ? null : 'half of a surrogate pair';
  }
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'no finite number';
  if (typeof value === 'bigint') return 'a bigint, which JSON has no form for';
  if (typeof value !== 'object' || value === null) return null;
  for (const member of Object.values(value)) {
    const found = unstorable(member);
    if (found !== null) return found;
  }
  return null;
}

function checkOptions(field: WorkspaceField, value: unknown): ValueFault | null {
  const many = field.type === 'MULTI_SELECT';
  const list = many && Array.isArray(value) ? value : [value];
  if (value === '' && !many)
    return { reason: 'bad-option', message: `field "${field.name}": "" is no option; write null` };
  const known = new Set((field.options ?? []).map((option) => option.value));
  for (const each of list) {
    if (typeof each !== 'string')
      return { reason: 'bad-value', message: `field "${field.name}" takes option values as text` };
    if (!known.has(each))
      return { reason: 'bad-option', message: `field "${field.name}" has no option ${JSON.stringify(each)}` };
  }
  return null;
}

const actor = composite((name, value) => {
  if (name === 'source') return ACTOR_SOURCES.has(String(value)) ? null : `no such source: ${String(value)}`;
  if (name === 'workspaceMemberId') return uuid(value);
  return name === 'context' ? null : text(value);
});

const links = composite((name, value, field) => {
  if (name === 'primaryLinkUrl') return link(value);
  if (name === 'primaryLinkLabel') return text(value);
  return eachOf(value, field, 1, (each) => {
    const found = asObject(each);
    return found === undefined ? 'must be {url, label}' : isEmpty(found.url) ? null : link(found.url);
  });
});

const RULES: Readonly<Record<TwentyFieldType, Rule>> = {
  ACTOR: (value, field) => {
    // Texts may be empty; an option and an id may only be null.
    const empty = ['source', 'workspaceMemberId'].find((name) => asObject(value)?.[name] === '');
    return empty === undefined ? actor(value, field) : `${empty}: "" is none; write null`;
  },
  ADDRESS: composite((name, value) => (name === 'addressLat' || name === 'addressLng' ? numeric(value) : text(value))),
  ARRAY: (value) =>
    Array.isArray(value) && value.every((each) => typeof each === 'string') ? null : 'must be a list of texts',
  BOOLEAN: (value) => (typeof value === 'boolean' ? null : 'must be true or false'),
  CURRENCY: composite((name, value) => (name === 'amountMicros' ? wholeNumber(value) : text(value))),
  DATE: instant,
  DATE_TIME: instant,
  EMAILS: composite((name, value, field) => {
    if (name === 'primaryEmail') return email(value);
    return eachOf(value, field, 1, email);
  }),
  FILES: (value, field) => {
    const list = Array.isArray(value) ? value.map(asObject) : undefined;
    const fits = list?.every(
      (file) => file !== undefined && uuid(file.fileId) === null && typeof file.label === 'string',
    );
    return fits === true ? tooMany(list?.length ?? 0, field, 0) : 'must be a list of {fileId, label}';
  },
  FULL_NAME: composite((_name, value) => text(value)),
  LINKS: (value, field) => {
    const fault = links(value, field);
    if (fault !== null || field.settings?.type !== 'domain') return fault;
    // Without a first link the next one moves up, and must be a domain then.
    const members = asObject(value);
    const others = (listOf(members?.secondaryLinks) ?? []).map((each) => asObject(each)?.url);
    const first = [members?.primaryLinkUrl, ...others].find((url) => !isEmpty(url));
    return first === undefined ? null : domain(first);
  },
  MORPH_RELATION: relation,
  MULTI_SELECT: () => null,
  NUMBER: (value, field) => {
    if (typeof value !== 'number') return 'must be a number';
    const type = field.settings?.dataType;
    if ((type === 'int' || type === 'bigint') && !Number.isSafeInteger(value)) return 'must be a whole number';
    if (type === 'int' && Math.abs(value) > 2 ** 31 - 1) return 'must be between -2147483647 and 2147483647';
    return null;
  },
  NUMERIC: numeric,
  PHONES: (value, field) => {
    const members = asObject(value);
    if (members === undefined) return 'must be an object';
    const stranger = strangerIn(members, field);
    if (stranger !== null) return stranger;
    const { primaryPhoneNumber, primaryPhoneCountryCode, primaryPhoneCallingCode, additionalPhones } = members;
    return (
      phone(primaryPhoneNumber, primaryPhoneCountryCode, primaryPhoneCallingCode) ??
      eachOf(additionalPhones, field, 1, (each) => {
        const found = asObject(each);
        return found === undefined
          ? 'must be {number, countryCode, callingCode}'
          : phone(found.number, found.countryCode, found.callingCode);
      })
    );
  },
  POSITION: (value) => (typeof value === 'number' || value === 'first' || value === 'last' ? null : 'must be a number'),
  RATING: () => null,
  RAW_JSON: (value) => {
    if (typeof value !== 'string') return typeof value === 'object' ? null : 'must be an object or a list';
    const parsed = parsedJson(value);
    return typeof parsed === 'object' && parsed !== null ? null : 'must be the JSON of an object or a list';
  },
  RELATION: relation,
  RICH_TEXT: composite((name, value) => {
    if (name === 'markdown' || isEmpty(value)) return text(value);
    return typeof value === 'string' && Array.isArray(parsedJson(value))
      ? null
      : 'blocknote must be the JSON of a list';
  }),
  SELECT: () => null,
  TEXT: text,
  TS_VECTOR: () => "can't be written",
  UUID: uuid,
};

const ACTOR_SOURCES = new Set([
  'EMAIL',
  'CALENDAR',
  'WORKFLOW',
  'AGENT',
  'API',
  'IMPORT',
  'MANUAL',
  'SYSTEM',
  'WEBHOOK',
  'APPLICATION',
]);
