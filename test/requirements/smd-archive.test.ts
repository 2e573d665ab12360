import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/smartdesk/index.ts';
import { residue } from '../../src/sink/index.ts';
import { Deployment } from './deployment.ts';
import { AYSE, dropExport, ENGLISH, MEMBERS, mapOwnColumns, OLIVER, WORLD } from './smd-world.ts';

/** What stays outside of Twenty by choice, and the archive that is written of it. The accounts come as companies. */

const [ticket] = WORLD.tickets ?? [];
const FORMULA = '=HYPERLINK("http://elsewhere.example";"open, please")';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await Deployment.open({
    connector: 'smartdesk',
    members: MEMBERS,
    mapping: fileURLToPath(defaultMappingFile),
    choices: { campaigns: 'document', tickets: 'archive' },
    amend: mapOwnColumns,
    settings: {
      timezone: 'Europe/Istanbul',
      compareBeforeLoad: false,
      stability: { looks: 2, seconds: 0.01 },
    },
  });
  await deployment.prepare();
  await dropExport(
    deployment.drop,
    'export-2025-04-01',
    { ...WORLD, tickets: [{ ...ticket, Description: FORMULA }] },
    {
      ...ENGLISH,
      files: { accounts: 'companies-2025-04' },
      headers: { 'Account ID': 'Company ID', 'Account Name': 'Company Name' },
    },
  );
  await deployment.settle();
});
afterAll(() => deployment.close());

describe('SMD-3 accounts that are labelled Company', () => {
  it('are the same companies, and contacts find them by the other name of their column', () => {
    const company = deployment.row('company', 'account', 'A-1');
    expect(company).toMatchObject({
      name: 'Acme Ltd',
      domainName: { primaryLinkUrl: 'https://acme.example' },
      industry: 'Food',
      employees: 120,
      loyaltyLevel: 'Gold',
    });
    expect(deployment.row('person', 'contact', 'C-customer').companyId).toBe(company.id);
  });
});

describe('SMD-10 the archive of tickets', () => {
  it('is a CSV of all their columns, with formulas made harmless', async () => {
    expect((await deployment.command('excluded', 'crm', 'ticket')).trimEnd().split('\r\n')).toEqual([
      'id,why,Account ID,Assignee,Contact ID,Created,Description,Modified,Priority,Status,Subject,Ticket ID',
      [
        'S-1',
        '"left out by the rule ""archive"""',
        '',
        AYSE,
        'C-customer',
        '01.02.2024 10:00',
        `"'${FORMULA.replaceAll('"', '""')}"`,
        '15.03.2025 11:30',
        'High',
        'Open',
        'Broken',
        'S-1',
      ].join(','),
    ]);
  });

  it('has the threads in a CSV of their own, as data too', async () => {
    const csv = await deployment.command('excluded', 'crm', 'message');
    expect(csv).toContain('X-1');
    expect(csv).toContain('We are looking');
    expect(JSON.parse(await deployment.command('excluded', 'crm', 'message', '--json'))).toMatchObject({
      source: 'crm',
      object: 'message',
      records: [
        { id: 'X-1', fields: { 'Ticket ID': 'S-1', Body: 'Help', Author: 'ann@acme.example' } },
        { id: 'X-2', fields: { 'Ticket ID': 'S-1', Body: 'We are looking', Author: AYSE } },
      ],
    });
    expect(deployment.rows('note').filter(({ sourceKey }) => String(sourceKey).includes('/message/'))).toEqual([]);
  });
});

describe('SMD-9 campaigns in a document alone', () => {
  it('are neither objects nor notes, but stand whole in the document, and are accounted for', async () => {
    expect((await deployment.record('campaign', 'P-1')).class).toBe('excluded');
    expect(deployment.has('note', 'campaign', 'P-1')).toBe(false);
    const [header = '', row = ''] = (await deployment.command('excluded', 'crm', 'campaign')).split(/\r?\n/);
    const cells = row.split(',');
    expect(Object.fromEntries(header.split(',').map((name, at) => [name, cells[at]]))).toMatchObject({
      id: 'P-1',
      'Campaign Name': 'Spring',
      Type: 'E-mail',
      Status: 'Finished',
      'Start Date': '01.03.2025',
      'End Date': '31.03.2025',
      Sent: '1000',
      Opened: '400',
      Clicked: '20',
    });
    const asked = (await deployment.reviews()).find(({ id }) => id.includes('stage-map'));
    await deployment.answer(asked?.id ?? '', 'approved');
    await deployment.settle();
    expect(await deployment.app.state.read((tx) => residue(tx))).toBe(0);
    expect(deployment.row('opportunity', 'deal', 'D-1').ownerId).toBe(
      MEMBERS.find(({ email }) => email === OLIVER)?.id,
    );
  });
});
