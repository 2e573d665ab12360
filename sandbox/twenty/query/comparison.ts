import { inspect } from 'node:util';
import { invalidFilter } from '../errors.ts';
import type { Json } from '../json.ts';
import { COMPOSITES } from '../model/composites.ts';
import type { Column } from '../model/shape.ts';
import type { FieldType } from '../model/types.ts';
import { parseDay, parseInstant } from '../values/dates.ts';

/** How the values of a column compare. */
export type Kind = 'text' | 'number' | 'boolean' | 'instant' | 'day' | 'uuid' | 'json';

const KINDS: Partial<Record<FieldType, Kind>> = {
  NUMBER: 'number',
  NUMERIC: 'number',
  POSITION: 'number',
  BOOLEAN: 'boolean',
  DATE_TIME: 'instant',
  DATE: 'day',
  UUID: 'uuid',
  RAW_JSON: 'json',
  FILES: 'json',
  ARRAY: 'json',
  MULTI_SELECT: 'json',
};

export function kindOf(column: Column, part: string | undefined): Kind {
  if (column.kind === 'join') return 'uuid';
  if (column.kind === 'scalar') return KINDS[column.field.type] ?? 'text';
  const kind = COMPOSITES[column.field.type]?.[part ?? ''];
  if (kind === 'number') return 'number';
  if (kind === 'uuid') return 'uuid';
  return kind === 'list' || kind === 'json' ? 'json' : 'text';
}

/** A filter's operand in the form in which values are stored; REST sends everything as text. */
export function operand(kind: Kind, value: unknown, name: string): Json {
  if (value === null || value === undefined || value === '') return null;
  const wrong = (): never => {
    throw invalidFilter(`Invalid filter value ${inspect(value)} for field "${name}"`);
  };
  switch (kind) {
    case 'number': {
      const parsed = typeof value === 'number' ? value : Number(value);
      return Number.isNaN(parsed) ? wrong() : parsed;
    }
    case 'boolean':
      return typeof value === 'boolean' ? value : String(value).toLowerCase() === 'true';
    case 'instant':
      return (typeof value === 'string' ? parseInstant(value) : undefined) ?? wrong();
    case 'day':
      return (typeof value === 'string' ? parseDay(value) : undefined) ?? wrong();
    case 'uuid':
      return String(value).toLowerCase();
    case 'json':
      return typeof value === 'string' ? value : JSON.stringify(value);
    default:
      return typeof value === 'string' ? value : String(value);
  }
}

/** Negative, zero or positive. Instants are stored in one form, so their text compares like the time. */
export function compare(kind: Kind, left: Json, right: Json): number {
  if (kind === 'number') return Number(left) - Number(right);
  const a = comparable(left);
  const b = comparable(right);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function comparable(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
