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

/**
 * Every error the program can give. The page docs/reference/errors.md is generated from this table.
 * Sections follow the rooms of src/; add a code to its room's section.
 */
export const ERROR_CODES = {
  // core
  INTERNAL: {
    meaning: 'A fault of Changeover itself.',
    hint: 'Report it with the log lines around it; the state is kept, so a restart is safe.',
    retry: 'never',
  },
  CANCELLED: { meaning: 'The work was cancelled by an operator or by shutdown.', hint: 'Start it again when ready.', retry: 'later' },

  // config

  // source: files

  // source: runner

  // bus and events

  // state

  // mapping

  // twenty

  // sink

  // review and owners

  // server and cli
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
