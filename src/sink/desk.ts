import type { CompiledMapping } from '../mapping/model.ts';
import type { RecordRow, StateTransaction } from '../state/state.ts';
import type { Lane } from '../twenty/twenty.ts';
import { countDecisions, decisionsIn } from './breaker-gate.ts';
import { versionInForce } from './confirmed.ts';
import type { PlanContext } from './context.ts';
import type { WriterDeps, WriterOptions } from './deps.ts';
import { Facts } from './facts.ts';
import { isPlaceholderKey } from './names.ts';
import { type Change, noticesOf } from './notices.ts';
import { isForClosed, objectName } from './object-gates.ts';
import { OwnerBook } from './owners.ts';
import { type PassPlan, planPass, type Shut } from './pass.ts';
import { Portions } from './portions.ts';
import { Queue } from './queue.ts';
import { type Settled, storeRest } from './rest.ts';
import type { Task, Unit, Write } from './write.ts';

/** What the writer has in its hands. In memory only: whatever it forgets is due in the state. */
export class Desk {
  readonly deps: WriterDeps;
  readonly options: WriterOptions;
  readonly book = new OwnerBook();
  readonly queue = new Queue();
  readonly portions = new Portions();
  /** Records whose writes are queued or under way. */
  readonly #units = new Map<string, Unit>();
  /** Records of calls whose answer is not known yet: not before the deadline (SPEC.md I11). */
  readonly #blocked = new Map<string, string>();
  /** Writes not through yet, by target key. */
  readonly #open = new Map<string, Task>();
  readonly #flying = new Set<Task>();
  /** Placeholders that lost a dependant: gone, if it was the last (SPEC.md I13). */
  readonly suspects = new Set<string>();
  /** All that are known to be there. */
  readonly placeholders = new Set<string>();
  /** Objects that were closed when the gates were read last, or that a plan has stopped since; as `objectName` has them. */
  #closed: ReadonlySet<string> = new Set();
  /** Something was put into the outbox since the publisher last looked. */
  unpublished = false;
  /** Files of records that were planned have something to do. */
  filesDue = false;
  /** Records that share a row were planned: what one of them pointed at may show in no image. */
  #sweep = false;

  constructor(deps: WriterDeps, options: WriterOptions) {
    this.deps = deps;
    this.options = options;
  }

  lane(source: string): Lane {
    return this.deps.lane?.(source) ?? 'live';
  }

  /** The placeholders to look at, once. */
  takeSuspects(): readonly string[] {
    const keys = this.#sweep ? [...new Set([...this.placeholders, ...this.suspects])] : [...this.suspects];
    this.#sweep = false;
    this.suspects.clear();
    return keys;
  }

  inHand(key: string): boolean {
    return this.#units.has(key) || this.#blocked.has(key);
  }

  /** Everything the next pass must leave out. */
  held(): Iterable<string> {
    return [...this.#units.keys(), ...this.#blocked.keys()];
  }

  get openTasks(): number {
    return this.#open.size;
  }

  get blockedRecords(): number {
    return this.#blocked.size;
  }

  block(intent: string, keys: Iterable<string>): void {
    for (const key of keys) this.#blocked.set(key, intent);
  }

  unblock(intent: string): void {
    for (const [key, by] of this.#blocked) if (by === intent) this.#blocked.delete(key);
  }

  /**
   * Plans rows and takes what has to be written into hand. Everything happens inside the transaction, so nothing can come
   * between. Under a mapping that another process replaced meanwhile nothing is decided: the rows stay due (SPEC.md I8).
   */
  async plan(
    tx: StateTransaction,
    rows: readonly RecordRow[],
    freed: ReadonlySet<string> = new Set(),
  ): Promise<Planned> {
    const version = await versionInForce(tx, this.deps.mappings());
    if (version === null) {
      for (const key of freed) this.#units.delete(key);
      if (freed.size > 0) await tx.records.touch([...freed]);
      return NOT_PLANNED;
    }
    const context = this.context(tx, freed, await this.closedIn(tx));
    const plan = await planPass(context, rows);
    const { settled, changes, files } = await storeRest(
      context,
      plan,
      new Set([...rows.map((row) => row.key), ...freed]),
    );
    if (files > 0) this.filesDue = true;
    await this.tell(tx, changes, context.now);
    for (const key of freed) this.#units.delete(key);
    if (plan.clusters.some((cluster) => cluster.formed.cluster.members.length > 1)) this.#sweep = true;
    this.#accept(plan, version);
    const planned = plan.clusters.flatMap(({ formed }) => formed.cluster.members.map(({ row }) => row.key));
    return { settled, planned, postponed: plan.postponed, later: plan.later, shut: plan.shut };
  }

  /** Puts into the outbox what these moves have to tell, and counts them; a breaker that opens closes its object at once. */
  async tell(tx: StateTransaction, changes: readonly Change[], now: number): Promise<void> {
    if (changes.length === 0) return;
    const { run, mappings } = this.deps;
    const notices = noticesOf(changes, { now, run });
    if (notices.length > 0) {
      await tx.outbox.add(notices);
      this.unpublished = true;
    }
    const known = byName(mappings());
    const opened = await countDecisions(
      tx,
      { now, limits: this.options.breaker, mappingOf: (source) => known.get(source)?.hash ?? null },
      decisionsIn(changes),
    );
    for (const one of opened) {
      const { source, object, open } = one;
      this.#closed = new Set([...this.#closed, objectName(one)]);
      this.deps.logger.warn({ source, object, message: open?.reason.message }, 'the object is stopped');
    }
  }

  /** What the gates say now. */
  close(objects: Iterable<{ readonly source: string; readonly object: string }>): void {
    this.#closed = new Set([...objects].map(objectName));
  }

  /**
   * What is closed as this transaction sees it: gates are read before, and a breaker may have opened since, in this process or another
   * (SPEC.md I19). Whatever is decided about an object or sent of it asks here.
   */
  async closedIn(tx: StateTransaction): Promise<ReadonlySet<string>> {
    return new Set([...this.#closed, ...(await tx.breakers.open(null)).map(objectName)]);
  }

  /** Lets go of everything queued for closed objects: their records are due in the state. */
  dropClosed(): void {
    if (this.#closed.size === 0) return;
    this.abandon(new Set([...this.#units.values()].filter((unit) => isForClosed(unit, this.#closed))));
  }

  context(
    tx: StateTransaction,
    freed: ReadonlySet<string> = new Set(),
    closed: ReadonlySet<string> = this.#closed,
  ): PlanContext {
    const mappings = byName(this.deps.mappings());
    const now = this.deps.clock.now();
    return {
      tx,
      now,
      run: this.deps.run,
      mappings,
      facts: new Facts(tx, mappings, this.book, now),
      workspace: this.deps.twenty.workspace(),
      synced: new Set([...mappings.values()].flatMap((mapping) => mapping.desired.synced)),
      flagged: new Set([...mappings.values()].flatMap((mapping) => mapping.desired.flagged ?? [])),
      moreComing: (source, object, why) => this.deps.moreComing?.(source, object, why) ?? false,
      inHand: (key) => !freed.has(key) && this.inHand(key),
      deletesUnasked: (source) => this.deps.deletesUnasked?.(source) ?? null,
      deletes: new Map(),
      // What is through is looked at again, to say where it stands now.
      closed: (row) => !freed.has(row.key) && closed.has(objectName(row)),
      targetInHand: (targetKey) => this.#open.has(targetKey) || this.#blocked.has(targetKey),
      waits: new Map(),
    };
  }

  #accept(plan: PassPlan, version: string): void {
    const since = this.deps.clock.monotonic();
    for (const cluster of plan.clusters) {
      if (cluster.writes.length + cluster.forerunners.length === 0) continue;
      const members = cluster.formed.cluster.members.map((member) => member.row);
      const unit: Unit = {
        keys: members.map((row) => row.key),
        due: new Set(members.flatMap((row) => (row.due ? [row.key] : []))),
        orders: new Map(members.map((row) => [row.key, row.event.order])),
        mappings: version,
        open: new Set(),
      };
      for (const write of cluster.forerunners) {
        if (isPlaceholderKey(write.target.targetKey)) this.placeholders.add(write.target.targetKey);
        this.#join(write, unit, since, true);
      }
      for (const write of cluster.writes) this.#join(write, unit, since, false);
      for (const key of unit.keys) this.#units.set(key, unit);
    }
  }

  #join(write: Write, unit: Unit, since: number, shared: boolean): void {
    const { targetKey } = write.target;
    unit.open.add(targetKey);
    const open = this.#open.get(targetKey);
    if (open !== undefined && shared) {
      open.units.add(unit);
      return;
    }
    const task: Task = { write, units: new Set([unit]), since };
    this.#open.set(targetKey, task);
    this.queue.add(task, this.lane(write.source));
  }

  /** From here until `landed`, the write is under way: nothing else may touch its target. */
  flying(tasks: readonly Task[]): void {
    for (const task of tasks) this.#flying.add(task);
  }

  landed(tasks: readonly Task[]): void {
    for (const task of tasks) this.#flying.delete(task);
  }

  /** Puts writes back that could not be sent, or of which nothing is known: they leave with the next batch. */
  requeue(tasks: readonly Task[]): void {
    this.queue.putBack(
      tasks.filter((task) => task.units.size > 0),
      (task) => this.lane(task.write.source),
    );
  }

  /** The writes are through; returns the units that have none left. */
  complete(tasks: readonly Task[]): readonly Unit[] {
    const done = new Set<Unit>();
    for (const task of tasks) {
      this.#flying.delete(task);
      this.#open.delete(task.write.target.targetKey);
      for (const unit of task.units) {
        unit.open.delete(task.write.target.targetKey);
        if (unit.open.size === 0) done.add(unit);
      }
    }
    return [...done];
  }

  /**
   * Lets go of units with everything that is not under way for them; their records are due in the state. A unit with a
   * call under way stays in hand until that is through, and is planned again then.
   */
  abandon(units: Iterable<Unit>): void {
    for (const unit of units) {
      for (const targetKey of [...unit.open]) {
        const task = this.#open.get(targetKey);
        if (task !== undefined && this.#flying.has(task)) continue;
        unit.open.delete(targetKey);
        task?.units.delete(unit);
        if (task === undefined || task.units.size > 0) continue;
        this.queue.remove(task);
        this.#open.delete(targetKey);
      }
      if (unit.open.size > 0) continue;
      for (const key of unit.keys) if (this.#units.get(key) === unit) this.#units.delete(key);
    }
  }

  /** The same task with more known about its write. */
  replace(task: Task, write: Write): Task {
    const better: Task = { ...task, write };
    if (this.#open.get(write.target.targetKey) === task) this.#open.set(write.target.targetKey, better);
    return better;
  }

  /** For removals of placeholders, which belong to no record. */
  enqueueAlone(write: Write): void {
    if (this.#open.has(write.target.targetKey)) return;
    const unit: Unit = { keys: [], due: new Set(), orders: new Map(), mappings: null, open: new Set() };
    this.#join(write, unit, this.deps.clock.monotonic(), false);
  }
}

export interface Planned {
  readonly settled: readonly Settled[];
  /** Nothing kept them from being planned. */
  readonly planned: readonly string[];
  /** Not now: to be looked at again when something was committed. */
  readonly postponed: readonly string[];
  /** Not before more came in. */
  readonly later: readonly string[];
  /** Not while an object is closed. */
  readonly shut: readonly Shut[];
}

/** Nothing was planned. */
export const NOT_PLANNED: Planned = { settled: [], planned: [], postponed: [], later: [], shut: [] };

export function byName(mappings: readonly CompiledMapping[]): ReadonlyMap<string, CompiledMapping> {
  return new Map(mappings.map((mapping) => [mapping.source, mapping]));
}
