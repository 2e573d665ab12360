import type { Fault } from './table.ts';

/** How long a call may go unanswered where its deadline is waited for, in seconds. */
const SHORT_TIMEOUT_SECONDS = 3;
/** How long Kafka may take to answer, and PostgreSQL, where there are any. */
export const LOG_TIMEOUT_SECONDS = 5;
export const STATE_TIMEOUT_SECONDS = 9;
const LONG_TIMEOUT_SECONDS = 30;
/** Longer than a run: the log is shortened by a clock that is past it. */
export const RETENTION_DAYS = 3_650;

const TIMEOUT_SECONDS: Readonly<Record<Fault, number>> = {
  killed: LONG_TIMEOUT_SECONDS,
  terminated: LONG_TIMEOUT_SECONDS,
  'connection-cut': SHORT_TIMEOUT_SECONDS,
  frozen: SHORT_TIMEOUT_SECONDS,
  'late-answer': SHORT_TIMEOUT_SECONDS,
  'state-restored': LONG_TIMEOUT_SECONDS,
  'log-shortened': LONG_TIMEOUT_SECONDS,
};

/** How long a call may go unanswered while the fault is tried, seconds. */
export function timeoutSecondsFor(fault: Fault): number {
  return TIMEOUT_SECONDS[fault];
}

/** What every deployment of the matrix says beside the usual. */
export const SETTINGS = `retry: { attempts: 4, firstSeconds: 1 }
`;
