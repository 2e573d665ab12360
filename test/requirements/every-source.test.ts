import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/smart-crm-online/index.ts';
import { residue } from '../../src/sink/index.ts';
import { Deployment } from './deployment.ts';
import { dropExport, MEMBERS, row, type Tables, UNKNOWN } from './sco-world.ts';

/** What holds for every source, shown on the files of one. */

const [ayse] = MEMBERS;
const NEWCOMER = '5a3b1c00-0000-4000-8000-000000000009';

const FIRM: Tables = {
  stage: [row('stage', 'S1', { Pipeline: 'New Business', Stage: 'Qualified', Order: '1', Probability: '25' })],
  company: [
    row('company', 'C', { 'Company Name': 'Firm', 'Primary Contact ID': 'P', Industry: 'Food', Employees: '12' }),
  ],
  contact: [
    row('contact', 'P', { 'Last Name': 'Archer', City: 'London', 'Lead Source': 'Fuar', 'Company ID': 'C' }),
    row('contact', 'P-waits', { 'Last Name': 'Waits', Owner: UNKNOWN }),
  ],
  // Written in an order that is not the one in which they happened.
  note: [
    row('note', 'N-2', { Created: '02.03.2024 10:00', Modified: '05.03.2024 10:00', 'Contact ID': 'P' }),
    row('note', 'N-3', { Created: '03.03.2024 10:00', Modified: '03.03.2024 10:00', 'Contact ID': 'P' }),
    row('note', 'N-1', { Created: '01.03.2024 10:00', Modified: '09.03.2024 10:00', 'Contact ID': 'P' }),
  ],
  call: [row('call', 'K', { 'Call Time': '28.02.2024 09:00', 'Contact ID': 'P' })],
};

let firm: Deployment;

beforeAll(async () => {
  firm = await Deployment.open({
    connector: 'smart-crm-online',
    members: MEMBERS,
    mapping: fileURLToPath(defaultMappingFile),
    settings: { timezone: 'Europe/Istanbul', compareBeforeLoad: false, stability: { looks: 2, seconds: 0.01 } },
  });
  await firm.prepare();
  await dropExport(firm.drop, 'export-2025-04-01', FIRM);
  await firm.settle();
});
afterAll(() => firm.close());

describe('ALL-1 the source’s own times', () => {
  it('put a timeline in the order in which things happened', () => {
    const notes = firm.rows('note').toSorted((a, b) => String(a.createdAt).localeCompare(String(b.createdAt)));
    expect(notes.map(({ sourceKey, createdAt }) => [sourceKey, createdAt])).toEqual([
      ['crm/note/N-1', '2024-03-01T07:00:00.000Z'],
      ['crm/note/N-2', '2024-03-02T07:00:00.000Z'],
      ['crm/note/N-3', '2024-03-03T07:00:00.000Z'],
    ]);
    expect(firm.row('task', 'call', 'K').createdAt).toBe('2024-02-28T06:00:00.000Z');
  });

  it('of a later change stand in a field of their own', () => {
    expect(firm.row('note', 'note', 'N-1').originalModifiedAt).toBe('2024-03-09T07:00:00.000Z');
  });
});

describe('ALL-6 what Twenty has no field for', () => {
  it('has one field, and owners and authors are relations to members', () => {
    expect(firm.row('person', 'contact', 'P')).toMatchObject({
      ownerId: ayse.id,
      leadSource: 'Fuar',
      postalAddress: { addressCity: 'London' },
    });
    expect(firm.row('note', 'note', 'N-1').authorId).toBe(ayse.id);
    expect(firm.row('task', 'call', 'K').activityType).toBe('CALL');
    expect(firm.row('company', 'company', 'C')).toMatchObject({ industry: 'Food', employees: 12 });
  });
});

describe('ALL-2 a record whose owner is no member', () => {
  it('waits, and goes on by itself once the member is there', async () => {
    expect((await firm.record('contact', 'P-waits')).class).toBe('held');
    const listed = async () =>
      (await firm.owners()).map(({ reference, decision, waiting }) => [reference, decision.kind, waiting]);
    expect((await listed())[0]).toEqual([UNKNOWN, 'unresolved', 1]);
    firm.sandbox.addMembers([{ id: NEWCOMER, firstName: 'No', lastName: 'Body', email: UNKNOWN }]);
    await firm.pollMembers();
    await firm.settle();
    expect(firm.row('person', 'contact', 'P-waits').ownerId).toBe(NEWCOMER);
    expect(await listed()).toContainEqual([UNKNOWN, 'member', 0]);
  });
});

describe('ALL-5 a column that appears later', () => {
  const later: Tables = {
    ...FIRM,
    contact: (FIRM.contact ?? []).map((contact) => ({ ...contact, Shoe: contact['Contact ID'] === 'P' ? '43' : '' })),
  };

  it('is reported and not loaded; mapped, confirmed and provisioned it is loaded for what was there before', async () => {
    await dropExport(firm.drop, 'export-2025-04-08', later, { contact: ['Shoe'] });
    await firm.settle();
    const asked = (await firm.reviews()).filter(({ question }) => question.includes('Shoe'));
    expect(asked).toHaveLength(1);
    expect(firm.row('person', 'contact', 'P')).not.toHaveProperty('shoe');
    await firm.remap((mapping) => {
      mapping.addIn(['objects', 'contact', 'fields'], { to: 'shoe', from: 'Shoe', create: { type: 'TEXT' } });
    });
    await firm.settle();
    expect(firm.row('person', 'contact', 'P').shoe).toBe('43');
    expect((await firm.reviews()).filter(({ queue }) => queue === 'schema')).toEqual([]);
    expect(await firm.app.state.read((tx) => residue(tx))).toBe(0);
  });
});
