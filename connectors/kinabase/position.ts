import type { Checkpoint } from '../../src/source/connector.ts';

/** How far a collection has been read. `stamp` belongs to the fingerprints (seen.ts). */
export interface Position {
  /** By the service's clock: what changed before is told. Null while the first read has not come to its end. */
  readonly mark: number | null;
  /** When it was last read whole, by our clock. */
  readonly sweptAt: number;
  readonly stamp: number;
  /** Where a first read page by page stands. */
  readonly paging: Paging | null;
}

export interface Paging {
  /** The next page. */
  readonly index: number;
  readonly size: number;
  /** When the first page was answered: changes since then are read afterwards. */
  readonly began: number;
}

export const BEGINNING: Position = { mark: null, sweptAt: 0, stamp: 0, paging: null };

export function checkpointOf(position: Position): Checkpoint {
  return { ...position };
}

/** The beginning for a checkpoint of another shape: then everything is read again. */
export function positionOf(checkpoint: Checkpoint | null): Position {
  const known = typeof checkpoint?.stamp === 'number' && 'mark' in checkpoint && 'paging' in checkpoint;
  return known ? (checkpoint as unknown as Position) : BEGINNING;
}
