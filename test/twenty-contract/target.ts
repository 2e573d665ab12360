import process from 'node:process';
import { startTwentySandbox, type TwentyVersion, VERSIONS } from '../../sandbox/twenty/index.ts';
import type { RateLimit } from '../../src/twenty/bucket.ts';

/** A workspace that the suite may write to. */
export interface Target {
  readonly name: string;
  /** Milliseconds that one promise may take: a real server with default settings gives 100 calls a minute. */
  readonly patienceMs: number;
  open(): Promise<OpenTarget>;
}

export interface OpenTarget {
  readonly url: string;
  readonly apiKey: string;
  /** Where it is known from the start; a real server says it when it refuses. */
  readonly limit?: RateLimit;
  close(): Promise<void>;
}

/** Set by `npm run test:twenty` alone: an API key that happens to stand in the environment must not be written with. */
export const LIVE = 'CHANGEOVER_CONTRACT_LIVE';

/** The simulator in every version, or the one real workspace that a person named. */
export function targets(environment: NodeJS.ProcessEnv = process.env): readonly Target[] {
  if (environment[LIVE] !== '1') return VERSIONS.map(simulated);
  const { TWENTY_URL: url, TWENTY_API_KEY: apiKey } = environment;
  if (!url || !apiKey) throw new Error('TWENTY_URL and TWENTY_API_KEY name the workspace to write to');
  const open = async () => ({ url, apiKey, close: async () => undefined });
  return [{ name: `the workspace at ${new URL(url).host}`, patienceMs: 15 * 60_000, open }];
}

function simulated(version: TwentyVersion): Target {
  return {
    name: `a simulated ${version}`,
    patienceMs: 60_000,
    async open() {
      // A bucket of the ordinary form, refilled fast enough for a test: throttling is met, and waited for.
      const limit = { tokens: 100, windowMs: 1_000 };
      const sandbox = await startTwentySandbox({ version, limits: { short: null, long: limit } });
      return { url: sandbox.url, apiKey: sandbox.token, limit, close: () => sandbox.close() };
    },
  };
}
