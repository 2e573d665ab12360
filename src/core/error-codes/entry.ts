/**
 * Whether the same attempt can succeed later without anybody doing anything:
 * `now` (at once), `later` (after a wait), `hold` (when something named happens), `never`.
 */
export type Retry = 'now' | 'later' | 'hold' | 'never';

export interface ErrorCodeEntry {
  /** What it means, in one sentence, for the operator. */
  readonly meaning: string;
  /** What to do next. */
  readonly hint: string;
  readonly retry: Retry;
}
