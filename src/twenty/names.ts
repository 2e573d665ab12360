import { sha256 } from '../core/identifiers.ts';
import { LETTERS } from '../core/letters.ts';
import { isSyncField } from './sync-fields.ts';

/** PostgreSQL's limit for identifiers, which Twenty keeps for names, values and labels (twenty.md §5). */
export const LONGEST_NAME = 63;

/** What an option value must look like (twenty.md §5). */
export const OPTION_VALUE = /^(?!.*__)[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;

/** What a field or object name must look like (twenty.md §5, and the recorded refusal of `Not_Camel`). */
export const FIELD_NAME = /^[a-z][a-zA-Z0-9]*$/;

/** Words that the server refuses as names, each also in the plural (twenty.md §5). Being too strict here costs nothing. */
const RESERVED_WORDS = [
  'address addresses aggregate apiKey appToken approvedAccessDomain billingCustomer billingEntitlement billingMeter',
  'billingPrice billingProduct billingSubscription billingSubscriptionItem connectedAccount currency currencies event featureFlag field fullName index',
  'indexes job keyValuePair link metadata object pageLayout pageLayoutTab pageLayoutWidget plan postgresCredential relation role',
  'twoFactorMethod type user userWorkspace userWorkspaceRole webhook workspace',
]
  .join(' ')
  .split(' ');

export const RESERVED_NAMES: ReadonlySet<string> = new Set(
  RESERVED_WORDS.flatMap((word) => (word.endsWith('s') ? [word] : [word, `${word}s`])),
);

/** Signs that are words in a label. */
const SIGNS: Readonly<Record<string, string>> = {
  '&': ' and ',
  '%': ' percent ',
  '€': ' eur ',
  '£': ' gbp ',
  $: ' usd ',
  '₺': ' try ',
  '+': ' plus ',
  '#': ' no ',
};

/** The ASCII words of a label: accents dropped, camelCase taken apart. Empty where nothing of it is Latin. */
function words(label: string): readonly string[] {
  const plain = [...label.normalize('NFC')].map((letter) => LETTERS[letter] ?? SIGNS[letter] ?? letter).join('');
  return plain
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/['’`´]/g, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
}

/** Whether letters of another alphabet were dropped: then two labels may give the same words and mean different things. */
function lossy(label: string): boolean {
  return /[^\p{Script=Latin}\P{L}]/u.test(label);
}

/** Eight hex digits in capitals, from the label alone. */
function mark(label: string): string {
  return sha256(label.normalize('NFC')).slice(0, 8).toUpperCase();
}

/**
 * The option value for a label: the same for the same label, always legal, and different for labels that differ in
 * letters of other alphabets. Labels that differ only in case, accents or punctuation may still meet: `optionValues`.
 */
export function optionValue(label: string): string {
  const parts = words(label).map((word) => word.toUpperCase());
  if (parts.length === 0) return `OPTION_${mark(label)}`;
  const joined = parts.join('_');
  const begun = /^[0-9]/.test(joined) ? `OPTION_${joined}` : joined;
  return fitted(lossy(label) ? `${begun}_${mark(label)}` : begun, label, '_');
}

/**
 * Values for several labels of one field. Where labels meet, the first in code point order keeps the plain value and
 * the others get a mark of their own, so the order in which labels were found doesn't matter. `taken` are the values
 * that exist in the workspace, with their labels: an existing option is never given to another label.
 */
export function optionValues(
  labels: Iterable<string>,
  taken: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const byLabel = new Map([...taken].map(([value, label]) => [label, value]));
  const used = new Set(taken.keys());
  const values = new Map<string, string>();
  for (const label of [...new Set(labels)].sort()) {
    const existing = byLabel.get(label);
    const plain = optionValue(label);
    const value = existing ?? (used.has(plain) ? fitted(`${plain}_${mark(label)}`, label, '_') : plain);
    used.add(value);
    values.set(label, value);
  }
  return values;
}

/** A legal option label: no comma, at most 63 characters. Whoever shortens says so: compare with what went in. */
export function optionLabel(text: string): string {
  const clean = text
    .replaceAll(',', ' ')
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (clean === '') return 'Empty';
  return clean.length <= LONGEST_NAME ? clean : `${cut(clean, LONGEST_NAME - 1).trimEnd()}…`;
}

/** A legal field name for a label: camelCase, ASCII, not reserved, at most 63 characters. */
export function fieldName(label: string): string {
  const parts = words(label);
  if (parts.length === 0) return `field${mark(label)}`;
  const joined = parts.map((word, index) => (index === 0 ? lowerFirst(word) : capital(word))).join('');
  const begun = /^[0-9]/.test(joined) ? `field${joined}` : joined;
  const name = fitted(lossy(label) ? `${begun}${mark(label)}` : begun, label, '');
  return RESERVED_NAMES.has(name) || isSyncField(name) ? `${name}Custom` : name;
}

/** Why the server would refuse a name; null where it would not. */
export function nameFault(name: string): string | null {
  if (!FIELD_NAME.test(name)) return `"${name}" is no legal name: it must be camelCase, of ASCII letters and digits`;
  if (name.length > LONGEST_NAME) return `"${name}" is longer than ${LONGEST_NAME} characters`;
  return RESERVED_NAMES.has(name) ? `"${name}" is reserved by Twenty` : null;
}

/** Singular and plural name of a custom object. They must differ, which English sometimes denies: then `All` is added. */
export function objectNames(
  singular: string,
  plural: string,
): { readonly nameSingular: string; readonly namePlural: string } {
  const nameSingular = fieldName(singular);
  const namePlural = fieldName(plural);
  return {
    nameSingular,
    namePlural: namePlural === nameSingular ? `${cut(namePlural, LONGEST_NAME - 3)}All` : namePlural,
  };
}

/** Cut to the limit, with a mark in place of what was cut, so that long names that differ late stay different. */
function fitted(name: string, label: string, joint: string): string {
  if (name.length <= LONGEST_NAME) return name;
  const tail = `${joint}${mark(label)}`;
  return `${name.slice(0, LONGEST_NAME - tail.length).replace(/_+$/, '')}${tail}`;
}

/** Cut between characters, never inside one. */
function cut(text: string, length: number): string {
  let result = '';
  for (const character of text) {
    if (result.length + character.length > length) break;
    result += character;
  }
  return result;
}

function lowerFirst(word: string): string {
  // A word in capitals throughout is an abbreviation: "VAT number" gives vatNumber.
  return word === word.toUpperCase() ? word.toLowerCase() : word.charAt(0).toLowerCase() + word.slice(1);
}

function capital(word: string): string {
  const rest = word === word.toUpperCase() ? word.slice(1).toLowerCase() : word.slice(1);
  return word.charAt(0).toUpperCase() + rest;
}
