import { canonicalJson } from '../core/identifiers.ts';
import { asObject } from './answers.ts';
import type { TwentyFieldType, TwentyValue, WorkspaceField } from './model.ts';
import { normalisePhone } from './phones.ts';
import { hostOf, isEmpty, isoInstant, listOf, normaliseEmail, normaliseLink } from './values.ts';

type Normaliser = (value: unknown, field: WorkspaceField) => TwentyValue;

/**
 * A value in the form both sides share: what was written and what is read back are equal exactly when their normal
 * forms are (twenty.md §2, "Input normalisation"). Nothing, however it is spelt, is null. Not meant to be written.
 */
export function normaliseForCompare(field: WorkspaceField, value: unknown): TwentyValue {
  // Within JSON of its own an empty text or list is a value like any other.
  if (field.type === 'RAW_JSON') return json(value);
  if (isEmpty(value)) return null;
  const normal = NORMALISERS[field.type](value, field);
  return isEmpty(normal) ? null : normal;
}

export function sameValue(field: WorkspaceField, written: unknown, read: unknown): boolean {
  return canonicalJson(normaliseForCompare(field, written)) === canonicalJson(normaliseForCompare(field, read));
}

const NORMALISERS: Readonly<Record<TwentyFieldType, Normaliser>> = {
  ACTOR: (value) => picked(value, ['source', 'name', 'workspaceMemberId'], text),
  ADDRESS: address,
  ARRAY: (value) => (listOf(value) ?? [value]).map(String),
  BOOLEAN: plain,
  CURRENCY: currency,
  DATE: (value) => (typeof value === 'string' ? (isoInstant(value)?.slice(0, 10) ?? value) : plain(value)),
  DATE_TIME: (value) => isoInstant(value) ?? plain(value),
  EMAILS: emails,
  FILES: (value) => nullIfEmpty((listOf(value) ?? []).map((file) => picked(file, ['fileId', 'label'], text))),
  FULL_NAME: (value) => picked(value, ['firstName', 'lastName'], text),
  LINKS: links,
  MORPH_RELATION: identifier,
  MULTI_SELECT: (value) => [...new Set((listOf(value) ?? [value]).map(String))].sort(),
  NUMBER: number,
  NUMERIC: number,
  PHONES: phones,
  POSITION: number,
  RATING: plain,
  RAW_JSON: json,
  RELATION: identifier,
  RICH_TEXT: richText,
  SELECT: plain,
  TEXT: plain,
  TS_VECTOR: () => null,
  UUID: identifier,
};

function plain(value: unknown): TwentyValue {
  return isEmpty(value) ? null : (value as TwentyValue);
}

function text(value: unknown): TwentyValue {
  return isEmpty(value) ? null : typeof value === 'object' ? (value as TwentyValue) : String(value);
}

function identifier(value: unknown): TwentyValue {
  const related = asObject(value)?.id;
  return typeof value === 'string'
    ? value.toLowerCase()
    : typeof related === 'string'
      ? related.toLowerCase()
      : plain(value);
}

/** Amounts come as numbers or as text, sums as text (twenty.md O5, §3). 1.50 and 1.5 are one number. */
function number(value: unknown): TwentyValue {
  if (typeof value !== 'string') return plain(value);
  if (/^-?\d{16,}$/.test(value)) {
    const exact = BigInt(value);
    return exact <= BigInt(Number.MAX_SAFE_INTEGER) && exact >= BigInt(Number.MIN_SAFE_INTEGER)
      ? Number(exact)
      : String(exact);
  }
  const parsed = Number(value);
  return value.trim() === '' || Number.isNaN(parsed) ? value : parsed;
}

function picked(value: unknown, names: readonly string[], each: (part: unknown) => TwentyValue): TwentyValue {
  const members = asObject(value);
  if (members === undefined) return plain(value);
  const result = Object.fromEntries(names.map((name) => [name, isEmpty(members[name]) ? null : each(members[name])]));
  return isEmpty(result) ? null : result;
}

function address(value: unknown): TwentyValue {
  const texts = [
    'addressStreet1',
    'addressStreet2',
    'addressCity',
    'addressPostcode',
    'addressState',
    'addressCountry',
  ];
  const place = picked(value, texts, text);
  const point = picked(value, ['addressLat', 'addressLng'], number);
  if (place === null && point === null) return null;
  return { ...asObject(place), ...asObject(point) } as TwentyValue;
}

function currency(value: unknown): TwentyValue {
  const members = asObject(value);
  if (members === undefined) return plain(value);
  const amount = isEmpty(members.amountMicros) ? null : number(members.amountMicros);
  return { amountMicros: amount, currencyCode: text(members.currencyCode) };
}

function emails(value: unknown): TwentyValue {
  const members = asObject(value);
  if (members === undefined) return plain(value);
  const clean = (address: unknown): TwentyValue =>
    typeof address === 'string' ? normaliseEmail(address) : plain(address);
  return {
    primaryEmail: isEmpty(members.primaryEmail) ? null : clean(members.primaryEmail),
    additionalEmails: nullIfEmpty((listOf(members.additionalEmails) ?? []).filter((each) => !isEmpty(each)).map(clean)),
  };
}

function links(value: unknown, field: WorkspaceField): TwentyValue {
  const members = asObject(value);
  if (members === undefined) return plain(value);
  const { first: firstAddress, others: otherAddress } =
    ADDRESSES[field.settings?.type === 'domain' ? 'domain' : 'link'];
  const clean = (url: unknown, address: (url: string) => string): TwentyValue =>
    typeof url === 'string' && url !== '' ? address(url) : plain(url);
  const others = (listOf(members.secondaryLinks) ?? [])
    .map((each) => asObject(each))
    .filter((each) => each !== undefined && !isEmpty(each.url));
  // The server never keeps an empty first link before others.
  const moved = isEmpty(members.primaryLinkUrl) ? others.shift() : undefined;
  const url = moved === undefined ? members.primaryLinkUrl : moved.url;
  const label = moved === undefined ? members.primaryLinkLabel : moved.label;
  return {
    primaryLinkUrl: clean(url, firstAddress),
    primaryLinkLabel: text(label),
    secondaryLinks: nullIfEmpty(
      others.map((each) => ({ url: clean(each?.url, otherAddress), label: text(each?.label) })),
    ),
  };
}

/**
 * How addresses are compared, by the kind of the field. A "domain" keeps the bare host of its first link (twenty.md §2).
 * Whether it takes the scheme off the others is not known, so that alone is no difference; a path that went is one.
 */
const ADDRESSES = {
  link: { first: normaliseLink, others: normaliseLink },
  domain: { first: hostOf, others: (url: string) => normaliseLink(url).replace(/^https?:\/\//, '') },
} as const;

function phones(value: unknown): TwentyValue {
  const members = asObject(value);
  if (members === undefined) return plain(value);
  const clean = (number: unknown, countryCode: unknown, callingCode: unknown): TwentyValue => {
    const phone = normalisePhone({ number: say(number), countryCode: say(countryCode), callingCode: say(callingCode) });
    // Codes without a number say nothing.
    return phone.number === '' ? null : { ...phone };
  };
  const primary = clean(members.primaryPhoneNumber, members.primaryPhoneCountryCode, members.primaryPhoneCallingCode);
  const additional = (listOf(members.additionalPhones) ?? [])
    .map((each) => asObject(each))
    .map((each) => clean(each?.number, each?.countryCode, each?.callingCode))
    .filter((each) => each !== null);
  return primary === null && additional.length === 0 ? null : { primary, additional: nullIfEmpty(additional) };
}

/** Markdown is what we write and the server keeps as it is; BlockNote is made of it by the server, with ids of its own. */
function richText(value: unknown): TwentyValue {
  const members = asObject(value);
  const markdown = members === undefined ? value : members.markdown;
  if (typeof markdown === 'string' && markdown !== '') return meaningOf(markdown);
  return isEmpty(members?.blocknote) ? null : { blocknote: text(members?.blocknote) };
}

/**
 * Markdown without what means nothing in it: line ends of another system, blanks at the end of a line, empty lines around
 * the text. Two blanks before a further line of a paragraph are a line break, and stay.
 */
function meaningOf(markdown: string): TwentyValue {
  const lines = markdown.replace(/\r\n?/g, '\n').split('\n');
  const kept = lines.map((line, index) => {
    const bare = withoutBlanksBehind(line);
    const breaks = bare !== '' && line.endsWith('  ') && (lines[index + 1] ?? '').trim() !== '';
    return breaks ? `${bare}  ` : bare;
  });
  const first = kept.findIndex((line) => line !== '');
  if (first < 0) return null;
  return kept.slice(first, kept.findLastIndex((line) => line !== '') + 1).join('\n');
}

/** By hand: an expression would try again from each blank of a long row of them. */
function withoutBlanksBehind(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1;
  return line.slice(0, end);
}

/** Null, "", {} and [] are nothing as the whole of a value, and values inside one. */
function json(value: unknown): TwentyValue {
  const parsed = typeof value === 'string' ? parsedOrText(value) : value;
  const isNothing =
    parsed === null ||
    parsed === undefined ||
    parsed === '' ||
    (typeof parsed === 'object' && Object.keys(parsed).length === 0);
  return isNothing ? null : (parsed as TwentyValue);
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function say(value: unknown): string {
  return isEmpty(value) ? '' : String(value);
}

function nullIfEmpty(list: readonly TwentyValue[]): TwentyValue {
  return list.length === 0 ? null : list;
}
