import { type ChangeEvent, isNewer, type OrderingKey } from '../events/event.ts';
import { TAKEN } from './record-classes.ts';
import type { Intake, RecordClass } from './state.ts';

/** What intake must know of a record to judge an event. */
export interface KnownRecord {
  readonly class: RecordClass;
  readonly op: ChangeEvent['op'];
  readonly contentHash: string;
  /**
   * The newest ordering key seen with this content. A duplicate moves it without touching the stored event (the writer
   * may have that in hand), so that an event between the two can't overwrite the newer one when it arrives late.
   */
  readonly seen: OrderingKey;
  readonly incarnation: number;
  /** When the source says that this incarnation was created; of the events so far, the last that said it. */
  readonly created: number | null;
}

export interface Judgement {
  readonly intake: Intake;
  /** `event`: store the event; `seen`: only the ordering key moved; `nothing`. */
  readonly keep: 'event' | 'seen' | 'nothing';
  /** The record afterwards; undefined where it stays unknown. */
  readonly record: KnownRecord | undefined;
}

/** Decides what an event does to a record. Pure; both databases use it. */
export function judge(known: KnownRecord | undefined, event: ChangeEvent): Judgement {
  if (known === undefined) return judgeUnknown(event);
  if (isRepeat(known, event)) {
    if (!isNewer(event.order, known.seen)) return { intake: 'duplicate', keep: 'nothing', record: known };
    return { intake: 'duplicate', keep: 'seen', record: { ...known, seen: event.order } };
  }
  if (!isNewer(event.order, known.seen)) return { intake: 'older', keep: 'nothing', record: known };
  const reborn = known.op === 'DELETE' && differ(known.created, event.sourceCreated);
  return {
    intake: reborn ? 'reborn' : 'newer',
    keep: 'event',
    record: {
      class: TAKEN[known.class][event.op] ?? known.class,
      op: event.op,
      contentHash: event.contentHash,
      seen: event.order,
      incarnation: known.incarnation + (reborn ? 1 : 0),
      created: event.op === 'UPSERT' ? (event.sourceCreated ?? known.created) : known.created,
    },
  };
}

function judgeUnknown(event: ChangeEvent): Judgement {
  const recordClass = TAKEN.unknown[event.op];
  if (recordClass === null) return { intake: 'unknown-delete', keep: 'nothing', record: undefined };
  return {
    intake: 'new',
    keep: 'event',
    record: {
      class: recordClass,
      op: event.op,
      contentHash: event.contentHash,
      seen: event.order,
      incarnation: 0,
      created: event.sourceCreated,
    },
  };
}

/** The same content again; of a deletion, any further deletion. */
function isRepeat(known: KnownRecord, event: ChangeEvent): boolean {
  return known.op === event.op && (event.op === 'DELETE' || known.contentHash === event.contentHash);
}

function differ(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && a !== b;
}
