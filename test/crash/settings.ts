import type { Fault } from './table.ts';

/** How long a call may go unanswered where an answer is to come too late: short, since it is waited for. */
const SHORT_TIMEOUT_SECONDS = 3;
const LONG_TIMEOUT_SECONDS = 30;
/** Longer than a run: the log is shortened by a clock that is past it. */
export const RETENTION_DAYS = 3_650;

export function timeoutSecondsFor(fault: Fault): number {
  return fault === 'late-answer' ? SHORT_TIMEOUT_SECONDS : LONG_TIMEOUT_SECONDS;
}

/** What every deployment of the matrix says beside the usual. */
export const SETTINGS = `retry: { attempts: 4, firstSeconds: 1 }
`;
