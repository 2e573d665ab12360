import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  NO_LIMITS,
  startTwentySandbox,
  type TwentySandbox,
  type TwentySandboxOptions,
} from '../../sandbox/twenty/index.ts';
import { SimulatedClock, systemClock } from '../../src/core/clock.ts';
import { createHttp } from '../../src/core/http.ts';
import { contentHash, recordKey } from '../../src/core/identifiers.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Clock, Http, Random, Steps } from '../../src/core/ports.ts';
import { NO_STEPS } from '../../src/core/ports.ts';
import { systemRandom } from '../../src/core/random.ts';
import type { ChangeEvent, FieldValues, OrderingKey } from '../../src/events/event.ts';
import type {
  CompiledMapping,
  Draft,
  ObjectMapping,
  ObjectPolicies,
  RecordDraft,
  SourceView,
} from '../../src/mapping/model.ts';
import {
  balances,
  createWriter,
  type SinkEvents,
  type Writer,
  type WriterDeps,
  type WriterOptions,
} from '../../src/sink/index.ts';
import { RESTORED_SETTING } from '../../src/sink/reclaim.ts';
import type { StateEngine } from '../../src/state/engine.ts';
import { openSqliteState } from '../../src/state/sqlite/store.ts';
import type { ReviewRow, StateTransaction } from '../../src/state/state.ts';
import { RateBudget } from '../../src/twenty/budget.ts';
import { createTwenty, type TwentyClient } from '../../src/twenty/client.ts';
import type { DesiredModel } from '../../src/twenty/desired.ts';
import { applyProvision, planProvision } from '../../src/twenty/provision.ts';
import { InProcess } from './in-process.ts';
import { scratchFolder } from './scratch.ts';

export const SOURCE = 'crm';

/** What one object of a test's mapping does; everything else is the quiet default. */
export interface TestObject {
  readonly target: string;
  readonly tier: ObjectMapping['tier'];
  readonly policies?: Partial<ObjectPolicies>;
  readonly columns?: readonly string[];
  readonly standsForOthers?: boolean;
  /** Objects that its records point at. */
  readonly links?: readonly string[];
  draft(record: SourceView): Draft | (Partial<RecordDraft> & { readonly fields: RecordDraft['fields'] });
}

export function mappingOf(
  objects: Readonly<Record<string, TestObject>>,
  more: { readonly hash?: string; readonly source?: string; readonly desired?: Partial<DesiredModel> } = {},
): CompiledMapping {
  const synced = [...new Set(Object.values(objects).map((object) => object.target))];
  return {
    source: more.source ?? SOURCE,
    hash: more.hash ?? 'one',
    skipped: new Map(),
    objects: new Map(
      Object.entries(objects).map(([name, object]): [string, ObjectMapping] => [
        name,
        {
          object: name,
          target: object.target,
          tier: object.tier,
          ...(object.columns === undefined ? {} : { columns: new Set(object.columns) }),
          ...(object.links === undefined ? {} : { links: new Set(object.links) }),
          quality: { thresholds: [], failures: () => [] },
          standsForOthers: object.standsForOthers ?? false,
          policies: { duplicate: 'hold', softDeleted: 'hold', onDelete: 'soft-delete', ...object.policies },
          draft: (view) => {
            const drafted = object.draft(view);
            if ('kind' in drafted) return drafted;
            const record: RecordDraft = {
              target: object.target,
              links: [],
              owners: [],
              children: [],
              lookups: [],
              losses: [],
              questions: [],
              ...drafted,
            };
            return { kind: 'record', record };
          },
        },
      ]),
    ),
    desired: { objects: [], fields: [], options: [], synced, flagged: flaggedOf(objects), ...more.desired },
  } as CompiledMapping;
}

function flaggedOf(objects: Readonly<Record<string, TestObject>>): readonly string[] {
  return [...new Set(Object.values(objects).flatMap((one) => (one.policies?.onDelete === 'keep' ? [one.target] : [])))];
}

export interface WorldOptions {
  readonly mapping: CompiledMapping;
  readonly members?: TwentySandboxOptions['members'];
  /** Whether the workspace keeps a timeline; it does not unless given. */
  readonly timeline?: boolean;
  /** Of the workspace, beside its members. */
  readonly sandbox?: TwentySandboxOptions;
  /** A simulated one: the simulator works in this process and by the same clock, and so do the client and its budget. */
  readonly clock?: Clock;
  readonly random?: Random;
  readonly batchSize?: number;
  readonly writer?: Partial<WriterOptions>;
  readonly steps?: Steps;
  readonly moreComing?: WriterDeps['moreComing'];
  readonly timeoutMs?: number;
  /** Looks at the state at the end of every transaction; what it throws undoes that one. */
  readonly watch?: (tx: StateTransaction) => Promise<void>;
  /** What its writers get beside or instead; asked each time one is made. */
  readonly more?: () => Partial<WriterDeps>;
}

/** A sandbox workspace, a real client, a real state, and a writer between them. */
export class SinkWorld {
  readonly sandbox: TwentySandbox;
  readonly client: TwentyClient;
  state: StateEngine;
  readonly clock: Clock;
  readonly events: string[] = [];
  mapping: CompiledMapping;
  readonly #http: { close(): Promise<void> };
  readonly #folder: string;
  readonly #options: WorldOptions;
  #sequence = 0;
  #states = 0;
  #backups = 0;
  #writer: Writer | null = null;
  #running: Promise<void> = Promise.resolve();

  private constructor(
    options: WorldOptions,
    sandbox: TwentySandbox,
    http: { close(): Promise<void> },
    client: TwentyClient,
    state: StateEngine,
    folder: string,
    clock: Clock,
  ) {
    this.#options = options;
    this.sandbox = sandbox;
    this.#http = http;
    this.client = client;
    this.state = state;
    this.mapping = options.mapping;
    this.#folder = folder;
    this.clock = clock;
  }

  static async open(options: WorldOptions): Promise<SinkWorld> {
    const clock = options.clock ?? systemClock();
    const simulated = clock instanceof SimulatedClock ? new InProcess(clock) : null;
    const sandbox = await startTwentySandbox({
      limits: NO_LIMITS,
      timeline: options.timeline ?? false,
      ...options.sandbox,
      ...(options.members === undefined ? {} : { members: options.members }),
      ...(options.random === undefined ? {} : { random: options.random }),
      ...(simulated === null ? {} : { clock: simulated.clock, listen: false }),
    });
    const http: Http & { close(): Promise<void> } =
      simulated === null
        ? createHttp({ credentialOrigins: [sandbox.url] })
        : { ...simulated.http(sandbox.ask), close: async () => undefined };
    const callClock = simulated === null ? systemClock() : clock;
    const limit = { tokens: 1_000_000, windowMs: 60_000 };
    const budget = new RateBudget({
      clock: callClock,
      initial: { tokens: 1_000_000, at: callClock.now(), limit },
    });
    const client = await createTwenty({
      url: sandbox.url,
      apiKey: sandbox.token,
      http,
      clock: callClock,
      budget,
      logger: silentLogger(),
      ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    });
    await provision(client, options.mapping, callClock);
    const folder = scratchFolder('changeover-sink-');
    const state = watched(await openSqliteState({ file: join(folder, 'state-0.db'), clock }), options.watch);
    const world = new SinkWorld(options, sandbox, http, client, state, folder, clock);
    await world.confirm(options.mapping);
    sandbox.clearCalls();
    return world;
  }

  /** An empty state beside the workspace as it is; the mapping is confirmed again. */
  async loseState(): Promise<void> {
    await this.stopWriter();
    await this.state.close();
    for (const ending of ['', '-wal', '-shm']) rmSync(`${this.#stateFile()}${ending}`, { force: true });
    this.#states += 1;
    this.state = await this.#openState();
    await this.confirm(this.mapping);
  }

  /** Keeps the state as it is now, for `restore`. */
  async backup(): Promise<void> {
    this.#backups += 1;
    await this.state.backup(this.#backup());
  }

  /** The state as it was at the last `backup`, beside the workspace as it is. */
  async restore(): Promise<void> {
    await this.stopWriter();
    await this.state.close();
    this.#states += 1;
    this.state = await this.#openState();
    await this.state.restore(this.#backup(), { replace: false, settings: { [RESTORED_SETTING]: {} } });
  }

  #stateFile(): string {
    return join(this.#folder, `state-${this.#states}.db`);
  }

  async #openState(): Promise<StateEngine> {
    return watched(await openSqliteState({ file: this.#stateFile(), clock: this.clock }), this.#options.watch);
  }

  #backup(): string {
    return join(this.#folder, `backup-${this.#backups}`);
  }

  /** An empty workspace of the same model, and an empty state. */
  async reset(): Promise<void> {
    await this.loseState();
    const { store } = this.sandbox.engine;
    for (const object of [
      ...this.mapping.desired.synced,
      'noteTarget',
      'taskTarget',
      'attachment',
      'timelineActivity',
    ]) {
      for (const row of this.sandbox.dump(object)) store.remove(object, String(row.id));
    }
    store.commit();
    this.sandbox.clearCalls();
    this.events.length = 0;
  }

  async confirm(mapping: CompiledMapping): Promise<void> {
    this.mapping = mapping;
    await this.state.transaction((tx) =>
      tx.mappings.confirm({
        source: mapping.source,
        hash: mapping.hash,
        text: '',
        confirmedBy: 'test',
        confirmedAt: 0,
      }),
    );
  }

  event(object: string, id: string, after: FieldValues | null, more: Partial<ChangeEvent> = {}): ChangeEvent {
    this.#sequence += 1;
    const order: OrderingKey = { epoch: 1, sequence: this.#sequence };
    return {
      kind: 'change',
      key: recordKey(SOURCE, object, id),
      source: SOURCE,
      object,
      id,
      op: after === null ? 'DELETE' : 'UPSERT',
      order,
      sourceVersion: String(this.#sequence),
      sourceTime: 1_700_000_000_000 + this.#sequence,
      sourceCreated: null,
      observedAt: 1_700_000_000_000,
      run: 'test',
      contentHash: contentHash(after),
      after,
      ...more,
    };
  }

  /** What intake does with them. */
  async take(...events: ChangeEvent[]): Promise<void> {
    await this.state.transaction((tx) => tx.records.take(events, this.clock.now()));
    this.#writer?.wake();
  }

  async put(object: string, id: string, after: FieldValues | null, more: Partial<ChangeEvent> = {}): Promise<void> {
    await this.take(this.event(object, id, after, more));
  }

  writer(more: Partial<WriterDeps> = {}): Writer {
    const events: SinkEvents = {
      settled: (_source, object, outcome, records) => this.events.push(`settled ${object} ${outcome} ${records}`),
      called: (call) => this.events.push(`called ${call.operation} ${call.object} ${call.rows} ${call.outcome}`),
      visible: () => undefined,
      altered: (object, key, field) => this.events.push(`altered ${object} ${key} ${field}`),
      waiting: (cause) => this.events.push(`waiting ${cause}`),
    };
    return createWriter({
      state: this.state,
      twenty: this.client,
      clock: this.clock,
      random: this.#options.random ?? systemRandom(),
      logger: silentLogger(),
      steps: this.#options.steps ?? NO_STEPS,
      holder: 'test',
      workspace: 'sandbox',
      run: 'test',
      mappings: () => [this.mapping],
      events,
      ...(this.#options.moreComing === undefined ? {} : { moreComing: this.#options.moreComing }),
      options: { pollMs: null, latencyMs: 50, ...this.#options.writer },
      ...this.#options.more?.(),
      ...more,
    });
  }

  /** Runs a writer until nothing is due. The same one goes on with the next call. */
  async rest(): Promise<void> {
    if (this.#writer === null) {
      this.#writer = this.writer();
      this.#running = this.#writer.run(new AbortController().signal);
      this.#running.catch(() => undefined);
    }
    await Promise.race([this.#writer.idle(), this.#running]);
  }

  /** Something may be due: the writer that runs, if one does, looks at once. */
  wake(): void {
    this.#writer?.wake();
  }

  /** What a command stores, and what the writer makes of it. */
  async decide<Result>(work: (tx: StateTransaction) => Promise<Result>): Promise<Result> {
    const result = await this.state.transaction(work);
    this.wake();
    await this.rest();
    return result;
  }

  /** Looks at every record again, though nothing was told of it. */
  async planAgain(): Promise<void> {
    await this.decide((tx) => tx.records.touchAll(SOURCE, null));
  }

  openQuestions(): Promise<readonly ReviewRow[]> {
    return this.state.read((tx) => tx.reviews.list({ status: 'open', limit: 10 }));
  }

  /** A person answers a question, and whoever waited for that goes on. */
  async answer(question: string, choice: string): Promise<void> {
    await this.decide(async (tx) => {
      await tx.reviews.answer(question, choice, 'Jo', 0);
      await tx.dependencies.release([`review:${question}`]);
    });
  }

  async stopWriter(): Promise<void> {
    await this.#writer?.stop();
    this.#writer = null;
  }

  get running(): Writer {
    if (this.#writer === null) throw new Error('no writer runs');
    return this.#writer;
  }

  classes(): Promise<Record<string, string>> {
    return this.state.read(async (tx) => {
      const found: Record<string, string> = {};
      for (const object of await tx.records.objects(SOURCE)) {
        for (const row of await tx.records.page(SOURCE, object, null, 100_000)) {
          found[`${row.object}/${row.id}`] = row.reason === null ? row.class : `${row.class} ${row.reason.code}`;
        }
      }
      return found;
    });
  }

  balances() {
    return this.state.read((tx) => balances(tx));
  }

  /** Live rows of an object without what the server adds. */
  rows(object: string): Record<string, unknown>[] {
    return this.sandbox.dump(object).filter((row) => row.deletedAt === null) as Record<string, unknown>[];
  }

  /** Write calls since the last `clearCalls`. */
  writes(): string[] {
    return this.sandbox
      .calls()
      .filter((call) => call.api === 'rest' || /delete|destroy|restore|create|update/i.test(call.operation))
      .filter((call) => call.api !== 'metadata')
      .map((call) => `${call.operation} ${call.records} ${call.status}`);
  }

  async close(): Promise<void> {
    await this.stopWriter();
    await this.state.close();
    await this.#http.close();
    await this.sandbox.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function watched(state: StateEngine, watch: WorldOptions['watch']): StateEngine {
  if (watch === undefined) return state;
  return {
    transaction: (work) =>
      state.transaction(async (tx) => {
        const result = await work(tx);
        await watch(tx);
        return result;
      }),
    read: (work) => state.read(work),
    contents: () => state.contents(),
    backup: (file) => state.backup(file),
    restore: (file, options) => state.restore(file, options),
    close: () => state.close(),
  };
}

async function provision(client: TwentyClient, mapping: CompiledMapping, clock: Clock): Promise<void> {
  const plan = planProvision(client.workspace(), mapping.desired, 'test');
  await applyProvision({ client, clock, logger: silentLogger() }, plan);
  await client.refresh();
}
