import type { ErrorCode } from '../../core/error-codes.ts';
import { asChangeoverError, type ChangeoverError, type Place } from '../../core/errors.ts';

export type CheckCategory =
  | 'program'
  | 'configuration'
  | 'data folder'
  | 'disk'
  | 'log and state'
  | 'workspace'
  | 'clock'
  | 'source'
  | 'mapping'
  | 'data model'
  | 'owners';

/** `fail`: nothing moves, or not all of it, before this is mended. `warn`: it moves, and somebody should look. */
export type CheckOutcome = 'ok' | 'warn' | 'fail';

/** One thing that the doctor looked at. */
export interface Check {
  readonly category: CheckCategory;
  readonly outcome: CheckOutcome;
  /** What was found. */
  readonly found: string;
  readonly place: Place;
  /** What to do; null where nothing is to be done. */
  readonly fix: string | null;
  readonly code: ErrorCode | null;
}

export function ok(category: CheckCategory, found: string, place: Place = {}): Check {
  return { category, outcome: 'ok', found, place, fix: null, code: null };
}

export function warn(category: CheckCategory, found: string, fix: string, place: Place = {}): Check {
  return { category, outcome: 'warn', found, place, fix, code: null };
}

export function fail(category: CheckCategory, found: string, fix: string, place: Place = {}): Check {
  return { category, outcome: 'fail', found, place, fix, code: null };
}

/** An error of the program as a finding; `place` where the error itself does not know one. */
export function failed(category: CheckCategory, error: ChangeoverError, place: Place = {}): Check {
  const { message, hint, code } = error;
  return { category, outcome: 'fail', found: message, place: { ...place, ...error.place }, fix: hint, code };
}

/** What the work finds, or its error as the one finding: a check that cannot be made never keeps others from being made. */
export async function attempt(
  category: CheckCategory,
  place: Place,
  work: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  try {
    return await work();
  } catch (thrown) {
    return [failed(category, asChangeoverError(thrown), place)];
  }
}
