import type { CompiledMapping } from '../mapping/model.ts';
import {
  type EditRow,
  type RecordRow,
  ROW_FIELD,
  type StateStore,
  type StateTransaction,
  type TargetRow,
} from '../state/state.ts';
import type { TwentyRecord } from '../twenty/model.ts';
import { fieldOf } from '../twenty/selection.ts';
import { SYNC_FIELD_NAMES } from '../twenty/sync-fields.ts';
import type { Lane, Twenty } from '../twenty/twenty.ts';
import { FLAGGED, UNCERTAIN } from './compare.ts';
import { columnsOf, type Found, findEdits, watchedFields } from './edit-finding.ts';
import { isByPerson, isWatched, saidBy } from './edit-poll.ts';
import { recordsOf, storeFound } from './edit-store.ts';
import { sameValue } from './image.ts';
import { storeTargets } from './rest.ts';
import { RETURNED } from './return.ts';
import { normalOf } from './values.ts';

/** Rows that one call reads. */
export const READ_BACK_ROWS = 200;

/** In place of an image's hash: the row holds other values than we wrote, and no person put them there. What differs is sent. */
export const READ_BACK = 'read-back';

export interface ReadBackDeps {
  readonly twenty: Pick<Twenty, 'workspace' | 'find'>;
  readonly mappings: readonly CompiledMapping[];
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly lane: Lane;
}

/** A row of ours, and what stands in its place in Twenty; null: nothing. */
export interface ReadRow {
  readonly target: TargetRow;
  readonly record: TwentyRecord | null;
}

/** A row that is not as we wrote it: not there, with other values, or with what people made of it. */
export type ToldRow = ReadRow & { readonly kind: 'gone' | 'changed' | 'edited' };

/** The rows in which records stand, and those that they brought along, in parts of one call each. */
export async function rowsToRead(
  state: StateStore,
  records: readonly RecordRow[],
): Promise<readonly (readonly TargetRow[])[]> {
  const keys = records.map(({ key }) => key);
  const targets = await state.read(async (tx) => [
    ...(await tx.targets.ofRecords(keys)).values(),
    ...[...(await tx.targets.childrenOf(keys)).values()].flat(),
  ]);
  const written = new Map(targets.filter(isComparable).map((target) => [target.targetKey, target]));
  const parts: (readonly TargetRow[])[] = [];
  for (const rows of Map.groupBy(written.values(), ({ object }) => object).values())
    for (let at = 0; at < rows.length; at += READ_BACK_ROWS) parts.push(rows.slice(at, at + READ_BACK_ROWS));
  return parts;
}

/** Reads rows of one object by one call. */
export async function readBack(deps: ReadBackDeps, rows: readonly TargetRow[]): Promise<readonly ReadRow[]> {
  const object = rows[0]?.object;
  if (object === undefined) return [];
  const found = await deps.twenty.find({
    object,
    by: { field: 'id', values: rows.map(({ id }) => id) },
    fields: fieldsToRead(deps, object, rows),
    deleted: true,
    lane: deps.lane,
  });
  const byId = new Map(found.map((row) => [row.id, row]));
  return rows.map((target) => ({ target, record: byId.get(target.id) ?? null }));
}

/** In place of a hash: the row is to be written whole anyway, is flagged, or is given back. Its values say nothing. */
const UNTOLD: ReadonlySet<string | null> = new Set([null, UNCERTAIN, FLAGGED, RETURNED]);

function isComparable({ status, imageHash, image }: TargetRow): boolean {
  return status === 'written' && image !== null && !UNTOLD.has(imageHash);
}

function fieldsToRead(deps: ReadBackDeps, object: string, rows: readonly TargetRow[]): readonly string[] {
  const workspace = deps.twenty.workspace();
  const described = workspace.objects.get(object);
  const columns = columnsOf(deps.mappings, object);
  const names = new Set(rows.flatMap((target) => [...watchedFields(target, columns), ...syncFieldsOf(target)]));
  const readable = [...names].filter((name) => described !== undefined && fieldOf(described, name) !== undefined);
  return isWatched(workspace, object)
    ? [...readable, 'deletedAt', 'updatedAt', 'updatedBy']
    : [...readable, 'deletedAt'];
}

/** Which of our own fields say whose row it is; when its record changed last only rides along. */
function syncFieldsOf({ image }: TargetRow): readonly string[] {
  return SYNC_FIELD_NAMES.filter(
    (name) => name !== 'sourceVersion' && name !== 'sourceModifiedAt' && image !== null && name in image,
  );
}

/**
 * Tells the state what was read (SPEC.md §18). A row that is gone counts as deleted, and is made again. What a person changed, and
 * a row that was soft-deleted, are edits, about which the mapping decides. Any other value that is not the one we wrote is known as what stands there, so
 * that ours is sent. What was written since the reading, or is under way, is left alone (I24). Returns what was told.
 */
export async function tellReadBack(
  tx: StateTransaction,
  deps: ReadBackDeps,
  reads: readonly ReadRow[],
): Promise<readonly ToldRow[]> {
  if (reads.length === 0) return [];
  const workspace = deps.twenty.workspace();
  const keys = reads.map(({ target }) => target.targetKey);
  const current = await tx.targets.get(keys);
  const open = await tx.edits.open(keys);
  const flying = new Set((await tx.intents.all()).flatMap(({ rows }) => rows.map(({ target }) => target.targetKey)));
  const put: TargetRow[] = [];
  const told: ToldRow[] = [];
  for (const read of reads) {
    const target = current.get(read.target.targetKey);
    if (target === undefined || flying.has(target.targetKey) || !isAsRead(target, read.target)) continue;
    const verdict = judge(deps, target, read.record, open.get(target.targetKey) ?? []);
    if (verdict.kind === 'stands') continue;
    told.push({ ...read, kind: verdict.kind });
    if (verdict.kind !== 'edited') put.push(verdict.row);
    if (read.record !== null && verdict.kind !== 'gone') {
      const finding = { ...saidBy(read.record), foundAt: deps.now, foundBy: 'poll' as const };
      await storeFound(
        tx,
        verdict.edits.map((one) => ({ ...one, target })),
        finding,
      );
    }
  }
  const released = new Set<string>();
  await storeTargets(tx, workspace, put, released);
  if (released.size > 0) await tx.dependencies.release([...released]);
  const due = new Set(told.flatMap(({ target }) => recordsOf(target)));
  if (due.size > 0) await tx.records.touch([...due]);
  return told;
}

/** Nothing was written to it since. */
function isAsRead(now: TargetRow, read: TargetRow): boolean {
  return now.status === read.status && now.writtenAt === read.writtenAt && now.imageHash === read.imageHash;
}

type Judged =
  | { readonly kind: 'stands' }
  | { readonly kind: 'gone'; readonly row: TargetRow }
  /** Somebody who is no person changed it; of what people had changed there before, they may have changed something again. */
  | { readonly kind: 'changed'; readonly row: TargetRow; readonly edits: readonly Found[] }
  | { readonly kind: 'edited'; readonly edits: readonly Found[] };

/** Pure. */
function judge(deps: ReadBackDeps, target: TargetRow, record: TwentyRecord | null, open: readonly EditRow[]): Judged {
  if (record === null) {
    const nothing = { status: 'deleted', image: null, imageHash: null, checksum: null, contributors: [] } as const;
    return { kind: 'gone', row: { ...target, ...nothing, writtenAt: deps.now } };
  }
  if (typeof record.deletedAt === 'string') {
    const value = record.deletedAt;
    return open.some((edit) => edit.field === ROW_FIELD && edit.value === value)
      ? { kind: 'stands' }
      : { kind: 'edited', edits: [{ field: ROW_FIELD, base: null, value, undone: null }] };
  }
  const workspace = deps.twenty.workspace();
  const normal = normalOf(workspace, target.object);
  const image = target.image ?? {};
  const found = findEdits({
    target,
    record,
    open,
    columns: columnsOf(deps.mappings, target.object),
    described: workspace.objects.get(target.object),
    normal,
    except: new Set(),
  });
  const edited = (one: Found) =>
    !isWatched(workspace, target.object) || isByPerson(record) || open.some(({ field }) => field === one.field);
  const edits = found.filter(edited);
  const others = [
    ...found.filter((one) => !edited(one) && one.field in image).map(({ field }) => field),
    ...syncFieldsOf(target).filter((name) => name in record && !sameValue(name, image[name], record[name], normal)),
  ];
  if (others.length === 0) return edits.length === 0 ? { kind: 'stands' } : { kind: 'edited', edits };
  const values = Object.fromEntries(others.map((name) => [name, record[name] ?? null]));
  return { kind: 'changed', row: { ...target, image: { ...image, ...values }, imageHash: READ_BACK }, edits };
}
