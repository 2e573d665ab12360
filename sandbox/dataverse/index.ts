import type { AddressInfo } from 'node:net';
import { systemClock } from '../../src/core/clock.ts';
import type { Clock, Random } from '../../src/core/ports.ts';
import { systemRandom } from '../../src/core/random.ts';
import { type FaultPlan as AnyFaultPlan, Faults } from '../simulator/faults.ts';
import type { Fault } from './faults.ts';
import { Access } from './http/access.ts';
import { DOCUMENTED_LIMITS, Protection, type ProtectionLimits } from './http/protection.ts';
import { API_PATH, buildServer, type Call } from './http/server.ts';
import type { Module } from './model/definitions.ts';
import { Schema, type SchemaChange } from './model/schema.ts';
import { tablesWith } from './model/standard/organisation.ts';
import { MANY_TO_MANY } from './model/standard/system.ts';
import { found } from './store/foundation.ts';
import { IDENTITY } from './store/identity.ts';
import { Organisation } from './store/organisation.ts';
import { DEFAULT_SWITCHES, type Switches } from './switches.ts';
import type { Context, Depth } from './web/context.ts';
import { Definitions } from './web/definitions/definitions.ts';
import { Downloads } from './web/downloads.ts';
import { Tracking } from './web/tracking.ts';

export type { Fault } from './faults.ts';
/** A fault, and the calls that it acts on. */
export type FaultPlan = AnyFaultPlan<Fault>;
export type { ProtectionLimits } from './http/protection.ts';
export type { Call } from './http/server.ts';

export interface DataverseSandboxOptions {
  /** 0, the default, takes a free one. The host is always 127.0.0.1. */
  readonly port?: number;
  readonly secret?: string;
  readonly switches?: Partial<Switches>;
  /** Parts of the product that the environment has; all of them by default. */
  readonly modules?: readonly Module[];
  /** As documented by default; null switches service protection off. */
  readonly limits?: ProtectionLimits | null;
  /** Time a call is taken to have run, milliseconds; counts against the limit of execution time. */
  readonly executionMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** A simulated environment that listens, and what people and administrators may do to it behind the API's back. */
export interface DataverseSandbox {
  /** The environment: `http://127.0.0.1:port`. It issues its own tokens, too. */
  readonly url: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly secret: string;
  /** Rows, files and definitions; writing here is what users and plug-ins do. */
  readonly organisation: Organisation;
  readonly access: Access;
  /** Changes the definitions, as an administrator would. */
  alter(change: SchemaChange): void;
  /** Makes delta tokens expire at once, of one table or of all, with the deletes that they would have told. */
  expireTracking(table?: string): void;
  /** How far the application user reads in a table. */
  allow(table: string, depth: Depth): void;
  fault(plan: FaultPlan): void;
  clearFaults(): void;
  setLimits(limits: ProtectionLimits | null): void;
  calls(): readonly Call[];
  clearCalls(): void;
  close(): Promise<void>;
}

/** Starts a simulated Dataverse environment on a loopback port. */
export async function startDataverseSandbox(options: DataverseSandboxOptions = {}): Promise<DataverseSandbox> {
  const clock = options.clock ?? systemClock();
  const random = options.random ?? systemRandom();
  const switches: Switches = { ...DEFAULT_SWITCHES, ...options.switches };
  const secret = options.secret ?? `secret-${random.uuid()}`;
  const modules = new Set<Module>(['core', ...(options.modules ?? (['sales', 'service'] as const))]);
  const schema = new Schema(tablesWith(modules), MANY_TO_MANY);
  const organisation = new Organisation({ schema, clock, random, switches });
  found(organisation);
  const definitions = new Definitions(schema, switches, clock);
  const tracking = new Tracking(organisation, clock);
  const privileges = new Map<string, Depth>();
  const protection = new Protection(
    clock,
    options.limits === undefined ? DOCUMENTED_LIMITS : options.limits,
    switches.retryAfter,
  );
  const faults = new Faults<Fault>(random);
  let url = '';
  const access = new Access({ clock, random, switches, secret, scope: () => url });
  const downloads = new Downloads(random);
  const context = (): Context => ({
    organisation,
    clock,
    random,
    tracking,
    downloads,
    privileges,
    apiUrl: `${url}${API_PATH}`,
  });
  let calls: Call[] = [];
  const app = buildServer({
    context,
    definitions,
    access,
    protection,
    faults,
    clock,
    servers: switches.servers,
    executionMs: options.executionMs ?? 20,
    called: (call) => calls.push(call),
  });
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return {
    url,
    tenant: IDENTITY.tenant,
    clientId: IDENTITY.client,
    secret,
    organisation,
    access,
    alter(change) {
      definitions.beforeChange();
      schema.alter(change);
      tracking.altered(change.kind === 'addTable' ? change.table.name : change.table);
    },
    expireTracking: (table) => tracking.expire(table),
    allow: (table, depth) => void privileges.set(table, depth),
    fault: (plan) => faults.add(plan),
    clearFaults: () => faults.clear(),
    setLimits: (limits) => protection.configure(limits),
    calls: () => calls,
    clearCalls: () => {
      calls = [];
    },
    close: () => app.close(),
  };
}
