import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { systemClock } from '../../src/core/clock.ts';
import type { Clock, HttpRequest, HttpResponse, Random } from '../../src/core/ports.ts';
import { systemRandom } from '../../src/core/random.ts';
import { type CallCounter, type CallEntry, CallLog } from './calls.ts';
import { type FaultPlan, Faults } from './faults.ts';
import { FileVault, type StoredFile, type UploadRules } from './files.ts';
import { actAsPerson, dumpLines, type PersonDeed } from './http/admin.ts';
import { askDirectly } from './http/in-process.ts';
import { buildServer } from './http/server.ts';
import type { JsonObject } from './json.ts';
import { DEFAULT_LIMITS, type LimiterCounters, type RateLimits, WorkspaceLimiter } from './limiter.ts';
import { Model } from './model/model.ts';
import type { Engine, SandboxWebhook } from './operations/engine.ts';
import { type SandboxMember, type SeedRow, seedMembers, seedRows } from './seed.ts';
import { openSqlite, type Persistence } from './store/persistence.ts';
import { Store } from './store/store.ts';
import { workspaceModel } from './versions/model.ts';
import type { ThrottlingForm } from './versions/throttling.ts';
import { type FileFlow, TRAITS, type TwentyVersion, VERSIONS } from './versions/traits.ts';

export type { CallCounter, CallEntry } from './calls.ts';
export type { FaultAction, FaultMatch, FaultPlan } from './faults.ts';
export type { StoredFile, UploadRules } from './files.ts';
export type { PersonDeed } from './http/admin.ts';
export { DEFAULT_LIMITS, NO_LIMITS, type RateLimits } from './limiter.ts';
export type { SandboxWebhook } from './operations/engine.ts';
export type { SandboxMember, SeedRow } from './seed.ts';
export { THROTTLING_FORMS, type ThrottlingForm } from './versions/throttling.ts';
export { TRAITS, type TwentyVersion, VERSIONS } from './versions/traits.ts';

export interface TwentySandboxOptions {
  /** Which workspace is played: 2.21, the recorded one, unless given. A file goes on as the version it was begun as. */
  readonly version?: TwentyVersion;
  /** How throttling is said, where it is not to be as the version says it. */
  readonly throttling?: ThrottlingForm;
  /** How files are taken, where it is not to be as the version says it. */
  readonly files?: FileFlow;
  /** What is refused of files; nothing by default. */
  readonly uploads?: UploadRules;
  /** 0, the default, takes a free one. The host is always 127.0.0.1. */
  readonly port?: number;
  /** False: no port at all, calls come by `ask` alone. */
  readonly listen?: boolean;
  /** A SQLite file; without it everything is gone at `close`. A file with a workspace in it is gone on with. */
  readonly data?: string;
  /** The API key. One is made, and kept in the file, where it is left out. */
  readonly token?: string;
  /** Name of the API key, as it stands in `createdBy.name`. */
  readonly apiKeyName?: string;
  /** 100 per second and 100 per minute by default; `NO_LIMITS` switches throttling off. */
  readonly limits?: RateLimits;
  /** People of the workspace besides those in the file. */
  readonly members?: readonly SandboxMember[];
  /** Whether timeline rows are written, as the server's worker does; true by default. */
  readonly timeline?: boolean;
  /** Set up by people beforehand; listed, never called. */
  readonly webhooks?: readonly SandboxWebhook[];
  readonly clock?: Clock;
  readonly random?: Random;
}

/** A simulated workspace that listens, and what a test may do to it behind the API's back. */
export interface TwentySandbox {
  readonly url: string;
  readonly token: string;
  /** A key of the same workspace without the right to change the data model. */
  readonly restrictedToken: string;
  readonly engine: Engine;
  /** A call without a socket. Null: the connection was cut instead of an answer. */
  ask(request: HttpRequest): Promise<HttpResponse | null>;
  fault(plan: FaultPlan): void;
  clearFaults(): void;
  addMembers(members: readonly SandboxMember[]): string[];
  seed(object: string, rows: readonly SeedRow[]): string[];
  /** Does something as a person in the browser would. */
  person(deed: PersonDeed): unknown;
  /** Every stored row of an object (singular name), soft-deleted ones too, as REST shows them. */
  dump(object: string): JsonObject[];
  files(): readonly StoredFile[];
  calls(): readonly CallEntry[];
  counters(): readonly CallCounter[];
  clearCalls(): void;
  limiter(): LimiterCounters;
  setLimits(limits: RateLimits): void;
  close(): Promise<void>;
}

/** A token of the form of a JWT that signs nothing. */
function makeToken(random: Random): string {
  const part = (text: string): string => Buffer.from(text).toString('base64url');
  return `${part('{"alg":"none"}')}.${part(JSON.stringify({ sandbox: random.uuid() }))}.${part(random.uuid())}`;
}

function keptToken(
  persistence: Persistence | undefined,
  name: string,
  given: string | undefined,
  random: Random,
): string {
  const token = given ?? persistence?.setting(name) ?? makeToken(random);
  persistence?.writeSetting(name, token);
  return token;
}

function versionOf(persistence: Persistence | undefined, asked: TwentyVersion | undefined): TwentyVersion {
  const kept = VERSIONS.find((version) => version === persistence?.setting('version'));
  // A file from before versions were played holds the recorded one.
  const version = kept ?? (persistence?.model() === undefined ? (asked ?? '2.21') : '2.21');
  if (asked !== undefined && asked !== version) throw new Error(`the file holds a ${version} workspace, not ${asked}`);
  persistence?.writeSetting('version', version);
  return version;
}

const FIRST_MEMBER: SandboxMember = { firstName: 'Sandbox', lastName: 'Owner', email: 'owner@sandbox.example' };

/** Where nobody listens. */
const NO_ADDRESS = 'http://127.0.0.1:9';

async function listening(app: FastifyInstance, wanted: number): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: wanted });
  const { port } = app.server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** Starts a simulated Twenty on a loopback port: 2.21.0, or the version that is asked for. */
export async function startTwentySandbox(options: TwentySandboxOptions = {}): Promise<TwentySandbox> {
  const clock = options.clock ?? systemClock();
  const random = options.random ?? systemRandom();
  const persistence = options.data === undefined ? undefined : openSqlite(options.data);
  const version = versionOf(persistence, options.version);
  const traits = {
    ...TRAITS[version],
    ...(options.throttling === undefined ? {} : { throttling: options.throttling }),
    ...(options.files === undefined ? {} : { files: options.files }),
  };
  const model = new Model(persistence?.model() ?? workspaceModel(traits), traits.richText);
  const store = new Store(model, persistence);
  const engine: Engine = {
    traits,
    model,
    store,
    clock,
    random,
    limiter: new WorkspaceLimiter(options.limits ?? DEFAULT_LIMITS),
    files: new FileVault(clock, random, persistence),
    webhooks: options.webhooks ?? [],
    timeline: options.timeline ?? true,
  };
  if (persistence !== undefined && persistence.model() === undefined) persistence.writeModel(model);
  seedMembers(engine, [
    ...(store.table('workspaceMember').size === 0 && options.members === undefined ? [FIRST_MEMBER] : []),
    ...(options.members ?? []),
  ]);
  const keys = {
    token: keptToken(persistence, 'token', options.token, random),
    restrictedToken: keptToken(persistence, 'restrictedToken', undefined, random),
    name: options.apiKeyName ?? 'changeover',
  };
  const faults = new Faults();
  const calls = new CallLog();
  const app = buildServer({ engine, keys, faults, calls });
  const url = options.listen === false ? NO_ADDRESS : await listening(app, options.port ?? 0);
  engine.files.setOrigin(url);
  engine.files.setRules(options.uploads ?? {});
  return {
    url,
    token: keys.token,
    restrictedToken: keys.restrictedToken,
    engine,
    ask: (request) => askDirectly(app, request),
    fault: (plan) => faults.add(plan),
    clearFaults: () => faults.clear(),
    addMembers: (members) => seedMembers(engine, members),
    seed: (object, rows) => seedRows(engine, object, rows),
    person: (deed) => actAsPerson(engine, deed),
    dump: (object) => [...dumpLines(engine, object)].map((line) => JSON.parse(line) as JsonObject),
    files: () => engine.files.files(),
    calls: () => calls.latest(),
    counters: () => calls.counters(),
    clearCalls: () => calls.clear(),
    limiter: () => engine.limiter.counters(),
    setLimits: (limits) => engine.limiter.configure(limits),
    close: async () => {
      await app.close();
      store.close();
    },
  };
}
