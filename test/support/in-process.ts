import type { TwentySandbox } from '../../sandbox/twenty/index.ts';
import type { SimulatedClock } from '../../src/core/clock.ts';
import { ChangeoverError } from '../../src/core/errors.ts';
import type { Clock, Http, HttpRequest, HttpResponse } from '../../src/core/ports.ts';

/**
 * The simulator in this process, under a simulated clock: no socket, and no time passes while it works. While it sleeps
 * (a call that lands late, an answer that comes late), time goes on. The same program takes the same course every time.
 */
export class InProcess {
  /** For the simulator. */
  readonly clock: Clock;
  readonly #clock: SimulatedClock;
  #holds: (() => void)[] = [];

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: async (ms, signal) => {
        this.#holds.pop()?.();
        try {
          await clock.sleep(ms, signal);
        } finally {
          this.#hold();
        }
      },
    };
  }

  /** For whoever calls it. */
  http(ask: TwentySandbox['ask'], timeoutMs = 60_000): Http {
    return { send: (request) => this.#send(ask, request, request.timeoutMs ?? timeoutMs) };
  }

  #hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#holds.push(resolve);
    void this.#clock.busy(() => promise);
  }

  #send(ask: TwentySandbox['ask'], request: HttpRequest, timeoutMs: number): Promise<HttpResponse> {
    const { signal } = request;
    if (signal?.aborted === true) {
      return Promise.reject(new ChangeoverError('CANCELLED', 'cancelled before the request was sent'));
    }
    return new Promise((resolve, reject) => {
      const over = new AbortController();
      const end = (work: () => void) => {
        over.abort();
        signal?.removeEventListener('abort', cancel);
        work();
      };
      const fail = (why: string) => end(() => reject(new ChangeoverError('HTTP_UNANSWERED', `no answer: ${why}`)));
      const cancel = () => fail('cancelled in flight');
      signal?.addEventListener('abort', cancel, { once: true });
      this.#clock.sleep(timeoutMs, over.signal).then(
        () => fail(`within ${timeoutMs} ms`),
        () => undefined,
      );
      this.#hold();
      ask(request)
        .then(
          (answer) => (answer === null ? fail('the connection was cut') : end(() => resolve(answer))),
          (thrown: unknown) => end(() => reject(thrown)),
        )
        .finally(() => this.#holds.pop()?.());
    });
  }
}
