import { cell, type ObjectName, type RawRow } from './raw.ts';
import type { StoredRow } from './store.ts';
import { dayOf, instantOf, noonOf, offsetTime } from './times.ts';

/** What a field of a row says, beside what it should. */
export interface FieldComparison {
  readonly field: string;
  /** As texts; several options or records in the order of the alphabet. */
  readonly wanted: string | null;
  readonly found: string | null;
}

export type Values = Readonly<Record<string, string | null>>;

export const tidy = (text: string) => text.replaceAll(/\s+/g, ' ').trim();
const title = (row: RawRow, column: string, without: string): Values => ({ title: tidy(cell(row, column)) || without });

/** What the rules of the sample add to a cell: who stands for an owner, and which options stages and tags became. */
export interface FieldRules {
  /** The member who stands for the owner of that address; null for nobody. */
  member(email: string): string | null;
  stage(pipeline: string, stage: string): string | null;
  pipeline(pipeline: string): string | null;
  probability(pipeline: string, stage: string): string | null;
  /** The options of those tags that are no classification. */
  tags(target: 'company' | 'person', cells: string): string | null;
  /** Those that are. */
  topics(cells: string): string | null;
}

type Wanted = (row: RawRow, rules: FieldRules) => Values;

const owned =
  (column: string, from: string): Wanted =>
  (row, rules) => ({ [column]: rules.member(cell(row, from)) });
const tagged =
  (target: 'company' | 'person'): Wanted =>
  (row, rules) => ({ tags: rules.tags(target, cell(row, 'Tags')), topics: rules.topics(cell(row, 'Tags')) });
/** When it was made and changed in the source. */
const dated =
  (modified = 'Modified'): Wanted =>
  (row) => ({
    createdAt: instantOf(cell(row, 'Created')),
    originalModifiedAt: instantOf(cell(row, modified)),
  });
/** The time of an activity is when it was made, and when it was due. */
const happened = (at: string | null): Values => ({ dueAt: at, createdAt: at });
const money = (field: string, value: string, currency: string): Values => ({
  [`${field}.amountMicros`]: micros(value),
  [`${field}.currencyCode`]: value === '' ? null : currency || 'TRY',
});
const all =
  (...parts: readonly Wanted[]): Wanted =>
  (row, rules) =>
    Object.assign({}, ...parts.map((part) => part(row, rules)));

/** What the files say of each object's fields, and the guide of how they stand in the workspace. */
const WANTED: Readonly<Record<ObjectName, Wanted>> = {
  company: all(
    (row) => ({
      name: tidy(cell(row, 'Company Name')) || '(no name)',
      ...money('annualRevenue', cell(row, 'Annual Revenue'), cell(row, 'Currency')),
    }),
    owned('accountOwnerId', 'Owner'),
    dated(),
    tagged('company'),
  ),
  contact: all(
    (row) => ({
      'name.firstName': tidy(cell(row, 'First Name')) || null,
      'name.lastName': tidy(cell(row, 'Last Name')) || null,
      'emails.primaryEmail': cell(row, 'Email').toLowerCase() || null,
      birthday: dayOf(cell(row, 'Doğum Günü')),
    }),
    owned('ownerId', 'Owner'),
    dated(),
    tagged('person'),
  ),
  deal: all(
    (row, rules) => ({
      name: tidy(cell(row, 'Deal Name')) || '(no name)',
      ...money('amount', cell(row, 'Value'), cell(row, 'Currency')),
      closeDate: noonOf(cell(row, 'Close Date')),
      pipeline: rules.pipeline(cell(row, 'Pipeline')),
      stage: rules.stage(cell(row, 'Pipeline'), cell(row, 'Stage')),
      probability: rules.probability(cell(row, 'Pipeline'), cell(row, 'Stage')),
    }),
    owned('ownerId', 'Owner'),
    dated(),
  ),
  call: all(
    (row) => ({
      ...title(row, 'Subject', 'Call'),
      ...happened(instantOf(cell(row, 'Call Time'))),
      originalModifiedAt: instantOf(cell(row, 'Modified')),
    }),
    owned('assigneeId', 'Owner'),
  ),
  email: all(
    (row) => ({ ...title(row, 'Subject', '(no subject)'), ...happened(offsetTime(cell(row, 'Sent'))) }),
    owned('assigneeId', 'Owner'),
  ),
  meeting: all(
    (row) => ({
      ...title(row, 'Konu', 'Meeting'),
      ...happened(instantOf(cell(row, 'Başlangıç'))),
      startsAt: instantOf(cell(row, 'Başlangıç')),
      endsAt: instantOf(cell(row, 'Bitiş')),
      originalModifiedAt: instantOf(cell(row, 'Güncelleme')),
    }),
    owned('assigneeId', 'Sorumlu'),
  ),
  note: all((row) => title(row, 'Title', 'Note'), owned('authorId', 'Author'), dated()),
};

/** Compares a row with the raw rows behind it, the one whose key it carries first: its values win, the others fill gaps. */
export function compareFields(
  object: ObjectName,
  raws: readonly RawRow[],
  stored: StoredRow,
  rules: FieldRules,
): readonly FieldComparison[] {
  return compareValues(
    raws.map((raw) => WANTED[object](raw, rules)),
    stored,
  );
}

/** Compares a row with what each of the records behind it says, the one that counts most first: every field, also those that agree. */
export function compareValues(behind: readonly Values[], stored: StoredRow): readonly FieldComparison[] {
  const fields = [...new Set(behind.flatMap((values) => Object.keys(values)))];
  return fields.map((field) => {
    // Parts of one value are taken from one record: half a name of each is nobody's.
    const whole = field.split('.')[0];
    const from = behind.find((values) =>
      fields.some((other) => other.split('.')[0] === whole && (values[other] ?? null) !== null),
    );
    return { field, wanted: from?.[field] ?? null, found: at(stored, field) };
  });
}

/** Those that do not agree. */
export function differing(comparisons: readonly FieldComparison[]): readonly FieldComparison[] {
  return comparisons.filter(({ wanted, found }) => wanted !== found);
}

/** How many rows of each object were compared in each field. */
export class FieldCounts {
  readonly #counts = new Map<string, Map<string, number>>();

  add(object: string, comparisons: readonly Pick<FieldComparison, 'field'>[]): void {
    const fields = this.#counts.get(object) ?? new Map<string, number>();
    this.#counts.set(object, fields);
    for (const { field } of comparisons) fields.set(field, (fields.get(field) ?? 0) + 1);
  }

  all(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries([...this.#counts].map(([object, fields]) => [object, Object.fromEntries(fields)]));
  }
}

function at(row: StoredRow, path: string): string | null {
  let value: unknown = row;
  for (const part of path.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : null;
  return value === null || value === undefined || value === '' ? null : textOf(value);
}

function textOf(value: unknown): string | null {
  return Array.isArray(value) ? listed(value.map(String)) : String(value);
}

/** Several values as one text; null where there are none. */
export function listed(values: readonly string[]): string | null {
  return values.length === 0 ? null : [...new Set(values)].toSorted().join(', ');
}

/** `1.234.567,50` → `1234567500000`; in whole numbers, because millionths of large amounts are beyond a double. */
function micros(text: string): string | null {
  if (text === '') return null;
  const [whole = '0', fraction = ''] = text.replaceAll('.', '').split(',');
  return (
    BigInt(whole) * 1_000_000n +
    BigInt(fraction.padEnd(6, '0').slice(0, 6)) * (whole.startsWith('-') ? -1n : 1n)
  ).toString();
}
