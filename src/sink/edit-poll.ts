import type { Clock } from '../core/ports.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import { type EditRow, ROW_FIELD, type StateStore, type StateTransaction, type TargetRow } from '../state/state.ts';
import { asObject } from '../twenty/answers.ts';
import type { TwentyRecord, Workspace } from '../twenty/model.ts';
import { fieldOf } from '../twenty/selection.ts';
import type { Lane, Twenty } from '../twenty/twenty.ts';
import { UNCERTAIN } from './compare.ts';
import { columnsOf, findEdits, watchedFields } from './edit-finding.ts';
import { storeFound } from './edit-store.ts';
import { recordOfTarget } from './names.ts';
import { normalOf } from './values.ts';

export interface WatchParts {
  readonly twenty: Pick<Twenty, 'workspace' | 'scan' | 'find'>;
  readonly state: StateStore;
  readonly clock: Clock;
  mappings(): readonly CompiledMapping[];
}

/** How far back a poll reads again, milliseconds: rows whose transaction ended later than their updatedAt says. */
export const OVERLAP_MS = 60_000;
/** How much the clocks of the server and of this machine may differ, milliseconds: only for where the first poll begins. */
const SKEW_MS = 3_600_000;
const PER_FIND = 200;
/** More rows of the overlap than this are not remembered, but read again. */
const REMEMBERED = 2000;

/** How far an object's poll has come. */
interface Seen {
  /** The latest updatedAt of a row that was dealt with, ISO; null: from the very beginning. */
  readonly since: string | null;
  /** Rows within the overlap that were dealt with, with their updatedAt. */
  readonly rows: Readonly<Record<string, string>>;
}

export function watchSetting(object: string): string {
  return `sink.edits:${object}`;
}

/** Whether a row of the object says who changed it last: without that, only the answers to writes show edits. */
export function isWatched(workspace: Workspace, object: string): boolean {
  const described = workspace.objects.get(object);
  return described?.fields.get('updatedBy')?.type === 'ACTOR' && described.fields.has('updatedAt');
}

/** The Twenty objects in which rows of ours stand, or stood: people bring back what was deleted. None before the first write. */
export async function writtenObjects({ state, mappings }: WatchParts): Promise<readonly string[]> {
  const { counts, began } = await state.read(async (tx) => ({
    counts: await tx.targets.counts(),
    began: await tx.journal.began(),
  }));
  const written = counts.filter((row) => row.written > 0).map(({ object }) => object);
  const synced = began === null ? [] : mappings().flatMap((mapping) => mapping.desired.synced);
  return [...new Set([...written, ...synced])].sort();
}

/**
 * Finds what people changed in rows of an object since the last time (SPEC.md §12): one call, and one more for every 200
 * rows that they changed. Returns how many rows of ours were among them.
 */
export async function pollObject(parts: WatchParts, object: string, lane: Lane): Promise<number> {
  const { twenty, state } = parts;
  if (!isWatched(twenty.workspace(), object)) return 0;
  const seen = await state.read((tx) => seenUntil(tx, object));
  const changed: { readonly id: string; readonly at: string }[] = [];
  const pages = twenty.scan({
    object,
    fields: ['updatedAt'],
    deleted: true,
    lane,
    // Our own writes are an API key's; so are those of other programs, which are no people.
    where: { updatedBy: { source: { neq: 'API' } } },
    ...(seen.since === null ? {} : { updatedSince: new Date(Date.parse(seen.since) - OVERLAP_MS).toISOString() }),
  });
  for await (const page of pages) {
    for (const row of page) {
      const at = typeof row.updatedAt === 'string' ? new Date(row.updatedAt).toISOString() : '';
      if (seen.rows[row.id] !== at) changed.push({ id: row.id, at });
    }
  }
  let ours = 0;
  const deferred = new Set<string>();
  for (let start = 0; start < changed.length; start += PER_FIND) {
    const ids = changed.slice(start, start + PER_FIND).map(({ id }) => id);
    const result = await lookAt(parts, object, ids, lane);
    ours += result.ours;
    for (const id of result.deferred) deferred.add(id);
  }
  await state.transaction((tx) => tx.settings.set(watchSetting(object), advanced(seen, changed, deferred)));
  return ours;
}

async function seenUntil(tx: StateTransaction, object: string): Promise<Seen> {
  const known = (await tx.settings.get(watchSetting(object))) as Seen | undefined;
  if (known !== undefined) return known;
  // A state that was made anew knows of no first write: everything is looked at once.
  const began = await tx.journal.began();
  return { since: began === null ? null : new Date(began - SKEW_MS).toISOString(), rows: {} };
}

/** Not past a row that is to be looked at again. */
function advanced(
  seen: Seen,
  changed: readonly { readonly id: string; readonly at: string }[],
  deferred: ReadonlySet<string>,
): Seen {
  const again = changed.filter(({ id }) => deferred.has(id)).map(({ at }) => at);
  const done = changed.filter(({ id }) => !deferred.has(id));
  const newest = done.reduce((latest, { at }) => (at > latest ? at : latest), seen.since ?? '');
  const since = again.reduce((earliest, at) => (at < earliest ? at : earliest), newest);
  if (since === '') return { ...seen, since: null };
  const overlap = new Date(Date.parse(since) - OVERLAP_MS).toISOString();
  const rows = [...Object.entries(seen.rows), ...done.map(({ id, at }): [string, string] => [id, at])].filter(
    ([, at]) => at >= overlap,
  );
  return { since, rows: rows.length > REMEMBERED ? {} : Object.fromEntries(rows) };
}

interface Looked {
  readonly ours: number;
  /** Rows that were being written meanwhile: what was read of them may be older than what we know. */
  readonly deferred: readonly string[];
}

/** Reads rows by their ids and compares those of ours with what we know of them. */
export async function lookAt(parts: WatchParts, object: string, ids: readonly string[], lane: Lane): Promise<Looked> {
  const { twenty, state, clock } = parts;
  const known = await state.read((tx) => tx.targets.byIds(object, ids));
  if (known.size === 0) return { ours: 0, deferred: [] };
  const workspace = twenty.workspace();
  const columns = columnsOf(parts.mappings(), object);
  const described = workspace.objects.get(object);
  const names = new Set([...known.values()].flatMap((target) => watchedFields(target, columns)));
  const readable = [...names].filter((name) => described !== undefined && fieldOf(described, name) !== undefined);
  const started = clock.now();
  const records = await twenty.find({
    object,
    by: { field: 'id', values: [...known.keys()] },
    fields: [...readable, 'updatedAt', 'updatedBy'],
    deleted: true,
    lane,
  });
  const deferred: string[] = [];
  await state.transaction(async (tx) => {
    const targets = await tx.targets.byIds(object, [...known.keys()]);
    const open = await tx.edits.open([...targets.values()].map((target) => target.targetKey));
    const flying = new Set((await tx.intents.all()).flatMap(({ rows }) => rows.map(({ target }) => target.targetKey)));
    for (const record of records) {
      const target = targets.get(record.id);
      if (target === undefined) continue;
      // Older than what we know by now, perhaps (SPEC.md I24).
      if (target.writtenAt >= started || flying.has(target.targetKey)) {
        deferred.push(record.id);
        continue;
      }
      await compareRow(tx, {
        record,
        target,
        open: open.get(target.targetKey) ?? [],
        workspace,
        columns,
        now: started,
      });
    }
  });
  return { ours: known.size, deferred };
}

interface Row {
  readonly record: TwentyRecord;
  readonly target: TargetRow;
  readonly open: readonly EditRow[];
  readonly workspace: Workspace;
  readonly columns: ReadonlySet<string>;
  readonly now: number;
}

async function compareRow(tx: StateTransaction, row: Row): Promise<void> {
  const { record, target, open, workspace, columns, now } = row;
  const finding = { ...saidBy(record), foundAt: now, foundBy: 'poll' as const };
  const deletedAt = typeof record.deletedAt === 'string' ? record.deletedAt : null;
  const rowEdit = open.find(({ field }) => field === ROW_FIELD) ?? null;
  const about = (base: unknown, undone: EditRow | null) => ({
    target,
    field: ROW_FIELD,
    base,
    value: deletedAt,
    undone,
  });
  // Objects without a unique value of the workspace are in no other poll: of these the index knows our key, and whether its row stands.
  const stands = rowEdit?.value != null || target.status === 'deleted';
  if (stands && deletedAt === null) await tx.uniques.mark(target.object, [record.id], false);
  // What else a person changed in it before counts too: it stands there if the row comes back.
  if (target.status === 'written' && deletedAt !== null && rowEdit?.value !== deletedAt)
    await storeFound(tx, [about(null, null)], finding);
  if (rowEdit !== null && deletedAt === null && rowEdit.value !== null) {
    await storeFound(tx, [about(null, rowEdit)], finding);
    // A record that was left out for it stands in no row at present.
    await tx.records.touch([recordOfTarget(target.targetKey)]);
  }
  if (target.status === 'deleted' && deletedAt === null) {
    await broughtBack(tx, target, about('deleted', null), finding);
    return;
  }
  // What a row held that was brought back is not known. Of one that a lost state was made anew from, everything counts as
  // an edit that is not what the source wants: nobody knows what was written there.
  if (target.status !== 'written' || (target.image === null && target.imageHash === UNCERTAIN)) return;
  const found = findEdits({
    target,
    record,
    open,
    columns,
    described: workspace.objects.get(target.object),
    normal: normalOf(workspace, target.object),
    except: new Set(),
  });
  await storeFound(
    tx,
    found.map((one) => ({ ...one, target })),
    finding,
  );
}

/** A row that we deleted stands again. Where its record is still without another one, it is its row again; else nobody's. */
async function broughtBack(
  tx: StateTransaction,
  target: TargetRow,
  found: Parameters<typeof storeFound>[1][number],
  finding: Parameters<typeof storeFound>[2],
): Promise<void> {
  const key = target.parentKey ?? recordOfTarget(target.targetKey);
  const record = (await tx.records.get([key])).get(key);
  const stands = (await tx.targets.ofRecords([key])).get(key);
  const free = target.parentKey !== null || stands?.status !== 'written';
  if (record === undefined || !free) {
    await tx.targets.put([{ ...target, status: 'released' }]);
    return;
  }
  const contributors = target.parentKey === null ? [key] : [];
  await tx.targets.put([{ ...target, contributors, status: 'written', imageHash: UNCERTAIN, checksum: null }]);
  await storeFound(tx, [{ ...found, target: { ...target, contributors } }], finding);
}

/** Who changed a row last, and when, as Twenty says it. */
export function saidBy(record: TwentyRecord): { readonly by: string | null; readonly at: number | null } {
  const actor = asObject(record.updatedBy);
  const name = typeof actor?.name === 'string' && actor.name !== '' ? actor.name : null;
  const at = typeof record.updatedAt === 'string' ? Date.parse(record.updatedAt) : Number.NaN;
  return { by: name ?? (typeof actor?.source === 'string' ? actor.source : null), at: Number.isNaN(at) ? null : at };
}

/** Whether a person changed the row last, and no program with an API key. */
export function isByPerson(record: TwentyRecord): boolean {
  const actor = asObject(record.updatedBy);
  return typeof actor?.source === 'string' && actor.source !== 'API';
}
