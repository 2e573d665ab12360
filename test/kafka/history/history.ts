/** What happened in a run, in the order in which it was seen. Values are unique: whoever sends one again sends the same. */
export type Happening =
  /** The log said that it is durable, and where. */
  | {
      readonly kind: 'sent';
      readonly key: string;
      readonly value: string;
      readonly partition: number;
      readonly offset: number;
    }
  /** No answer: it may stand in the log, once or more often. It is sent again until it is `sent`. */
  | { readonly kind: 'unsure'; readonly key: string; readonly value: string }
  /** A member began to work on a batch. */
  | { readonly kind: 'polled'; readonly member: string; readonly partition: number; readonly messages: readonly Seen[] }
  /** It stopped working on it, whatever came of it. */
  | { readonly kind: 'left'; readonly member: string; readonly partition: number }
  /** The state took the batch: what it holds, and the position that it holds with it. */
  | { readonly kind: 'taken'; readonly member: string; readonly partition: number; readonly messages: readonly Seen[] };

export interface Seen {
  readonly offset: number;
  readonly key: string;
  readonly value: string;
}

export type FaultKind =
  /** Durable, and never taken. */
  | 'lost'
  /** Not where the log said. */
  | 'misplaced'
  /** In the log more than once, although every answer came. */
  | 'doubled'
  /** One offset, two messages. */
  | 'changed'
  /** The state's position jumped over messages. */
  | 'skipped'
  /** The state took messages again. */
  | 'again'
  /** Two members worked on one partition at the same time. */
  | 'shared'
  /** A key's messages came in another order than they were sent. */
  | 'reordered';

export interface Fault {
  readonly kind: FaultKind;
  readonly about: string;
}
