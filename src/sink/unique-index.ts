import type { RecordRow, StateStore, UniqueRow } from '../state/state.ts';
import type { TwentyRecord, Workspace } from '../twenty/model.ts';
import type { Lane, Twenty } from '../twenty/twenty.ts';
import { claimedFields, indexedFields, indexedValues } from './values.ts';

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

/** Objects of these that have unique values a mapping can fill. */
export function indexedObjects(workspace: Workspace, objects: Iterable<string>): readonly string[] {
  return [...new Set(objects)].sort().filter((name) => {
    const object = workspace.objects.get(name);
    return object !== undefined && claimedFields(object).length > 0;
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
  const fields = [...new Set(indexedFields(described).map((field) => field.split('.')[0] ?? field))];
  const known = await state.read((tx) => tx.settings.get(settingName(object)));
  const since = typeof known === 'string' ? known : null;
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
  if (newest !== null) await state.transaction((tx) => tx.settings.set(settingName(object), newest));
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

/** After a poll: whoever waits for a unique value looks again, since a row that gave one up does not say which. */
export async function wakeWaiters(state: StateStore): Promise<number> {
  const places = await state.read(async (tx) =>
    (await tx.ledger.heldByReason(null)).filter((held) => WAITS_FOR_VALUE.has(held.code)),
  );
  let woken = 0;
  for (const { source, object } of places) {
    for (let after: string | null = null; ; ) {
      const page: readonly RecordRow[] = await state.read((tx) =>
        tx.records.byClass(source, object, 'held', after, PAGE),
      );
      const keys = page.filter((row) => WAITS_FOR_VALUE.has(row.reason?.code ?? '')).map((row) => row.key);
      if (keys.length > 0) await state.transaction((tx) => tx.records.touch(keys));
      woken += keys.length;
      after = page.at(-1)?.key ?? null;
      if (page.length < PAGE || after === null) break;
    }
  }
  return woken;
}

export function uniquesOf(workspace: Workspace, object: string, row: TwentyRecord): UniqueRow[] {
  const deleted = row.deletedAt !== null && row.deletedAt !== undefined;
  return indexedValues(workspace, object, row).map((claim) => ({
    object,
    field: claim.field,
    value: claim.value,
    id: row.id,
    deleted,
  }));
}
