import type { FieldDescription, FieldProfile, ValueCount } from '../../src/source/connector.ts';
import type { Assembled } from './rows.ts';

/** More different values are no options. */
const MOST_VALUES = 100;

interface Seen {
  readonly field: FieldDescription;
  filled: number;
  longest: number;
  /** Null once there were too many. */
  values: Map<string, number> | null;
}

/** Fields as rows showed them: the API has no list of them. What was seen once stays, so that an event never has a field too many. */
export class Discovered {
  readonly #objects = new Map<string, { rows: number; readonly fields: Map<string, Seen> }>();

  saw(object: string, { fields, values }: Assembled): void {
    const known = this.#objects.get(object) ?? { rows: 0, fields: new Map<string, Seen>() };
    this.#objects.set(object, known);
    known.rows += 1;
    for (const field of fields) {
      const seen = known.fields.get(field.name) ?? { field, filled: 0, longest: 0, values: new Map<string, number>() };
      known.fields.set(field.name, seen);
      note(seen, values[field.name] ?? null);
    }
  }

  has(object: string): boolean {
    return this.#objects.has(object);
  }

  /** In the order in which they were first seen. */
  fields(object: string): readonly FieldDescription[] {
    const known = this.#objects.get(object);
    if (known === undefined) return [];
    return [...known.fields.values()].map(({ field, filled, longest, values }) => ({
      ...field,
      profile: { rows: known.rows, filled, longest } satisfies FieldProfile,
      values: values === null ? null : [...values].map(([value, count]): ValueCount => ({ value, count })),
    }));
  }
}

function note(seen: Seen, value: unknown): void {
  const list = Array.isArray(value) ? value : [value];
  const texts = list.filter((one) => one !== null && one !== '').map(String);
  if (texts.length === 0) return;
  seen.filled += 1;
  for (const text of texts) {
    seen.longest = Math.max(seen.longest, text.length);
    seen.values?.set(text, (seen.values.get(text) ?? 0) + 1);
    if ((seen.values?.size ?? 0) > MOST_VALUES) seen.values = null;
  }
}
