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
import { happened } from './rest.ts';
import { wasRefused } from './standing.ts';
import type { Task, Unit } from './write.ts';

type Refused = Extract<WriteOutcome, { kind: 'refused' }>;

/** What the whole lane has to wait for, or nothing. */
export type AfterRefusal =
  | Exclude<Sent, { kind: 'refused' }>
  | { readonly kind: 'unauthorized'; readonly tasks: readonly Task[] }
  | NotStarted;

/** No call may start at present: nothing was sent. */
interface NotStarted {
  readonly kind: 'not-started';
  readonly tasks: readonly Task[];
}

/** Whether calls go on, asked before each: what looks for a guilty row makes many. */
export interface Going {
  /** False while an operator paused the writer, and once it was told to stop. */
  mayStart(): boolean;
  /** Ends calls under way: the lease was lost. */
  readonly signal: AbortSignal;
}

/** What is done about a refusal (SPEC.md §5), a total table. */
type Remedy = 'resize' | 'halve' | 'stop' | 'model' | 'duplicate' | 'foreign-key' | 'value' | 'search';

const REMEDIES: Readonly<Record<RefusalReason, Remedy>> = {
  'too-many': 'resize',
  'too-large': 'halve',
  unauthorized: 'stop',
  'schema-changed': 'model',
  'unknown-field': 'model',
  duplicate: 'duplicate',
  'foreign-key': 'foreign-key',
  'bad-option': 'value',
  'bad-value': 'value',
  'missing-required': 'value',
  other: 'search',
};

/**
 * Sends a batch, and if it is refused finds a guilty row by the fewest calls. Rows about which that says nothing go back
 * to the queue, and leave with the next batch. Never gives the same rows up twice.
 */
export async function sendThrough(
  desk: Desk,
  fence: Fence,
  batch: Batch,
  going: Going,
): Promise<readonly AfterRefusal[]> {
  const sent = await attempt(desk, fence, batch, going);
  return sent.kind === 'refused' ? remedied(desk, fence, batch, sent, going) : [sent];
}

async function attempt(desk: Desk, fence: Fence, batch: Batch, going: Going): Promise<Sent | NotStarted> {
  if (!going.mayStart()) return { kind: 'not-started', tasks: batch.tasks };
  const sent = await send(desk, fence, batch, going.signal);
  if (sent.kind === 'done') desk.portions.written(batch, batch.tasks.length, desk.deps.twenty.batchSize());
  return sent;
}

async function remedied(
  desk: Desk,
  fence: Fence,
  batch: Batch,
  { outcome, tasks }: { readonly outcome: Refused; readonly tasks: readonly Task[] },
  going: Going,
): Promise<readonly AfterRefusal[]> {
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
  switch (REMEDIES[outcome.reason]) {
    case 'stop':
      return [{ kind: 'unauthorized', tasks }];
    case 'model': {
      const before = desk.deps.twenty.workspace().hash;
      const after = await desk.deps.twenty.refresh();
      return after.hash === before ? search(desk, fence, batch, tasks, outcome, going) : planAnew(desk, tasks);
    }
    case 'duplicate':
      if (await explainDuplicate(desk, fence, batch, tasks)) return planAnew(desk, tasks);
      return search(desk, fence, batch, tasks, outcome, going);
    case 'foreign-key': {
      const explained = await explainForeignKey(desk, fence, batch, tasks);
      if (explained.owners)
        await pollMembers({ ...desk.deps, book: desk.book }, { lane: batch.lane, now: desk.deps.clock.now() });
      if (explained.owners || explained.parents) return planAnew(desk, tasks);
      return search(desk, fence, batch, tasks, outcome, going);
    }
    case 'value': {
      const guilty = namedBy(outcome.message, tasks);
      const several = tasks.length > 1;
      if (guilty.length === 0 || (several && guilty.length === tasks.length))
        return search(desk, fence, batch, tasks, outcome, going);
      const after = await giveUp(desk, fence, batch, guilty, outcome);
      desk.requeue(tasks.filter((task) => !guilty.includes(task)));
      return after;
    }
    case 'resize':
      if (desk.deps.twenty.batchSize() >= tasks.length) return halve(desk, fence, batch, tasks, outcome, going);
      desk.requeue(tasks);
      return [{ kind: 'done', ...NOT_PLANNED }];
    case 'halve':
      return halve(desk, fence, batch, tasks, outcome, going);
    case 'search':
      return search(desk, fence, batch, tasks, outcome, going);
  }
}

function planAnew(desk: Desk, tasks: readonly Task[]): readonly AfterRefusal[] {
  desk.abandon(unitsOf(tasks));
  return [{ kind: 'done', ...NOT_PLANNED }];
}

/** What says that no other call may start now. */
const WAITS: ReadonlySet<AfterRefusal['kind']> = new Set(['pause', 'unauthorized', 'unanswered', 'not-started']);

/** In two calls, where it was no row's fault. */
async function halve(
  desk: Desk,
  fence: Fence,
  batch: Batch,
  tasks: readonly Task[],
  outcome: Refused,
  going: Going,
): Promise<readonly AfterRefusal[]> {
  const [one, other] = halves(tasks);
  if (other.length === 0) return giveUp(desk, fence, batch, tasks, outcome);
  const first = await sendThrough(desk, fence, { ...batch, tasks: one }, going);
  // Once the lane has to wait, the other half waits with it.
  if (first.some(({ kind }) => WAITS.has(kind))) {
    desk.requeue(other);
    return first;
  }
  return [...first, ...(await sendThrough(desk, fence, { ...batch, tasks: other }, going))];
}

/**
 * One of the rows is guilty, and nothing says which. One half is sent: if that is refused, a guilty row is in it, and
 * about the other half nothing is known any more; if it is written, the guilty row is in the other half, which need not
 * be sent to know that. Of n rows a guilty one is found by log2 n calls, rounded up, and one more where it was only
 * inferred: no row is given up that was not refused alone.
 */
async function search(
  desk: Desk,
  fence: Fence,
  batch: Batch,
  tasks: readonly Task[],
  outcome: Refused,
  going: Going,
): Promise<readonly AfterRefusal[]> {
  const written: AfterRefusal[] = [];
  let suspects = tasks;
  if (suspects.length <= 1) {
    desk.portions.guilty(batch);
    return giveUp(desk, fence, batch, suspects, outcome);
  }
  while (suspects.length > 1) {
    const [one, other] = halves(suspects);
    const sent = await attempt(desk, fence, { ...batch, tasks: one }, going);
    if (sent.kind === 'done') {
      written.push(sent);
      suspects = other;
      continue;
    }
    desk.requeue(other);
    return [...written, ...(sent.kind === 'refused' ? await remedied(desk, fence, batch, sent, going) : [sent])];
  }
  return [...written, ...(await sendThrough(desk, fence, { ...batch, tasks: suspects }, going))];
}

function halves<Item>(items: readonly Item[]): readonly [readonly Item[], readonly Item[]] {
  const half = Math.ceil(items.length / 2);
  return [items.slice(0, half), items.slice(half)];
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
): Promise<readonly AfterRefusal[]> {
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
  const settled = changes.filter(({ move }) => !move.due).map(({ row, move }) => ({ row, to: move.to }));
  return [{ kind: 'done', ...NOT_PLANNED, settled }];
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
