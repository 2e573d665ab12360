import type { AddressInfo } from 'node:net';
import { systemClock } from '../../src/core/clock.ts';
import type { Clock, Random } from '../../src/core/ports.ts';
import { seededRandom, systemRandom } from '../../src/core/random.ts';
import { type FaultPlan as AnyFaultPlan, Faults } from '../simulator/faults.ts';
import type { Fault } from './faults.ts';
import { Access } from './http/access.ts';
import { Limiter } from './http/limiter.ts';
import { buildServer, type Call } from './http/server.ts';
import { Workspace } from './store/workspace.ts';
import { DEFAULT_SWITCHES, type Switches } from './switches.ts';

export type { Fault } from './faults.ts';
/** A fault, and the calls that it acts on. */
export type FaultPlan = AnyFaultPlan<Fault>;
export type { Call } from './http/server.ts';

export interface KinabaseSandboxOptions {
  /** 0, the default, takes a free one. The host is always 127.0.0.1. */
  readonly port?: number;
  readonly secret?: string;
  readonly switches?: Partial<Switches>;
  /** Calls in any minute: 100 as documented; null switches the limit off. */
  readonly callsPerMinute?: number | null;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** A simulated workspace that listens, and what people and administrators may do to it behind the API's back. */
export interface KinabaseSandbox {
  readonly url: string;
  readonly appId: string;
  readonly secret: string;
  /** Collections and records; writing here is what people do. */
  readonly workspace: Workspace;
  readonly access: Access;
  fault(plan: FaultPlan): void;
  clearFaults(): void;
  setLimit(callsPerMinute: number | null): void;
  calls(): readonly Call[];
  clearCalls(): void;
  close(): Promise<void>;
}

/** Invented; a registration's id is a UUID. */
const APP_ID = '7e0b5c1e-0000-4000-8000-000000000001';

/** Starts a simulated Kinabase workspace on a loopback port. */
export async function startKinabaseSandbox(options: KinabaseSandboxOptions = {}): Promise<KinabaseSandbox> {
  const clock = options.clock ?? systemClock();
  const random = options.random ?? systemRandom();
  const switches: Switches = { ...DEFAULT_SWITCHES, ...options.switches };
  const secret = options.secret ?? `secret-${random.uuid()}`;
  const workspace = new Workspace({ clock, random, activitiesTouch: switches.activitiesTouch });
  const access = new Access({ clock, random, switches, appId: APP_ID, secret });
  const limiter = new Limiter(clock, options.callsPerMinute === undefined ? 100 : options.callsPerMinute);
  const faults = new Faults<Fault>(random);
  /** Of its own, so that an order on demand does not change what else is random. */
  const shuffle = seededRandom(11);
  let calls: Call[] = [];
  const app = buildServer({
    context: () => ({ workspace, switches, random: shuffle, administrator: access.administrator }),
    access,
    limiter,
    faults,
    clock,
    switches,
    called: (call) => calls.push(call),
  });
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    appId: APP_ID,
    secret,
    workspace,
    access,
    fault: (plan) => faults.add(plan),
    clearFaults: () => faults.clear(),
    setLimit: (callsPerMinute) => limiter.configure(callsPerMinute),
    calls: () => calls,
    clearCalls: () => {
      calls = [];
    },
    close: () => app.close(),
  };
}
