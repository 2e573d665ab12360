import type { BreakerOpening, BreakerRow, Reason } from '../state/state.ts';

/** When an object is stopped: `limit` refusals among its last `window` decisions. */
export interface BreakerLimits {
  readonly window: number;
  readonly limit: number;
}

/** What was decided about one record, or about a message that nobody can decode. */
export interface Decision {
  readonly source: string;
  readonly object: string;
  /** Null: not refused. */
  readonly refused: Refusal | null;
}

export interface Refusal {
  readonly reason: Reason;
  /** The message itself cannot be understood: reading more of the topic will not help. */
  readonly undecodable: boolean;
}

const REFUSED = 'x';
const OTHER = '.';

export function newBreaker(source: string, object: string): BreakerRow {
  return { source, object, recent: '', mapping: '', decided: 0, known: [], openings: 0, open: null };
}

/** The kind of a refusal: what a change of the mapping can bring that was not there before. */
export function kindOf(reason: Reason): string {
  return reason.field === undefined ? reason.code : `${reason.code} ${reason.field}`;
}

/**
 * The breaker after these decisions, in their order (SPEC.md §10). The same one where nothing changed, so that a healthy
 * object costs no write. `mapping`: hash of the mapping they were made under.
 */
export function decide(
  breaker: BreakerRow,
  decisions: readonly Pick<Decision, 'refused'>[],
  mapping: string,
  limits: BreakerLimits,
  now: number,
): BreakerRow {
  // The first mapping of an object is no change: nothing can be new under it.
  let decided = breaker.mapping === '' ? limits.window : breaker.mapping === mapping ? breaker.decided : 0;
  let { recent, known, open, openings } = breaker;
  for (const { refused } of decisions) {
    recent = `${recent}${refused === null ? OTHER : REFUSED}`.slice(-limits.window);
    const kind = refused === null ? null : kindOf(refused.reason);
    const isNews = kind !== null && !known.includes(kind);
    if (isNews) known = [...known, kind];
    if (refused !== null && open === null) {
      const bySurprise = isNews && decided < limits.window && !refused.undecodable;
      const cause = causeOf(breaker, recent, bySurprise, refused.reason, limits);
      if (cause !== null) {
        openings += 1;
        open = opening(openings, now, cause, refused.undecodable);
      }
    }
    decided = Math.min(limits.window, decided + 1);
  }
  const after: BreakerRow = { ...breaker, recent, known, mapping, decided, openings, open };
  return sameState(breaker, after) ? breaker : after;
}

/** A person took note: the object goes on, and what was refused until now is no news any more. */
export function close(breaker: BreakerRow): BreakerRow {
  return { ...breaker, recent: '', decided: Number.MAX_SAFE_INTEGER, open: null };
}

function causeOf(
  { source, object }: BreakerRow,
  recent: string,
  bySurprise: boolean,
  reason: Reason,
  limits: BreakerLimits,
): string | null {
  const refused = recent.split(REFUSED).length - 1;
  const last = `${kindOf(reason)}: ${reason.message}`;
  if (refused >= limits.limit)
    return `${refused} of the last ${recent.length} records of ${source}/${object} were refused, the last one with ${last}`;
  if (bySurprise)
    return `after the mapping changed, a record of ${source}/${object} was refused as none before: ${last}`;
  return null;
}

function opening(number: number, at: number, message: string, intake: boolean): BreakerOpening {
  return { number, at, intake, reason: { code: 'SINK_BREAKER_OPEN', message } };
}

function sameState(a: BreakerRow, b: BreakerRow): boolean {
  return (
    a.recent === b.recent &&
    a.mapping === b.mapping &&
    a.decided === b.decided &&
    a.openings === b.openings &&
    a.known === b.known &&
    a.open === b.open
  );
}
