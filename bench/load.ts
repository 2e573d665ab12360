// A first load of many records at 100 calls a minute and 60 rows a call, under a simulated clock: the real intake's state, the
// real writer, client and budget. The simulated Twenty is a process of its own, so that the memory measured is ours alone.
// Its bucket is empty at the start, so the limit's own time is the fewest calls times 0.6 s.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SimulatedClock } from '../src/core/clock.ts';
import { contentHash, recordKey } from '../src/core/identifiers.ts';
import { silentLogger } from '../src/core/logger.ts';
import { type Http, NO_STEPS } from '../src/core/ports.ts';
import { seededRandom } from '../src/core/random.ts';
import type { ChangeEvent, FieldValues } from '../src/events/event.ts';
import { createWriter, NO_SINK_EVENTS } from '../src/sink/index.ts';
import type { StateEngine } from '../src/state/engine.ts';
import { openSqliteState } from '../src/state/sqlite/store.ts';
import { RateBudget } from '../src/twenty/budget.ts';
import { createTwenty } from '../src/twenty/client.ts';
import { applyProvision, planProvision } from '../src/twenty/provision.ts';
import { mappingOf, SOURCE, type TestObject } from '../test/support/sink-world.ts';
import type { Asked, Told } from './load-twenty.ts';
import { delayed } from './mix.ts';
import type { BenchResult } from './result.ts';

export interface LoadBenchOptions {
  /** Companies and people together; a company for every four people. Default 200,000. */
  readonly records?: number;
  /** Calls a minute. Default 100. */
  readonly limit?: number;
}

const BATCH = 60;
const TAKEN_AT_ONCE = 1000;
const MIB = 2 ** 20;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) => ({ fields: { name: text(after.name) } }),
};

const person: TestObject = {
  target: 'person',
  tier: 'person',
  draft: ({ after }) => ({
    fields: {
      name: { firstName: 'Ada', lastName: text(after.name) },
      jobTitle: 'Engineer',
      emails: { primaryEmail: text(after.email), additionalEmails: [] },
    },
    links: [
      {
        name: 'company',
        attempts: [{ column: 'companyId', label: 'company', by: 'id', object: 'company', id: text(after.company) }],
        otherwise: { kind: 'hold', reason: 'its company is not there yet' },
      },
    ],
  }),
};

export async function benchLoad(options: LoadBenchOptions = {}): Promise<BenchResult> {
  const records = options.records ?? 200_000;
  const limit = { tokens: options.limit ?? 100, windowMs: 60_000 };
  const companies = Math.ceil(records / 5);
  const people = records - companies;
  const least = Math.ceil(companies / BATCH) + Math.ceil(people / BATCH);
  const clock = new SimulatedClock();
  const random = seededRandom(1);
  const twenty = await OtherTwenty.start(clock, limit.tokens);
  const folder = mkdtempSync(join(tmpdir(), 'changeover-load-'));
  const state = await openSqliteState({ file: join(folder, 'state.db'), clock });
  try {
    const budget = new RateBudget({ clock, limit });
    const { url, token } = twenty;
    const http = delayed({ send: twenty.send }, clock, random);
    const client = await createTwenty({
      url,
      apiKey: token,
      http,
      clock,
      budget,
      logger: silentLogger(),
      batchSize: BATCH,
    });
    const mapping = mappingOf({ company, person });
    const plan = planProvision(client.workspace(), mapping.desired, 'bench');
    await applyProvision({ client, clock, logger: silentLogger() }, plan);
    await client.refresh();
    await state.transaction((tx) =>
      tx.mappings.confirm({ source: SOURCE, hash: mapping.hash, text: '', confirmedBy: 'bench', confirmedAt: 0 }),
    );
    await take(state, companies, people, clock);
    const watch = new Watch(records);
    const writer = createWriter({
      state,
      twenty: client,
      clock,
      random,
      logger: silentLogger(),
      steps: NO_STEPS,
      holder: 'bench',
      workspace: 'bench',
      run: 'bench',
      mappings: () => [mapping],
      lane: () => 'load',
      events: { ...NO_SINK_EVENTS, called: ({ rows, outcome }) => watch.called(outcome === 'written' ? rows : 0) },
    });
    const began = clock.monotonic();
    const stop = new AbortController();
    const running = writer.run(stop.signal);
    await Promise.race([writer.idle(), running]);
    const tookMs = clock.monotonic() - began;
    await writer.stop();
    return summary(records, least, tookMs, limit, watch);
  } finally {
    await state.close();
    twenty.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What intake has taken in by the time the writer begins: everything is due. */
async function take(state: StateEngine, companies: number, people: number, clock: SimulatedClock): Promise<void> {
  let sequence = 0;
  const event = (object: string, id: string, after: FieldValues): ChangeEvent => {
    sequence += 1;
    return {
      kind: 'change',
      key: recordKey(SOURCE, object, id),
      source: SOURCE,
      object,
      id,
      op: 'UPSERT',
      order: { epoch: 1, sequence },
      sourceVersion: String(sequence),
      sourceTime: 1_700_000_000_000 + sequence,
      sourceCreated: null,
      observedAt: 1_700_000_000_000,
      run: 'bench',
      contentHash: contentHash(after),
      after,
    };
  };
  const all = function* (): Generator<ChangeEvent> {
    for (let index = 0; index < companies; index += 1)
      yield event('company', String(index), { name: `Company ${index}` });
    for (let index = 0; index < people; index += 1) {
      yield event('person', String(index), {
        name: `Example ${index}`,
        email: `ada${index}@example.com`,
        company: String(Math.floor(index / 4)),
      });
    }
  };
  let batch: ChangeEvent[] = [];
  const store = async () => {
    const events = batch;
    batch = [];
    await state.transaction((tx) => tx.records.take(events, clock.now()));
  };
  for (const one of all()) {
    batch.push(one);
    if (batch.length === TAKEN_AT_ONCE) await store();
  }
  if (batch.length > 0) await store();
}

/** Memory and calls, tenth by tenth. */
class Watch {
  readonly #records: number;
  readonly #began = performance.now();
  readonly tenths: number[] = [];
  calls = 0;
  rows = 0;
  most = 0;

  constructor(records: number) {
    this.#records = records;
  }

  called(rows: number): void {
    this.calls += 1;
    this.rows += rows;
    this.most = Math.max(this.most, process.memoryUsage.rss());
    if (this.rows < ((this.tenths.length + 1) * this.#records) / 10) return;
    this.tenths.push(this.most);
    const seconds = (performance.now() - this.#began) / 1000;
    process.stderr.write(
      `${this.tenths.length}0 %: ${this.rows} records, at most ${Math.round(this.most / MIB)} MiB resident in this tenth, ` +
        `${Math.round(this.rows / seconds)} records a second of real time\n`,
    );
    this.most = 0;
  }
}

function summary(
  records: number,
  least: number,
  tookMs: number,
  limit: { readonly tokens: number; readonly windowMs: number },
  watch: Watch,
): BenchResult {
  const { tenths, calls, rows } = watch;
  const limitMs = (least * limit.windowMs) / limit.tokens;
  const growth = Math.max(...tenths.slice(5)) / Math.max(...tenths.slice(1, 5));
  const figures = {
    records,
    written: rows,
    calls,
    callsLeast: least,
    minutesSimulated: tookMs / 60_000,
    minutesOfTheLimit: limitMs / 60_000,
    timesTheLimit: tookMs / limitMs,
    ...Object.fromEntries(tenths.map((rss, index) => [`residentMiB${index + 1}0`, Math.round(rss / MIB)])),
    residentGrowth: growth,
  };
  const goals = { written: '= records', timesTheLimit: '<= 1.02', residentGrowth: '<= 1.1' };
  const holds = rows === records && figures.timesTheLimit <= 1.02 && growth <= 1.1;
  return { bench: 'load', figures, goals, holds };
}

/** A simulated Twenty in another process, asked over its channel. Simulated time stands still until it answers. */
class OtherTwenty {
  readonly #child: ChildProcess;
  readonly #clock: SimulatedClock;
  readonly #waiting = new Map<number, (told: Extract<Told, { kind: 'answer' }>) => void>();
  readonly url: string;
  readonly token: string;
  #asked = 0;

  private constructor(child: ChildProcess, clock: SimulatedClock, ready: Extract<Told, { kind: 'ready' }>) {
    this.#child = child;
    this.#clock = clock;
    this.url = ready.url;
    this.token = ready.token;
    child.on('message', (told: Told) => {
      if (told.kind !== 'answer') return;
      this.#waiting.get(told.id)?.(told);
      this.#waiting.delete(told.id);
    });
  }

  static async start(clock: SimulatedClock, tokens: number): Promise<OtherTwenty> {
    const child = fork(fileURLToPath(new URL('./load-twenty.ts', import.meta.url)), [String(tokens)], {
      execArgv: ['--max-old-space-size=16000'],
      serialization: 'advanced',
    });
    const [ready] = (await once(child, 'message')) as [Extract<Told, { kind: 'ready' }>];
    return new OtherTwenty(child, clock, ready);
  }

  readonly send: Http['send'] = async ({ method, url, headers, body }) => {
    if (body !== undefined && typeof body !== 'string') throw new Error('the bench sends text alone');
    const id = this.#asked++;
    const request = {
      method,
      url,
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
    };
    const asked: Asked = { id, now: this.#clock.now(), request };
    const { answer } = await new Promise<Extract<Told, { kind: 'answer' }>>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send(asked);
    });
    if (answer === null) throw new Error('the simulated Twenty cut the connection');
    return answer;
  };

  stop(): void {
    this.#child.disconnect();
  }
}
