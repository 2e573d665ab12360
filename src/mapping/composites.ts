import type { TwentyFieldType } from '../twenty/model.ts';
import type { Kind, Value, ValueObject } from './values.ts';

/** Twenty's composite types: what an empty one looks like. Always written whole, since a partial one may wipe the rest (twenty.md §2). */
export const COMPOSITES = {
  FULL_NAME: { firstName: '', lastName: '' },
  EMAILS: { primaryEmail: '', additionalEmails: [] },
  PHONES: { primaryPhoneNumber: '', primaryPhoneCountryCode: '', primaryPhoneCallingCode: '', additionalPhones: [] },
  LINKS: { primaryLinkUrl: '', primaryLinkLabel: '', secondaryLinks: [] },
  ADDRESS: {
    addressStreet1: '',
    addressStreet2: '',
    addressCity: '',
    addressPostcode: '',
    addressState: '',
    addressCountry: '',
    addressLat: null,
    addressLng: null,
  },
  CURRENCY: { amountMicros: null, currencyCode: '' },
  RICH_TEXT: { markdown: '', blocknote: null },
} as const satisfies Partial<Record<TwentyFieldType, ValueObject>>;

export type CompositeType = keyof typeof COMPOSITES;

const BY_PART: ReadonlyMap<string, CompositeType> = new Map(
  (Object.keys(COMPOSITES) as CompositeType[]).flatMap((type) =>
    Object.keys(COMPOSITES[type]).map((part) => [part, type] as const),
  ),
);

const BY_KIND: Partial<Record<Kind, CompositeType>> = {
  name: 'FULL_NAME',
  emails: 'EMAILS',
  phones: 'PHONES',
  links: 'LINKS',
  address: 'ADDRESS',
  currency: 'CURRENCY',
  richText: 'RICH_TEXT',
};

export const COMPOSITE_PARTS: readonly string[] = [...BY_PART.keys()];

/** `name.firstName`: the field, and the part of which composite type. */
export interface Target {
  readonly field: string;
  readonly part: string | null;
  readonly composite: CompositeType | null;
}

/** Null for a part that no composite type has. `kind` is what the transforms give, `type` what the mapping creates. */
export function targetOf(to: string, kind: Kind, type: TwentyFieldType | null): Target | null {
  const [field = '', part, ...more] = to.split('.');
  if (field === '' || more.length > 0) return null;
  if (part === undefined) {
    const created = type !== null && type in COMPOSITES ? (type as CompositeType) : null;
    return { field, part: null, composite: BY_KIND[kind] ?? created };
  }
  const composite = BY_PART.get(part) ?? null;
  return composite === null ? null : { field, part, composite };
}

/** The types that take what the transforms give. `any` and constants are judged by their own rules. */
export const FITS: Record<Kind, readonly TwentyFieldType[]> = {
  any: [],
  text: ['TEXT', 'UUID'],
  number: ['NUMBER', 'NUMERIC', 'POSITION'],
  decimal: ['NUMBER', 'NUMERIC'],
  boolean: ['BOOLEAN'],
  date: ['DATE'],
  timestamp: ['DATE_TIME'],
  list: ['ARRAY', 'RAW_JSON'],
  json: ['RAW_JSON'],
  option: ['SELECT', 'RATING'],
  options: ['MULTI_SELECT'],
  currency: ['CURRENCY'],
  emails: ['EMAILS'],
  phones: ['PHONES'],
  links: ['LINKS'],
  name: ['FULL_NAME'],
  address: ['ADDRESS'],
  richText: ['RICH_TEXT'],
};

/** Puts a value where the target says: a part goes into the whole composite. */
export function put(fields: Record<string, Value>, target: Target, value: Value): void {
  if (target.part === null) {
    fields[target.field] =
      target.composite !== null && value !== null
        ? { ...COMPOSITES[target.composite], ...(value as ValueObject) }
        : value;
    return;
  }
  const empty: ValueObject = target.composite === null ? {} : COMPOSITES[target.composite];
  const present = fields[target.field];
  const whole =
    present !== undefined && present !== null && typeof present === 'object' && !Array.isArray(present)
      ? (present as ValueObject)
      : empty;
  fields[target.field] = { ...whole, [target.part]: value };
}

/** Clears the target where nothing was put before. */
export function clear(fields: Record<string, Value>, target: Target): void {
  if (fields[target.field] !== undefined) return;
  fields[target.field] = target.composite === null ? null : { ...COMPOSITES[target.composite] };
}
