import { cell, type ObjectName, type RawRow } from './raw.ts';
import type { StoredRow } from './store.ts';

/** A value that stands otherwise in the workspace than in the file. */
export interface FieldDifference {
  readonly field: string;
  readonly wanted: string | null;
  readonly found: string | null;
}

export type Values = Readonly<Record<string, string | null>>;

export const tidy = (text: string) => text.replaceAll(/\s+/g, ' ').trim();
const title = (row: RawRow, column: string, without: string): Values => ({ title: tidy(cell(row, column)) || without });

/** Names, addresses and amounts as the files have them. */
const WANTED: Readonly<Record<ObjectName, (row: RawRow) => Values>> = {
  company: (row) => ({ name: tidy(cell(row, 'Company Name')) || '(no name)' }),
  contact: (row) => ({
    'name.firstName': tidy(cell(row, 'First Name')) || null,
    'name.lastName': tidy(cell(row, 'Last Name')) || null,
    'emails.primaryEmail': cell(row, 'Email').toLowerCase() || null,
  }),
  deal: (row) => ({
    name: tidy(cell(row, 'Deal Name')) || '(no name)',
    'amount.amountMicros': micros(cell(row, 'Value')),
    'amount.currencyCode': cell(row, 'Value') === '' ? null : cell(row, 'Currency') || 'TRY',
  }),
  call: (row) => title(row, 'Subject', 'Call'),
  email: (row) => title(row, 'Subject', '(no subject)'),
  meeting: (row) => title(row, 'Konu', 'Meeting'),
  note: (row) => title(row, 'Title', 'Note'),
};

/** Compares a row with the raw rows behind it, the one whose key it carries first: its values win, the others fill gaps. */
export function compareFields(
  object: ObjectName,
  raws: readonly RawRow[],
  stored: StoredRow,
): readonly FieldDifference[] {
  return compareValues(
    raws.map((raw) => WANTED[object](raw)),
    stored,
  );
}

/** Compares a row with what each of the records behind it says, the one that counts most first. */
export function compareValues(behind: readonly Values[], stored: StoredRow): readonly FieldDifference[] {
  const fields = [...new Set(behind.flatMap((values) => Object.keys(values)))];
  return fields.flatMap((field) => {
    // Parts of one value are taken from one record: half a name of each is nobody's.
    const whole = field.split('.')[0];
    const from = behind.find((values) =>
      fields.some((other) => other.split('.')[0] === whole && (values[other] ?? null) !== null),
    );
    const wanted = from?.[field] ?? null;
    const found = at(stored, field);
    return found === wanted ? [] : [{ field, wanted, found }];
  });
}

function at(row: StoredRow, path: string): string | null {
  let value: unknown = row;
  for (const part of path.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : null;
  return value === null || value === undefined || value === '' ? null : String(value);
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
