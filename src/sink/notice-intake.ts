import { isNewer, type OrderingKey } from '../events/event.ts';
import type { DecodedNotice, OutcomeNotice } from '../events/notices.ts';
import { fromJsonOrNull } from '../state/json.ts';
import type { Correction, OutboxRow, RecordRow, StateTransaction } from '../state/state.ts';
import { INTAKE_GROUP, recordName } from './names.ts';
import { identityOf, isDead } from './notices.ts';
import { reopen } from './reopen.ts';

/** The topics of a source that tell what became of its records. */
export const NOTICE_TOPICS = ['retry', 'dead'] as const;
export type NoticeTopic = (typeof NOTICE_TOPICS)[number];

/** Notices of one partition, in their order. */
export interface NoticeBatch {
  /** Which of the source's topics, and its name in the log. */
  readonly topic: NoticeTopic;
  readonly name: string;
  readonly partition: number;
  readonly notices: readonly DecodedNotice[];
}

export interface Moment {
  readonly now: number;
  /** The state was lost: that it knows a record only since now says nothing about the notice's age. */
  readonly lost?: boolean;
}

/**
 * Takes in what was read from a topic of notices, and moves the position past it (SPEC.md §9, "Reading back"). The
 * state's own word leaves the outbox; news have effect where the record still stands at the event they tell of.
 * Returns how many were news.
 */
export async function takeNotices(tx: StateTransaction, batch: NoticeBatch, moment: Moment): Promise<number> {
  const { topic, name, partition, notices } = batch;
  const last = notices.at(-1);
  if (last === undefined) return 0;
  const position = await tx.positions.get(INTAKE_GROUP, name, partition);
  const fresh = notices.flatMap((one): readonly OutcomeNotice[] =>
    one.ok && one.notice.kind === 'outcome' && one.message.offset >= (position ?? 0) ? [one.notice] : [],
  );
  const pending = new Map<string, OutboxRow[]>();
  for (const row of fresh.length === 0 ? [] : await tx.outbox.of(topic, [...new Set(fresh.map(({ key }) => key))])) {
    if (row.notice.kind !== 'outcome') continue;
    const identity = identityOf(row.notice);
    pending.set(identity, [...(pending.get(identity) ?? []), row]);
  }
  const own: number[] = [];
  let news = 0;
  for (const notice of fresh) {
    const mine = pending.get(identityOf(notice))?.shift();
    if (mine !== undefined) own.push(mine.number);
    else if (await learn(tx, notice, moment)) news += 1;
  }
  if (own.length > 0) await tx.outbox.remove(own);
  if (position === null || last.message.offset + 1 > position)
    await tx.positions.set(INTAKE_GROUP, name, partition, last.message.offset + 1);
  return news;
}

async function learn(tx: StateTransaction, notice: OutcomeNotice, moment: Moment): Promise<boolean> {
  const row = (await tx.records.get([notice.key])).get(notice.key);
  const there = row !== undefined && sameOrder(row.event.order, notice.order) ? row : null;
  switch (notice.outcome) {
    case 'RETRY':
      return there !== null && isUndecided(there, notice, moment) && there.attempt < notice.attempt
        ? park(tx, there, notice, moment.now)
        : false;
    case 'DEAD':
      // What the mapping or the workspace's own rules refuse, the next plan finds out without a call.
      return there !== null && isUndecided(there, notice, moment) && notice.code === 'SINK_TWENTY_REFUSED'
        ? bury(tx, there, notice, moment.now)
        : false;
    case 'RELEASED': {
      const released = notice.by === null ? false : await correct(tx, notice, 'none');
      if (there === null || !(released || isDead(there))) return released;
      await reopen(tx, [there], moment.now);
      return true;
    }
    case 'EDITED':
    case 'DISCARDED': {
      const known = await correct(tx, notice, notice.outcome === 'EDITED' ? 'edit' : 'discard');
      if (known && there !== null) await reopen(tx, [there], moment.now);
      return known;
    }
  }
}

/** The state has not decided since: an answer of Twenty that came after the notice is the newer word. */
function isUndecided(row: RecordRow, notice: OutcomeNotice, { lost }: Moment): boolean {
  return (row.class === 'on-the-way' || row.class === 'deleting') && (lost === true || row.since <= notice.at);
}

async function park(tx: StateTransaction, row: RecordRow, notice: OutcomeNotice, now: number): Promise<boolean> {
  const { code, message, attempt, dueAt } = notice;
  const reason = { code, message };
  await tx.records.move(
    [{ key: row.key, order: row.event.order, to: row.class, reason, due: true, dueAt, attempt }],
    now,
  );
  return true;
}

async function bury(tx: StateTransaction, row: RecordRow, notice: OutcomeNotice, now: number): Promise<boolean> {
  const { code, message, attempt } = notice;
  const to = row.class === 'deleting' ? 'delete-held' : 'dead-lettered';
  await tx.records.move(
    [{ key: row.key, order: row.event.order, to, reason: { code, message }, due: false, attempt }],
    now,
  );
  await tx.dependencies.release([recordName(row.key)]);
  return true;
}

/** Keeps what a person decided, unless the state knows of a later word; whether or not the event has come. */
async function correct(tx: StateTransaction, notice: OutcomeNotice, kind: Correction['kind']): Promise<boolean> {
  const { key, order, at } = notice;
  const known = (await tx.corrections.get([key])).get(key);
  if (known !== undefined) {
    if (isNewer(known.order, order)) return false;
    if (sameOrder(known.order, order) && known.at >= at) return false;
  }
  // Taking back a discard that nobody knows of changes nothing; an edit stays when its record is sent again.
  if (kind === 'none' && (known === undefined || !sameOrder(known.order, order) || known.kind !== 'discard'))
    return false;
  await tx.corrections.put([
    { key, order, kind, changes: fromJsonOrNull(notice.changes), by: notice.by ?? '', reason: notice.message, at },
  ]);
  return true;
}

function sameOrder(a: OrderingKey, b: OrderingKey): boolean {
  return a.epoch === b.epoch && a.sequence === b.sequence;
}
