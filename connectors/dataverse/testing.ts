import type { SimulatedClock } from '../../src/core/clock.ts';
import { createHttp } from '../../src/core/http.ts';
import { SourceFollower } from '../../src/source/testing.ts';
import { createConnector } from './connector.ts';

export interface Environment {
  readonly url: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly secret: string;
}

/** Told when a call begins and when it was answered. */
export interface Watcher {
  began(): void;
  ended(): void;
}

/** Follows an environment, and may let somebody see each call. */
export class Follower extends SourceFollower {
  readonly #watched: { by: Watcher };

  constructor(environment: Environment, clock: SimulatedClock, settings: Readonly<Record<string, unknown>> = {}) {
    const { url, tenant, clientId, secret } = environment;
    const watched: { by: Watcher } = { by: { began: () => undefined, ended: () => undefined } };
    const http = createHttp({ timeoutMs: 5000 });
    super(
      clock,
      {
        send: (request) =>
          clock.busy(async () => {
            watched.by.began();
            try {
              return await http.send(request);
            } finally {
              watched.by.ended();
            }
          }),
      },
      (context) =>
        createConnector(
          { ...context, secret: () => secret },
          { url, authority: url, tenant, clientId, ...settings },
          'crm',
        ),
    );
    this.#watched = watched;
  }

  /** From now on somebody is told of each call. */
  watch(watcher: Watcher): void {
    this.#watched.by = watcher;
  }
}
