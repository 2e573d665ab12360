import type { ColumnFormat } from '../connector.ts';
import { type CompiledPattern, compilePattern } from './patterns.ts';
import { Zone } from './zone.ts';

/**
 * A cell's value: text as it is, an integer or decimal as its digits (`-1234.50`), a date as YYYY-MM-DD, a timestamp as
 * milliseconds since 1970 UTC. An empty cell is null, but an empty text stays ''.
 */
export type CellResult =
  | { readonly ok: true; readonly value: string | number | boolean | null }
  | { readonly ok: false; readonly code: 'CELL_INVALID'; readonly reason: string };

const EDGES = /^[\s\u00a0\u202f]+|[\s\u00a0\u202f]+$/g;

/** A cell without the spaces, of any kind, around it. */
export function trimCell(text: string): string {
  return text.replace(EDGES, '');
}

function failure(reason: string): CellResult {
  return { ok: false, code: 'CELL_INVALID', reason };
}

/** Reads cells of one column: compiled once, then the same for every cell. `zone` is the IANA zone of times without an offset. */
export function cellParser(format: ColumnFormat, zone: string | Zone = 'UTC'): (text: string) => CellResult {
  if (format.type === 'text') return (text) => ({ ok: true, value: text });
  const parse = trimmedParser(format, typeof zone === 'string' ? new Zone(zone) : zone);
  return (text) => {
    const trimmed = trimCell(text);
    return trimmed === '' ? { ok: true, value: null } : parse(trimmed);
  };
}

/** One cell; for many of a column take `cellParser`. */
export function parseCell(format: ColumnFormat, text: string, zone: string | Zone = 'UTC'): CellResult {
  return cellParser(format, zone)(text);
}

function trimmedParser(format: Exclude<ColumnFormat, { type: 'text' }>, zone: Zone): (text: string) => CellResult {
  switch (format.type) {
    case 'integer':
      return (text) => parseInteger(text);
    case 'decimal':
      return (text) => parseDecimal(text, format.decimalMark);
    case 'boolean':
      return booleanParser(format.yes, format.no);
    case 'date':
      return dateParser(compilePattern(format.pattern), zone);
    case 'timestamp':
      return timestampParser(compilePattern(format.pattern), zone);
  }
}

function parseInteger(text: string): CellResult {
  const match = /^([+-]?)0*(\d+)$/.exec(text);
  if (match === null) return failure(`${JSON.stringify(text)} is not a whole number`);
  const digits = match[2] ?? '0';
  return { ok: true, value: match[1] === '-' && digits !== '0' ? `-${digits}` : digits };
}

const CURRENCY = /^(?:[£$€₺]|GBP|EUR|USD|TRY|TL)\s*|\s*(?:[£$€₺]|GBP|EUR|USD|TRY|TL)$/gi;

/** The currency written beside an amount, upper case; null where there is none. */
export function currencyOf(text: string): string | null {
  const [symbol] = trimCell(text).replace(/^[+-]/, '').match(CURRENCY) ?? [];
  return symbol === undefined ? null : symbol.trim().toUpperCase();
}

const DECIMALS = {
  '.': /^([+-]?)(\d+|\d{1,3}(?:([,'\u00a0\u202f ])\d{3})(?:\3\d{3})*)(?:\.(\d+))?$/,
  ',': /^([+-]?)(\d+|\d{1,3}(?:([.'\u00a0\u202f ])\d{3})(?:\3\d{3})*)(?:,(\d+))?$/,
} as const;

/** Exact: the digits are kept as they are written, never taken through a floating-point number. */
function parseDecimal(text: string, mark: '.' | ','): CellResult {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const bare = sign + text.slice(sign.length).replace(CURRENCY, '');
  const match = DECIMALS[mark].exec(bare);
  if (match === null)
    return failure(`${JSON.stringify(text)} is not a number with the decimal mark ${JSON.stringify(mark)}`);
  const whole = (match[2] ?? '').replace(/\D/g, '').replace(/^0+(?=\d)/, '');
  const fraction = match[4] === undefined ? '' : `.${match[4]}`;
  const zero = /^0*$/.test(whole) && /^\.?0*$/.test(fraction);
  return { ok: true, value: `${match[1] === '-' && !zero ? '-' : ''}${whole}${fraction}` };
}

/** The form in which yes and no are compared; the same on every machine, the Turkish I included. */
export function foldWord(text: string): string {
  return trimCell(text).normalize('NFC').replace(/[Iİı]/g, 'i').toLowerCase().replaceAll('\u0307', '');
}

function booleanParser(yes: readonly string[], no: readonly string[]): (text: string) => CellResult {
  const values = new Map<string, boolean>([
    ...yes.map((word) => [foldWord(word), true] as const),
    ...no.map((word) => [foldWord(word), false] as const),
  ]);
  return (text) => {
    const value = values.get(foldWord(text));
    return value === undefined
      ? failure(`${JSON.stringify(text)} is neither ${yes.join('/')} nor ${no.join('/')}`)
      : { ok: true, value };
  };
}

function dateParser(pattern: CompiledPattern, zone: Zone): (text: string) => CellResult {
  return (text) => {
    const wall = pattern.parse(text, zone)?.wall;
    if (wall === undefined) return failure(`${JSON.stringify(text)} is not a date as ${pattern.pattern}`);
    const two = (value: number): string => String(value).padStart(2, '0');
    return { ok: true, value: `${String(wall.year).padStart(4, '0')}-${two(wall.month)}-${two(wall.day)}` };
  };
}

function timestampParser(pattern: CompiledPattern, zone: Zone): (text: string) => CellResult {
  return (text) => {
    const moment = pattern.parse(text, zone);
    return moment === null
      ? failure(`${JSON.stringify(text)} is not a time as ${pattern.pattern}`)
      : { ok: true, value: moment.instant };
  };
}
