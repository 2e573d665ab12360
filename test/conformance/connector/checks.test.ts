import { describe, expect, test } from 'vitest';
import { createConnector } from '../../../connectors/template/index.ts';
import { Simulator } from '../../../connectors/template/simulator.ts';
import { SimulatedClock } from '../../../src/core/clock.ts';
import { type Http, type HttpRequest, type HttpResponse, NO_STEPS } from '../../../src/core/ports.ts';
import { seededRandom } from '../../../src/core/random.ts';
import type { Checkpoint, Connector, Page, SourceRecord } from '../../../src/source/connector.ts';
import { CHECKS, type CheckName } from './checks.ts';
import { SeenCalls } from './seen-calls.ts';
import type { Candidate, World } from './world.ts';

/** The contract suite is worth what it finds: here it is held against connectors that each break one promise. */

const OBJECT = 'contact';

/** What is wrong with a connector: with what it makes of pages, or with how it takes answers. */
interface Flaw {
  /** `memory` outlives a process, as a file in the work folder would. */
  pages?(pages: AsyncIterable<Page>, from: Checkpoint | null, memory: Set<string>): AsyncIterable<Page>;
  resumeFrom?(checkpoint: Checkpoint | null): Checkpoint | null;
  answer?(request: HttpRequest, answer: HttpResponse): HttpResponse;
}

interface Api extends World {
  readonly simulator: Simulator;
}

function candidate(flaw: Flaw): Candidate<Api> {
  return {
    records: 20,
    live: true,
    async open({ aheadMs, ignoresPageSize }) {
      const clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
      const theirs = {
        monotonic: () => clock.monotonic(),
        sleep: clock.sleep.bind(clock),
        now: () => clock.now() + aheadMs,
      };
      const simulator = new Simulator(theirs, seededRandom(3), ignoresPageSize ? 3 : null);
      simulator.define(OBJECT);
      const seen = new SeenCalls();
      const memories = new Map<string, Set<string>>();
      return {
        simulator,
        clock,
        object: OBJECT,
        connect: (reader) => {
          const http = flawedHttp(seen.through(simulator, clock), flaw);
          const context = {
            ...reader,
            clock,
            random: seededRandom(7),
            http,
            steps: NO_STEPS,
            secret: () => simulator.key,
          };
          const settings = { url: simulator.url, objects: [OBJECT], pageSize: 6, sweepSeconds: 60 };
          const memory = memories.get(reader.workFolder) ?? new Set();
          memories.set(reader.workFolder, memory);
          return flawed(createConnector(context, settings, 'crm'), flaw, memory);
        },
        create: (name) => void simulator.create(OBJECT, { name }),
        rename: (id, name) => simulator.update(OBJECT, id, { name }),
        remove: (id) => simulator.remove(OBJECT, id),
        contents: () => new Map(simulator.all(OBJECT).map(({ id, fields }) => [id, String(fields.name)])),
        nameOf: (values) => values.name,
        pass: () => clock.advance(130_000),
        calls: () => seen.list,
        close: () => Promise.resolve(),
      };
    },
    arrangements: {
      newField({ simulator }) {
        simulator.update(OBJECT, 'r4', { shoe: '43' });
        return { field: 'shoe', id: 'r4', value: '43' };
      },
      expiredCredentials: ({ simulator }) => simulator.expireToken(),
      throttling: ({ simulator }) => simulator.fault({ kind: 'throttled', match: /./, count: 2 }),
      garbledPages: {
        garble: ({ simulator }, after) => simulator.fault({ kind: 'truncated', match: /contact\?/, after }),
        mend: ({ simulator }) => simulator.clearFaults(),
      },
      repeatedRecord: ({ simulator }) => simulator.fault({ kind: 'repeated-record', match: /page=2/, count: 1 }),
      emptyPage: ({ simulator }) => simulator.fault({ kind: 'empty-page', match: /page=2/, count: 1 }),
      reusedId: ({ simulator }, id, name) => void simulator.create(OBJECT, { name }, id),
      ignoredPageSize: true,
      renamedObject: ({ simulator }) => simulator.rename(OBJECT, 'person'),
      removedObject: ({ simulator }) => simulator.drop(OBJECT),
      massDelete: true,
    },
  };
}

function flawedHttp(http: Http, { answer = (_request, given) => given }: Flaw): Http {
  return { send: async (request) => answer(request, await http.send(request)) };
}

function flawed(
  connector: Connector,
  { pages = (given) => given, resumeFrom = (given) => given }: Flaw,
  memory: Set<string>,
): Connector {
  return {
    source: connector.source,
    capabilities: connector.capabilities,
    describe: () => connector.describe(),
    snapshot: (object, from, signal) => pages(connector.snapshot(object, resumeFrom(from), signal), from, memory),
    changes: (object, since, signal) =>
      pages(connector.changes(object, resumeFrom(since) ?? since, signal), since, memory),
    openFile: (reference, signal) => connector.openFile(reference, signal),
    probe: () => connector.probe(),
    close: () => connector.close(),
  };
}

/** Without the reads of everything that would heal what was missed. */
async function* unhealed(given: AsyncIterable<Page>): AsyncIterable<Page> {
  for await (const page of given) yield page.remaining === undefined ? { ...page, records: [] } : page;
}

/** Each record by itself made into others. */
function records(change: (record: SourceRecord) => readonly SourceRecord[]): Flaw {
  return {
    async *pages(given) {
      for await (const page of given) yield { ...page, records: page.records.flatMap(change) };
    },
  };
}

async function* toldOnce(
  given: AsyncIterable<Page>,
  _from: Checkpoint | null,
  memory: Set<string>,
): AsyncIterable<Page> {
  for await (const page of given) {
    const fresh = page.records.filter((record) => !memory.has(JSON.stringify(record)));
    for (const record of fresh) memory.add(JSON.stringify(record));
    yield { ...page, records: fresh };
  }
}

let reads = 0;

const FLAWS: readonly (readonly [what: string, check: CheckName, flaw: Flaw])[] = [
  [
    'goes on behind the page that it had not read',
    'resume',
    {
      pages: unhealed,
      resumeFrom: (at) =>
        at?.kind === 'first' ? { ...at, page: Number(at.page) + 1, before: Number(at.before) + 6 } : at,
    },
  ],
  [
    'moves its checkpoint before the page is safe',
    'resume',
    {
      async *pages(given) {
        const all: Page[] = [];
        for await (const page of unhealed(given)) all.push(page);
        for (const [at, page] of all.entries()) yield { ...page, checkpoint: (all[at + 1] ?? page).checkpoint };
      },
    },
  ],
  ['notes records as told before their page is safe, in a first read', 'resume', { pages: toldOnce }],
  ['notes records as told before their page is safe, in a read of changes', 'resumeChanges', { pages: toldOnce }],
  [
    'tells when it read a record as if that were content',
    'duplicates',
    records((record) => {
      reads += 1;
      return [{ ...record, after: record.after === null ? null : { ...record.after, read: String(reads) } }];
    }),
  ],
  ['tells no deletes', 'deletes', records((record) => (record.op === 'DELETE' ? [] : [record]))],
  [
    'deletes a record that is there, when another goes',
    'deletes',
    records((record) => (record.op === 'DELETE' ? [record, { ...record, id: 'r5' }] : [record])),
  ],
  [
    'asks, and deletes all the same',
    'massDelete',
    {
      async *pages(given) {
        for await (const page of given) {
          const gone = (page.questions ?? []).map(
            (): SourceRecord => ({ id: 'r5', op: 'DELETE', after: null, version: null, time: null, created: null }),
          );
          yield { ...page, records: [...page.records, ...gone] };
        }
      },
    },
  ],
  [
    'tells no changes',
    'changesWhilePaging',
    {
      async *pages(given, from) {
        if (from === null || from.kind === 'first') yield* given;
      },
    },
  ],
  [
    'knows the fields of the first day only',
    'newField',
    records((record) => [{ ...record, after: record.after === null ? null : { name: record.after.name ?? null } }]),
  ],
  [
    'takes a refused token for an object that is gone',
    'expiredCredentials',
    { answer: (_request, answer) => (answer.status === 401 ? { ...answer, status: 404 } : answer) },
  ],
  [
    'asks again before the time that it was told',
    'throttling',
    { answer: (_request, answer) => ({ ...answer, headers: { ...answer.headers, 'retry-after': '1' } }) },
  ],
  [
    'takes a broken page for an empty one',
    'garbledPages',
    { answer: (_request, answer) => (isJson(answer.text) ? answer : { ...answer, text: '{"items":[],"total":0}' }) },
  ],
  [
    'counts a record on two pages twice',
    'repeatedRecord',
    {
      async *pages(given) {
        for await (const page of given)
          yield page.ends === undefined ? page : { ...page, ends: { ...page.ends, rows: page.ends.rows + 1 } };
      },
    },
  ],
  [
    'takes an id that comes back for the record that went',
    'reusedId',
    records((record) => (record.op === 'UPSERT' && (record.time ?? 0) > Date.UTC(2026, 2, 4, 9) ? [] : [record])),
  ],
  [
    'takes an object that is gone for one without records',
    'removedObject',
    {
      answer: (request, answer) =>
        answer.status === 404 && request.url.includes('?')
          ? { ...answer, status: 200, text: '{"items":[],"total":0}' }
          : answer,
    },
  ],
];

describe('the contract suite finds a connector that', () => {
  test.each(FLAWS)('%s', async (_what, check, flaw) => {
    await expect(CHECKS[check].run(candidate(flaw))).rejects.toThrow();
  });

  test('does nothing wrong, and lets it pass', async () => {
    for (const check of new Set(FLAWS.map(([, name]) => name))) await CHECKS[check].run(candidate({}));
    await CHECKS.resume.run(candidate({ pages: unhealed }));
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
