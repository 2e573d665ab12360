import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/smartdesk/index.ts';
import { COLUMNS, type TableName } from '../../sandbox/samples/smartdesk/tables.ts';
import { loadAccount, type Values } from '../../sandbox/smartdesk/account.ts';
import { SmartDeskApi } from '../../sandbox/smartdesk/api.ts';
import { type ServedApi, serveApi } from '../../sandbox/smartdesk/serve.ts';
import { runOperation } from '../../src/app/operation.ts';
import { mapCheck, mapConfirm } from '../../src/app/operations/mapping.ts';
import { provisionApply } from '../../src/app/operations/provisioning.ts';
import { systemClock } from '../../src/core/clock.ts';
import { residue } from '../../src/sink/index.ts';
import { Deployment } from './deployment.ts';
import { content, dropExport, MEMBERS, type Tables, WORLD } from './smd-world.ts';

/**
 * A customer's API all the way to the workspace, under the mapping that comes with the connector: what it gives as numbers and ISO
 * times, or as texts that its settings explain, becomes what the export of the same account becomes.
 */

const OBJECTS = {
  account: 'accounts',
  contact: 'contacts',
  lead: 'leads',
  deal: 'deals',
  task: 'tasks',
  call: 'calls',
  email: 'emails',
  meeting: 'meetings',
  note: 'notes',
  campaign: 'campaigns',
  ticket: 'tickets',
  message: 'ticket_messages',
  stage: 'stages',
  user: 'users',
} as const;
const OWNED = ['account', 'contact', 'lead', 'deal', 'call', 'email', 'meeting'];
const TARGETS = ['company', 'person', 'opportunity', 'task', 'note', 'campaign', 'ticket', 'taskTarget', 'noteTarget'];

/** An amount that a mark between thousands would make a thousand times as large. */
const MORE: Tables = {
  deals: [
    { 'Deal ID': 'D-2', 'Deal Name': 'Small one', Value: '12,345', Currency: 'EUR', Pipeline: 'Sales', Stage: 'New' },
  ],
};

/** Every column of the product, and none of the customer's own: those are named by whoever gives them. */
const STANDARD: Tables = Object.fromEntries(
  (Object.keys(COLUMNS) as TableName[]).map((table) => [
    table,
    [...(WORLD[table] ?? []), ...(MORE[table] ?? [])].map((row) =>
      Object.fromEntries(COLUMNS[table].map((column) => [column, row[column] ?? ''])),
    ),
  ]),
);

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

async function overApi(
  values: Values,
  texts: Readonly<Record<string, string>> = {},
  tables: Tables = STANDARD,
): Promise<{ readonly deployment: Deployment; readonly api: SmartDeskApi }> {
  const api = new SmartDeskApi(systemClock());
  loadAccount(api, tables, values);
  const served: ServedApi = await serveApi(api);
  closing.push(() => served.close());
  const deployment = await Deployment.open({
    connector: 'smartdesk',
    members: MEMBERS,
    mapping: fileURLToPath(defaultMappingFile),
    secrets: { SMARTDESK_API_KEY: api.key },
    settings: {
      timezone: 'Europe/Istanbul',
      headers: Object.fromEntries(OWNED.map((object) => [object, { Owner: ['owner.email'] }])),
      api: {
        url: served.url,
        objects: Object.fromEntries(
          Object.entries(OBJECTS).map(([object, table]) => [object, { path: `v1/${table}` }]),
        ),
        records: 'data',
        total: 'meta.total',
        callsPerMinute: 10_000,
        texts,
      },
    },
  });
  closing.push(() => deployment.close());
  return { deployment, api };
}

async function load(deployment: Deployment): Promise<void> {
  await runOperation(provisionApply, { app: deployment.app, daemon: null }, {});
  await runOperation(mapConfirm, { app: deployment.app, daemon: null }, { source: 'crm', by: 'a test' });
  await deployment.settle();
  const asked = (await deployment.reviews()).find(({ id }) => id.includes('stage-map'));
  await deployment.answer(asked?.id ?? '', 'approved');
  await deployment.settle();
}

let exported: Deployment;

beforeAll(async () => {
  exported = await Deployment.open({
    connector: 'smartdesk',
    members: MEMBERS,
    mapping: fileURLToPath(defaultMappingFile),
    settings: {
      timezone: 'Europe/Istanbul',
      compareBeforeLoad: false,
      stability: { looks: 2, seconds: 0.01 },
      // Nothing in so small an export tells day from month.
      times: { email: 'dd.MM.yyyy HH:mm', message: 'dd.MM.yyyy HH:mm' },
    },
  });
  closing.push(() => exported.close());
  await dropExport(exported.drop, 'export-2025-04-01', STANDARD);
  await load(exported);
});

describe('SMD-S2 a customer’s API', () => {
  it.each([
    ['numbers and ISO times', 'typed', {}],
    ['cells of its exports', 'cells', { decimalMark: ',', day: 'dd.MM.yyyy', time: 'dd.MM.yyyy HH:mm' }],
  ] as const)('that gives %s makes the rows of the export of the same account', async (_what, values, texts) => {
    const { deployment } = await overApi(values, texts);
    await load(deployment);
    for (const target of TARGETS) {
      expect(content(exported, target).length, target).toBeGreaterThan(0);
      expect(content(deployment, target), target).toEqual(content(exported, target));
    }
    expect(deployment.row('opportunity', 'deal', 'D-1')).toMatchObject({
      amount: { amountMicros: 12_345_670_000, currencyCode: 'EUR' },
      closeDate: '2025-12-31T09:00:00.000Z',
      createdAt: '2024-02-01T07:00:00.000Z',
      originalModifiedAt: '2025-03-15T08:30:00.000Z',
    });
    expect(deployment.row('opportunity', 'deal', 'D-2').amount).toMatchObject({ amountMicros: 12_345_000 });
    expect(deployment.row('task', 'call', 'K-1')).toMatchObject({
      durationMinutes: 12,
      createdAt: '2024-06-05T11:30:00.000Z',
    });
    expect(await deployment.app.state.read((tx) => residue(tx))).toBe(0);
  });

  it('whose texts nobody explained is refused by `map check` and by confirming, before anything is misread', async () => {
    const [deal = {}] = STANDARD.deals ?? [];
    const tables = { ...STANDARD, deals: [{ ...deal, Value: '12.345' }] };
    const { deployment } = await overApi('cells', {}, tables);
    const context = { app: deployment.app, daemon: null };
    const { findings } = await runOperation(mapCheck, context, { source: 'crm', offline: true });
    const refused = findings.filter(({ code }) => code === 'MAPPING_TYPE_MISMATCH');
    expect(new Set(refused.map(({ severity }) => severity))).toEqual(new Set(['error']));
    const told = refused.map(({ message }) => message).join('\n');
    expect(told).toContain(
      'deal.Value is read as numbers with a point, but its values look like decimals with "." or decimals with ","',
    );
    expect(told).toContain('deal.Created is read as times as ISO 8601 has them, but its values look like times as');
    expect(told).toContain(
      'deal.Expected Close Date is read as days as yyyy-MM-dd, but its values look like dates as dd.MM.yyyy',
    );
  });
});
