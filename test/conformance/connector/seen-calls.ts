import type { Clock, Http, HttpRequest, HttpResponse } from '../../../src/core/ports.ts';

/** A call as the connector made it. Times in milliseconds by the world's clock. */
export interface SeenCall {
  readonly url: string;
  readonly beganAt: number;
  readonly answeredAt: number;
  /** Null where no answer came. */
  readonly status: number | null;
  /** How long the answer told to wait, seconds. */
  readonly retryAfter: number | null;
}

/** Notes every call that goes through it, and may change requests and answers on their way. */
export class SeenCalls {
  readonly list: SeenCall[] = [];
  /** What becomes of a request before it is sent. */
  onRequest: (request: HttpRequest) => HttpRequest = (request) => request;
  /** What becomes of an answer before the connector sees it. */
  onAnswer: (request: HttpRequest, answer: HttpResponse) => HttpResponse = (_request, answer) => answer;

  through(http: Http, clock: Clock): Http {
    return {
      send: async (request) => {
        const beganAt = clock.now();
        const note = (status: number | null, retryAfter: number | null): void =>
          void this.list.push({ url: request.url, beganAt, answeredAt: clock.now(), status, retryAfter });
        try {
          const answer = await http.send(this.onRequest(request));
          const told = Number(answer.headers['retry-after'] ?? Number.NaN);
          note(answer.status, Number.isFinite(told) ? told : null);
          return this.onAnswer(request, answer);
        } catch (thrown) {
          note(null, null);
          throw thrown;
        }
      },
    };
  }
}
