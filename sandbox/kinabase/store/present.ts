import type { Switches } from '../switches.ts';
import type { Collection, StoredRecord, Value } from './model.ts';

/** A record as the API shows it. */
export function present(
  collection: Collection,
  record: StoredRecord,
  switches: Switches,
  withLists: boolean,
): Readonly<Record<string, unknown>> {
  const computed = Object.entries(collection.computed ?? {}).map(([key, compute]) => [key, compute(record.data)]);
  return {
    id: record.id,
    numericId: record.numericId,
    data: shown({ ...record.data, ...Object.fromEntries(computed) }, switches),
    external: record.external,
    ...(withLists && Object.keys(record.lists).length > 0 ? { lists: listsOf(record, switches) } : {}),
    fileStorage: record.files.map(({ url, ...file }) => ({ ...file, url: url ?? `/files/${file.id}` })),
    ...(switches.recordTimes
      ? { createdAt: new Date(record.createdAt).toISOString(), updatedAt: new Date(record.updatedAt).toISOString() }
      : {}),
  };
}

function listsOf(record: StoredRecord, switches: Switches): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(record.lists).map(([name, items]) => [
      name,
      items.map(({ id, data }) => ({ id, data: shown(data, switches) })),
    ]),
  );
}

function shown(data: Readonly<Record<string, Value>>, switches: Switches): Readonly<Record<string, unknown>> {
  if (switches.links === 'object') return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Array.isArray(value) ? value.map(bare) : bare(value)]),
  );
}

/** A link as its bare id; all else as it is. */
function bare(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === 'id' ? (value as { readonly id: unknown }).id : value;
}
