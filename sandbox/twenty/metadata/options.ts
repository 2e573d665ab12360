import type { Json } from '../json.ts';
import type { ModelField } from '../model/types.ts';
import { plainDefault } from '../operations/engine.ts';
import type { Store } from '../store/store.ts';

/**
 * Moves stored values to the new options: by option id, so a renamed option takes its records along. A value whose
 * option is gone becomes the default, or null. Neither `updatedAt` nor `updatedBy` of the rows changes (twenty.md §0, O6).
 */
export function changeOptions(store: Store, object: string, before: ModelField, after: ModelField): void {
  const kept = new Map((after.options ?? []).map(({ id, value }) => [id, value]));
  const moved = new Map<string, string | undefined>();
  for (const { id, value } of before.options ?? []) moved.set(value, kept.get(id));
  if ([...moved].every(([from, to]) => from === to)) return;
  const fallback = plainDefault(after.defaultValue);
  for (const row of [...store.table(object).rows()]) {
    const value = row[before.name] ?? null;
    const changed = Array.isArray(value) ? movedList(value, moved, fallback) : movedValue(value, moved, fallback);
    if (changed !== value) store.put(object, { ...row, [before.name]: changed });
  }
}

function movedValue(value: Json, moved: ReadonlyMap<string, string | undefined>, fallback: Json): Json {
  return typeof value === 'string' ? (moved.get(value) ?? fallback) : value;
}

function movedList(values: Json[], moved: ReadonlyMap<string, string | undefined>, fallback: Json): Json {
  const kept = values.flatMap((value) => (typeof value === 'string' ? (moved.get(value) ?? []) : []));
  if (kept.length === values.length && kept.every((value, index) => value === values[index])) return values;
  return kept.length === 0 ? fallback : kept;
}
