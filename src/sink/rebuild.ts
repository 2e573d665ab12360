import type { StoredMessage } from '../bus/bus.ts';
import { uuidV5 } from '../core/identifiers.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { EventLog, ReadEvent } from '../events/log.ts';
import type { ControlNotice, DecodedNotice } from '../events/notices.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import type { RecordRow, StateStore, StateTransaction, TargetRow } from '../state/state.ts';
import type { TwentyRecord } from '../twenty/model.ts';
import { DELETION_FIELD } from '../twenty/sync-fields.ts';
import type { Lane, Twenty } from '../twenty/twenty.ts';
import { isEmpty } from '../twenty/values.ts';
import { FLAGGED } from './compare.ts';
import { auditedIn } from './decisions.ts';
import { Facts } from './facts.ts';
import { keep } from './foreign.ts';
import { learnGivenBack } from './given-back.ts';
import { hasFlag } from './kept.ts';
import { childKey, INTAKE_GROUP, isPlaceholderKey } from './names.ts';
import { NOTICE_TOPICS, takeNotices } from './notice-intake.ts';
import { OwnerBook, pollMembers } from './owners.ts';
import { takeEvents } from './take.ts';
import { indexedObjects, refreshUniques } from './unique-index.ts';
import { learnApart } from './unmerge.ts';

export interface RebuildDeps {
  readonly state: StateStore;
  readonly events: EventLog;
  readonly twenty: Twenty;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly mappings: readonly CompiledMapping[];
  readonly lane: Lane;
}

export interface Rebuilt {
  /** Messages of the log that were events of ours. */
  readonly events: number;
  /** Rows in Twenty that were recognised by their sync fields or ids. */
  readonly rows: number;
  /** Rows that carry a source key which no record of the log has: left alone and listed. */
  readonly unknown: readonly string[];
}

const BATCH = 500;
const PER_FIND = 200;

/**
 * A lost state, made anew from the log and from Twenty (design §12): events as intake takes them, rows by their source
 * keys and checksums, children by their ids. Afterwards everything is due, and what Twenty has already costs no write.
 * What a person decided about owners, questions and mappings is not in the log, and has to be decided again; about dead
 * letters it is.
 */
export async function rebuildState(deps: RebuildDeps): Promise<Rebuilt> {
  let events = 0;
  for (const mapping of deps.mappings) {
    for (const object of mapping.objects.keys()) events += await readLog(deps, mapping.source, object);
  }
  await pollMembers({ ...deps, book: new OwnerBook() }, { lane: deps.lane, now: deps.clock.now() });
  const unknown = new Set<string>();
  let rows = 0;
  const synced = [...new Set(deps.mappings.flatMap((mapping) => mapping.desired.synced))].sort();
  for (const object of synced) rows += await readRows(deps, object, unknown);
  for (const mapping of deps.mappings) rows += await readChildren(deps, mapping, new Set(synced), unknown);
  for (const object of indexedObjects(deps.twenty.workspace(), synced)) {
    await refreshUniques(deps, object, { lane: deps.lane, now: deps.clock.now() });
  }
  for (const mapping of deps.mappings) await deps.state.transaction((tx) => tx.records.touchAll(mapping.source, null));
  // Last: what was refused is not due.
  for (const mapping of deps.mappings) await readNotices(deps, mapping.source);
  for (const mapping of deps.mappings) await readControl(deps, mapping.source);
  deps.logger.info({ events, rows, unknown: unknown.size }, 'the state was rebuilt');
  return { events, rows, unknown: [...unknown].sort() };
}

/** What was parked or refused, and what people decided about it (SPEC.md §9). */
async function readNotices(deps: RebuildDeps, source: string): Promise<void> {
  const { events, state, clock } = deps;
  for (const topic of NOTICE_TOPICS) {
    const name = await events.notices.declare(source, topic);
    await eachBatch(deps, name, (partition, notices) =>
      state.transaction((tx) => takeNotices(tx, { topic, name, partition, notices }, { now: clock.now(), lost: true })),
    );
  }
}

/** Who decided what: the audit of a lost state, and who is kept apart, as far as it was told. */
async function readControl(deps: RebuildDeps, source: string): Promise<void> {
  const name = await deps.events.notices.declare(source, 'control');
  await eachBatch(deps, name, (_partition, notices) =>
    deps.state.transaction(async (tx) => {
      const told = notices.flatMap((one) => (one.ok && one.notice.kind === 'control' ? [one.notice] : []));
      await tx.audit.append(told.flatMap(auditedIn));
      for (const notice of told) await learnDecision(tx, notice);
    }),
  );
}

/** Who is kept apart and which rows were given back, as the topic of control tells it from its beginning: decisions that a backup does not have. */
export async function readApart(deps: Pick<RebuildDeps, 'events' | 'state'>, source: string): Promise<void> {
  const name = await deps.events.notices.declare(source, 'control');
  await eachBatch(deps, name, (_partition, notices) =>
    deps.state.transaction(async (tx) => {
      for (const one of notices) if (one.ok && one.notice.kind === 'control') await learnDecision(tx, one.notice);
    }),
  );
}

async function learnDecision(tx: StateTransaction, notice: ControlNotice): Promise<void> {
  await learnApart(tx, notice);
  await learnGivenBack(tx, notice);
}

async function eachBatch(
  { events }: Pick<RebuildDeps, 'events'>,
  topic: string,
  work: (partition: number, notices: readonly DecodedNotice[]) => Promise<unknown>,
): Promise<void> {
  for (const { partition, start, end } of await events.bus.bounds(topic)) {
    let batch: StoredMessage[] = [];
    for await (const message of events.bus.read({ topic, partition }, start, end)) {
      batch.push(message);
      if (batch.length < BATCH) continue;
      await work(partition, await events.notices.decode(batch));
      batch = [];
    }
    if (batch.length > 0) await work(partition, await events.notices.decode(batch));
  }
}

async function readLog(deps: RebuildDeps, source: string, object: string): Promise<number> {
  const { events, state, clock } = deps;
  const topic = await events.topic(source, object);
  if (!(await events.bus.topics()).some((one) => one.topic === topic)) return 0;
  let count = 0;
  const bounds = await events.bus.bounds(topic);
  for (const { partition, start, end } of bounds) {
    const from = { source, object, topic, partition, partitions: bounds.length };
    let batch: ReadEvent[] = [];
    const flush = async (next: number) => {
      const read = batch;
      batch = [];
      await state.transaction(async (tx) => {
        await takeEvents(tx, from, read, clock.now());
        await keep(
          tx,
          { source, object },
          read.filter((one) => !one.ok),
          clock.now(),
        );
        await tx.positions.set(INTAKE_GROUP, topic, partition, next);
      });
    };
    for await (const read of events.read({ topic, partition }, start, end)) {
      batch.push(read);
      if (read.ok) count += 1;
      if (batch.length >= BATCH) await flush(read.message.offset + 1);
    }
    await flush(end);
  }
  return count;
}

/** Rows with a source key: ours, with the checksum of the image that they hold. */
async function readRows(deps: RebuildDeps, object: string, unknown: Set<string>): Promise<number> {
  const { twenty, state, clock, lane } = deps;
  let count = 0;
  const fields = readFields(twenty, object);
  for await (const page of twenty.scan({ object, fields, deleted: false, lane })) {
    const ours = page.filter((row) => typeof row.sourceKey === 'string' && row.sourceKey !== '');
    if (ours.length === 0) continue;
    await state.transaction(async (tx) => {
      const keys = ours.flatMap((row) => [plainKey(String(row.sourceKey)), ...contributorsOf(row)]);
      const records = await tx.records.get([...new Set(keys)]);
      const targets: TargetRow[] = [];
      for (const row of ours) {
        const target = rowOf(object, row, records, clock.now());
        if (target === null) unknown.add(String(row.sourceKey));
        else targets.push(target);
      }
      await tx.targets.put(targets);
      count += targets.length;
    });
  }
  return count;
}

/** What tells whose a row is, what it was written from, and whether its record is gone. */
export function readFields(twenty: Pick<Twenty, 'workspace'>, object: string): readonly string[] {
  const flag = hasFlag(twenty.workspace().objects.get(object)) ? [DELETION_FIELD] : [];
  return ['sourceKey', 'sourceKeys', 'sourceChecksum', ...flag];
}

/** Null where no record is known that the row could be of. */
export function rowOf(
  object: string,
  row: TwentyRecord,
  records: ReadonlyMap<string, RecordRow>,
  now: number,
): TargetRow | null {
  const key = String(row.sourceKey);
  const contributors = contributorsOf(row).filter((one) => records.has(one));
  const [record] = contributors.map((one) => records.get(one));
  const parent = key.includes('>') ? key.slice(0, key.lastIndexOf('>')) : null;
  const kind = isPlaceholderKey(key) ? 'placeholder' : parent !== null ? 'child' : 'record';
  if (kind === 'record' && record === undefined) return null;
  return {
    targetKey: targetKeyOf(key, row.id, contributors),
    kind,
    object,
    id: row.id,
    parentKey: parent,
    contributors: kind === 'record' ? contributors : [],
    status: 'written',
    // A row that stays though its record is gone, or was: it is let go of (again), or written whole.
    ...(isEmpty(row[DELETION_FIELD])
      ? { image: null, imageHash: null }
      : { image: { sourceKey: key, [DELETION_FIELD]: row[DELETION_FIELD] }, imageHash: FLAGGED }),
    checksum: typeof row.sourceChecksum === 'number' ? row.sourceChecksum : null,
    order: record?.event.order ?? { epoch: 0, sequence: 0 },
    before: null,
    createdByUs: hasOurId(row),
    writtenAt: now,
  };
}

/** We give ids by key; a row with any other was there before us, and is never removed for the source's sake. */
function hasOurId(row: TwentyRecord): boolean {
  return [String(row.sourceKey), ...contributorsOf(row)].some((key) => uuidV5(key) === row.id);
}

/** The key under which the row was first written: the one whose id it has. */
function targetKeyOf(sourceKey: string, id: string, contributors: readonly string[]): string {
  return [sourceKey, ...contributors].find((key) => uuidV5(key) === id) ?? sourceKey;
}

export function contributorsOf(row: TwentyRecord): readonly string[] {
  return Array.isArray(row.sourceKeys) ? row.sourceKeys.map(String) : [];
}

/** Without the life that a reborn record counts. */
export function plainKey(sourceKey: string): string {
  return sourceKey.replace(/#\d+$/, '');
}

/** Children that carry no sync fields are found by their ids, and compared value by value when they are planned. */
async function readChildren(
  deps: RebuildDeps,
  mapping: CompiledMapping,
  synced: ReadonlySet<string>,
  unknown: Set<string>,
): Promise<number> {
  let count = 0;
  for (const object of mapping.objects.keys()) {
    for (let after: string | null = null; ; ) {
      const page: readonly RecordRow[] = await deps.state.read((tx) =>
        tx.records.page(mapping.source, object, after, BATCH),
      );
      count += await findChildren(deps, mapping, page, synced, unknown);
      after = page.at(-1)?.key ?? null;
      if (page.length < BATCH || after === null) break;
    }
  }
  return count;
}

/** A child that a record should have, by its key. */
export interface WantedChild {
  readonly targetKey: string;
  readonly parentKey: string | null;
  readonly object: string;
  readonly fields: readonly string[];
}

async function findChildren(
  deps: RebuildDeps,
  mapping: CompiledMapping,
  page: readonly RecordRow[],
  synced: ReadonlySet<string>,
  unknown: Set<string>,
): Promise<number> {
  const { state, twenty, clock, lane } = deps;
  const wanted = await state.read(async (tx) => {
    const mappings = new Map([[mapping.source, mapping]]);
    const facts = new Facts(tx, mappings, new OwnerBook(), clock.now());
    await facts.loadDrafts(page);
    // What carries sync fields was found by them, but for rows that several records share.
    return page.flatMap((row) =>
      wantedChildren(facts, row).filter((one) => !synced.has(one.object) || one.parentKey === null),
    );
  });
  let count = 0;
  for (const [object, group] of Map.groupBy(wanted, (one) => one.object)) {
    const fields = [...new Set(group.flatMap((one) => one.fields))];
    const byId = new Map(group.map((one) => [uuidV5(one.targetKey), one]));
    const ids = [...byId.keys()];
    for (let at = 0; at < ids.length; at += PER_FIND) {
      const values = ids.slice(at, at + PER_FIND);
      const rows = await twenty.find({ object, by: { field: 'id', values }, fields, deleted: false, lane });
      const targets = rows.flatMap((row) => {
        const child = byId.get(row.id);
        return child === undefined ? [] : [childRow(child, row, clock.now())];
      });
      for (const target of targets) unknown.delete(target.targetKey);
      if (targets.length > 0) await state.transaction((tx) => tx.targets.put(targets));
      count += targets.length;
    }
  }
  return count;
}

export function wantedChildren(facts: Facts, row: RecordRow): readonly WantedChild[] {
  const draft = row.event.op === 'UPSERT' ? facts.draft(row) : null;
  if (draft === null || draft === undefined || draft.kind !== 'record') return [];
  return draft.record.children.map((child) => ({
    targetKey: child.sharedKey ?? childKey(row.key, child.name),
    parentKey: child.sharedKey === null ? row.key : null,
    object: child.target,
    fields: [
      ...Object.keys(child.fields),
      ...(child.parentColumn === null ? [] : [child.parentColumn]),
      ...child.links.flatMap((link) => link.attempts.map((attempt) => attempt.column)),
    ],
  }));
}

export function childRow(child: WantedChild, row: TwentyRecord, now: number): TargetRow {
  return {
    targetKey: child.targetKey,
    kind: 'child',
    object: child.object,
    id: row.id,
    parentKey: child.parentKey,
    contributors: [],
    status: 'written',
    // As read: the next plan compares value by value.
    image: row,
    imageHash: null,
    checksum: null,
    order: { epoch: 0, sequence: 0 },
    before: null,
    createdByUs: true,
    writtenAt: now,
  };
}
