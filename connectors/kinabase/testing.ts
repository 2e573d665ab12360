import type { SimulatedClock } from '../../src/core/clock.ts';
import { createHttp } from '../../src/core/http.ts';
import { SourceFollower } from '../../src/source/testing.ts';
import { createConnector } from './index.ts';

export interface Environment {
  readonly url: string;
  readonly appId: string;
  readonly secret: string;
}

/** Follows a workspace. */
export class Follower extends SourceFollower {
  readonly #closeHttp: () => Promise<void>;

  constructor(environment: Environment, clock: SimulatedClock, settings: Readonly<Record<string, unknown>> = {}) {
    const { url, appId, secret } = environment;
    const http = createHttp({ timeoutMs: 5000 });
    super(clock, { send: (request) => clock.busy(() => http.send(request)) }, (context, more) =>
      createConnector({ ...context, secret: () => secret }, { url, appId, ...settings, ...more }, 'crm'),
    );
    this.#closeHttp = () => http.close();
  }

  override async close(): Promise<void> {
    await this.#closeHttp();
    await super.close();
  }
}
