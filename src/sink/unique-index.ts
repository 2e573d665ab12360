import type { RecordRow, StateStore, UniqueRow } from '../state/state.ts';
import type { TwentyRecord, Workspace, WorkspaceObject } from '../twenty/model.ts';
import type { Lane, Twenty } from '../twenty/twenty.ts';
import { parseUniqueName } from './names.ts';
import { combinationName, onlyLive } from './unique-columns.ts';
import { claimedIndexes, indexedFields, indexedValues, keptIndexes } from './values.ts';

interface Parts {
  readonly twenty: Twenty;
  readonly state: StateStore;
}

interface Settings {
  readonly lane: Lane;
  readonly now: number;
  readonly signal?: AbortSignal;
}

/** How far back a poll reads again: rows whose transaction ended later than their updatedAt says. */
const OVERLAP_MS = 60_000;

function settingName(object: string): string {
  return `sink.uniques:${object}`;
}

/**
 * Until when all of these indexes were read. Null where one of them was not: made since, or the state is of an earlier
 * version, which kept no combinations. Then everything is read again.
 */
function sinceOf(known: unknown, indexes: readonly string[]): string | null {
  if (typeof known !== 'object' || known === null) return null;
  const { until, indexes: read } = known as { readonly until?: unknown; readonly indexes?: unknown };
  if (typeof until !== 'string' || !Array.isArray(read)) return null;
  return indexes.every((index) => read.includes(index)) ? until : null;
}

/** An index that covers other rows than it did is read again. */
function readAs(object: WorkspaceObject, name: string): string {
  return onlyLive(object, name) ? `${name} of live rows` : name;
}

/** Objects of these that have unique values a mapping can fill. */
export function indexedObjects(workspace: Workspace, objects: Iterable<string>): readonly string[] {
  return [...new Set(objects)].sort().filter((name) => {
    const object = workspace.objects.get(name);
    return object !== undefined && claimedIndexes(object).length > 0;
  });
}

/**
 * Brings the index of unique values up to date, soft-deleted rows included: everything once (rows / 200 calls), then
 * only what changed since. Returns the rows read.
 */
export async function refreshUniques(parts: Parts, object: string, settings: Settings): Promise<number> {
  const { twenty, state } = parts;
  const workspace = twenty.workspace();
  const described = workspace.objects.get(object);
  if (described === undefined) return 0;
  const fields = indexedFields(described);
  const indexes = keptIndexes(described)
    .map(combinationName)
    .map((name) => readAs(described, name));
  const since = sinceOf(await state.read((tx) => tx.settings.get(settingName(object))), indexes);
  let newest = since;
  let count = 0;
  const pages = twenty.scan({
    object,
    fields: [...fields, 'updatedAt'],
    deleted: true,
    lane: settings.lane,
    ...(settings.signal === undefined ? {} : { signal: settings.signal }),
    ...(since === null ? {} : { updatedSince: new Date(Date.parse(since) - OVERLAP_MS).toISOString() }),
  });
  for await (const page of pages) {
    count += page.length;
    for (const row of page) {
      const at = typeof row.updatedAt === 'string' ? new Date(row.updatedAt).toISOString() : null;
      if (at !== null && (newest === null || at > newest)) newest = at;
    }
    await storeSeen(state, workspace, object, page);
  }
  // Without a row the time of the server is unknown; ours would do harm where the clocks differ.
  if (newest !== null) {
    const known = { until: newest, indexes };
    await state.transaction((tx) => tx.settings.set(settingName(object), known));
  }
  return count;
}

/** Stores the unique values of rows as they were read from Twenty. */
export async function storeSeen(
  state: StateStore,
  workspace: Workspace,
  object: string,
  rows: readonly TwentyRecord[],
): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.flatMap((row) => uniquesOf(workspace, object, row));
  await state.transaction((tx) =>
    tx.uniques.put(
      object,
      rows.map((row) => row.id),
      values,
    ),
  );
}

/** Reasons that end when a unique value becomes free. */
const WAITS_FOR_VALUE: ReadonlySet<string> = new Set(['SINK_DUPLICATE_HELD', 'SINK_UNIQUE_TAKEN', 'SINK_SOFT_DELETED']);
const PAGE = 1000;
/** Ids in one find call (twenty.md O1). */
const PER_FIND = 200;

/** After a poll: whoever waits for a unique value looks again, since a row that gave one up does not say which. */
export async function wakeWaiters(state: StateStore): Promise<number> {
  let woken = 0;
  for await (const page of waiters(state)) {
    await state.transaction((tx) => tx.records.touch(page.map(({ key }) => key)));
    woken += page.length;
  }
  return woken;
}

/**
 * Forgets the values of rows that were destroyed: no poll sees these, as they have no updatedAt any more. Only the holders of
 * values that somebody waits for are asked for, 200 a call. Returns how many are gone.
 */
export async function forgetDestroyed({ twenty, state }: Parts, settings: Omit<Settings, 'now'>): Promise<number> {
  const wanted = new Map<string, Set<string>>();
  for await (const page of waiters(state)) {
    for (const name of page.flatMap(({ reason }) => reason?.waitsFor ?? [])) {
      const unique = parseUniqueName(name);
      if (unique === null) continue;
      const where = `${unique.object}/${unique.field}`;
      wanted.set(where, (wanted.get(where) ?? new Set()).add(unique.value));
    }
  }
  const holders = new Map<string, Set<string>>();
  for (const [where, values] of wanted) {
    const [object = '', field = ''] = where.split('/');
    for (const part of partsOf([...values], PAGE)) {
      const rows = await state.read((tx) => tx.uniques.find(object, field, part));
      for (const { id } of rows.values()) holders.set(object, (holders.get(object) ?? new Set()).add(id));
    }
  }
  let gone = 0;
  for (const [object, ids] of holders) {
    for (const part of partsOf([...ids], PER_FIND)) {
      const by = { field: 'id', values: part };
      const { lane, signal } = settings;
      const found = await twenty.find({
        object,
        by,
        fields: [],
        deleted: true,
        lane,
        ...(signal === undefined ? {} : { signal }),
      });
      const there = new Set(found.map(({ id }) => id));
      const missing = part.filter((id) => !there.has(id));
      if (missing.length > 0) await state.transaction((tx) => tx.uniques.put(object, missing, []));
      gone += missing.length;
    }
  }
  return gone;
}

function partsOf<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

/** Records that are held for a unique value, page by page. */
async function* waiters(state: StateStore): AsyncGenerator<readonly RecordRow[]> {
  const places = await state.read(async (tx) =>
    (await tx.ledger.heldByReason(null)).filter((held) => WAITS_FOR_VALUE.has(held.code)),
  );
  const objects = new Map(places.map(({ source, object }) => [`${source}/${object}`, { source, object }]));
  for (const { source, object } of objects.values()) {
    for (let after: string | null = null; ; ) {
      const page: readonly RecordRow[] = await state.read((tx) =>
        tx.records.byClass(source, object, 'held', after, PAGE),
      );
      const waiting = page.filter((row) => WAITS_FOR_VALUE.has(row.reason?.code ?? ''));
      if (waiting.length > 0) yield waiting;
      after = page.at(-1)?.key ?? null;
      if (page.length < PAGE || after === null) break;
    }
  }
}

/** The unique values that a row holds: a soft-deleted one none of those that only live rows must not share. */
export function uniquesOf(workspace: Workspace, object: string, row: TwentyRecord): UniqueRow[] {
  const described = workspace.objects.get(object);
  return valuesOf(workspace, object, row).filter(
    ({ field, deleted }) => !(deleted && described !== undefined && onlyLive(described, field)),
  );
}

/** All values of a row in unique columns, those included that nobody is kept from. */
export function valuesOf(workspace: Workspace, object: string, row: TwentyRecord): UniqueRow[] {
  const deleted = row.deletedAt !== null && row.deletedAt !== undefined;
  return indexedValues(workspace, object, row).map((claim) => ({
    object,
    field: claim.field,
    value: claim.value,
    id: row.id,
    deleted,
  }));
}
