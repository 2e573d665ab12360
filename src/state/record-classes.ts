import { ChangeoverError } from '../core/errors.ts';
import type { ChangeEvent } from '../events/event.ts';
import { GONE_CLASSES, LIVE_CLASSES, type RecordClass } from './state.ts';

export const RECORD_CLASSES: readonly RecordClass[] = [...LIVE_CLASSES, ...GONE_CLASSES];

/**
 * Where a newer event takes a record, by where it stands ('unknown': never seen). Null: nothing is stored.
 * An UPSERT makes it live whatever it was; a DELETE takes it off the live ones at once, and Twenty follows.
 */
export const TAKEN: Readonly<Record<RecordClass | 'unknown', Readonly<Record<ChangeEvent['op'], RecordClass | null>>>> =
  {
    unknown: { UPSERT: 'on-the-way', DELETE: null },
    'on-the-way': { UPSERT: 'on-the-way', DELETE: 'deleting' },
    applied: { UPSERT: 'on-the-way', DELETE: 'deleting' },
    merged: { UPSERT: 'on-the-way', DELETE: 'deleting' },
    held: { UPSERT: 'on-the-way', DELETE: 'deleting' },
    'dead-lettered': { UPSERT: 'on-the-way', DELETE: 'deleting' },
    excluded: { UPSERT: 'on-the-way', DELETE: 'deleting' },
    deleting: { UPSERT: 'on-the-way', DELETE: 'deleting' },
    'delete-held': { UPSERT: 'on-the-way', DELETE: 'deleting' },
    deleted: { UPSERT: 'on-the-way', DELETE: 'deleting' },
  };

const FROM_LIVE: Readonly<Record<RecordClass, boolean>> = {
  'on-the-way': true,
  applied: true,
  merged: true,
  held: true,
  'dead-lettered': true,
  excluded: true,
  deleting: false,
  'delete-held': false,
  deleted: false,
};

const FROM_GONE: Readonly<Record<RecordClass, boolean>> = {
  'on-the-way': false,
  applied: false,
  merged: false,
  held: false,
  'dead-lettered': false,
  excluded: false,
  deleting: true,
  'delete-held': true,
  deleted: true,
};

/**
 * Which moves the writer may make while the newest event stays the same. A live record stays live and a gone one gone,
 * because only an event of the source decides that (ALL-3). Within each half every verdict is possible (src/sink/SPEC.md §1):
 * a deleted record is deleting again where a person restored the row, or the policy changed.
 */
export const MOVES: Readonly<Record<RecordClass, Readonly<Record<RecordClass, boolean>>>> = {
  'on-the-way': FROM_LIVE,
  applied: FROM_LIVE,
  merged: FROM_LIVE,
  held: FROM_LIVE,
  'dead-lettered': FROM_LIVE,
  excluded: FROM_LIVE,
  deleting: FROM_GONE,
  'delete-held': FROM_GONE,
  deleted: FROM_GONE,
};

/** @throws INTERNAL where the table says no: the caller has a fault. */
export function checkMove(key: string, from: RecordClass, to: RecordClass): void {
  if (MOVES[from][to]) return;
  throw new ChangeoverError('INTERNAL', `a record that is ${from} cannot become ${to} without an event`, {
    place: { record: key },
  });
}
