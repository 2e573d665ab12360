import type { LogPlace } from './records.ts';

/** A message on one of our topics that is no event of ours, and what became of it. */
export interface ForeignMessage extends LogPlace {
  readonly topic: string;
  readonly source: string;
  /** Null on a topic that is no object's. */
  readonly object: string | null;
  /** The message's own key, whatever that is. */
  readonly key: string;
  readonly code: string;
  readonly message: string;
  /** Bytes of its value. */
  readonly size: number;
  /** Base64; null where they are too many to keep: the log has them. */
  readonly bytes: string | null;
  readonly at: number;
  /** `taken`: understood since, and taken in. */
  readonly status: 'open' | 'taken' | 'discarded';
}

export interface ForeignMessages {
  /** Adds those not known yet. */
  put(rows: readonly ForeignMessage[]): Promise<void>;
  get(place: { readonly topic: string } & LogPlace): Promise<ForeignMessage | null>;
  /** Open ones in the order of their places, `after` exclusive. */
  list(filter: {
    readonly source?: string;
    readonly after?: { readonly topic: string } & LogPlace;
    readonly limit: number;
  }): Promise<readonly ForeignMessage[]>;
  settle(place: { readonly topic: string } & LogPlace, status: 'taken' | 'discarded'): Promise<void>;
  /** Open ones, by error code. */
  counts(
    source: string | null,
  ): Promise<readonly { source: string; object: string | null; code: string; messages: number }[]>;
}
