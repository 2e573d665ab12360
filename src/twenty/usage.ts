import { asObject } from './answers.ts';
import type { FieldOption, TwentyFieldType, WorkspaceField } from './model.ts';

type Filter = Readonly<Record<string, unknown>>;

/** The parts of a composite whose values somebody would miss. */
const TELLING: Readonly<Partial<Record<TwentyFieldType, readonly string[]>>> = {
  ADDRESS: ['addressStreet1', 'addressStreet2', 'addressCity', 'addressPostcode', 'addressState', 'addressCountry'],
  CURRENCY: ['amountMicros'],
  EMAILS: ['primaryEmail', 'additionalEmails'],
  FULL_NAME: ['firstName', 'lastName'],
  LINKS: ['primaryLinkUrl', 'secondaryLinks'],
  PHONES: ['primaryPhoneNumber', 'additionalPhones'],
  RICH_TEXT: ['markdown', 'blocknote'],
  ACTOR: ['name'],
};

const THERE = { is: 'NOT_NULL' } as const;

/** Finds the rows in which a field holds something that nobody gave it by default. */
export function usedFilter(field: WorkspaceField): Filter {
  if (field.relation !== null) {
    return { or: Object.values(field.relation.columns).map((column) => ({ [column]: THERE })) };
  }
  const parts = TELLING[field.type];
  if (parts !== undefined) return { or: parts.map((part) => ({ [field.name]: { [part]: THERE } })) };
  const standard = plainDefault(field.defaultValue);
  if (field.type === 'BOOLEAN') return { [field.name]: { eq: standard !== true } };
  if (field.type === 'SELECT' && typeof standard === 'string') {
    return { and: [{ [field.name]: THERE }, { [field.name]: { neq: standard } }] };
  }
  return { [field.name]: THERE };
}

/** Finds the rows that hold an option. */
export function optionFilter(field: WorkspaceField, option: string): Filter {
  return { [field.name]: field.type === 'MULTI_SELECT' ? { containsAny: [option] } : { eq: option } };
}

/** Whether new rows get the option unasked. */
export function isDefault(field: WorkspaceField, option: Pick<FieldOption, 'value'>): boolean {
  const standard = plainDefault(field.defaultValue);
  return Array.isArray(standard) ? standard.includes(option.value) : standard === option.value;
}

/** Defaults of texts carry quotes of their own: `'NEW'` (twenty.md O6). */
function plainDefault(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainDefault);
  if (typeof value === 'string') return value.replace(/^'(.*)'$/s, '$1');
  return asObject(value) ?? value;
}
