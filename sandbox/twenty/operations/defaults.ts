import type { Json, JsonObject } from '../json.ts';
import type { Shape } from '../model/shape.ts';
import { plainDefault } from './engine.ts';

/** Default values of a new row, null where a field has none. */
export function defaults(shape: Shape, now: string): JsonObject {
  const values: { [name: string]: Json } = {};
  for (const { key, field, kind } of shape.columns) {
    const fallback = kind === 'join' ? null : (field.defaultValue ?? null);
    if (fallback === 'now') values[key] = now;
    else if (fallback === 'uuid') values[key] = null;
    else if (typeof fallback === 'object' && fallback !== null && !Array.isArray(fallback)) {
      values[key] = Object.fromEntries(
        Object.entries(fallback).map(([part, value]) => [part, emptyAsNull(plainDefault(value))]),
      );
    } else values[key] = emptyAsNull(plainDefault(fallback));
  }
  return values;
}

function emptyAsNull(value: Json): Json {
  return value === '' ? null : value;
}
