import { underAny } from '../core/abort.ts';
import { ChangeoverError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { isNewer } from '../events/event.ts';
import type { Intent, IntentRow, StateTransaction } from '../state/state.ts';
import type { TwentyFields, TwentyRecord, Workspace } from '../twenty/model.ts';
import type { CallOptions, WriteOutcome } from '../twenty/twenty.ts';
import { commitWritten, isDeletion, markUncertain, pair, type Written } from './commit.ts';
import { versionInForce } from './confirmed.ts';
import { type Desk, NOT_PLANNED, type Planned } from './desk.ts';
import { seenEdits } from './edits.ts';
import { isHollow } from './hollow.ts';
import { changedFields } from './image.ts';
import { isForClosed } from './object-gates.ts';
import { noteSuspects } from './placeholders.ts';
import type { Batch } from './queue.ts';
import { normalOf } from './values.ts';
import { intentRow, type Task, type Unit } from './write.ts';

/** What became of a batch, for whoever decides what is next. */
export type Sent =
  | ({ readonly kind: 'done' } & Planned)
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'refused';
      readonly outcome: Extract<WriteOutcome, { kind: 'refused' }>;
      readonly tasks: readonly Task[];
    }
  | {
      readonly kind: 'pause';
      readonly cause: 'throttled' | 'outage';
      readonly forMs: number;
      readonly tasks: readonly Task[];
    }
  /** Open until the deadline, then read back. */
  | ({ readonly kind: 'unanswered' } & Unanswered);

/** A call of which nobody knows what it did. */
export interface Unanswered {
  readonly intent: Intent;
  readonly tasks: readonly Task[];
  /** Its deadline by this process's monotonic clock: a wall clock may be put right meanwhile (SPEC.md §4). */
  readonly until: number;
}

/**
 * When what somebody else's call may still be doing is over, by this process's monotonic clock. The state tells the deadline
 * by the clock that all processes share; should that one have jumped, nobody waits longer than the call was given.
 */
export function waitFor({ createdAt, deadline }: Intent, clock: Clock): number {
  const left = Math.min(deadline - clock.now(), deadline - createdAt);
  return clock.monotonic() + Math.max(0, left);
}

/** Makes every commit fail once somebody else is the writer (SPEC.md I10). */
export interface Fence {
  verify(tx: StateTransaction): Promise<void>;
  readonly epoch: number;
  /** Aborted when the lease was lost: no call starts after that. */
  readonly lost: AbortSignal;
}

/** Intent → call → answer → outcome, for one batch (SPEC.md §4, §6). */
export async function send(desk: Desk, fence: Fence, batch: Batch, signal: AbortSignal): Promise<Sent> {
  const { deps, options } = desk;
  const { state, clock, steps } = deps;
  steps.reached('before-intent');
  // Before the intent says until when: for this process the deadline is never later than for others.
  const until = clock.monotonic() + options.deadlineMs;
  const opened = await state.transaction(async (tx) => {
    await fence.verify(tx);
    const tasks = await stillCurrent(desk, tx, batch.tasks);
    if (tasks.length === 0) return null;
    const now = clock.now();
    const intent: Intent = {
      id: deps.random.uuid(),
      writerEpoch: fence.epoch,
      operation: batch.operation,
      object: batch.object,
      rows: tasks.map(intentRow),
      createdAt: now,
      deadline: now + options.deadlineMs,
    };
    await tx.intents.open(intent);
    desk.flying(tasks);
    return { intent, tasks };
  });
  if (opened === null) return { kind: 'nothing' };
  const { intent, tasks } = opened;
  try {
    steps.reached('before-call');
    const outcome = await call(desk, batch, tasks, until, signal);
    steps.reached('after-answer');
    const sent = await settle(desk, fence, batch, { intent, tasks, until }, outcome);
    steps.reached('after-outcome');
    deps.events?.called({
      operation: batch.operation,
      object: batch.object,
      rows: tasks.length,
      outcome: outcome.kind,
    });
    return sent;
  } catch (thrown) {
    // Here, since only this call knows which writes it had under way.
    desk.landed(tasks);
    throw thrown;
  }
}

/**
 * Drops writes that a newer event or another mapping has overtaken since they were planned (a call saved, SPEC.md I3, I8), those
 * for an object that was closed since (I19), and those that nobody wants any more.
 */
async function stillCurrent(desk: Desk, tx: StateTransaction, queued: readonly Task[]): Promise<readonly Task[]> {
  const tasks = queued.filter((task) => task.units.size > 0);
  const units = new Set<Unit>();
  for (const task of tasks) for (const unit of task.units) units.add(unit);
  const keys = [...units].flatMap((unit) => unit.keys);
  const rows = keys.length === 0 ? new Map() : await tx.records.get(keys);
  const version = await versionInForce(tx, desk.deps.mappings());
  const closed = await desk.closedIn(tx);
  const overtaken = [...units].filter(
    (unit) =>
      (unit.mappings !== null && unit.mappings !== version) ||
      isForClosed(unit, closed) ||
      unit.keys.some((key) => {
        const order = unit.orders.get(key);
        const row = rows.get(key);
        return row === undefined || (order !== undefined && isNewer(row.event.order, order));
      }),
  );
  const edited = await editedSince(tx, tasks);
  if (overtaken.length + edited.length === 0) return tasks;
  desk.abandon([...overtaken, ...edited]);
  return tasks.filter((task) => task.units.size > 0);
}

/** Units with a row that people edited, or whose edits were decided, since the write was planned (SPEC.md I20). */
async function editedSince(tx: StateTransaction, tasks: readonly Task[]): Promise<readonly Unit[]> {
  if (tasks.length === 0) return [];
  const open = await tx.edits.open(tasks.map((task) => task.write.target.targetKey));
  return tasks
    .filter(({ write }) => seenEdits(open.get(write.target.targetKey) ?? []) !== write.edits)
    .flatMap((task) => [...task.units]);
}

async function call(
  desk: Desk,
  batch: Batch,
  tasks: readonly Task[],
  until: number,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const { twenty, clock, steps } = desk.deps;
  // A process that stood still since it wrote the intent: another one may have read its rows back already.
  if (clock.monotonic() >= until) return { kind: 'unanswered', message: 'its deadline passed before it was sent' };
  const late = new AbortController();
  const done = new AbortController();
  const timer = clock.sleep(Math.max(0, until - clock.monotonic()), done.signal).then(
    () => late.abort(new ChangeoverError('CANCELLED', 'the deadline of the intent has passed')),
    () => undefined,
  );
  const ids = tasks.map((task) => task.write.target.id);
  const rows = tasks.map((task) => ({ id: task.write.target.id, fields: task.write.fields }));
  // Whatever went wrong, the server may have seen it.
  const answer = underAny([signal, late.signal], (either) => start({ lane: batch.lane, signal: either })).catch(
    (thrown: unknown): WriteOutcome => ({
      kind: 'unanswered',
      message: thrown instanceof Error ? thrown.message : String(thrown),
    }),
  );
  try {
    // One turn of the event loop, so that the request has left when the step is reached.
    await new Promise<void>((resolve) => setImmediate(resolve));
    steps.reached('in-flight');
    return await answer;
  } finally {
    done.abort();
    await timer;
  }

  async function start(options: CallOptions): Promise<WriteOutcome> {
    switch (batch.operation) {
      case 'create':
        return twenty.create(batch.object, rows, options);
      case 'upsert':
        return twenty.upsert(batch.object, rows, options);
      case 'soft-delete':
        return twenty.softDelete(batch.object, ids, options);
      case 'destroy':
        return twenty.destroy(batch.object, ids, options);
      case 'restore':
        return twenty.restore(batch.object, ids, options);
    }
  }
}

async function settle(desk: Desk, fence: Fence, batch: Batch, call: Unanswered, outcome: WriteOutcome): Promise<Sent> {
  const { state } = desk.deps;
  const { intent, tasks } = call;
  switch (outcome.kind) {
    case 'written':
      return store(desk, fence, batch, call, outcome.rows);
    case 'refused':
    case 'throttled':
    case 'outage': {
      const partial = outcome.kind === 'refused' ? outcome.partial : outcome.kind === 'outage';
      await state.transaction(async (tx) => {
        await fence.verify(tx);
        if (partial && batch.operation !== 'create') await markUncertain(tx, intent.rows);
        await tx.intents.settle([intent.id]);
      });
      desk.landed(tasks);
      if (outcome.kind === 'refused') return { kind: 'refused', outcome, tasks };
      return { kind: 'pause', cause: outcome.kind, forMs: outcome.retryAfterMs, tasks };
    }
    case 'unanswered':
      desk.deps.logger.warn(
        { object: batch.object, rows: tasks.length, message: outcome.message },
        'a write was not answered',
      );
      return { kind: 'unanswered', ...call };
  }
}

async function store(
  desk: Desk,
  fence: Fence,
  batch: Batch,
  call: Unanswered,
  answer: readonly TwentyRecord[],
): Promise<Sent> {
  const { intent, tasks } = call;
  const { state, clock, run, twenty } = desk.deps;
  const pairs = isDeletion(batch.operation)
    ? new Map<IntentRow, string | undefined>(intent.rows.map((row) => [row, row.target.id]))
    : pair(intent.rows, answer);
  const written: Written[] = [];
  const records = new Map(answer.map((record) => [record.id, record]));
  for (const [row, id] of pairs) {
    if (id === undefined) continue;
    const record = records.get(id);
    written.push({ row, id, hollow: isHollow(row, record), ...(record === undefined ? {} : { record }) });
  }
  // An answer that does not say what became of a row: read it back, like one that never came.
  if (written.length < intent.rows.length) return { kind: 'unanswered', ...call };
  reportAltered(desk, intent.rows, answer);
  const result = await state.transaction(async (tx) => {
    await fence.verify(tx);
    await noteSuspects(desk, tx, intent.rows);
    const released = await commitWritten(
      { tx, workspace: twenty.workspace(), now: clock.now(), run, mappings: desk.deps.mappings() },
      batch.operation,
      written,
    );
    await tx.intents.settle([intent.id]);
    if (released.size > 0) await tx.dependencies.release([...released]);
    return finish(desk, tx, tasks);
  });
  return { kind: 'done', ...result };
}

/** Units without any write left are planned again: that plan is their verdict. */
export async function finish(desk: Desk, tx: StateTransaction, tasks: readonly Task[]): Promise<Planned> {
  const units = desk.complete(tasks);
  const freed = new Set(units.flatMap((unit) => unit.keys));
  if (freed.size === 0) return NOT_PLANNED;
  const rows = await tx.records.get([...freed]);
  return desk.plan(tx, [...rows.values()], freed);
}

/** Values that Twenty stored unlike we sent them, beyond what normalisation explains. Reported, never written again for it. */
function reportAltered(desk: Desk, rows: readonly IntentRow[], answer: readonly TwentyRecord[]): void {
  const { events, twenty } = desk.deps;
  if (events === undefined) return;
  const byId = new Map(answer.map((record) => [record.id, record]));
  for (const row of rows) {
    const record = byId.get(row.target.id);
    if (record === undefined) continue;
    for (const field of alteredFields(twenty.workspace(), row, record)) {
      events.altered(row.target.object, row.target.targetKey, field);
    }
  }
}

function alteredFields(workspace: Workspace, row: IntentRow, record: TwentyRecord): readonly string[] {
  const normal = normalOf(workspace, row.target.object);
  const sent = Object.fromEntries(Object.entries(row.fields).filter(([name]) => name in record)) as TwentyFields;
  return changedFields(sent, record, normal);
}
