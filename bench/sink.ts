// Calls that the writer spends on a load, against the fewest that could do it. The real writer, state and client, and the
// simulated workspace, in one process and under a simulated clock. A call is a write, or a look-up that a refusal made
// necessary, whatever its outcome; the polls at the start (members, unique values) are listed apart.
//
// The fewest, of batches of B = 200 rows:
// - empty, children first, repeats: every new row goes once, so the sum over the objects of rows / B, rounded up. What
//   comes again with the same content costs nothing.
// - updates: every row differs, and one call takes B rows whatever changed in them: the same sum.
// - refused: rows that our own checks refuse cost nothing. The server names the first value that it refuses and writes
//   nothing: one call for each row that is named so. Of conflicts it names nothing: for each batch that holds some, the
//   refused call and one look-up. The rest of the rows goes in full batches.
// - nameless: each answer is "all written" or "refused": one bit. To find one guilty row of n takes log2 n of them after
//   the first refusal, rounded up; calls that write the innocent rows meanwhile are part of the search.
import { SimulatedClock } from '../src/core/clock.ts';
import { seededRandom } from '../src/core/random.ts';
import type { ChangeEvent } from '../src/events/event.ts';
import { mappingOf, SinkWorld, type TestObject } from '../test/support/sink-world.ts';
import type { BenchResult } from './result.ts';

export interface SinkBenchOptions {
  /** People in each load; a fifth as many companies come with them. Default 4,000. */
  readonly records?: number;
}

const BATCH = 200;
/** Every so many people, one is refused: a third each by our checks, by its value, by a conflict. */
const REFUSED_EVERY = 100;

interface Spent {
  readonly calls: number;
  readonly polls: number;
}

const GOALS: Readonly<Record<string, number>> = {
  empty: 1.05,
  repeats: 1.05,
  refused: 1.25,
  childrenFirst: 1.1,
  updates: 1.05,
  nameless: 1.25,
};

export async function benchSink(options: SinkBenchOptions = {}): Promise<BenchResult> {
  const people = options.records ?? 4000;
  const companies = Math.ceil(people / 5);
  const least = batches(people) + batches(companies);
  const refusedRows = Math.floor(people / REFUSED_EVERY);
  const third = Math.floor(refusedRows / 3);
  const conflicts = new Set(guilty(people, 2).map((index) => Math.floor(index / BATCH))).size;
  const nameless = batches(people);
  const loads: Readonly<Record<string, readonly [floor: number, run: (load: Load) => Promise<void>]>> = {
    empty: [least, (load) => load.take([...load.companies(companies), ...load.people(people)])],
    repeats: [
      least,
      async (load) => {
        const all = [...load.companies(companies), ...load.people(people)];
        await load.take([...all, ...load.companies(companies * 0.15), ...load.people(people * 0.15)]);
        await load.take([...load.companies(companies * 0.15), ...load.people(people * 0.15)]);
      },
    ],
    refused: [
      batches(companies) + batches(people - 3 * third) + third + 2 * conflicts,
      (load) => load.refused(companies, people),
    ],
    childrenFirst: [
      least,
      async (load) => {
        const tenth = Math.floor(companies / 10);
        const all = load.companies(companies);
        await load.take([...all.slice(tenth), ...load.people(people)]);
        await load.take(all.slice(0, tenth));
      },
    ],
    updates: [
      least,
      async (load) => {
        await load.take([...load.companies(companies), ...load.people(people)]);
        load.forget();
        await load.take([...load.companies(companies, 'new'), ...load.people(people, 'new')]);
      },
    ],
    nameless: [
      batches(companies) + nameless * (1 + Math.ceil(Math.log2(BATCH))),
      (load) => load.nameless(companies, people),
    ],
  };
  const figures: Record<string, number> = {};
  const goals: Record<string, string> = {};
  let holds = true;
  for (const [name, [floor, run]] of Object.entries(loads)) {
    const load = await Load.open();
    try {
      await run(load);
      const { calls, polls } = load.spent();
      const ratio = calls / floor;
      figures[`${name}.callsPer1000`] = (1000 * calls) / (people + companies);
      figures[`${name}.callsPer1000Least`] = (1000 * floor) / (people + companies);
      figures[`${name}.ratio`] = ratio;
      figures[`${name}.polls`] = polls;
      goals[`${name}.ratio`] = `<= ${GOALS[name]}`;
      holds &&= ratio <= (GOALS[name] ?? 1);
    } finally {
      await load.close();
    }
  }
  return { bench: 'sink', figures, goals, holds };
}

function batches(rows: number): number {
  return Math.ceil(rows / BATCH);
}

/** Who is refused for which of the three reasons (0: our checks, 1: its value, 2: a conflict). */
function guilty(people: number, reason: 0 | 1 | 2): readonly number[] {
  const all = Array.from({ length: Math.floor(people / REFUSED_EVERY) }, (_, index) => index);
  const third = Math.floor(all.length / 3);
  return all
    .slice(0, 3 * third)
    .flatMap((index) => (index % 3 === reason ? [index * REFUSED_EVERY + ((index * 7) % 50)] : []));
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) => ({ fields: { name: text(after.name) } }),
};

const person: TestObject = {
  links: ['company'],
  target: 'person',
  tier: 'person',
  draft: ({ after }) => ({
    fields: {
      name: { firstName: 'Ada', lastName: text(after.name) },
      jobTitle: text(after.job),
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

class Load {
  readonly #world: SinkWorld;
  #calls = 0;
  #polls = 0;

  private constructor(world: SinkWorld) {
    this.#world = world;
    const { find, scan, create, upsert, softDelete, destroy } = world.client;
    const counted =
      <Arguments extends readonly unknown[], Result>(work: (...given: Arguments) => Result) =>
      (...given: Arguments): Result => {
        this.#calls += 1;
        return work.apply(world.client, [...given] as never);
      };
    world.client.find = counted(find);
    world.client.create = counted(create);
    world.client.upsert = counted(upsert);
    world.client.softDelete = counted(softDelete);
    world.client.destroy = counted(destroy);
    world.client.scan = (given) => {
      this.#polls += 1;
      return scan.call(world.client, given);
    };
  }

  static async open(): Promise<Load> {
    return new Load(
      await SinkWorld.open({
        mapping: mappingOf({ company, person }),
        clock: new SimulatedClock(),
        random: seededRandom(1),
        batchSize: BATCH,
        writer: { passSize: 4000, breaker: { window: 10_000, limit: 10_000 } },
      }),
    );
  }

  close(): Promise<void> {
    return this.#world.close();
  }

  spent(): Spent {
    return { calls: this.#calls, polls: this.#polls };
  }

  forget(): void {
    this.#calls = 0;
  }

  async take(events: readonly ChangeEvent[]): Promise<void> {
    await this.#world.take(...events);
    await this.#world.rest();
  }

  companies(count: number, suffix = ''): readonly ChangeEvent[] {
    return numbers(count).map((index) =>
      this.#world.event('company', String(index), { name: `Company ${index} ${suffix}` }),
    );
  }

  people(count: number, suffix = '', jobs: ReadonlyMap<number, string> = new Map()): readonly ChangeEvent[] {
    return numbers(count).map((index) =>
      this.#world.event('person', String(index), {
        name: `Example ${index} ${suffix}`,
        job: jobs.get(index) ?? '',
        email: `ada${index}@example.com`,
        company: String(Math.floor(index / 5)),
      }),
    );
  }

  /** A third by our own checks, a third whose value the error names, a third that strangers' rows stand in the way of. */
  async refused(companies: number, people: number): Promise<void> {
    await this.#world.rest();
    this.#world.sandbox.seed(
      'person',
      guilty(people, 2).map((index) => ({ emails: { primaryEmail: `ada${index}@example.com`, additionalEmails: [] } })),
    );
    this.#refuse((job) => `Invalid value "${job}" for field "jobTitle"`);
    const jobs = new Map([
      ...guilty(people, 0).map((index): [number, string] => [index, 'NUL \u0000']),
      ...guilty(people, 1).map((index): [number, string] => [index, `refused ${index}`]),
    ]);
    await this.take([...this.companies(companies), ...this.people(people, '', jobs)]);
  }

  /** One row of each batch is refused, in words that name nothing. */
  async nameless(companies: number, people: number): Promise<void> {
    this.#refuse(() => 'something is wrong');
    const jobs = new Map(
      numbers(batches(people)).map((batch): [number, string] => [batch * BATCH + ((batch * 37) % BATCH), 'refused']),
    );
    await this.take([...this.companies(companies), ...this.people(people, '', jobs)]);
  }

  /** As the server does: the first guilty row decides, and nothing is written. */
  #refuse(say: (job: string) => string): void {
    const { client } = this.#world;
    const { create } = client;
    client.create = async (object, rows, options) => {
      const job = rows.map(({ fields }) => text(fields.jobTitle)).find((one) => one.startsWith('refused'));
      if (job === undefined) return create(object, rows, options);
      this.#calls += 1;
      return { kind: 'refused', reason: 'bad-value', message: say(job), partial: false };
    };
  }
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: Math.floor(count) }, (_, index) => index);
}
