import { uuidV5 } from '../core/identifiers.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { EventLog } from '../events/log.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import type { RecordRow, StateStore, StateTransaction, TargetRow } from '../state/state.ts';
import type { TwentyFields, TwentyRecord } from '../twenty/model.ts';
import type { Lane, Twenty } from '../twenty/twenty.ts';
import type { Fence } from './caller.ts';
import { isByPerson, isWatched } from './edit-poll.ts';
import { Facts } from './facts.ts';
import { changedFields } from './image.ts';
import { childKey, INTAKE_GROUP, placeholderName, recordName } from './names.ts';
import { OwnerBook } from './owners.ts';
import {
  childRow,
  contributorsOf,
  plainKey,
  readApart,
  readFields,
  rowOf,
  type WantedChild,
  wantedChildren,
} from './rebuild.ts';
import { normalOf } from './values.ts';

/** Under which name the settings tell that the state came from a backup, and that Twenty was not read since. */
export const RESTORED_SETTING = 'sink.restored';

export interface ReclaimDeps {
  readonly state: StateStore;
  readonly twenty: Twenty;
  readonly clock: Clock;
  readonly logger: Logger;
  mappings(): readonly CompiledMapping[];
  /** Left out: what is in the state is all there is. */
  readonly log?: EventLog;
}

const BATCH = 500;
const PER_FIND = 200;

/**
 * What a backup does not know (SPEC.md §15): rows that were made, changed or removed in Twenty between the backup and its
 * restore. They are found by their sync fields and ids, and put into the state as read, so that planning sees what stands there;
 * whatever differs from what the source wants is then written or removed by the writer, like anything else.
 */
export class Reclaim {
  readonly #deps: ReclaimDeps;
  /** What the log held when it was first looked at, by topic: all of it must be known before a row counts as nobody's. */
  #ends: ReadonlyMap<string, readonly { readonly partition: number; readonly end: number }[]> | null = null;

  constructor(deps: ReclaimDeps) {
    this.#deps = deps;
  }

  /** Whether the state came from a backup and Twenty was not read since. */
  async needed(): Promise<boolean> {
    return (await this.#deps.state.read((tx) => tx.settings.get(RESTORED_SETTING))) !== undefined;
  }

  /** What of the log was not taken in yet, as `source/object`; empty: now is the time. */
  async awaited(): Promise<readonly string[]> {
    const { log, state } = this.#deps;
    if (log === undefined) return [];
    const objects = this.#deps
      .mappings()
      .flatMap(({ source, objects: mapped }) => [...mapped.keys()].map((object) => ({ source, object })));
    const topics = await Promise.all(
      objects.map(async ({ source, object }) => ({ source, object, topic: await log.topic(source, object) })),
    );
    this.#ends ??= await endsOf(log, new Set(topics.map(({ topic }) => topic)));
    const ends = this.#ends;
    const { positions, stopped } = await state.read(async (tx) => ({
      positions: await tx.positions.all(INTAKE_GROUP),
      stopped: await tx.breakers.open(null),
    }));
    return topics.flatMap(({ source, object, topic }) => {
      // Its messages cannot be understood, and a person has to say what becomes of that: nobody waits for it.
      if (stopped.some((one) => one.source === source && one.object === object && one.open?.intake === true)) return [];
      const behind = (ends.get(topic) ?? []).some(({ partition, end }) => {
        const next = positions.find((one) => one.topic === topic && one.partition === partition)?.next ?? 0;
        return end > next;
      });
      return behind ? [`${source}/${object}`] : [];
    });
  }

  /** Reads Twenty: one call for every 200 rows. Broken off anywhere, it is done again from its beginning. */
  async run(fence: Fence, lane: Lane, signal: AbortSignal): Promise<void> {
    const { log, logger, state } = this.#deps;
    const mappings = this.#deps.mappings();
    const synced = [...new Set(mappings.flatMap((mapping) => mapping.desired.synced))].sort();
    const found: Found = { read: 0, changed: 0, missing: 0, unclaimed: [] };
    if (log !== undefined) for (const { source } of mappings) await readApart({ events: log, state }, source);
    for (const object of synced) await new SyncedObject(this.#deps, { fence, lane, signal }, object, found).run();
    for (const mapping of mappings) {
      await new Children(this.#deps, { fence, lane, signal }, mapping, new Set(synced), found).run();
    }
    await state.transaction(async (tx) => {
      await fence.verify(tx);
      await tx.settings.delete(RESTORED_SETTING);
    });
    const { read, changed, missing, unclaimed } = found;
    logger.info({ read, changed, missing, unclaimed: unclaimed.length }, 'Twenty was read after a restore');
    if (unclaimed.length > 0)
      logger.warn({ keys: unclaimed.slice(0, 100) }, 'rows carry the key of a record that neither state nor log knows');
  }
}

async function endsOf(
  log: EventLog,
  topics: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly { readonly partition: number; readonly end: number }[]>> {
  const ends = new Map<string, readonly { readonly partition: number; readonly end: number }[]>();
  for (const { topic } of await log.bus.topics()) if (topics.has(topic)) ends.set(topic, await log.bus.bounds(topic));
  return ends;
}

interface Found {
  /** Rows of ours. */
  read: number;
  /** Of these, such that stand otherwise than the backup says. */
  changed: number;
  /** Rows that the backup has, and Twenty has not any more. */
  missing: number;
  /** Source keys that no record has: their rows are left alone. */
  readonly unclaimed: string[];
}

interface Pass {
  readonly fence: Fence;
  readonly lane: Lane;
  readonly signal: AbortSignal;
}

/** The rows of a Twenty object that carry sync fields. */
class SyncedObject {
  readonly #deps: ReclaimDeps;
  readonly #pass: Pass;
  readonly #object: string;
  readonly #found: Found;

  constructor(deps: ReclaimDeps, pass: Pass, object: string, found: Found) {
    this.#deps = deps;
    this.#pass = pass;
    this.#object = object;
    this.#found = found;
  }

  async run(): Promise<void> {
    const { twenty } = this.#deps;
    const { lane, signal } = this.#pass;
    const seen = new Set<string>();
    const fields = readFields(twenty, this.#object);
    for await (const page of twenty.scan({ object: this.#object, fields, deleted: false, lane, signal })) {
      signal.throwIfAborted();
      const ours = page.filter((row) => typeof row.sourceKey === 'string' && row.sourceKey !== '');
      for (const row of ours) seen.add(row.id);
      await this.#compare(ours);
    }
    await this.#findMissing(seen);
  }

  async #compare(rows: readonly TwentyRecord[]): Promise<void> {
    if (rows.length === 0) return;
    const { state, clock } = this.#deps;
    await state.transaction(async (tx) => {
      await this.#pass.fence.verify(tx);
      const keys = rows.flatMap((row) => [plainKey(String(row.sourceKey)), ...contributorsOf(row)]);
      const records = await tx.records.get([...new Set(keys)]);
      const known = await tx.targets.byIds(
        this.#object,
        rows.map(({ id }) => id),
      );
      const put: TargetRow[] = [];
      for (const row of rows) {
        this.#found.read += 1;
        const before = known.get(row.id);
        if (before !== undefined && stands(before, row, records)) continue;
        const read = rowOf(this.#object, row, records, clock.now());
        if (read !== null) put.push(asKnown(read, before));
        else if (before === undefined) this.#found.unclaimed.push(String(row.sourceKey));
      }
      await store(tx, put);
      this.#found.changed += put.length;
    });
  }

  /** Rows that the state counts as written, and that no page held. */
  async #findMissing(seen: ReadonlySet<string>): Promise<void> {
    const { state } = this.#deps;
    for (let after: string | null = null; ; ) {
      this.#pass.signal.throwIfAborted();
      const page: readonly TargetRow[] = await state.read((tx) => tx.targets.page(this.#object, after, BATCH));
      const absent = page.filter(({ id, status, image }) => status === 'written' && isSynced(image) && !seen.has(id));
      this.#found.missing += await forgetMissing(this.#deps, this.#pass, this.#object, absent);
      after = page.at(-1)?.targetKey ?? null;
      if (page.length < BATCH || after === null) return;
    }
  }
}

/** Whether a row was written with sync fields; of one that was only read that is not known, and it is looked up. */
function isSynced(image: TargetRow['image']): boolean {
  return image === null || 'sourceKey' in image;
}

/** Whether the row is as the state says, or what it says of it is not for us to change. */
function stands(known: TargetRow, row: TwentyRecord, records: ReadonlyMap<string, RecordRow>): boolean {
  if (known.status === 'written') {
    const contributors = known.kind === 'record' ? known.contributors : [];
    const listed = known.kind === 'record' ? contributorsOf(row) : [];
    return (
      known.checksum !== null &&
      known.checksum === row.sourceChecksum &&
      [...contributors].sort().join('\n') === [...listed].sort().join('\n')
    );
  }
  // Deleted or let go of, and there all the same. Where its record came back since, the row did too; else people brought
  // it back, which is for the watch over edits to find.
  const keys = [plainKey(known.parentKey ?? known.targetKey), ...contributorsOf(row)];
  return !keys.some((key) => records.get(key)?.due === true);
}

/** What was read, with what no row tells: what it held before us. */
function asKnown(read: TargetRow, known: TargetRow | undefined): TargetRow {
  if (known === undefined) return read;
  const { targetKey, before, createdByUs, parentKey, kind } = known;
  return { ...read, targetKey, before, createdByUs, parentKey, kind };
}

/** Puts rows as read, and makes due whoever stands in them. */
async function store(tx: StateTransaction, rows: readonly TargetRow[]): Promise<void> {
  if (rows.length === 0) return;
  const before = await tx.targets.get(rows.map(({ targetKey }) => targetKey));
  await tx.targets.put(rows);
  await touchOf(tx, [...rows, ...before.values()]);
}

/** Rows that are gone: their records are written anew, unless people removed them, which is for the watch over edits. */
async function forgetMissing(
  { twenty, state, clock }: ReclaimDeps,
  { fence, lane, signal }: Pass,
  object: string,
  absent: readonly TargetRow[],
): Promise<number> {
  let count = 0;
  for (let at = 0; at < absent.length; at += PER_FIND) {
    const some = absent.slice(at, at + PER_FIND);
    const fields = isWatched(twenty.workspace(), object) ? ['deletedAt', 'updatedBy'] : ['deletedAt'];
    const by = { field: 'id', values: some.map(({ id }) => id) };
    const rows = new Map(
      (await twenty.find({ object, by, fields, deleted: true, lane, signal })).map((row) => [row.id, row]),
    );
    const gone = some.filter(({ id }) => {
      const row = rows.get(id);
      return row === undefined || (typeof row.deletedAt === 'string' && !isByPerson(row));
    });
    count += gone.length;
    if (gone.length === 0) continue;
    await state.transaction(async (tx) => {
      await fence.verify(tx);
      await tx.targets.put(
        gone.map(
          (row): TargetRow => ({
            ...row,
            status: 'deleted',
            image: null,
            imageHash: null,
            checksum: null,
            contributors: [],
            writtenAt: clock.now(),
          }),
        ),
      );
      await touchOf(tx, gone);
    });
  }
  return count;
}

/** Makes the records due that stand in these rows, belong to them, or point at them. */
async function touchOf(tx: StateTransaction, rows: readonly TargetRow[]): Promise<void> {
  const keys = rows.flatMap((row) => (row.parentKey === null ? row.contributors : [row.parentKey]));
  const concerned = [...new Set(keys)];
  if (concerned.length > 0) await tx.records.touch(concerned);
  const names = [
    ...concerned.map(recordName),
    ...rows.filter(({ kind }) => kind === 'placeholder').map(({ targetKey }) => placeholderName(targetKey)),
  ];
  if (names.length > 0) await tx.dependencies.release(names);
}

/** Children without sync fields are found by their ids, and compared value by value. */
class Children {
  readonly #deps: ReclaimDeps;
  readonly #pass: Pass;
  readonly #mapping: CompiledMapping;
  readonly #synced: ReadonlySet<string>;
  readonly #found: Found;
  /** What children records of an object have, by name: so may have had those that are gone. */
  readonly #kinds = new Map<string, Map<string, WantedChild>>();

  constructor(deps: ReclaimDeps, pass: Pass, mapping: CompiledMapping, synced: ReadonlySet<string>, found: Found) {
    this.#deps = deps;
    this.#pass = pass;
    this.#mapping = mapping;
    this.#synced = synced;
    this.#found = found;
  }

  async run(): Promise<void> {
    for (const object of this.#mapping.objects.keys()) {
      await this.#eachPage(object, (page) => this.#wanted(page));
      await this.#eachPage(object, async (page) => this.#ofGone(object, page));
    }
  }

  async #eachPage(
    object: string,
    wanted: (page: readonly RecordRow[]) => Promise<readonly WantedChild[]>,
  ): Promise<void> {
    for (let after: string | null = null; ; ) {
      this.#pass.signal.throwIfAborted();
      const page: readonly RecordRow[] = await this.#deps.state.read((tx) =>
        tx.records.page(this.#mapping.source, object, after, BATCH),
      );
      await this.#compare(await wanted(page));
      after = page.at(-1)?.key ?? null;
      if (page.length < BATCH || after === null) return;
    }
  }

  async #wanted(page: readonly RecordRow[]): Promise<readonly WantedChild[]> {
    const { state, clock } = this.#deps;
    const mappings = new Map([[this.#mapping.source, this.#mapping]]);
    return state.read(async (tx) => {
      const facts = new Facts(tx, mappings, new OwnerBook(), clock.now());
      await facts.loadDrafts(page);
      return page.flatMap((row) => {
        const children = wantedChildren(facts, row).filter((one) => !this.#isSynced(one));
        for (const child of children) this.#remember(row, child);
        return children;
      });
    });
  }

  /** What carries sync fields was found by them, but for rows that several records share. */
  #isSynced({ object, parentKey }: WantedChild): boolean {
    return this.#synced.has(object) && parentKey !== null;
  }

  #remember({ key, object }: RecordRow, child: WantedChild): void {
    if (child.parentKey === null) return;
    const name = child.targetKey.slice(childKey(key, '').length);
    // Of a list every record has names of its own.
    if (name.includes(':')) return;
    const kinds = this.#kinds.get(object) ?? new Map<string, WantedChild>();
    this.#kinds.set(object, kinds.set(name, child));
  }

  /** The event of a deletion does not say what the record had: it is what others of its object have. */
  #ofGone(object: string, page: readonly RecordRow[]): readonly WantedChild[] {
    const kinds = [...(this.#kinds.get(object) ?? [])];
    const gone = page.filter((row) => row.event.op === 'DELETE' && row.due);
    return gone.flatMap(({ key }) =>
      kinds.map(([name, child]): WantedChild => ({ ...child, targetKey: childKey(key, name), parentKey: key })),
    );
  }

  async #compare(wanted: readonly WantedChild[]): Promise<void> {
    for (const [object, group] of Map.groupBy(wanted, (one) => one.object)) {
      for (let at = 0; at < group.length; at += PER_FIND)
        await this.#compareSome(object, group.slice(at, at + PER_FIND));
    }
  }

  async #compareSome(object: string, wanted: readonly WantedChild[]): Promise<void> {
    const { state, twenty, clock } = this.#deps;
    const { fence, lane, signal } = this.#pass;
    const known = await state.read((tx) => tx.targets.get(wanted.map(({ targetKey }) => targetKey)));
    const idOf = (child: WantedChild) => known.get(child.targetKey)?.id ?? uuidV5(child.targetKey);
    const byId = new Map(wanted.map((child) => [idOf(child), child]));
    const watched = isWatched(twenty.workspace(), object) ? ['updatedBy'] : [];
    const fields = [...new Set(wanted.flatMap((child) => child.fields)), ...watched];
    const by = { field: 'id', values: [...byId.keys()] };
    const rows = await twenty.find({ object, by, fields, deleted: false, lane, signal });
    const normal = normalOf(twenty.workspace(), object);
    const put = rows.flatMap(({ updatedBy, ...row }): TargetRow[] => {
      const child = byId.get(row.id);
      if (child === undefined) return [];
      this.#found.read += 1;
      const before = known.get(child.targetKey);
      if (before === undefined) return [childRow(child, row, clock.now())];
      const person = isByPerson({ ...row, updatedBy });
      if (before.status !== 'written')
        return person ? [] : [{ ...childRow(child, row, clock.now()), before: before.before }];
      if (before.image === null || person) return [];
      const image = Object.fromEntries(Object.entries(before.image).filter(([name]) => name in row)) as TwentyFields;
      if (changedFields(image, row, normal).length === 0) return [];
      return [{ ...before, image: row, imageHash: null, checksum: null, writtenAt: clock.now() }];
    });
    if (put.length > 0) {
      await state.transaction(async (tx) => {
        await fence.verify(tx);
        await store(tx, put);
      });
      this.#found.changed += put.length;
    }
    const there = new Set(rows.map(({ id }) => id));
    const absent = [...known.values()].filter(({ id, status }) => status === 'written' && !there.has(id));
    this.#found.missing += await forgetMissing(this.#deps, this.#pass, object, absent);
  }
}
