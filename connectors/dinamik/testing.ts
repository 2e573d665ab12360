import { silentLogger } from '../../src/core/logger.ts';
import { type Clock, type Http, NO_STEPS } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { ConnectorContext } from '../../src/source/connector.ts';
import { SourceFollower } from '../../src/source/testing.ts';
import { createConnector } from './connector.ts';

export interface AccountAccess {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly http: Http;
}

/** What a connector needs, and nothing more: no folder, nobody who answers. */
export function bareContext(
  access: AccountAccess,
  clock: Clock,
  more: Partial<ConnectorContext> = {},
): ConnectorContext {
  return {
    clock,
    random: seededRandom(7),
    http: access.http,
    logger: silentLogger(),
    steps: NO_STEPS,
    workFolder: '',
    secret: (reference) =>
      'env' in reference && reference.env === 'DINAMIK_API_KEY' ? access.apiKey : access.apiSecret,
    answers: () => Promise.resolve(new Map()),
    ...more,
  };
}

/** Follows an account. Fingerprints stay in memory: a new process tells everything once more. */
export class Follower extends SourceFollower {
  constructor(access: AccountAccess, clock: Clock, settings: Readonly<Record<string, unknown>> = {}) {
    super(
      clock,
      access.http,
      (context, more) =>
        createConnector(
          bareContext(access, clock, context),
          { url: access.url, sweepSeconds: 0, ...settings, ...more },
          'crm',
        ),
      '',
    );
  }
}
