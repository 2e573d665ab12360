import { ERROR_CODES, type ErrorCode, type Retry } from './error-codes.ts';

/** Where something went wrong, as precisely as it is known. Lines and columns count from 1. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly object?: string;
  /** A record key, `source/object/id`. */
  readonly record?: string;
  readonly field?: string;
  readonly url?: string;
}

export interface ErrorDetails {
  readonly place?: Place;
  /** Overrides the table's hint where the situation allows a more precise one. */
  readonly hint?: string;
  /** Milliseconds to wait before the next attempt, where the other side said so. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The one error type of the program: what happened (message), where (place), what to do (hint) and whether to retry. */
export class ChangeoverError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly place: Place;
  readonly retry: Retry;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ChangeoverError';
    this.code = code;
    this.hint = details.hint ?? ERROR_CODES[code].hint;
    this.place = details.place ?? {};
    this.retry = ERROR_CODES[code].retry;
    this.retryAfterMs = details.retryAfterMs;
  }

  toJSON(): { code: ErrorCode; message: string; hint: string; place: Place; retry: Retry } {
    return { code: this.code, message: this.message, hint: this.hint, place: this.place, retry: this.retry };
  }
}

/** `file.csv:12, field Close Date` — the human form of a place; empty when nothing is known. */
export function describePlace(place: Place): string {
  const parts: string[] = [];
  if (place.file !== undefined) {
    const column = place.column === undefined ? '' : `:${place.column}`;
    parts.push(place.line === undefined ? place.file : `${place.file}:${place.line}${column}`);
  }
  if (place.object !== undefined) parts.push(`object ${place.object}`);
  if (place.record !== undefined) parts.push(`record ${place.record}`);
  if (place.field !== undefined) parts.push(`field ${place.field}`);
  if (place.url !== undefined) parts.push(place.url);
  return parts.join(', ');
}

/** Any thrown value as a ChangeoverError; what is not ours becomes INTERNAL with its cause kept. */
export function asChangeoverError(thrown: unknown): ChangeoverError {
  if (thrown instanceof ChangeoverError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ChangeoverError('INTERNAL', message, { cause: thrown });
}

/** For the branch the type system says cannot be reached. */
export function unreachable(value: never): never {
  throw new ChangeoverError('INTERNAL', `unreachable case: ${JSON.stringify(value)}`);
}
