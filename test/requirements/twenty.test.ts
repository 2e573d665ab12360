import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Document } from 'yaml';
import { defaultMappingFile } from '../../connectors/smart-crm-online/index.ts';
import { runOperation } from '../../src/app/operation.ts';
import { provisionVerify } from '../../src/app/operations/provisioning.ts';
import { verify } from '../../src/app/operations/verify.ts';
import { residue } from '../../src/sink/index.ts';
import { Deployment, type DeploymentOptions } from './deployment.ts';
import { dropExport, MEMBERS, row, type Tables } from './sco-world.ts';

/** What Twenty demands, from exported files to the workspace. */

const PEOPLE = 250;
/** More than Twenty's own export would show. */
const STRANGERS = 20_500;
const CALLS_PER_MINUTE = 1_200;

const company = row('company', 'C', { 'Company Name': 'Firm', 'Primary Contact ID': 'P-0' });
const contacts = Array.from({ length: PEOPLE }, (_, index) =>
  row('contact', `P-${index}`, { 'Last Name': `Person ${index}`, 'Company ID': 'C' }),
);
const stage = row('stage', 'S1', { Pipeline: 'New Business', Stage: 'Qualified', Order: '1', Probability: '25' });
const FIRM: Tables = {
  stage: [stage],
  company: [company],
  contact: contacts,
  deal: [row('deal', 'D', { 'Company ID': 'C', 'Contact ID': 'P-0' })],
  call: [row('call', 'K', { 'Contact ID': 'P-0', 'Deal ID': 'D' })],
};

function open(options: Partial<DeploymentOptions> = {}): Promise<Deployment> {
  return Deployment.open({
    connector: 'smart-crm-online',
    members: MEMBERS,
    mapping: fileURLToPath(defaultMappingFile),
    settings: { timezone: 'Europe/Istanbul', compareBeforeLoad: false, stability: { looks: 2, seconds: 0.01 } },
    ...options,
  });
}

/** Does what is given with a deployment that has loaded these tables, and closes it. */
async function loaded(
  tables: Tables,
  options: Partial<DeploymentOptions>,
  look: (deployment: Deployment) => Promise<void>,
): Promise<void> {
  const deployment = await open(options);
  try {
    await deployment.prepare();
    await dropExport(deployment.drop, 'export-2025-04-01', tables);
    await deployment.settle();
    await look(deployment);
    expect(await deployment.app.state.read((tx) => residue(tx))).toBe(0);
  } finally {
    await deployment.close();
  }
}

describe('a firm loaded within the limit', () => {
  let firm: Deployment;

  beforeAll(async () => {
    firm = await open({
      callsPerMinute: CALLS_PER_MINUTE,
      before: (sandbox) => {
        sandbox.seed(
          'person',
          Array.from({ length: STRANGERS }, (_, index) => ({ name: { firstName: '', lastName: `Stranger ${index}` } })),
        );
      },
    });
    await firm.prepare();
    await dropExport(firm.drop, 'export-2025-04-01', FIRM);
    await firm.settle();
  });
  afterAll(() => firm.close());

  it('TW-1 parents come before their children: no call names a record that is not there yet', () => {
    const writes = firm.sandbox.calls().filter(({ records }) => records > 0);
    const first = (object: string): number => writes.findIndex(({ operation }) => operation === `createMany ${object}`);
    const order = ['company', 'person', 'opportunity', 'task', 'taskTarget'].map(first);
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(writes.filter(({ status }) => status >= 400)).toEqual([]);
    const company = firm.row('company', 'company', 'C');
    const people = firm.rows('person').filter(({ sourceKey }) => String(sourceKey).startsWith('crm/contact/'));
    expect(people.map(({ companyId }) => companyId)).toEqual(contacts.map(() => company.id));
  });

  it('TW-2 batches are as full as the workspace takes them, and no call is over the limit', () => {
    const people = firm.sandbox.calls().filter(({ operation }) => operation === 'createMany person');
    expect(people.map(({ records }) => records)).toEqual([200, 50]);
    expect(firm.sandbox.limiter()).toMatchObject({ refused: 0 });
  });

  it('TW-4 counts are the workspace’s own, whole, and of our records alone, however many strangers there are', async () => {
    const before = firm.sandbox.calls().length;
    const { counts, differences } = await runOperation(verify, { app: firm.app, daemon: null }, {});
    expect(counts).toContainEqual({
      object: 'person',
      written: PEOPLE,
      found: PEOPLE,
      released: 0,
      counted: 'ours',
      difference: 0,
    });
    expect(differences).toBe(0);
    // A call an object: no export, and no page of records.
    expect(firm.sandbox.calls().slice(before).length).toBeLessThanOrEqual(counts.length + 3);
  });

  it('TW-4 a person who goes missing is missed', async () => {
    const { id } = firm.row('person', 'contact', 'P-249');
    firm.sandbox.person({ person: 'Somebody', object: 'person', action: 'destroy', id });
    const { counts, differences } = await runOperation(verify, { app: firm.app, daemon: null }, {});
    expect(counts.filter(({ difference }) => difference !== 0).map(({ object }) => object)).toEqual(['person']);
    expect(differences).toBe(1);
  });

  it('TW-6 what the data model lacks is provisioned: types of tasks, pipelines beside their stages, sync fields', async () => {
    const { complete } = await runOperation(provisionVerify, { app: firm.app, daemon: null }, {});
    expect(complete).toBe(true);
    expect(firm.row('task', 'call', 'K')).toMatchObject({ activityType: 'CALL', sourceKey: 'crm/call/K' });
    expect(firm.row('opportunity', 'deal', 'D')).toMatchObject({ stage: 'QUALIFIED', pipeline: 'NEW_BUSINESS' });
  });
});

describe('TW-3 a soft-deleted person who still has the address', () => {
  const ADDRESS = 'ann@firm.example';
  const person = row('contact', 'P-0', { 'Last Name': 'Archer', Email: ADDRESS });
  const tables: Tables = { stage: [stage], contact: [person] };
  const buried = (sandbox: Parameters<NonNullable<DeploymentOptions['before']>>[0]): void => {
    const [id = ''] = sandbox.seed('person', [
      { name: { firstName: 'Ann', lastName: 'Old' }, emails: { primaryEmail: ADDRESS, additionalEmails: null } },
    ]);
    sandbox.person({ person: 'Somebody', object: 'person', action: 'delete', id });
  };
  const policy = (softDeleted: string) => ({
    before: buried,
    amend: (mapping: Document) => mapping.setIn(['objects', 'contact', 'policies', 'softDeleted'], softDeleted),
  });
  const everyone = (deployment: Deployment) =>
    deployment.sandbox
      .dump('person')
      .map(({ deletedAt, name }) => [(name as { lastName: string }).lastName, deletedAt !== null]);

  it('is restored and goes on as the contact', () =>
    loaded(tables, policy('restore'), async (deployment) => {
      expect(everyone(deployment)).toEqual([['Archer', false]]);
      expect((await deployment.record('contact', 'P-0')).class).toBe('applied');
    }));

  it('holds the contact, and stays deleted', () =>
    loaded(tables, policy('hold'), async (deployment) => {
      expect(everyone(deployment)).toEqual([['Old', true]]);
      expect((await deployment.record('contact', 'P-0')).class).toBe('held');
    }));

  it('is left as it is, and the contact is loaded without the address, which is listed', () =>
    loaded(tables, policy('leave'), async (deployment) => {
      expect(everyone(deployment).toSorted()).toEqual([
        ['Archer', false],
        ['Old', true],
      ]);
      const losses = await deployment.app.state.read((tx) => tx.losses.summary('crm'));
      expect(losses).toContainEqual(
        expect.objectContaining({ object: 'contact', kind: 'dropped', before: ADDRESS, records: 1 }),
      );
    }));
});

it('TW-7 a workspace that lacks what is needed is refused before anything is written, and says what', async () => {
  const deployment = await open({
    before: ({ engine }) => engine.model.remove('noteTarget'),
  });
  try {
    await expect(deployment.prepare()).rejects.toMatchObject({
      code: 'TWENTY_TOO_OLD',
      message: expect.stringContaining('noteTarget'),
    });
    expect(deployment.sandbox.calls().filter(({ api }) => api !== 'metadata')).toEqual([]);
  } finally {
    await deployment.close();
  }
});
