import type { Checkpoint } from '../../src/source/connector.ts';
import { type Intervals, NOTHING } from './intervals.ts';

/** Records that had details and are shown without: they stay as they were told until it is sure that the details are gone. */
export interface Held {
  /** Nothing is decided yet. */
  readonly found: Intervals;
  /** A person is asked about these, by this question. */
  readonly asked: Intervals;
  readonly question: string | null;
  /** A person said that these stay. */
  readonly kept: Intervals;
}

export const NONE_HELD: Held = { found: NOTHING, asked: NOTHING, question: null, kept: NOTHING };

/** How far a module has been read. */
export type Position =
  /** A look at everything, under way. */
  | {
      readonly kind: 'sweep';
      /** Nobody has read the module before. */
      readonly first: boolean;
      /** Page or id to go on at. */
      readonly next: number;
      /** Ids of this object that were seen, and of other objects of the same controller. */
      readonly seen: Intervals;
      readonly others: Intervals;
      readonly rejected: number;
      readonly retained: number;
      readonly began: number;
      /** Whether details are read again, whatever the row looks like. */
      readonly details: boolean;
      /** Times the list was gone through, because it moved. */
      readonly passes: number;
      /** Absent in checkpoints of before there was such a word. */
      readonly held?: Held;
    }
  /** Everything was read; the next look is due after `sweptAt`. */
  | {
      readonly kind: 'rest';
      readonly sweptAt: number;
      readonly detailsAt: number;
      /** Newest change that the source told, milliseconds: for sources that give what changed since. */
      readonly newest: number;
      /** Ids that were not there last time and could not be asked for one by one. */
      readonly missing: Intervals;
      /** Ids that are not there and that a person said to keep; absent in checkpoints of before there was such a word. */
      readonly kept?: Intervals;
      /** Likewise. */
      readonly held?: Held;
    };

export type Sweep = Extract<Position, { kind: 'sweep' }>;
export type Rest = Extract<Position, { kind: 'rest' }>;

export function beginning(first: boolean, began: number, details: boolean, held: Held = NONE_HELD): Sweep {
  return {
    kind: 'sweep',
    first,
    next: 0,
    seen: NOTHING,
    others: NOTHING,
    rejected: 0,
    retained: 0,
    began,
    details,
    passes: 1,
    held,
  };
}

/** A sweep keeps what the rest before it knew, so that it is not lost with a restart. */
export interface Kept {
  readonly position: Position;
  readonly rest: Rest | null;
}

export function checkpointOf(kept: Kept): Checkpoint {
  return { ...kept };
}

/** Null for a checkpoint of another shape: then everything is read again. */
export function keptOf(checkpoint: Checkpoint | null): Kept | null {
  const position = checkpoint?.position as { kind?: unknown } | undefined;
  return position?.kind === 'sweep' || position?.kind === 'rest' ? (checkpoint as unknown as Kept) : null;
}
