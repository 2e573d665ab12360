import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { defaultMappingFile as dinamikMapping } from '../../connectors/dinamik/index.ts';
import { startDataverseSandbox } from '../../sandbox/dataverse/index.ts';
import { sampleMapping } from '../../sandbox/dataverse/sample/mapping.ts';
import { startDinamikSandbox } from '../../sandbox/dinamik/index.ts';
import { startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import { answerSampleQuestions } from '../../sandbox/quickstart/answers.ts';
import { ENGLISH, writeExport } from '../../sandbox/samples/smartdesk/languages.ts';
import { COLUMNS } from '../../sandbox/samples/smartdesk/tables.ts';
import { NO_LIMITS, startTwentySandbox } from '../../sandbox/twenty/index.ts';
import { Application } from '../../src/app/application.ts';
import { Daemon } from '../../src/app/daemon.ts';
import { runOperation } from '../../src/app/operation.ts';
import { mapConfirm } from '../../src/app/operations/mapping.ts';
import { mergesShow } from '../../src/app/operations/merges.ts';
import { provisionApply, provisionPlan } from '../../src/app/operations/provisioning.ts';
import { reviewAnswer } from '../../src/app/operations/reviews.ts';
import { type Status, status } from '../../src/app/operations/status.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { person, until } from './deployment.ts';
import { ANN, BOB, company, contact, dropTables, smallFirm } from './exports.ts';

/**
 * Five sources at once in one workspace: each has a firm, a person of its own, and people whom other sources have, too. Who
 * has one e-mail address is one person, and the mappings' priorities say whose values count.
 */

const SLOW = 180_000;
const SOURCES = ['smart-crm-online', 'smartdesk', 'dataverse', 'kinabase', 'dinamik'] as const;
type Source = (typeof SOURCES)[number];

/** In Dataverse and in Kinabase, and in Dinamik as a lead. */
const ADA = 'ada@shared.example';
/** In both kinds of exports. */
const CEM = 'cem@shared.example';
/** In all five. */
const EVE = 'eve@shared.example';

type Row = Readonly<Record<string, unknown>>;
type Closing = () => Promise<void>;

let folder: string;
let workspace: Awaited<ReturnType<typeof startTwentySandbox>>;
let dataverse: Awaited<ReturnType<typeof startDataverseSandbox>>;
let kinabase: Awaited<ReturnType<typeof startKinabaseSandbox>>;
let dinamik: Awaited<ReturnType<typeof startDinamikSandbox>>;
let daemon: Daemon;
let app: Application;
/** Keys of the records, by source and name. */
const keys = new Map<string, string>();
const closing: Closing[] = [];
const { signal } = new AbortController();

const keyOf = (source: Source, name: string): string => {
  const key = keys.get(`${source} ${name}`);
  if (key === undefined) throw new Error(`${source} has no ${name}`);
  return key;
};
const live = (object: string): readonly Row[] => workspace.dump(object).filter((row) => row.deletedAt === null);
/** Every row that a source record stands in. */
const rowsOf = (object: string, key: string): readonly Row[] =>
  live(object).filter(({ sourceKeys }) => Array.isArray(sourceKeys) && sourceKeys.includes(key));
const keysOf = ({ sourceKeys }: Row): readonly string[] => [...(sourceKeys as readonly string[])].sort();
const counts = async (): Promise<Status> => runOperation(status, { app, daemon: null }, {});

function fillDataverse(): void {
  const { organisation } = dataverse;
  const noted = (table: string, name: string, id: string): void =>
    void keys.set(`dataverse ${name}`, `dataverse/${table}/${id}`);
  const people = [
    ['Own', 'own@dataverse.example', 'Clerk'],
    ['Ada', ADA, 'Countess'],
    ['Eve', EVE, 'Director'],
  ] as const;
  const ann = organisation.create('systemuser', { firstname: 'Ann', lastname: 'Firm', internalemailaddress: ANN }).id;
  noted('account', 'Firm', organisation.create('account', { name: 'Dataverse Firm' }, ann).id);
  for (const [firstname, emailaddress1, jobtitle] of people) {
    const values = { firstname, lastname: 'Dataverse', emailaddress1, jobtitle };
    noted('contact', firstname, organisation.create('contact', values, ann).id);
  }
}

/** What the connector's mapping speaks of, in records that have nothing in them: a service tells of a field by its records alone. */
const EMPTY_RECORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  companies: empty('legalName domain industry employees city tags notes parent owner'),
  people: empty('firstName lastName email phone jobTitle city newsletter lastContacted fullName company team owner'),
  teams: empty('name lead'),
  deals: empty('name stage amount closeDate weighted company contact project owner'),
  projects: empty('title stage budget startsOn deal members assignee'),
  sites: empty('name area openedOn company'),
  contracts: empty('number value signedOn autoRenew company deal'),
  assets: empty('serial condition site contract replaces'),
  tickets: empty('title stage priority person asset team owner'),
  tasks: empty('title description status due record assignee'),
  interactions: empty('subject notes place type durationMinutes person deal date owner'),
  documents: empty('name url company project owner'),
};

function empty(fields: string): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.split(' ').map((field) => [field, '']));
}

function fillKinabase(): void {
  for (const slug of Object.keys(EMPTY_RECORDS)) kinabase.workspace.define({ slug, name: slug });
  const make = (slug: string, name: string, data: Readonly<Record<string, string>>): void =>
    void keys.set(
      `kinabase ${name}`,
      `kinabase/${slug}/${kinabase.workspace.create(slug, { ...EMPTY_RECORDS[slug], ...data }).id}`,
    );
  make('people', 'Own', { firstName: 'Own', lastName: 'Kinabase', email: 'own@kinabase.example' });
  const phone = '+44 20 7946 0018';
  make('people', 'Ada', { firstName: 'Ada', lastName: 'Kinabase', email: ADA, jobTitle: 'Programmer', phone });
  make('people', 'Eve', { firstName: 'Eve', lastName: 'Kinabase', email: EVE });
  // Numbers count up: a column of them with 1 alone could as well be yes and no.
  for (const slug of Object.keys(EMPTY_RECORDS).filter((one) => one !== 'companies' && one !== 'people'))
    make(slug, slug, {});
  const document = keyOf('kinabase', 'documents').split('/').at(-1) ?? '';
  kinabase.workspace.attach('documents', document, { name: 'offer.pdf', bytes: Buffer.from('%PDF-1.7\nan offer') });
  make('companies', 'Firm', { legalName: 'Kinabase Firm' });
}

function fillDinamik(): void {
  dinamik.account.install('Lead');
  const make = (controller: string, object: string, name: string, values: Readonly<Record<string, string>>): void => {
    const { email, ...own } = values;
    const details = email === undefined ? {} : { Emails: [{ id: 1, email }] };
    keys.set(`dinamik ${name}`, `dinamik/${object}/${dinamik.account.create(controller, { values: own, details }).id}`);
  };
  make('Company', 'company', 'Firm', { name: 'Dinamik Firm' });
  make('Contact', 'contact', 'Own', { firstName: 'Own', lastName: 'Dinamik', email: 'own@dinamik.example' });
  make('Contact', 'contact', 'Eve', { firstName: 'Eve', lastName: 'Dinamik', email: EVE });
  make('Lead', 'lead', 'Ada', { firstName: 'Ada', lastName: 'Dinamik', email: ADA });
  make('Lead', 'lead', 'Lia', { firstName: 'Lia', lastName: 'Dinamik', email: 'lia@dinamik.example' });
}

/** The exports of Smart CRM Online: the second one without Cem. */
function dropSmartCrm(day: string, without: readonly string[] = []): void {
  const people = [
    contact('P1', 'Own', 'Smart', { Email: 'own@smart.example' }),
    contact('P2', 'Cem', 'Smart', { Email: CEM, 'Job Title': 'Baker', Mobile: '+44 20 7946 0021' }),
    contact('P3', 'Eve', 'Smart', { Email: EVE }),
  ].filter((row) => !without.includes(row['Contact ID'] ?? ''));
  const firm = smallFirm();
  const few = { company: [company('C1', 'Smart Firm')], contact: people, deal: firm.deal.slice(0, 1) };
  dropTables(join(folder, 'smart', 'exports'), { ...firm, ...few, call: [], email: [], meeting: [], note: [] }, day);
  keys.set('smart-crm-online Firm', 'smart-crm-online/company/C1');
  for (const [name, id] of Object.entries({ Own: 'P1', Cem: 'P2', Eve: 'P3' }))
    keys.set(`smart-crm-online ${name}`, `smart-crm-online/contact/${id}`);
}

function dropSmartDesk(): void {
  const times = { Created: '05.01.2026 09:30', Modified: '17.02.2026 16:45' };
  const one = (id: string, first: string, email: string, title = '', stage = '') =>
    ({
      'Contact ID': id,
      'First Name': first,
      'Last Name': 'Desk',
      Email: email,
      'Job Title': title,
      'Lifecycle Stage': stage,
      ...times,
    }) as const;
  const deal = { 'Deal ID': 'D1', 'Deal Name': 'Desks', Value: '10', Currency: 'GBP', Pipeline: 'Sales', Stage: 'New' };
  const tables = {
    accounts: [{ 'Account ID': 'A1', 'Account Name': 'Desk Firm', ...times }],
    contacts: [
      one('K1', 'Own', 'own@desk.example'),
      one('K2', 'Cem', CEM, 'Chef'),
      one('K3', 'Eve', EVE, '', 'Customer'),
    ],
    deals: [{ ...deal, ...times }],
    ...{ leads: [], tasks: [], calls: [], emails: [], meetings: [], notes: [] },
    ...{ campaigns: [], tickets: [], ticket_messages: [] },
  };
  writeExport(join(folder, '.desk'), tables, ENGLISH, COLUMNS);
  mkdirSync(join(folder, 'desk'));
  renameSync(join(folder, '.desk'), join(folder, 'desk', 'export-2026-03-02'));
  keys.set('smartdesk Firm', 'smartdesk/account/A1');
  for (const [name, id] of Object.entries({ Own: 'K1', Cem: 'K2', Eve: 'K3' }))
    keys.set(`smartdesk ${name}`, `smartdesk/contact/${id}`);
}

/** A connector's mapping with some of its objects alone. */
function only(file: URL, objects: readonly string[]): string {
  const mapping = parse(readFileSync(file, 'utf8'), { merge: true }) as { readonly objects: Readonly<Row> };
  const kept = Object.fromEntries(Object.entries(mapping.objects).filter(([name]) => objects.includes(name)));
  return stringify({ ...mapping, objects: kept }, { aliasDuplicateObjects: false });
}

/** What the firms have is not all that the connectors' own mappings speak of. */
const OWN_MAPPINGS: Readonly<Partial<Record<Source, string>>> = {
  dinamik: only(dinamikMapping, ['company', 'contact', 'lead']),
  dataverse: sampleMapping(),
};

/** One configuration with all five; `own`: with mappings of the firms' own where the connector's would not do. */
function configuration(own: boolean): string {
  const exports = { timezone: 'Europe/Istanbul', compareBeforeLoad: false, stability: { looks: 2, seconds: 0.01 } };
  const settings: Readonly<Record<Source, object>> = {
    'smart-crm-online': { ...exports, folder: 'smart/exports', codePage: 'windows-1254' },
    smartdesk: { ...exports, folder: 'desk' },
    dataverse: {
      url: dataverse.url,
      authority: dataverse.url,
      tenant: dataverse.tenant,
      clientId: dataverse.clientId,
      sweepSeconds: 1,
    },
    kinabase: { url: kinabase.url, appId: kinabase.appId, callsPerMinute: 10_000, sweepSeconds: 1 },
    dinamik: {
      url: dinamik.url,
      modules: ['company', 'contact', 'lead'],
      sweepSeconds: 0,
      callsPerSecond: { start: 50, most: 50 },
    },
  };
  return stringify({
    deployment: 'all-sources',
    dataFolder: own ? 'data' : 'plan',
    twenty: { url: workspace.url, apiKey: { env: 'TWENTY_API_KEY' }, pollSeconds: 2 },
    server: { port: 0 },
    sources: SOURCES.map((name) => ({
      name,
      connector: name,
      pollSeconds: 1,
      settings: settings[name],
      ...(own && name in OWN_MAPPINGS ? { mapping: `${name}.yaml` } : {}),
    })),
  });
}

async function open(file: string): Promise<Application> {
  const environment = {
    TWENTY_API_KEY: workspace.token,
    DATAVERSE_CLIENT_SECRET: dataverse.secret,
    KINABASE_APP_SECRET: kinabase.secret,
    DINAMIK_API_KEY: dinamik.apiKey,
    DINAMIK_API_SECRET: dinamik.apiSecret,
  };
  const ports = systemPorts(silentLogger(), environment);
  return Application.open(loadConfiguration(join(folder, file), environment), ports, 'write');
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-all-'));
  closing.push(async () => rmSync(folder, { recursive: true, force: true }));
  workspace = await startTwentySandbox({ limits: NO_LIMITS, members: [person('Ann', ANN), person('Bob', BOB)] });
  closing.push(() => workspace.close());
  dataverse = await startDataverseSandbox({ limits: null });
  closing.push(() => dataverse.close());
  kinabase = await startKinabaseSandbox({ callsPerMinute: null });
  closing.push(() => kinabase.close());
  dinamik = await startDinamikSandbox();
  closing.push(() => dinamik.close());
  fillDataverse();
  fillKinabase();
  fillDinamik();
  dropSmartCrm('2026-03-02');
  dropSmartDesk();
  writeFileSync(join(folder, 'changeover.yaml'), configuration(true));
  for (const [name, text] of Object.entries(OWN_MAPPINGS)) writeFileSync(join(folder, `${name}.yaml`), text);
  app = await open('changeover.yaml');
  closing.push(() => app.close());
  await runOperation(provisionApply, { app, daemon: null }, {});
  for (const source of SOURCES) await runOperation(mapConfirm, { app, daemon: null }, { source, by: 'test' });
  daemon = await Daemon.start(app, { version: 'test' });
  closing.push(() => daemon.stop());
  await daemon.pipeline.introduce();
  // Its export says of the one stage neither the order nor the probability.
  const stages = { ids: ['smartdesk/stages/Sales'], answer: 'New | 10 | open', by: 'test' };
  await runOperation(reviewAnswer, { app, daemon: null }, stages);
  await daemon.pipeline.introduce();
  await answerSampleQuestions(app);
  await daemon.pipeline.settle(signal);
}, SLOW);

afterAll(async () => {
  for (const close of closing.reverse()) await close();
}, SLOW);

describe('all five sources in one workspace', { timeout: SLOW }, () => {
  test('ALL-6: the mappings that come with the connectors want nothing of one workspace that contradicts itself', async () => {
    writeFileSync(join(folder, 'plan.yaml'), configuration(false));
    const planned = await open('plan.yaml');
    try {
      const plan = await runOperation(provisionPlan, { app: planned, daemon: null }, {});
      expect(plan.conflicts).toEqual([]);
    } finally {
      await planned.close();
    }
  });

  test('are read to their ends and accounted for: residue 0', async () => {
    const now = await counts();
    expect(now.residue).toBe(0);
    expect(new Set(now.objects.map(({ source }) => source))).toEqual(new Set(SOURCES));
    const told = Object.fromEntries(
      now.objects
        .filter(({ counted }) => (counted ?? 0) > 0)
        .map(({ source, object, counted, applied, merged }) => [`${source}/${object}`, [counted, applied, merged]]),
    );
    const [people, firms] = [3, 1];
    for (const object of ['smart-crm-online/contact', 'smartdesk/contact', 'dataverse/contact', 'kinabase/people'])
      expect(told[object]?.[0], object).toBe(people);
    expect(told['dinamik/contact']?.[0]).toBe(2);
    for (const source of ['smart-crm-online/company', 'smartdesk/account', 'dataverse/account', 'kinabase/companies'])
      expect(told[source], source).toEqual([firms, firms, 0]);
    // Every collection that the mapping of Kinabase speaks of, not people and companies alone.
    for (const slug of Object.keys(EMPTY_RECORDS).filter((one) => one !== 'companies' && one !== 'people'))
      expect(told[`kinabase/${slug}`], slug).toEqual([1, 1, 0]);
    expect(told['smartdesk/deal']).toEqual([1, 1, 0]);
    expect(daemon.pipeline.unread()).toEqual([]);
    const merged = now.objects.reduce((sum, row) => sum + row.merged, 0);
    // Of Cem one row too many, of Ada two, of Eve four.
    expect(merged).toBe(7);
  });

  test.each(SOURCES)('has what %s has, under its own keys and times', (source) => {
    const [firm] = rowsOf('company', keyOf(source, 'Firm'));
    expect(firm).toMatchObject({ name: expect.stringMatching(/ Firm$/), sourceKey: keyOf(source, 'Firm') });
    expect(rowsOf('company', keyOf(source, 'Firm'))).toHaveLength(1);
    const [own, ...others] = rowsOf('person', keyOf(source, 'Own'));
    expect(others).toEqual([]);
    expect(own).toMatchObject({
      name: { firstName: 'Own' },
      sourceKey: keyOf(source, 'Own'),
      sourceKeys: [keyOf(source, 'Own')],
    });
    expect(own).toMatchObject({
      emails: { primaryEmail: expect.stringMatching(/^own@/) },
      sourceModifiedAt: expect.any(String),
      sourceChecksum: expect.any(Number),
    });
  });

  test('a person in several sources is one row, with the values of the higher priority and the other one’s in its gaps', () => {
    const all = [keyOf('dataverse', 'Ada'), keyOf('kinabase', 'Ada'), keyOf('dinamik', 'Ada')];
    const [first, ...others] = all.map((key) => rowsOf('person', key));
    expect(first).toHaveLength(1);
    for (const rows of others) expect(rows).toEqual(first);
    const [ada] = first ?? [];
    expect(keysOf(ada ?? {})).toEqual(all.sort());
    expect(ada).toMatchObject({
      name: { firstName: 'Ada', lastName: 'Dataverse' },
      jobTitle: 'Countess',
      emails: { primaryEmail: ADA },
      phones: { primaryPhoneNumber: '2079460018' },
    });
  });

  test('two exports with one person in both make one row, too', () => {
    const [cem, ...others] = rowsOf('person', keyOf('smart-crm-online', 'Cem'));
    expect(others).toEqual([]);
    expect(keysOf(cem ?? {})).toEqual([keyOf('smart-crm-online', 'Cem'), keyOf('smartdesk', 'Cem')].sort());
    expect(cem).toMatchObject({ name: { lastName: 'Desk' }, jobTitle: 'Chef' });
    expect(cem).toMatchObject({ phones: { primaryPhoneNumber: '2079460021' } });
  });

  test('whom all five have is one row with five keys', () => {
    const eves = live('person').filter(
      ({ emails }) => (emails as { primaryEmail?: string } | null)?.primaryEmail === EVE,
    );
    expect(eves).toHaveLength(1);
    expect(keysOf(eves[0] ?? {})).toEqual(SOURCES.map((source) => keyOf(source, 'Eve')).sort());
    expect(live('person').filter(({ sourceKeys }) => Array.isArray(sourceKeys))).toHaveLength(9);
  });

  test('the type of a shared person is that of a contact before that of a lead, and of contacts that of the one who comes first', async () => {
    const typeOf = (source: Source, name: string) => rowsOf('person', keyOf(source, name))[0]?.personType;
    expect({
      // A contact in Dataverse, a lead in Dinamik; Kinabase says nothing.
      ada: typeOf('dataverse', 'Ada'),
      // A customer in SmartDesk, the oldest; contacts in Dataverse and Dinamik.
      eve: typeOf('smartdesk', 'Eve'),
      cem: typeOf('smartdesk', 'Cem'),
      lia: typeOf('dinamik', 'Lia'),
      kinabase: typeOf('kinabase', 'Own'),
    }).toEqual({ ada: 'CONTACT', eve: 'CUSTOMER', cem: 'CONTACT', lia: 'LEAD', kinabase: null });
    const { fields } = await runOperation(mergesShow, { app, daemon: null }, { key: keyOf('dinamik', 'Ada') });
    expect(fields.find(({ field }) => field === 'personType')).toMatchObject({
      from: [keyOf('dataverse', 'Ada')],
      passedOver: [{ key: keyOf('dinamik', 'Ada'), value: 'LEAD' }],
    });
  });

  test('a change in one source, and a delete in another, reach the shared rows and leave the others alone', async () => {
    kinabase.workspace.update('people', keyOf('kinabase', 'Ada').split('/').at(-1) ?? '', {
      phone: '+44 20 7946 0099',
    });
    dataverse.organisation.update('contact', keyOf('dataverse', 'Eve').split('/').at(-1) ?? '', { jobtitle: 'Chair' });
    dropSmartCrm('2026-03-09', ['P2']);
    dinamik.account.remove('Contact', Number(keyOf('dinamik', 'Own').split('/').at(-1)));
    const before = live('company').length;
    const [ada] = await until('all four have arrived', async () => {
      await daemon.pipeline.settle(signal);
      const gone = [keyOf('smart-crm-online', 'Cem'), keyOf('dinamik', 'Own')].flatMap((key) => rowsOf('person', key));
      const changed = rowsOf('person', keyOf('dataverse', 'Ada'));
      const phones = changed[0]?.phones as { primaryPhoneNumber?: string } | undefined;
      const [eve] = rowsOf('person', keyOf('dataverse', 'Eve'));
      const arrived = phones?.primaryPhoneNumber === '2079460099' && eve?.jobTitle === 'Chair';
      return gone.length === 0 && arrived ? changed : null;
    });
    expect((await counts()).residue).toBe(0);
    expect(ada).toMatchObject({ jobTitle: 'Countess' });
    expect(rowsOf('person', keyOf('kinabase', 'Eve'))[0]).toMatchObject({ jobTitle: 'Chair' });
    // Cem is in one source still, so the row stays, without what only the other one had.
    const [cem] = rowsOf('person', keyOf('smartdesk', 'Cem'));
    expect(cem).toMatchObject({ jobTitle: 'Chef', sourceKeys: [keyOf('smartdesk', 'Cem')] });
    for (const source of ['smart-crm-online', 'smartdesk', 'dataverse', 'kinabase'] as const)
      expect(rowsOf('person', keyOf(source, 'Own')), source).toHaveLength(1);
    expect(live('company')).toHaveLength(before);
  });
});
