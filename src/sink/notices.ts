import type { Outcome } from '../events/notices.ts';
import type { OutboxRow, PendingOutcome, RecordMove, RecordRow } from '../state/state.ts';

/** A record and where it goes: both are needed to say what there is to tell of it. */
export interface Change {
  readonly row: RecordRow;
  readonly move: RecordMove;
}

export interface NoticeContext {
  readonly now: number;
  readonly run: string;
}

/** How a record stands to the topics of refusals. */
type Trouble = 'none' | 'tried' | 'dead';

/** What is told of a move (SPEC.md §9): where from × where to. Null: nothing. */
const TOLD: Readonly<Record<Trouble, Readonly<Record<'parked' | 'dead' | 'other', Told | null>>>> = {
  none: { parked: { topic: 'retry', outcome: 'RETRY' }, dead: { topic: 'dead', outcome: 'DEAD' }, other: null },
  tried: {
    parked: { topic: 'retry', outcome: 'RETRY' },
    dead: { topic: 'dead', outcome: 'DEAD' },
    other: { topic: 'retry', outcome: 'RELEASED' },
  },
  dead: {
    parked: { topic: 'retry', outcome: 'RETRY' },
    dead: { topic: 'dead', outcome: 'DEAD' },
    other: { topic: 'dead', outcome: 'RELEASED' },
  },
};

interface Told {
  readonly topic: 'retry' | 'dead';
  readonly outcome: Outcome;
}

/** A dead letter: refused for good, as a live record or as a deletion. */
export function isDead(row: Pick<RecordRow, 'class' | 'reason'>): boolean {
  return row.class === 'dead-lettered' || (row.class === 'delete-held' && row.reason?.code === 'SINK_TWENTY_REFUSED');
}

/** What the outbox has to hold for these moves; to be added in their transaction. */
export function noticesOf(changes: readonly Change[], context: NoticeContext): readonly Omit<OutboxRow, 'number'>[] {
  return changes.flatMap(({ row, move }) => {
    const told = toldOf(row, move);
    if (told === null) return [];
    const { code, message } = move.reason ?? row.reason ?? { code: '', message: '' };
    return [
      noticeOf(row, told, context, {
        attempt: told.outcome === 'RELEASED' ? row.attempt : Math.max(1, move.attempt ?? row.attempt + 1),
        code,
        message,
        dueAt: told.outcome === 'RETRY' ? (move.dueAt ?? null) : null,
      }),
    ];
  });
}

function toldOf(row: RecordRow, move: RecordMove): Told | null {
  const from: Trouble = isDead(row) ? 'dead' : row.attempt > 0 ? 'tried' : 'none';
  if (isDead({ class: move.to, reason: move.reason })) {
    const again = from === 'dead' && row.reason?.message === move.reason?.message;
    return again ? null : TOLD[from].dead;
  }
  const parked = move.due && (move.dueAt ?? 0) > 0;
  return TOLD[from][parked ? 'parked' : 'other'];
}

/** A person's word about a dead letter, beside what the writer has to say of it. */
export function noticeByPerson(
  row: RecordRow,
  outcome: Extract<Outcome, 'RELEASED' | 'EDITED' | 'DISCARDED'>,
  context: NoticeContext,
  said: { readonly by: string; readonly message: string; readonly changes?: string | null },
): Omit<OutboxRow, 'number'> {
  return noticeOf(row, { topic: 'dead', outcome }, context, {
    attempt: row.attempt,
    code: row.reason?.code ?? '',
    message: said.message,
    by: said.by,
    changes: said.changes ?? null,
  });
}

function noticeOf(
  row: RecordRow,
  told: Told,
  { now, run }: NoticeContext,
  said: Pick<PendingOutcome, 'attempt' | 'code' | 'message'> &
    Partial<Pick<PendingOutcome, 'dueAt' | 'by' | 'changes'>>,
): Omit<OutboxRow, 'number'> {
  const notice: PendingOutcome = {
    kind: 'outcome',
    key: row.key,
    outcome: told.outcome,
    order: row.event.order,
    origin: row.place,
    dueAt: null,
    by: null,
    changes: null,
    at: now,
    run,
    ...said,
  };
  return { source: row.source, topic: told.topic, notice, payload: { kind: 'event', event: row.event } };
}

/**
 * The same notice, however often it was appended: what happened to which event, at which attempt and when. The clock
 * only tells two moves apart that are alike in all else; it orders nothing.
 */
export function identityOf(notice: PendingOutcome): string {
  const { key, outcome, order, origin, attempt, at, code } = notice;
  return JSON.stringify([key, outcome, order.epoch, order.sequence, origin?.offset ?? -1, attempt, at, code]);
}
