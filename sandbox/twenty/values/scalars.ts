import { inspect } from 'node:util';
import { invalidData, type Refusal } from '../errors.ts';
import { isUuid } from '../identifiers.ts';
import { isObject, type Json } from '../json.ts';
import type { FieldType, ModelField } from '../model/types.ts';
import { parseDay, parseInstant } from './dates.ts';

/** Checks one value of a field with a single column and gives the value to store. `key` is the name the client used. */
export type ScalarRule = (value: unknown, key: string, field: ModelField) => Json;

/** The sentence for users names the kind of value and shows what was sent. */
function refused(message: string, kind: string, value: unknown): Refusal {
  return invalidData(message, `Invalid value for ${kind}: "${inspect(value)}"`);
}

function text(value: unknown, key: string): string | null {
  if (value === null || value === '') return null;
  if (typeof value !== 'string')
    throw refused(`Invalid string value ${inspect(value)} for text field "${key}"`, 'text', value);
  return value;
}

export function number(value: unknown, key: string): number | null {
  if (value === null) return null;
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw refused(`Invalid number value ${inspect(value)} for field "${key}"`, 'number', value);
  }
  return value;
}

/** NUMERIC columns (amounts too) take numbers as text. */
export function numeric(value: unknown, key: string): number | null {
  if (value === null || value === '') return null;
  const parsed = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN;
  if (Number.isNaN(parsed)) throw invalidData(`Invalid number value ${inspect(parsed)} for field "${key}"`);
  return parsed;
}

export function uuid(value: unknown, key: string): string | null {
  if (value === null) return null;
  if (!isUuid(value)) throw refused(`Invalid UUID value ${inspect(value)} for field "${key}"`, 'UUID', value);
  return value;
}

function boolean(value: unknown, key: string): boolean | null {
  if (value === null || typeof value === 'boolean') return value;
  throw refused(`Invalid boolean value ${inspect(value)} for field "${key}"`, 'boolean', value);
}

function position(value: unknown, key: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalidData(`Invalid position value ${inspect(value)} for field "${key}"`);
}

function dateTime(value: unknown, key: string): string | null {
  if (value === null) return null;
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  if (instant !== undefined) return instant;
  const shown = inspect(value);
  throw invalidData(
    `Invalid value ${shown} for date-time field "${key}". Expected format: 'YYYY-MM-DDTHH:mm:ssZ'`,
    `Invalid value for date-time: "${shown}". Expected format: 'YYYY-MM-DDTHH:mm:ssZ'`,
  );
}

function date(value: unknown, key: string): string | null {
  if (value === null) return null;
  const day = typeof value === 'string' ? parseDay(value) : undefined;
  if (day !== undefined) return day;
  const shown = inspect(value);
  throw invalidData(
    `Invalid value ${shown} for date field "${key}". Expected format: 'YYYY-MM-DD'`,
    `Invalid value for date: "${shown}". Expected format: 'YYYY-MM-DD'`,
  );
}

function select(value: unknown, key: string, field: ModelField): string | null {
  if (value === null) return null;
  if (typeof value !== 'string')
    throw refused(`Invalid string value ${inspect(value)} for text field "${key}"`, 'text', value);
  const options = (field.options ?? []).map((option) => option.value);
  if (options.includes(value)) return value;
  const message = `Invalid value "${value}" for field "${key}". Valid values are: ${options.join(', ')}`;
  throw invalidData(message, message);
}

function strings(value: unknown, key: string): string[] | null {
  if (value === null || value === '') return null;
  const list = Array.isArray(value) ? value : [value];
  if (!list.every((item): item is string => typeof item === 'string')) {
    throw invalidData(`Invalid value ${inspect(value)} for field "${key} - Array values need to be string"`);
  }
  return list.length === 0 ? null : list;
}

function multiSelect(value: unknown, key: string, field: ModelField): string[] | null {
  const list = strings(value, key);
  if (list === null) return null;
  const options = new Set((field.options ?? []).map((option) => option.value));
  if (list.every((item) => options.has(item))) return list;
  throw refused(`Invalid value ${inspect(value)} for multi select field "${key}"`, 'multi-select', value);
}

function rawJson(value: unknown, key: string): Json {
  if (value === null) return null;
  let parsed: unknown = value;
  if (typeof value === 'string') {
    try {
      parsed = JSON.parse(value);
    } catch {
      parsed = undefined;
    }
  }
  if (typeof parsed !== 'object' || parsed === null) {
    throw invalidData(`Invalid object value ${inspect(value)} for field "${key}"`);
  }
  return isObject(parsed) && Object.keys(parsed).length === 0 ? null : (parsed as Json);
}

function files(value: unknown, key: string, field: ModelField): Json {
  if (value === null) return null;
  const list = Array.isArray(value) ? value : undefined;
  const fits = list?.every((item) => isObject(item) && isUuid(item.fileId) && typeof item.label === 'string');
  if (list === undefined || fits !== true) {
    throw invalidData(
      `Invalid value "${inspect(value)}" for FILES field "${key}" - It should be an array of objects with "fileId" and "label" properties.`,
    );
  }
  const maximum = field.settings?.maxNumberOfValues ?? 10;
  if (list.length > maximum) {
    throw invalidData(`Max number of files is ${maximum} for field "${key}"`);
  }
  return list.length === 0 ? null : (list as Json[]);
}

function refuseWrite(_value: unknown, key: string): never {
  throw invalidData(`Field "${key}" is computed and cannot be written`);
}

export const SCALARS: Partial<Record<FieldType, ScalarRule>> = {
  TEXT: text,
  NUMBER: number,
  NUMERIC: numeric,
  UUID: uuid,
  BOOLEAN: boolean,
  POSITION: position,
  DATE_TIME: dateTime,
  DATE: date,
  SELECT: select,
  RATING: select,
  MULTI_SELECT: multiSelect,
  ARRAY: strings,
  RAW_JSON: rawJson,
  FILES: files,
  TS_VECTOR: refuseWrite,
};

export { strings, text };
