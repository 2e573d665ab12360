import type { StoredMessage } from '../bus/bus.ts';
import { ChangeoverError } from '../core/errors.ts';
import type { RecordKey } from '../core/identifiers.ts';
import type { EventLog } from '../events/log.ts';
import type { ForeignMessage, LogPlace, OutboxRow, StateStore, StateTransaction, TakenEvent } from '../state/state.ts';
import type { Decision } from './breaker.ts';
import { INTAKE_GROUP } from './names.ts';
import type { NoticeContext } from './notices.ts';

/** More of a message than this is not kept in the state; the log has it as long as its retention lasts. */
const KEPT_BYTES = 1024 * 1024;

/** A message that could not be decoded, and why. */
export interface Undecodable {
  readonly message: StoredMessage;
  readonly error: ChangeoverError;
}

/** On a topic of ours: a source's, and one object's unless it is one of its notices. */
export interface TopicOwner {
  readonly source: string;
  readonly object: string | null;
}

/** Keeps messages that nobody can decode, and the notices of them, in the transaction that passes them (SPEC.md §11). */
export async function setAside(
  tx: StateTransaction,
  owner: TopicOwner,
  found: readonly Undecodable[],
  context: NoticeContext,
): Promise<void> {
  const messages = await keep(tx, owner, found, context.now);
  if (messages.length > 0) await tx.outbox.add(messages.map((message) => noticeOf(message, context)));
}

/** The same without a word: a state that is rebuilt finds what was told of before. */
export async function keep(
  tx: StateTransaction,
  owner: TopicOwner,
  found: readonly Undecodable[],
  now: number,
): Promise<readonly ForeignMessage[]> {
  const messages = found.map(({ message, error }): ForeignMessage => {
    const { topic, partition, offset, key, value } = message;
    return {
      ...owner,
      topic,
      partition,
      offset,
      key,
      code: error.code,
      message: error.message,
      size: value.length,
      bytes: value.length > KEPT_BYTES ? null : Buffer.from(value).toString('base64'),
      at: now,
      status: 'open',
    };
  });
  if (messages.length > 0) await tx.foreignMessages.put(messages);
  return messages;
}

/** What the object's breaker counts them as. */
export function decisionsOf({ source, object }: TopicOwner, found: readonly Undecodable[]): readonly Decision[] {
  if (object === null) return [];
  return found.map(({ error }) => ({
    source,
    object,
    refused: { reason: { code: error.code, message: error.message }, undecodable: true },
  }));
}

function noticeOf(message: ForeignMessage, { now, run }: NoticeContext): Omit<OutboxRow, 'number'> {
  const { topic, partition, offset, bytes, code } = message;
  return {
    source: message.source,
    topic: 'dead',
    notice: {
      kind: 'outcome',
      // Whatever somebody wrote there; the place is what names it.
      key: message.key as RecordKey,
      outcome: 'DEAD',
      order: { epoch: 0, sequence: 0 },
      origin: { topic, partition, offset },
      attempt: 1,
      code,
      message: message.message,
      dueAt: null,
      at: now,
      run,
      by: null,
      changes: null,
    },
    payload: bytes === null ? null : { kind: 'bytes', bytes },
  };
}

interface EventsBehind {
  readonly key: RecordKey;
  readonly events: readonly TakenEvent[];
  /** Where the log ended when it was read. */
  readonly end: number;
}

/**
 * The events that a message, now understood, has to be taken in with: its own, and every later one of its key that the
 * log holds. The state may have dropped a deletion of a record that it had never seen; alone, the older event would bring
 * that record back.
 * @throws DEAD_LETTER_NOT_OURS where it still cannot be decoded.
 */
async function eventsBehind(events: EventLog, foreign: ForeignMessage): Promise<EventsBehind> {
  const { topic, partition, offset, key } = foreign;
  const place = `${topic}/${partition}/${offset}`;
  const [bounds] = (await events.bus.bounds(topic)).filter((one) => one.partition === partition);
  const end = bounds?.end ?? 0;
  const first = await decodedOf(events, foreign, bounds !== undefined && offset >= bounds.start && offset < end);
  if (first === null || first.kind !== 'change') {
    throw new ChangeoverError('DEAD_LETTER_NOT_OURS', `${place} still is no change event: ${foreign.message}`);
  }
  const found: TakenEvent[] = [{ ...first, place: { partition, offset } }];
  if (bounds === undefined) return { key: first.key, events: found, end };
  for await (const read of events.read({ topic, partition }, Math.max(offset + 1, bounds.start), end)) {
    if (read.ok && read.event.kind === 'change' && read.event.key === first.key && read.message.key === key)
      found.push({ ...read.event, place: { partition, offset: read.message.offset } });
  }
  return { key: first.key, events: found, end };
}

async function decodedOf(events: EventLog, foreign: ForeignMessage, inLog: boolean) {
  const { topic, partition, offset, bytes } = foreign;
  if (inLog) {
    for await (const read of events.read({ topic, partition }, offset, offset + 1)) return read.ok ? read.event : null;
  }
  if (bytes === null) return null;
  const message = {
    topic,
    partition,
    offset,
    key: foreign.key,
    value: Buffer.from(bytes, 'base64'),
    timestamp: 0,
    headers: {},
  };
  const [read] = await events.decode([message]);
  return read?.ok === true ? read.event : null;
}

/** Takes in a message that is understood by now. Returns the record's key. */
export async function takeForeign(
  deps: { readonly state: StateStore; readonly events: EventLog },
  place: { readonly topic: string } & LogPlace,
  now: number,
): Promise<RecordKey> {
  const foreign = await deps.state.read((tx) => tx.foreignMessages.get(place));
  if (foreign === null || foreign.status !== 'open') {
    throw new ChangeoverError('DEAD_LETTER_UNKNOWN', `no message was put aside at ${placeOf(place)}`);
  }
  for (;;) {
    const { key, events, end } = await eventsBehind(deps.events, foreign);
    const taken = await deps.state.transaction(async (tx) => {
      const position = await tx.positions.get(INTAKE_GROUP, place.topic, place.partition);
      // Intake went on meanwhile, and may have passed a deletion that counts.
      if (position !== null && position > end) return false;
      await tx.records.take(events, now);
      await tx.foreignMessages.settle(place, 'taken');
      return true;
    });
    if (taken) return key;
  }
}

/** How a message is named: `topic/partition/offset`. */
export function placeOf({ topic, partition, offset }: { readonly topic: string } & LogPlace): string {
  return `${topic}/${partition}/${offset}`;
}

/**
 * The place that a name stands for; null where it is no such name. Topics hold no slash, records' keys begin with a source.
 * An offset below 0: it was removed from a log before that moved.
 */
export function parsePlace(name: string): ({ readonly topic: string } & LogPlace) | null {
  const match = /^([A-Za-z0-9._-]+)\/(\d+)\/(-?\d+)$/.exec(name);
  if (match?.[1] === undefined || !match[1].includes('.')) return null;
  return { topic: match[1], partition: Number(match[2]), offset: Number(match[3]) };
}
