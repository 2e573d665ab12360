import type { Checkpoint } from '../../src/source/connector.ts';

/** How far a table has been read. Links are kept whole; `hash` is that of the definition they were made under. */
export type Position =
  /** Everything, page by page. */
  | {
      readonly kind: 'full';
      readonly hash: string;
      readonly link: string | null;
      readonly newest: number;
      readonly recent: Recent;
    }
  /** Everything was read: what changed meanwhile, until the source can be counted at rest. */
  | { readonly kind: 'settle'; readonly hash: string; readonly link: string }
  /** Changes by change tracking; `asked` is an open question about what the last comparison of ids missed. */
  | { readonly kind: 'delta'; readonly hash: string; readonly link: string; readonly asked?: string }
  /** Changes by modified time; `counted` says whether the first comparison of ids has been made. */
  | {
      readonly kind: 'since';
      readonly hash: string;
      readonly newest: number;
      readonly recent: Recent;
      readonly counted: boolean;
      readonly sweptAt: number;
    };

/** Rows by id within the overlap: they come again and again, and are told once. */
export type Recent = Readonly<Record<string, RecentRow>>;

export interface RecentRow {
  readonly time: number;
  readonly version: string;
}

export const beginning = (hash: string): Extract<Position, { kind: 'full' }> => ({
  kind: 'full',
  hash,
  link: null,
  newest: 0,
  recent: {},
});

export function checkpointOf(position: Position): Checkpoint {
  return { ...position };
}

/** Null for a checkpoint of another shape: then everything is read again. */
export function positionOf(checkpoint: Checkpoint | null): Position | null {
  const kind = checkpoint?.kind;
  const known = kind === 'full' || kind === 'settle' || kind === 'delta' || kind === 'since';
  return known && typeof checkpoint?.hash === 'string' ? (checkpoint as unknown as Position) : null;
}
