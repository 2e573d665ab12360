import type { ColumnFormat } from '../source/connector.ts';
import { cellParser } from '../source/delimited/parse.ts';
import { type CompiledPattern, compilePattern } from '../source/delimited/patterns.ts';
import type { Zone } from '../source/delimited/zone.ts';
import { BadValue, type Kind, type Value } from './values.ts';

/** The one place where mapping uses the reader of delimited files: cells, patterns and zones mean the same in both rooms. */
export { isDay, utcTime, type WallTime, Zone } from '../source/delimited/zone.ts';

/** Reads a cell of an exported file as its column's format says. */
export interface CellReader {
  readonly kind: Kind;
  /** Throws a BadValue for a cell that does not fit the format. */
  read(cell: string): Value;
}

const KIND: Record<ColumnFormat['type'], Kind> = {
  text: 'text',
  integer: 'decimal',
  decimal: 'decimal',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
};

const REFUSAL = {
  text: 'MAPPING_BAD_VALUE',
  integer: 'MAPPING_BAD_NUMBER',
  decimal: 'MAPPING_BAD_NUMBER',
  boolean: 'MAPPING_BAD_BOOLEAN',
  date: 'MAPPING_BAD_DATE',
  timestamp: 'MAPPING_BAD_DATE',
} as const;

/** Throws a ChangeoverError for a pattern that names no date. */
export function cellReader(format: ColumnFormat, zone: Zone): CellReader {
  const parse = cellParser(format, zone);
  return {
    kind: KIND[format.type],
    read: (cell) => {
      const result = parse(cell);
      if (!result.ok) throw new BadValue(REFUSAL[format.type], result.reason, cell);
      return format.type === 'timestamp' && typeof result.value === 'number'
        ? new Date(result.value).toISOString()
        : result.value;
    },
  };
}

/** A date pattern ready to read with; null where it names no full date. */
export function patternOf(text: string): CompiledPattern | null {
  try {
    return compilePattern(text);
  } catch {
    return null;
  }
}
