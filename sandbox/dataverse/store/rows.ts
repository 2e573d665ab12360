/** A link to a row of another table. The row need not be there. */
export interface Reference {
  readonly id: string;
  readonly table: string;
}

/** Dates and times are text as the API shows them; several options are their numbers. */
export type Value = string | number | boolean | null | Reference | readonly number[];
export type Values = Readonly<Record<string, Value>>;

export interface Row {
  readonly id: string;
  readonly table: string;
  /** Grows with every change of any row of the environment. */
  readonly version: number;
  readonly values: Values;
}

/** What is left of a deleted row until change tracking forgets it. */
export interface Tombstone {
  readonly id: string;
  readonly table: string;
  readonly version: number;
  /** Milliseconds. */
  readonly at: number;
}

export function isReference(value: Value | undefined): value is Reference {
  return typeof value === 'object' && value !== null && 'id' in value;
}

export function reference(row: Row): Reference {
  return { id: row.id, table: row.table };
}
