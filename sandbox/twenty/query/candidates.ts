import { isObject } from '../json.ts';
import type { Shape } from '../model/shape.ts';
import { type Table, uniqueKey } from '../store/table.ts';
import type { Filter } from './filter.ts';

/**
 * Ids that can match, where the filter names ids, unique values or foreign keys; undefined where every row must be
 * looked at. Only spares work: the compiled filter is asked about each of them all the same.
 */
export function candidateIds(table: Table, shape: Shape, filter: Filter | undefined): Set<string> | undefined {
  for (const [key, value] of Object.entries(filter ?? {})) {
    if (key === 'and' && Array.isArray(value)) {
      for (const part of value) {
        const found = isObject(part) ? candidateIds(table, shape, part) : undefined;
        if (found !== undefined) return found;
      }
    }
    const found = isObject(value) ? byColumn(table, shape, key, value) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function wantedValues(filter: Record<string, unknown>): string[] | undefined {
  const single = filter.eq;
  if (typeof single === 'string' && single !== '') return [single];
  const several = filter.in;
  if (!Array.isArray(several)) return undefined;
  return several.every((item): item is string => typeof item === 'string' && item !== '') ? several : undefined;
}

function byColumn(table: Table, shape: Shape, key: string, filter: Filter): Set<string> | undefined {
  const values = wantedValues(filter);
  if (key === 'id') return values === undefined ? undefined : new Set(values.map((value) => value.toLowerCase()));
  if (values !== undefined && shape.byKey.get(key)?.kind === 'join') {
    return new Set(values.flatMap((value) => table.byJoin(key, value.toLowerCase())));
  }
  for (const index of shape.uniques) {
    const path = index.paths[0];
    if (index.onlyLive || index.paths.length !== 1 || path === undefined || path[0] !== key) continue;
    const part = path[1];
    const inner = part === undefined ? filter : filter[part];
    const wanted = isObject(inner) ? wantedValues(inner) : undefined;
    if (wanted === undefined) continue;
    const ids = wanted.flatMap((value) => {
      const row = part === undefined ? { [key]: value } : { [key]: { [part]: value } };
      const unique = uniqueKey(row, index);
      return unique === undefined ? [] : (table.byUnique(index, unique) ?? []);
    });
    return new Set(ids);
  }
  return undefined;
}
