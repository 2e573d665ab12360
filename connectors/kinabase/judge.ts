import { ChangeoverError } from '../../src/core/errors.ts';
import { isObject, parseExactly, textOf } from '../../src/core/exact-json.ts';
import type { HttpResponse } from '../../src/core/ports.ts';
import { retryAfterMs } from '../../src/core/retry-after.ts';

/** What the service said when it refused a call as wrong. */
export class Refused extends ChangeoverError {
  readonly status: number;

  constructor(status: number, message: string, url: string) {
    super('KINABASE_REFUSED', `${status} ${message}`.trim(), { place: { url } });
    this.status = status;
  }

  /** What was asked for is not there; which status tells that is not documented (sources.md B). */
  get gone(): boolean {
    return this.status === 404 || (this.status === 400 && /not found/i.test(this.message));
  }
}

export type Outcome =
  | { readonly kind: 'answer'; readonly body: unknown; readonly at: number | null }
  | {
      readonly kind: 'again' | 'throttled' | 'token';
      readonly cause: string;
      /** As the service says; null where it does not. */
      readonly waitMs: number | null;
      readonly error: ChangeoverError;
    };

/** What to make of an answer. Throws what asking again cannot mend. */
export function judge(answer: HttpResponse, url: string, now: number): Outcome {
  const place = { place: { url } };
  const waitMs = retryAfterMs(answer.headers['retry-after'], answer.headers.date, now);
  if (answer.status === 200) return judgeBody(answer, url);
  const message = messageOf(answer.text);
  switch (answer.status) {
    case 401: {
      const error = new ChangeoverError('KINABASE_CREDENTIALS', `the token was refused: ${message}`, place);
      return { kind: 'token', cause: 'token', waitMs: 0, error };
    }
    case 403:
      throw new ChangeoverError('KINABASE_NOT_ADMINISTRATOR', message, place);
    case 429: {
      const details = waitMs === null ? place : { ...place, retryAfterMs: waitMs };
      const error = new ChangeoverError('KINABASE_THROTTLED', message, details);
      return { kind: 'throttled', cause: 'throttled', waitMs, error };
    }
    default:
      if (answer.status < 500 && answer.status !== 408) throw new Refused(answer.status, message, url);
      return {
        kind: 'again',
        cause: 'unavailable',
        waitMs,
        error: new ChangeoverError('KINABASE_UNAVAILABLE', `status ${answer.status}: ${message}`, place),
      };
  }
}

/** A gateway's page, a broken answer and an error text come with 200, too. */
function judgeBody(answer: HttpResponse, url: string): Outcome {
  const place = { place: { url } };
  let body: unknown;
  try {
    body = parseExactly(answer.text);
  } catch {
    const error = new ChangeoverError('KINABASE_BAD_ANSWER', 'an answer that is no whole JSON', place);
    return { kind: 'again', cause: 'bad-answer', waitMs: null, error };
  }
  const said = isObject(body) ? textOf(body.error) : null;
  if (said !== null && isObject(body) && body.id === undefined && body.records === undefined) {
    const error = new ChangeoverError('KINABASE_ERROR_IN_ANSWER', `status 200 with an error: ${said}`, place);
    return { kind: 'again', cause: 'error-in-answer', waitMs: null, error };
  }
  const at = Date.parse(answer.headers.date ?? '');
  return { kind: 'answer', body, at: Number.isNaN(at) ? null : at };
}

function messageOf(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) ? (textOf(body.error) ?? '') : '';
  } catch {
    return text.slice(0, 100);
  }
}
