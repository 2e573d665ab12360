import type { RecordKey } from '../core/identifiers.ts';

/** What a field can hold in the source. In CSV sources every field is `string`: the confirmed mapping does the typing. */
export type FieldType =
  | { readonly kind: 'string' }
  | { readonly kind: 'long' }
  | { readonly kind: 'double' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'date' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'array'; readonly items: FieldType };

/** A value as it stands in an event. `date` is YYYY-MM-DD, `timestamp` milliseconds, `decimal` its digits as text. */
export type FieldValue = string | number | bigint | boolean | null | readonly FieldValue[];

export type FieldValues = Readonly<Record<string, FieldValue>>;

export interface EventField {
  /** The source's own name: any alphabet. Legal Avro names come from src/events/names.ts. */
  readonly name: string;
  readonly type: FieldType;
}

/**
 * Which of two events of a record is newer: epoch first (the object's reader lease), then sequence.
 * Given at append by the one process that holds the lease; never from a clock.
 */
export interface OrderingKey {
  readonly epoch: number;
  readonly sequence: number;
}

export function isNewer(a: OrderingKey, b: OrderingKey): boolean {
  return a.epoch === b.epoch ? a.sequence > b.sequence : a.epoch > b.epoch;
}

/** The full state of a record after a change, or its deletion. Never a diff. schemas/change-event.avsc is its Avro form. */
export interface ChangeEvent {
  readonly kind: 'change';
  readonly key: RecordKey;
  readonly source: string;
  readonly object: string;
  readonly id: string;
  readonly op: 'UPSERT' | 'DELETE';
  readonly order: OrderingKey;
  /** The source's own version of the record, where it has one; compared only within one source and object. */
  readonly sourceVersion: string | null;
  /** When the source says that the change happened, milliseconds; null where it does not say. */
  readonly sourceTime: number | null;
  /** When the source says that the record was created: tells a reused id from an old one. */
  readonly sourceCreated: number | null;
  /** When the reader saw it, milliseconds. */
  readonly observedAt: number;
  readonly run: string;
  /** contentHash(after); of a DELETE the hash of null. */
  readonly contentHash: string;
  readonly after: FieldValues | null;
}

/**
 * Says where a snapshot of an object began and ended, and what the source itself counted:
 * rows = rejected + distinct live keys in this snapshot. `retained` keys are live though absent from it
 * (their deletion waits for an answer). Identity B: live keys known = rows - rejected + retained.
 */
export interface WatermarkEvent {
  readonly kind: 'watermark';
  readonly source: string;
  readonly object: string;
  readonly order: OrderingKey;
  readonly edge: 'begin' | 'end';
  readonly snapshot: string;
  readonly observedAt: number;
  readonly run: string;
  readonly rows: number;
  readonly rejected: number;
  readonly retained: number;
}

export type LogEvent = ChangeEvent | WatermarkEvent;

/** `changeover.<source>.<object>` with legal topic characters only; src/events/names.ts keeps them distinct. */
export type Topic = string;
