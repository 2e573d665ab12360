import type { Reason, RecordMove, RecordRow } from '../state/state.ts';
import type { RefusalReason, WriteOutcome } from '../twenty/twenty.ts';
import { type Fence, type Sent, send } from './caller.ts';
import { isDeletion } from './commit.ts';
import { type Desk, NOT_PLANNED } from './desk.ts';
import { explainDuplicate, explainForeignKey } from './explain.ts';
import { recordName } from './names.ts';
import type { Change } from './notices.ts';
import { pollMembers } from './owners.ts';
import type { Batch } from './queue.ts';
import { happened, type Settled } from './rest.ts';
import { wasRefused } from './standing.ts';
import type { Task, Unit } from './write.ts';

type Refused = Extract<WriteOutcome, { kind: 'refused' }>;

/** What the whole lane has to wait for, or nothing. */
export type AfterRefusal =
  | Exclude<Sent, { kind: 'refused' }>
  | { readonly kind: 'unauthorized'; readonly tasks: readonly Task[] };

/** What is done about a refusal (SPEC.md §5), a total table. */
type Remedy = 'halve' | 'stop' | 'model' | 'duplicate' | 'foreign-key' | 'value';

const REMEDIES: Readonly<Record<RefusalReason, Remedy>> = {
  'too-many': 'halve',
  'too-large': 'halve',
  unauthorized: 'stop',
  'schema-changed': 'model',
  'unknown-field': 'model',
  duplicate: 'duplicate',
  'foreign-key': 'foreign-key',
  'bad-option': 'value',
  'bad-value': 'value',
  'missing-required': 'value',
  other: 'halve',
};

/** Sends a batch, and if it is refused finds the guilty rows by the fewest calls. Never gives the same rows up twice. */
export async function sendThrough(
  desk: Desk,
  fence: Fence,
  batch: Batch,
  signal: AbortSignal,
): Promise<readonly AfterRefusal[]> {
  const sent = await send(desk, fence, batch, signal);
  if (sent.kind !== 'refused') return [sent];
  const { outcome, tasks } = sent;
  desk.deps.logger.info(
    {
      object: batch.object,
      operation: batch.operation,
      rows: tasks.length,
      reason: outcome.reason,
      message: outcome.message,
    },
    'Twenty refused a batch',
  );
  const remedy = REMEDIES[outcome.reason];
  switch (remedy) {
    case 'stop':
      return [{ kind: 'unauthorized', tasks }];
    case 'model': {
      const before = desk.deps.twenty.workspace().hash;
      const after = await desk.deps.twenty.refresh();
      return after.hash === before ? halve(desk, fence, batch, tasks, outcome, signal) : planAnew(desk, tasks);
    }
    case 'duplicate':
      if (await explainDuplicate(desk, fence, batch, tasks)) return planAnew(desk, tasks);
      return halve(desk, fence, batch, tasks, outcome, signal);
    case 'foreign-key': {
      const explained = await explainForeignKey(desk, fence, batch, tasks);
      if (explained.owners)
        await pollMembers({ ...desk.deps, book: desk.book }, { lane: batch.lane, now: desk.deps.clock.now() });
      if (explained.owners || explained.parents) return planAnew(desk, tasks);
      return halve(desk, fence, batch, tasks, outcome, signal);
    }
    case 'value': {
      const guilty = tasks.length === 1 ? tasks : namedBy(outcome.message, tasks);
      if (guilty.length === 0 || guilty.length === tasks.length)
        return halve(desk, fence, batch, tasks, outcome, signal);
      const settled = await giveUp(desk, fence, batch, guilty, outcome);
      const rest = tasks.filter((task) => !guilty.includes(task));
      return [
        { kind: 'done', ...NOT_PLANNED, settled },
        ...(await sendThrough(desk, fence, { ...batch, tasks: rest }, signal)),
      ];
    }
    case 'halve':
      return halve(desk, fence, batch, tasks, outcome, signal);
  }
}

function planAnew(desk: Desk, tasks: readonly Task[]): readonly AfterRefusal[] {
  desk.abandon(unitsOf(tasks));
  return [{ kind: 'done', ...NOT_PLANNED }];
}

async function halve(
  desk: Desk,
  fence: Fence,
  batch: Batch,
  tasks: readonly Task[],
  outcome: Refused,
  signal: AbortSignal,
): Promise<readonly AfterRefusal[]> {
  if (tasks.length <= 1) {
    return [{ kind: 'done', ...NOT_PLANNED, settled: await giveUp(desk, fence, batch, tasks, outcome) }];
  }
  const most = outcome.reason === 'too-many' ? Math.max(1, desk.deps.twenty.batchSize()) : Math.ceil(tasks.length / 2);
  const size = Math.min(most, Math.max(1, tasks.length - 1));
  const results: AfterRefusal[] = [];
  for (let at = 0; at < tasks.length; at += size) {
    const part = tasks.slice(at, at + size);
    const stuck = results.find((one) => one.kind === 'pause' || one.kind === 'unauthorized');
    // Once the lane has to wait, the other half waits with it.
    if (stuck !== undefined && (stuck.kind === 'pause' || stuck.kind === 'unauthorized'))
      results.push({ ...stuck, tasks: part });
    else results.push(...(await sendThrough(desk, fence, { ...batch, tasks: part }, signal)));
  }
  return results;
}

/** Rows one of whose values the message quotes, together with that value's field where it names one. */
export function namedBy(message: string, tasks: readonly Task[]): readonly Task[] {
  const quoted = [...message.matchAll(/"([^"]*)"|'([^']*)'/g)].map((match) => match[1] ?? match[2] ?? '');
  if (quoted.length === 0) return [];
  return tasks.filter((task) => {
    const { fields } = task.write;
    const named = quoted.filter((name) => name in fields || Object.keys(fields).some((field) => field === name));
    const looked = named.length > 0 ? named : Object.keys(fields);
    const said = quoted.filter((text) => !named.includes(text) && text !== '');
    if (said.length === 0)
      return named.length > 0 && named.every((name) => fields[name] === null || fields[name] === undefined);
    return looked.some((name) => said.some((text) => containsText(fields[name], text)));
  });
}

function containsText(value: unknown, text: string): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === 'object') return Object.values(value).some((member) => containsText(member, text));
  return String(value) === text;
}

export function unitsOf(tasks: readonly Task[]): ReadonlySet<Unit> {
  const units = new Set<Unit>();
  for (const task of tasks) for (const unit of task.units) units.add(unit);
  return units;
}

/** Rows refused alone: dead-lettered with Twenty's words, or parked where the reason may pass (SPEC.md §9). */
async function giveUp(
  desk: Desk,
  fence: Fence,
  batch: Batch,
  tasks: readonly Task[],
  outcome: Refused,
): Promise<readonly Settled[]> {
  const { state, clock, steps } = desk.deps;
  const changes = await state.transaction(async (tx) => {
    await fence.verify(tx);
    const now = clock.now();
    const units = unitsOf(tasks);
    const guilty = new Set(tasks.flatMap((task) => [...task.units].flatMap((unit) => concerned(task, unit))));
    const rows = await tx.records.get([...units].flatMap((unit) => unit.keys));
    const wanted: Change[] = [];
    const innocent: string[] = [];
    for (const unit of units) {
      for (const key of unit.keys) {
        const row = rows.get(key);
        const order = unit.orders.get(key);
        if (row === undefined || order === undefined || row.class === 'deleted') continue;
        const next = afterRefusal(desk, batch, row, outcome, now);
        // Planned together, they wait together; but only whose row it is was refused.
        if (next.due || guilty.has(key)) wanted.push({ row, move: { key: row.key, order, ...next } });
        else if (!wasRefused(row)) innocent.push(key);
      }
    }
    if (innocent.length > 0) await tx.records.touch(innocent);
    const moved = await tx.records.move(
      wanted.map(({ move }) => move),
      now,
    );
    const made = happened(wanted, moved);
    await desk.tell(tx, made, now);
    // Who waits for a parked record waits on: nothing was decided about it.
    const decided = made.filter(({ move }) => !move.due).map(({ move }) => recordName(move.key));
    if (decided.length > 0) await tx.dependencies.release(decided);
    desk.abandon(units);
    return made;
  });
  desk.dropClosed();
  steps.reached('parked');
  return changes.filter(({ move }) => !move.due).map(({ row, move }) => ({ row, to: move.to }));
}

/** The records of a unit whose row, or child, this write is; all of them where it is nobody's alone. */
function concerned({ write }: Task, unit: Unit): readonly string[] {
  const { target, present } = write;
  const names = new Set([
    ...target.contributors,
    ...(present?.contributors ?? []),
    ...(target.parentKey === null ? [] : [target.parentKey]),
  ]);
  const keys = unit.keys.filter((key) => names.has(key));
  return keys.length > 0 ? keys : unit.keys;
}

/** Parked until a later attempt, or a dead letter. */
function afterRefusal(
  desk: Desk,
  batch: Batch,
  row: RecordRow,
  outcome: Refused,
  now: number,
): Omit<RecordMove, 'key' | 'order'> {
  const { attempts, firstRetryMs } = desk.options;
  const attempt = row.attempt + 1;
  const gone = row.class === 'deleting' || row.class === 'delete-held';
  if (outcome.reason === 'other' && attempt < attempts) {
    const dueAt = now + firstRetryMs * 2 ** (attempt - 1);
    const reason: Reason = { code: 'SINK_RETRY_LATER', message: outcome.message };
    return { to: gone ? 'deleting' : 'on-the-way', reason, due: true, dueAt, attempt };
  }
  const verb = isDeletion(batch.operation) ? 'refused the deletion' : 'refused it';
  const reason: Reason = { code: 'SINK_TWENTY_REFUSED', message: `Twenty ${verb}: ${outcome.message}` };
  return { to: gone ? 'delete-held' : 'dead-lettered', reason, due: false, attempt };
}
