// A first load, live changes and a verification together, at 100 calls a minute under a simulated clock, against the
// simulated workspace with the real server's limiter, whose bucket is empty at the start. The client and the budget are
// the real ones; the loader here writes full batches, parents first, as the sink does.
import { startTwentySandbox, type TwentySandbox } from '../sandbox/twenty/index.ts';
import { SimulatedClock } from '../src/core/clock.ts';
import { createHttp } from '../src/core/http.ts';
import { targetId } from '../src/core/identifiers.ts';
import { silentLogger } from '../src/core/logger.ts';
import type { Http, Random } from '../src/core/ports.ts';
import { seededRandom } from '../src/core/random.ts';
import { type BudgetEvent, RateBudget } from '../src/twenty/budget.ts';
import { createTwenty, type TwentyClient } from '../src/twenty/client.ts';
import type { TwentyFields } from '../src/twenty/model.ts';
import type { Lane, WriteRow } from '../src/twenty/twenty.ts';
import type { BenchResult } from './result.ts';

export interface MixBenchOptions {
  /** Records of the first load, all objects together. Default 140,000. */
  readonly records?: number;
  /** Calls a minute. Default 100. */
  readonly limit?: number;
  readonly seed?: number;
}

interface Kind {
  readonly object: string;
  /** Part of the records. */
  readonly share: number;
  fields(index: number): TwentyFields;
}

/** Of 7 records: 1 company, 3 people, 1 opportunity, 1 note and its target. Parents come first. */
const KINDS: readonly Kind[] = [
  { object: 'company', share: 1, fields: (index) => ({ name: `Company ${index}`, position: index }) },
  {
    object: 'person',
    share: 3,
    fields: (index) => ({
      name: { firstName: 'Ada', lastName: `Example ${index}` },
      emails: { primaryEmail: `ada${index}@example.com`, additionalEmails: [] },
      companyId: idOf('company', Math.floor(index / 3)),
      position: index,
    }),
  },
  {
    object: 'opportunity',
    share: 1,
    fields: (index) => ({ name: `Deal ${index}`, stage: 'NEW', companyId: idOf('company', index), position: index }),
  },
  {
    object: 'note',
    share: 1,
    fields: (index) => ({
      title: `Note ${index}`,
      bodyV2: { markdown: 'Called back.', blocknote: null },
      position: index,
    }),
  },
  {
    object: 'noteTarget',
    share: 1,
    fields: (index) => ({ noteId: idOf('note', index), targetPersonId: idOf('person', index) }),
  },
];

/** Every fifth record is written once more, as a delta after the load. */
const CHANGED_EVERY = 5;
/** A few people change in the source every five seconds. */
const LIVE_EVERY_MS = 5000;
const LIVE_ROWS = 7;

/** Milliseconds until the server looks at a call, and until it has answered. */
const TO_CHECK_MS = [2, 30] as const;
const TO_ANSWER_MS = [40, 400] as const;

export async function benchMix(options: MixBenchOptions = {}): Promise<BenchResult> {
  const records = options.records ?? 140_000;
  const limit = { tokens: options.limit ?? 100, windowMs: 60_000 };
  const clock = new SimulatedClock();
  const random = seededRandom(options.seed ?? 1);
  const sandbox = await startTwentySandbox({
    clock,
    limits: { short: { tokens: Math.max(100, limit.tokens), windowMs: 1000 }, long: limit },
    timeline: false,
  });
  const real = createHttp({ credentialOrigins: [sandbox.url], connections: 4 });
  const waits = new Map<string, number>();
  const budget = new RateBudget({ clock, limit, observe: (event) => count(waits, event) });
  try {
    const http = delayed(real, clock, random);
    const client = await createTwenty({
      url: sandbox.url,
      apiKey: sandbox.token,
      http,
      clock,
      budget,
      logger: silentLogger(),
    });
    sandbox.engine.limiter.drain(clock.now());
    const before = sandbox.limiter();
    const run = new Run(client, clock, budget.groupSize());
    await run.all(records);
    return summary(run, sandbox, before, clock.monotonic(), limit.tokens, waits);
  } finally {
    await real.close();
    await sandbox.close();
  }
}

class Run {
  readonly #client: TwentyClient;
  readonly #clock: SimulatedClock;
  readonly #callers: number;
  #loading = true;
  readonly calls: Record<Lane, number> = { cutover: 0, operator: 0, live: 0, load: 0, verify: 0 };
  readonly written: Record<'load' | 'live', number> = { load: 0, live: 0 };
  /** Least calls that the load could take: rows by batch, object by object. */
  least = 0;
  fullBatches = 0;
  liveDelay = 0;

  constructor(client: TwentyClient, clock: SimulatedClock, groupSize: number) {
    this.#client = client;
    this.#clock = clock;
    // Two groups waiting use the limit fully, however the answers come.
    this.#callers = 2 * groupSize;
  }

  async all(records: number): Promise<void> {
    const parts = KINDS.reduce((sum, kind) => sum + kind.share, 0);
    const background = [this.#live(Math.floor((records * 3) / parts)), this.#verify()];
    for (const changed of [false, true]) {
      for (const kind of KINDS) {
        const total = Math.floor((records * kind.share) / parts);
        const indexes = Array.from({ length: total }, (_, index) => index).filter(
          (index) => !changed || index % CHANGED_EVERY === 0,
        );
        await this.#load(kind, indexes, changed);
      }
    }
    this.#loading = false;
    await Promise.all(background);
  }

  async #load(kind: Kind, indexes: readonly number[], changed: boolean): Promise<void> {
    const size = this.#client.batchSize();
    const batches = Array.from({ length: Math.ceil(indexes.length / size) }, (_, batch) =>
      indexes.slice(batch * size, (batch + 1) * size),
    );
    this.least += batches.length;
    const queue = batches.values();
    const caller = async () => {
      for (const batch of queue) await this.#write(kind, batch, changed ? 'upsert' : 'create', 'load');
    };
    await Promise.all(Array.from({ length: this.#callers }, caller));
  }

  async #write(kind: Kind, indexes: readonly number[], how: 'create' | 'upsert', lane: 'load' | 'live'): Promise<void> {
    const rows: WriteRow[] = indexes.map((index) => ({ id: idOf(kind.object, index), fields: kind.fields(index) }));
    const outcome = await this.#client[how](kind.object, rows, { lane });
    if (outcome.kind !== 'written')
      throw new Error(`${how} of ${kind.object}: ${JSON.stringify(outcome).slice(0, 300)}`);
    this.calls[lane] += 1;
    this.written[lane] += rows.length;
    if (lane === 'load' && rows.length === this.#client.batchSize()) this.fullBatches += 1;
  }

  async #live(people: number): Promise<void> {
    const [, person] = KINDS;
    if (person === undefined || people === 0) return;
    for (let turn = 0; this.#loading; turn += 1) {
      await this.#clock.sleep(LIVE_EVERY_MS);
      const asked = this.#clock.monotonic();
      const indexes = Array.from({ length: LIVE_ROWS }, (_, index) => (turn * LIVE_ROWS + index) % people);
      // A change may come before the load has brought its record: the sink holds it, and here it is left out.
      const by = { field: 'id', values: indexes.map((index) => idOf('person', index)) };
      const known = await this.#client.find({ object: 'person', by, fields: [], deleted: true, lane: 'live' });
      this.calls.live += 1;
      const ids = new Set(known.map((row) => row.id));
      const ready = indexes.filter((index) => ids.has(idOf('person', index)));
      if (ready.length === 0) continue;
      await this.#write(person, ready, 'upsert', 'live');
      this.liveDelay = Math.max(this.liveDelay, this.#clock.monotonic() - asked);
    }
  }

  async #verify(): Promise<void> {
    while (this.#loading) {
      for (const { object } of KINDS) {
        for await (const _page of this.#client.scan({
          object,
          fields: ['createdAt'],
          deleted: false,
          lane: 'verify',
        })) {
          this.calls.verify += 1;
          if (!this.#loading) return;
        }
        this.calls.verify += 1;
        await this.#clock.sleep(1000);
        if (!this.#loading) return;
      }
    }
  }
}

function summary(
  run: Run,
  sandbox: TwentySandbox,
  before: { readonly granted: number; readonly refused: number },
  elapsedMs: number,
  perMinute: number,
  waits: ReadonlyMap<string, number>,
): BenchResult {
  const after = sandbox.limiter();
  const granted = after.granted - before.granted;
  const allowed = Math.floor((elapsedMs * perMinute) / 60_000);
  const perThousand = (calls: number) => (1000 * calls) / Math.max(1, run.written.load);
  const figures = {
    minutesSimulated: elapsedMs / 60_000,
    callsAllowed: allowed,
    callsGranted: granted,
    shareUsed: granted / allowed,
    refused: after.refused - before.refused,
    recordsLoaded: run.written.load,
    recordsLive: run.written.live,
    loadCalls: run.calls.load,
    loadCallsLeast: run.least,
    fullBatches: run.fullBatches / run.calls.load,
    callsPer1000: perThousand(run.calls.load),
    callsPer1000Least: perThousand(run.least),
    liveCalls: run.calls.live,
    verifyCalls: run.calls.verify,
    liveLongestSeconds: run.liveDelay / 1000,
    waitedPaceSeconds: waits.get('pace') ?? 0,
    waitedRefusedSeconds: waits.get('refused') ?? 0,
  };
  const goals = { shareUsed: '>= 0.98', refused: '0', loadCalls: '= loadCallsLeast' };
  const holds = figures.shareUsed >= 0.98 && figures.refused === 0 && figures.loadCalls === figures.loadCallsLeast;
  return { bench: 'mix', figures, goals, holds };
}

export function count(waits: Map<string, number>, event: BudgetEvent): void {
  if (event.kind === 'waited') waits.set(event.cause, (waits.get(event.cause) ?? 0) + event.seconds);
}

/** The network and the server's work, in simulated time; the simulator itself answers while time stands still. */
export function delayed(real: Http, clock: SimulatedClock, random: Random): Http {
  const between = ([least, most]: readonly [number, number]) => least + random.next() * (most - least);
  return {
    send: async (request) => {
      await clock.sleep(between(TO_CHECK_MS));
      const answer = await clock.busy(() => real.send(request));
      await clock.sleep(between(TO_ANSWER_MS));
      return answer;
    },
  };
}

function idOf(object: string, index: number): string {
  return targetId(`bench/${object}/${index}`);
}
