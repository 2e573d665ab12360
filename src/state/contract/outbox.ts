import type { ChangeEvent } from '../../events/event.ts';
import type { ControlNotice, OutcomeNotice } from '../../events/notices.ts';
import type { LogPlace } from './records.ts';

/** What a notice carries beside itself: the event it is about, or the bytes of a message that is none (base64). */
export type NoticePayload =
  | { readonly kind: 'event'; readonly event: ChangeEvent }
  | { readonly kind: 'bytes'; readonly bytes: string };

/** As long as it waits; which topic an object's events are in is only asked when it is published. */
export type PendingOutcome = Omit<OutcomeNotice, 'event' | 'origin'> & {
  /** Without a topic: in that of the record's object. Null: not known. */
  readonly origin: OutcomeNotice['origin'] | LogPlace | null;
};

export type PendingNotice = PendingOutcome | ControlNotice;

/** A notice that a transaction decided on, and that is not yet known to be in its topic. */
export interface OutboxRow {
  /** From 1; grows in the order in which they were added. */
  readonly number: number;
  readonly source: string;
  readonly topic: 'retry' | 'dead' | 'control';
  readonly notice: PendingNotice;
  readonly payload: NoticePayload | null;
}

/** Stored with what they tell of, published afterwards (src/sink/SPEC.md, I15): so none is lost, and none tells of what never was. */
export interface Outbox {
  add(rows: readonly Omit<OutboxRow, 'number'>[]): Promise<void>;
  /** The oldest. */
  first(limit: number): Promise<readonly OutboxRow[]>;
  /** Outcomes that wait to be published, of these records. */
  of(topic: 'retry' | 'dead', keys: readonly string[]): Promise<readonly OutboxRow[]>;
  remove(numbers: readonly number[]): Promise<void>;
  count(): Promise<number>;
}
