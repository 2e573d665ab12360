import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeCsv } from '../../sandbox/samples/smart-crm-online/dialect.ts';
import { SETS, SYNCED, sample } from '../../sandbox/samples/smart-crm-online/generate.ts';
import { SHAPES, type TableName, type TableShape } from '../../sandbox/samples/smart-crm-online/tables.ts';
import { OWNERS } from '../../sandbox/samples/smart-crm-online/words.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { NO_STEPS } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import type {
  Checkpoint,
  Connector,
  Page,
  SourceDescription,
  SourceQuestion,
  SourceRecord,
} from '../../src/source/connector.ts';
import { createConnector } from './index.ts';

const SAMPLES = join(import.meta.dirname, '../../sandbox/samples/smart-crm-online');
const [FIRST, SECOND] = SETS;
const { summary, exports } = sample();

let folder: string;
let drop: string;
let answers: Map<string, string>;

async function open(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'smart-crm-'));
  drop = join(folder, 'exports');
  await mkdir(drop);
  await mkdir(join(folder, 'work'));
  answers = new Map();
}

const shut = (): Promise<void> => rm(folder, { recursive: true });

function connect(settings: Readonly<Record<string, unknown>> = {}): Connector {
  const refused = () => Promise.reject(new Error('this connector calls nobody'));
  return createConnector(
    {
      clock: systemClock(),
      random: seededRandom(1),
      http: { send: refused },
      logger: silentLogger(),
      steps: NO_STEPS,
      workFolder: join(folder, 'work'),
      answers: () => Promise.resolve(answers),
    },
    {
      folder: drop,
      timezone: 'Europe/Istanbul',
      codePage: 'windows-1254',
      stability: { looks: 2, seconds: 0.01 },
      ...settings,
    },
    'smart-crm',
  );
}

/** Puts the sample's export into the drop folder. */
function dropSet(set: (typeof SETS)[number]): Promise<void> {
  return cp(join(SAMPLES, set.folder), join(drop, set.folder), { recursive: true });
}

interface Reduction {
  readonly file?: TableName;
  readonly column?: readonly [TableName, string];
}

/** Puts a small export into the drop folder: the first rows of each file, without one file or one column. */
async function dropSmall(set: (typeof SETS)[number], without: Reduction = {}): Promise<void> {
  await mkdir(join(drop, set.folder));
  for (const [table, shape] of Object.entries(SHAPES) as [TableName, TableShape][]) {
    if (table === without.file) continue;
    const headers = shape.headers.filter((header) => without.column?.[0] !== table || without.column[1] !== header);
    const rows = [...exports[0][table].values()].slice(0, 12);
    await writeFile(join(drop, set.folder, shape.file), writeCsv(headers, rows, shape.dialect));
  }
}

async function collect(
  pages: AsyncIterable<Page>,
): Promise<{ records: SourceRecord[]; pages: Page[]; checkpoint: Checkpoint }> {
  const seen: Page[] = [];
  for await (const page of pages) seen.push(page);
  return { records: seen.flatMap(({ records }) => records), pages: seen, checkpoint: seen.at(-1)?.checkpoint ?? {} };
}

const signal = new AbortController().signal;

describe('describe()', () => {
  let description: SourceDescription;

  beforeAll(async () => {
    await open();
    await dropSet(FIRST);
    await dropSet(SECOND);
    description = await connect().describe();
    await shut();
  });

  it('finds the seven objects with the counts of the newest export', () => {
    const counts = Object.fromEntries(description.objects.map(({ name, count }) => [name, count]));
    expect(counts).toEqual(Object.fromEntries(SYNCED.map((table) => [table, summary.rows[table][1]])));
  });

  it('SCO-9 tells custom columns from standard ones by their headers', () => {
    const custom = Object.fromEntries(
      description.objects.map(({ name, fields }) => [
        name,
        fields.filter(({ standard }) => !standard).map(({ name: field }) => field),
      ]),
    );
    for (const fields of Object.values(custom)) fields.sort();
    expect(custom).toEqual({
      company: ['Customer Tier', 'Old Fax', 'Vergi No'],
      contact: ['Doğum Günü', 'KVKK Onayı', 'Old Loyalty No'],
      deal: ['Discount %', 'Teklif No'],
      call: [],
      email: [],
      meeting: [],
      note: [],
    });
  });

  it('reads Turkish headers in windows-1254 under the usual names', () => {
    const meeting = description.objects.find(({ name }) => name === 'meeting');
    expect(meeting?.fields.map(({ name }) => name).sort()).toEqual(
      [
        'Meeting ID',
        'Subject',
        'Start',
        'End',
        'Place',
        'Description',
        'Attendees',
        'Owner',
        'Contact ID',
        'Deal ID',
        'Modified',
      ].sort(),
    );
  });

  it('SCO-9 proposes types over the whole column', () => {
    const proposal = (object: string, field: string) => {
      const found = description.objects
        .find(({ name }) => name === object)
        ?.fields.find(({ name }) => name === field)?.proposal;
      return found?.decided ? found.format : null;
    };
    expect(proposal('contact', 'Doğum Günü')).toEqual({ type: 'date', pattern: 'dd.MM.yyyy' });
    expect(proposal('deal', 'Value')).toEqual({ type: 'decimal', decimalMark: ',' });
    expect(proposal('deal', 'Created')).toEqual({ type: 'timestamp', pattern: 'dd.MM.yyyy HH:mm' });
    expect(proposal('company', 'Vergi No')).toEqual({ type: 'text' });
  });

  it('SCO-10 names every owner in use, also those the owners file does not list', () => {
    expect(description.owners.map(({ reference }) => reference).sort()).toEqual(
      OWNERS.map(({ email }) => email).sort(),
    );
    expect(description.owners.find(({ reference }) => reference.startsWith('rachel'))).toMatchObject({
      name: null,
      active: false,
    });
    expect(description.owners.find(({ reference }) => reference.startsWith('ayse'))).toMatchObject({
      name: 'Ayşe Yılmaz',
      active: true,
    });
  });

  it('SCO-4 takes stages with order and probability from the stages file', () => {
    expect(description.pipelines.map(({ name, stages }) => [name, stages.map((stage) => stage.probability)])).toEqual([
      ['New Business', [10, 25, 40, 50, 75, 100, 0]],
      ['Yenileme', [40, 60, 92.5, 100, 0]],
    ]);
  });

  it('SCO-6 counts the attachments that are not in the export', () => {
    const emails = [...exports[1].email.values()].map((row) => Number(row.Attachments)).filter((count) => count > 0);
    const files = emails.reduce((sum, count) => sum + count, 0);
    expect(description.notes.join('\n')).toContain(`${emails.length} e-mails name ${files} attachments`);
  });

  it('SCO-9 asks about columns that only archived rows use, and blocks nothing', () => {
    const asked = description.questions.filter(({ id }) => id.startsWith('archived-only/'));
    expect(asked.map(({ id }) => id).sort()).toEqual([
      'archived-only/company/Old Fax',
      'archived-only/contact/Old Loyalty No',
    ]);
    expect(description.questions.filter(({ blocking }) => blocking)).toEqual([]);
  });

  it('SCO-2 asks about companies without a primary contact, with their number', () => {
    const count = [...exports[1].company.values()].filter((row) => row['Primary Contact ID'] === '').length;
    expect(description.questions.find(({ id }) => id === 'companies-without-primary-contact')?.detail).toMatchObject({
      count,
    });
  });

  it('SCO-12 has no automations, and says where to write them down', () => {
    expect(description.automations).toEqual([]);
    expect(description.notes.join('\n')).toContain('inventory template');
  });

  it('SCO-S1 shows when the newest export was taken', () => {
    expect(description.notes.join('\n')).toContain('2026-03-09');
  });
});

describe('SCO-4 without a stages file', () => {
  beforeEach(open);
  afterEach(shut);

  it('asks for order and probability of every pipeline', async () => {
    await dropSmall(FIRST, { file: 'stage' });
    await dropSmall(SECOND, { file: 'stage' });
    const { questions, pipelines } = await connect().describe();
    expect(questions.filter(({ id }) => id.startsWith('stages/')).map(({ id, blocking }) => [id, blocking])).toEqual([
      ['stages/New Business', true],
      ['stages/Yenileme', true],
    ]);
    expect(
      pipelines
        .flatMap(({ stages }) => stages)
        .every(({ order, probability }) => order === null && probability === null),
    ).toBe(true);
  });
});

describe('reading', () => {
  beforeEach(open);
  afterEach(shut);

  it('snapshot() gives every row of the first export once, cells as they stand', async () => {
    await dropSet(FIRST);
    const connector = connect();
    for (const table of SYNCED) {
      const { records, pages } = await collect(connector.snapshot(table, null, signal));
      expect(records.map(({ id }) => id).sort()).toEqual([...exports[0][table].keys()].sort());
      expect(pages.at(-1)?.ends).toMatchObject({ rows: summary.rows[table][0], rejected: 0, retained: 0 });
      expect(pages.at(-1)?.ends?.takenAt).toBe(Date.parse(FIRST.takenAt));
    }
    const contacts = await collect(connector.snapshot('contact', null, signal));
    const expected = exports[0].contact.get('000007');
    expect(contacts.records.find(({ id }) => id === '000007')).toMatchObject({ op: 'UPSERT', after: expected });
    await connector.close();
  });

  it('knows when records were created and changed, in the time zone of the settings', async () => {
    await dropSet(FIRST);
    const { records } = await collect(connect().snapshot('call', null, signal));
    for (const record of records.slice(0, 50)) {
      const [, day, month, year, time] =
        /^(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d)$/.exec(String(record.after?.['Call Time'])) ?? [];
      expect(record.created).toBe(Date.parse(`${year}-${month}-${day}T${time}:00+03:00`));
      expect(record.time).not.toBeNull();
    }
  });

  it('SCO-S2 changes() between the two exports are exactly what the generator changed', async () => {
    await dropSet(FIRST);
    const connector = connect();
    const checkpoints = new Map<string, Checkpoint>();
    for (const table of SYNCED)
      checkpoints.set(table, (await collect(connector.snapshot(table, null, signal))).checkpoint);
    await dropSet(SECOND);
    for (const table of SYNCED) {
      const { records, checkpoint } = await collect(connector.changes(table, checkpoints.get(table) ?? {}, signal));
      const { added, changed, removed } = summary.differences[table];
      const ids = (op: SourceRecord['op']) =>
        records
          .filter((record) => record.op === op)
          .map(({ id }) => id)
          .sort();
      expect(ids('UPSERT'), table).toEqual([...added, ...changed].sort());
      expect(ids('DELETE'), table).toEqual(removed);
      expect((await collect(connector.changes(table, checkpoint, signal))).records, `${table} again`).toEqual([]);
    }
    await connector.close();
  });
});

describe('SCO-S1 a reduced export', () => {
  beforeEach(open);
  afterEach(shut);

  const blocking = async (): Promise<readonly SourceQuestion[]> =>
    (await connect().describe()).questions.filter((question) => question.blocking);

  it('asks about a missing object, and goes on once it is said to be not needed', async () => {
    await dropSmall(FIRST, { file: 'call' });
    await dropSmall(SECOND, { file: 'call' });
    const asked = await blocking();
    expect(asked.map(({ object, choices }) => [object, choices])).toEqual([['call', ['supplied', 'not needed']]]);
    answers.set(asked[0]?.id ?? '', 'not needed');
    expect(await blocking()).toEqual([]);
  });

  it.each([
    ['Email', 'a needed column'],
    ['Company ID', 'a link column'],
    ['Owner', 'the owner'],
  ])('asks about the missing column %s, %s', async (column) => {
    await dropSmall(FIRST, { column: ['contact', column] });
    await dropSmall(SECOND, { column: ['contact', column] });
    const asked = await blocking();
    expect(asked.map(({ object, detail }) => [object, detail.column])).toEqual([['contact', column]]);
    answers.set(asked[0]?.id ?? '', 'not needed');
    expect(await blocking()).toEqual([]);
  });

  it('reads nothing of an object while a link column is missing and nobody said that it is not needed', async () => {
    await dropSmall(FIRST, { column: ['contact', 'Company ID'] });
    const reading = collect(connect().snapshot('contact', null, signal));
    await expect(reading).rejects.toMatchObject({ code: 'EXPORT_COLUMN_MISSING', place: { field: 'Company ID' } });
  });

  it('compares two exports in a row, and asks about a column that only the first one has', async () => {
    await dropSmall(FIRST);
    await dropSmall(SECOND, { column: ['contact', 'Lead Source'] });
    const { questions } = await connect().describe();
    expect(questions.find(({ detail }) => detail.column === 'Lead Source')).toMatchObject({
      object: 'contact',
      detail: { inTheExportBefore: true },
    });
  });

  it('asks for a second export before the first load, once, and not where the settings say that one is enough', async () => {
    await dropSmall(FIRST);
    expect((await blocking()).map(({ id }) => id)).toEqual(['second-export']);
    expect(
      (await connect({ compareBeforeLoad: false }).describe()).questions.filter((question) => question.blocking),
    ).toEqual([]);
    await dropSmall(SECOND);
    expect(await blocking()).toEqual([]);
    await rm(join(drop, FIRST.folder), { recursive: true });
    expect(await blocking()).toEqual([]);
  });
});
