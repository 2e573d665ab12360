import process from 'node:process';
import {
  type PersonDeed,
  startTwentySandbox,
  type TwentySandbox,
  type TwentyVersion,
  VERSIONS,
} from '../../sandbox/twenty/index.ts';
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
  /** Absent on a real server, where a promise shows less of what it is about. */
  readonly simulated?: Simulated;
  close(): Promise<void>;
}

/** What no API gives, and a simulator does: promises say more there. */
export interface Simulated {
  /** Does something as a member in the browser would. */
  person(deed: Omit<PersonDeed, 'person'>): void;
  /** Nothing refills the bucket while this works. */
  withoutRefill<Value>(work: () => Promise<Value>): Promise<Value>;
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
      const sandbox = await startTwentySandbox({ version, limits: { short: null, long: limit }, webhooks: [WEBHOOK] });
      seedWorkflow(sandbox);
      return {
        url: sandbox.url,
        apiKey: sandbox.token,
        limit,
        simulated: simulator(sandbox, limit),
        close: () => sandbox.close(),
      };
    },
  };
}

function simulator(sandbox: TwentySandbox, limit: RateLimit): Simulated {
  return {
    person: (deed) => void sandbox.person({ ...deed, person: 'owner@sandbox.example' }),
    withoutRefill: async (work) => {
      sandbox.setLimits({ short: null, long: { ...limit, windowMs: 24 * 3_600_000 } });
      try {
        return await work();
      } finally {
        sandbox.setLimits({ short: null, long: limit });
      }
    },
  };
}

/** What people set up in a workspace, and what writing companies sets off. */
export const WEBHOOK = {
  id: '0b4ab0c4-98a1-4d5b-8b2a-0d8e6b1f2a3c',
  targetUrl: 'https://hooks.example.com/T0KEN',
  operations: ['company.created'],
} as const;
export const WORKFLOW = 'Welcome a company';

function seedWorkflow(sandbox: TwentySandbox): void {
  const trigger = { type: 'DATABASE_EVENT', name: 'x', settings: { eventName: 'company.updated' } };
  const [workflowId = ''] = sandbox.seed('workflow', [{ name: WORKFLOW, position: 1 }]);
  sandbox.seed('workflowVersion', [{ name: WORKFLOW, status: 'ACTIVE', trigger, workflowId, position: 1 }]);
}
