import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstExport } from '../../../sandbox/samples/smartdesk/generate.ts';
import { ENGLISH, writeExport } from '../../../sandbox/samples/smartdesk/languages.ts';
import { COLUMNS, type TableName } from '../../../sandbox/samples/smartdesk/tables.ts';
import { loadAccount, spelled, type Values } from '../../../sandbox/smartdesk/account.ts';
import { type Manner, SmartDeskApi } from '../../../sandbox/smartdesk/api.ts';
import { SimulatedClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { NO_STEPS } from '../../../src/core/ports.ts';
import { seededRandom } from '../../../src/core/random.ts';
import type {
  Checkpoint,
  Connector,
  FieldValues,
  SourceQuestion,
  SourceRecord,
} from '../../../src/source/connector.ts';
import { scratchFolder } from '../../../test/support/scratch.ts';
import { createConnector } from '../index.ts';
import { PLAIN, PlainReader } from './plain.ts';

/** The API of a customer beside the export of the same account: the same records, whatever the manner of its lists. */

const OBJECTS: Readonly<Record<string, TableName>> = {
  account: 'accounts',
  contact: 'contacts',
  lead: 'leads',
  deal: 'deals',
  task: 'tasks',
  note: 'notes',
  ticket: 'tickets',
  message: 'ticket_messages',
  stage: 'stages',
  user: 'users',
};

const AS_IN_EXPORTS = { decimalMark: ',', day: 'dd.MM.yyyy', time: 'dd.MM.yyyy HH:mm' } as const;

const { signal } = new AbortController();
const sample = firstExport(11, 0.02);

let clock: SimulatedClock;
let api: SmartDeskApi;
let warnings: unknown[];
let answers: Map<string, string>;

function start(manner: Partial<Manner> = {}, values: Values = 'typed'): void {
  clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  api = new SmartDeskApi(clock, manner);
  warnings = [];
  answers = new Map();
  loadAccount(api, Object.fromEntries(Object.entries(sample).map(([table, rows]) => [table, rows.values()])), values);
}

function connect(more: Readonly<Record<string, unknown>> = {}, folder = scratchFolder('smartdesk-api-')): Connector {
  return createConnector(
    {
      clock,
      random: seededRandom(5),
      http: api,
      steps: NO_STEPS,
      workFolder: folder,
      logger: { ...silentLogger(), warn: (fields) => void warnings.push(fields) },
      secret: () => api.key,
      answers: () => Promise.resolve(answers),
    },
    {
      timezone: 'Europe/Istanbul',
      headers: Object.fromEntries(
        ['account', 'contact', 'lead', 'deal'].map((object) => [object, { Owner: ['owner.email'] }]),
      ),
      api: {
        url: api.url,
        objects: Object.fromEntries(
          Object.entries(OBJECTS).map(([object, table]) => [object, { path: `v1/${table}` }]),
        ),
        records: 'data',
        total: 'meta.total',
        size: { records: 2 },
        callsPerMinute: 6_000,
        ...more,
      },
    },
    'crm',
  );
}

/** Cells of an export as programs write them: the account's exports have commas, and its own clock. */
function written(object: string, records: ReadonlyMap<string, SourceRecord>): ReadonlyMap<string, SourceRecord> {
  const reader = new PlainReader(AS_IN_EXPORTS, 'Europe/Istanbul');
  return new Map(
    [...records].map(([id, record]) => {
      const after = Object.entries(record.after ?? {}).map(([column, cell]) => [
        column,
        typeof cell === 'string' ? spelling(reader.value(PLAIN[object]?.[column], cell).text) : cell,
      ]);
      return [id, { ...record, after: Object.fromEntries(after) as FieldValues }];
    }),
  );
}

/** JSON has no zeros at the end of a fraction. */
function spelling(text: string): string {
  return /^\d+\.\d+$/.test(text) ? String(Number(text)) : text;
}

async function read(connector: Connector, object: string): Promise<ReadonlyMap<string, SourceRecord>> {
  const records = new Map<string, SourceRecord>();
  for await (const page of connector.snapshot(object, null, signal))
    for (const record of page.records) records.set(record.id, record);
  return records;
}

beforeEach(() => start());

describe('SMD-S2 a customer’s API', () => {
  it.each([
    { paging: 'page', total: true },
    { paging: 'page', total: false },
    { paging: 'offset', total: true },
    { paging: 'offset', total: false },
    { paging: 'cursor', total: false },
    { paging: 'none', total: false },
    { paging: 'page', total: true, values: 'cells' },
  ] as const)('gives the records of the export of the same account (%o)', async (manner) => {
    const values = 'values' in manner ? manner.values : 'typed';
    start(manner, values);
    const folder = scratchFolder('smartdesk-export-');
    const tables = Object.entries(sample).map(([table, rows]) => [table, [...rows.values()]] as const);
    writeExport(`${folder}/export-2026-03-01T0900`, Object.fromEntries(tables), ENGLISH, COLUMNS);
    const exported = createConnector(
      {
        clock,
        random: seededRandom(5),
        http: api,
        steps: NO_STEPS,
        workFolder: scratchFolder('smartdesk-work-'),
        logger: silentLogger(),
        answers: () => Promise.resolve(new Map()),
      },
      { folder, timezone: 'Europe/Istanbul', compareBeforeLoad: false, stability: { looks: 1 } },
      'crm',
    );
    const live = connect({
      paging: { kind: manner.paging },
      ...(manner.total ? {} : { total: undefined }),
      ...(values === 'cells' ? { texts: AS_IN_EXPORTS } : {}),
    });
    for (const object of ['account', 'contact', 'deal', 'note', 'message']) {
      const [told, expected] = [await read(live, object), await read(exported, object)];
      expect(told.size, object).toBeGreaterThan(0);
      expect(written(object, told), object).toEqual(written(object, expected));
    }
  });

  it('is read as often as was said, and not more', async () => {
    const connector = connect();
    await read(connector, 'account');
    const gone = sample.accounts.keys().next().value ?? '';
    api.rows('accounts').delete(gone);
    expect((await read(connector, 'account')).has(gone)).toBe(true);
    await clock.advance(300_000);
    expect((await read(connector, 'account')).has(gone)).toBe(false);
  });

  it('that refuses one object stops that one with its own error, and the others go on', async () => {
    api.fault({ fault: 'forbidden', match: /leads/ });
    const connector = connect();
    await expect(read(connector, 'lead')).rejects.toMatchObject({ code: 'SOURCE_CREDENTIALS' });
    const calls = api.calls;
    expect((await read(connector, 'account')).size).toBe(sample.accounts.size);
    await expect(read(connector, 'lead')).rejects.toMatchObject({ code: 'SOURCE_CREDENTIALS' });
    // Not before its time is anything asked for again.
    expect(api.calls).toBe(calls);
  });

  it('that breaks down for an object later deletes nothing of it, and takes it up again', async () => {
    const connector = connect();
    await read(connector, 'lead');
    api.fault({ fault: 'truncated', match: /leads/ });
    await clock.advance(300_000);
    const deletes: SourceRecord[] = [];
    const changes = async (): Promise<void> => {
      const checkpoint = { export: 'absent', base: null, file: '', set: '', takenAt: null, phase: 'done', position: 0 };
      for await (const page of connector.changes('lead', checkpoint, signal))
        deletes.push(...page.records.filter(({ op }) => op === 'DELETE'));
    };
    await expect(changes()).rejects.toMatchObject({ code: 'SOURCE_BAD_ANSWER' });
    api.clearFaults();
    await clock.advance(300_000);
    await changes();
    expect(deletes).toEqual([]);
  });

  it.each([
    ['accept', 0],
    ['refuse', sample.accounts.size],
  ] as const)(
    'that shows none of many records any more deletes them only once a person says so: %s',
    async (answer, left) => {
      const connector = connect();
      const live = new Set<string>();
      const questions: SourceQuestion[] = [];
      let at: Checkpoint | null = null;
      const follow = async (): Promise<void> => {
        for await (const page of at === null
          ? connector.snapshot('account', null, signal)
          : connector.changes('account', at, signal)) {
          for (const { id, op } of page.records) op === 'DELETE' ? live.delete(id) : live.add(id);
          questions.push(...(page.questions ?? []));
          at = page.checkpoint;
        }
        await clock.advance(300_000);
      };
      await follow();
      for (const id of sample.accounts.keys()) api.rows('accounts').delete(id);
      await follow();
      await follow();
      expect(live.size).toBe(sample.accounts.size);
      expect(new Set(questions.map(({ object }) => object))).toEqual(new Set(['account']));
      for (const { id } of questions) answers.set(id, answer);
      await follow();
      await follow();
      expect(live.size).toBe(left);
    },
  );

  it('with an endpoint that holds nothing has an object without records', async () => {
    for (const id of sample.leads.keys()) api.rows('leads').delete(id);
    expect(await read(connect(), 'lead')).toEqual(new Map());
  });

  it('whose pages move in every read is not believed', async () => {
    api.fault({ fault: 'repeated-record', match: /accounts.*page=2/ });
    api.fault({ fault: 'empty-page', match: /accounts.*page=3/ });
    await expect(read(connect(), 'account')).rejects.toMatchObject({ code: 'SOURCE_PAGES_MOVED' });
  });
});

describe('The doctor asks a customer’s API', () => {
  it('what its description leaves open, by two reads of each endpoint, and keeps nothing', async () => {
    api.rows('contacts').set('strange', { ...spelled({ 'Contact ID': 'X-1' }, 'contacts'), shoe_size: 43 });
    api.drop('leads');
    const found = (await connect().probe()).join('\n');
    expect(found).toContain(`account: 2 records in a page, of ${sample.accounts.size}.`);
    expect(found).toContain('account: a second page with 2 records (`paging`, `size`).');
    expect(found).toMatch(/lead: there is nothing at this path \(SOURCE_OBJECT_GONE\)/);
    expect(found).not.toContain('texts');
    expect(api.calls).toBeLessThanOrEqual(2 * Object.keys(OBJECTS).length);
  });

  it('and hears of pages that are asked for in another way, lists elsewhere, names of its own and unexplained texts', async () => {
    start({ paging: 'offset', total: false }, 'cells');
    const found = (await connect({ total: undefined }).probe()).join('\n');
    expect(found).toContain('account: the second page has records of the first: pages are asked for in another way');
    expect(found).toContain('nothing says of how many (`total`)');
    expect(found).toMatch(/deal: Value is written as "[\d.,]+", and nothing says how that is read \(`texts`\)/);
    expect(found).toMatch(/deal: Created is written as "\d\d\.\d\d\.\d{4} \d\d:\d\d"/);
    start();
    const elsewhere = (await connect({ records: 'items' }).probe()).join('\n');
    expect(elsewhere).toContain('account: no list of records there; the answer has lists under data (`records`).');
    start({ ownSize: 90 });
    api.rows('contacts').set('strange', { id: 'X-1', shoe_size: 43 });
    const odd = (await connect({ size: { records: 1 } }).probe()).join('\n');
    expect(odd).toContain('contact: it gives more than the 1 asked for: `size` is not heard.');
    expect(odd).toContain('contact: custom fields: shoe_size.');
  });
});

describe('Settings of an API', () => {
  afterEach(() => expect(warnings).toEqual([]));

  it.each([
    ['an address without encryption', { url: 'http://crm.example' }, /url: must be https/],
    ['a path that leads out', { objects: { contact: { path: '../admin' } } }, /must not lead out/],
    ['an object that nobody knows', { objects: { thing: { path: 'things' } } }, /api\.objects\.thing/],
    ['no object', { objects: {} }, /must name an object/],
    ['a pattern of times that is none', { texts: { time: 'when' } }, /must be a date pattern/],
  ])('with %s are refused', (_what, more, message) => {
    expect(() => connect(more)).toThrow(message);
  });

  it('stand beside no folder: either is read', () => {
    const settings = {
      folder: 'exports',
      api: { url: 'https://crm.example', objects: { contact: { path: 'contacts' } } },
    };
    expect(() => createConnector({} as never, settings)).toThrow(/folder: needed, or else `api`/);
    expect(() => createConnector({} as never, {})).toThrow(/folder: needed, or else `api`/);
  });
});
