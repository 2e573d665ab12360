import { ChangeoverError } from '../core/errors.ts';
import type { EventField, FieldType, FieldValue, FieldValues } from '../events/event.ts';

/**
 * What a person typed, as values of the object's fields.
 * @throws USAGE for a field that was never discovered, and for a value that its type cannot hold.
 */
export function typedValues(
  fields: readonly EventField[],
  typed: Readonly<Record<string, string>>,
  object: string,
): FieldValues {
  const known = new Map(fields.map(({ name, type }) => [name, type]));
  return Object.fromEntries(
    Object.entries(typed).map(([name, text]): [string, FieldValue] => {
      const type = known.get(name);
      if (type === undefined) {
        throw new ChangeoverError('USAGE', `${object} has no field ${name}`, {
          hint: `Fields: ${[...known.keys()].join(', ')}.`,
        });
      }
      const value = typedValue(type, text);
      if (value === undefined) throw new ChangeoverError('USAGE', `${name} takes ${WORDS[type.kind]}, not "${text}"`);
      return [name, value];
    }),
  );
}

const WORDS: Readonly<Record<FieldType['kind'], string>> = {
  string: 'text',
  long: 'a whole number',
  double: 'a number',
  decimal: 'a decimal number of its precision',
  boolean: 'true or false',
  date: 'a date as 2026-03-01',
  timestamp: 'a time as 2026-03-01T09:00:00Z',
  array: 'a JSON list of texts',
};

/** Undefined: the type cannot hold it. An empty text is no value, but for texts. */
function typedValue(type: FieldType, text: string): FieldValue | undefined {
  if (text === '' && type.kind !== 'string') return null;
  switch (type.kind) {
    case 'string':
      return text;
    case 'long':
      return wholeNumber(text);
    case 'double':
      return Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'decimal':
      return fitsDecimal(text, type) ? text : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(text) && isoDay(text) === text ? text : undefined;
    case 'timestamp': {
      const at = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
      return Number.isNaN(at) ? undefined : at;
    }
    case 'array':
      return list(type.items, text);
  }
}

function wholeNumber(text: string): FieldValue | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const exact = BigInt(text);
  if (BigInt.asIntN(64, exact) !== exact) return undefined;
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

function fitsDecimal(text: string, { precision, scale }: Extract<FieldType, { kind: 'decimal' }>): boolean {
  const match = /^-?(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return false;
  const fraction = match[2]?.length ?? 0;
  return fraction <= scale && (match[1] ?? '').replace(/^0+/, '').length <= precision - scale;
}

function isoDay(text: string): string | null {
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) ? null : new Date(at).toISOString().slice(0, 10);
}

function list(items: FieldType, text: string): FieldValue | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const values = parsed.map((member) =>
    typedValue(items, typeof member === 'string' ? member : JSON.stringify(member)),
  );
  return values.some((value) => value === undefined) ? undefined : (values as readonly FieldValue[]);
}
