import type { Checkpoint } from '../../src/source/connector.ts';

/** How far an object has been read. */
export type Position =
  /** The first read, page by page. */
  | {
      readonly kind: 'first';
      readonly page: number;
      /** Records on the pages before. */
      readonly before: number;
      /** When it began, by the service's clock; null before the first answer. */
      readonly began: number | null;
    }
  /** Changes after `mark`, by the service's clock; `counted`: the end of the first snapshot was told. */
  | {
      readonly kind: 'since';
      readonly mark: number;
      /** When everything was read last, by our clock; 0: never. */
      readonly sweptAt: number;
      readonly counted: boolean;
    };

export const BEGINNING: Position = { kind: 'first', page: 1, before: 0, began: null };

export function checkpointOf(position: Position): Checkpoint {
  return { ...position };
}

/** The beginning for a checkpoint of another shape: then everything is read again. */
export function positionOf(checkpoint: Checkpoint | null): Position {
  const kind = checkpoint?.kind;
  return kind === 'first' || kind === 'since' ? (checkpoint as unknown as Position) : BEGINNING;
}
