import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultMappingFile } from '../../connectors/dataverse/index.ts';
import { type DataverseSandbox, startDataverseSandbox } from '../../sandbox/dataverse/index.ts';
import { sampleMapping } from '../../sandbox/dataverse/sample/mapping.ts';
import type { Reference, Values } from '../../sandbox/dataverse/store/rows.ts';
import { runOperation } from '../../src/app/operation.ts';
import { discover } from '../../src/app/operations/discover.ts';
import { proposeMapping } from '../../src/mapping/propose.ts';
import { residue } from '../../src/sink/index.ts';
import type { SourceDescription } from '../../src/source/connector.ts';
import { Deployment, type TwentyRow } from './deployment.ts';

/** The other side of every choice, the tables that a customer made, and what is told before anything is loaded. */

const AYSE = 'ayse@firm.example';
const OLIVER = 'oliver@firm.example';
const [ayse, oliver] = [
  { id: '5a3b1c00-0000-4000-8000-000000000011', firstName: 'Ayşe', lastName: 'Yılmaz', email: AYSE },
  { id: '5a3b1c00-0000-4000-8000-000000000012', firstName: 'Oliver', lastName: 'Hughes', email: OLIVER },
] as const;

let folder: string;
let environment: DataverseSandbox;
let world: Deployment;
let found: SourceDescription;
const ids = new Map<string, string>();

const id = (name: string): string => ids.get(name) ?? '';
const at = (table: string, name: string): Reference => ({ table, id: id(name) });

function make(table: string, name: string, values: Values): Reference {
  const owned = ![
    'systemuser',
    'product',
    'productassociation',
    'productpricelevel',
    'pricelevel',
    'uom',
    'opx_inspection',
  ].includes(table);
  const row = environment.organisation.create(table, {
    ...(owned ? { ownerid: at('systemuser', 'ayse') } : {}),
    ...values,
  });
  ids.set(name, row.id);
  return { table, id: row.id };
}

/** System tables, whose rows administrators and solutions make. */
function install(table: string, name: string, values: Values): Reference {
  const row = environment.organisation.force(table, `00000000-0000-4000-8000-${name.padStart(12, '0')}`, values);
  return { table, id: row.id };
}

function people(): void {
  make('systemuser', 'ayse', { fullname: 'Ayşe Yılmaz', internalemailaddress: AYSE, isdisabled: false });
  make('systemuser', 'left', { fullname: 'Lea Left', internalemailaddress: 'lea@firm.example', isdisabled: true });
  make('account', 'acme', { name: 'Acme Ltd' });
  make('contact', 'ann', {
    lastname: 'Archer',
    emailaddress1: 'ann@acme.example',
    parentcustomerid: at('account', 'acme'),
  });
  make('contact', 'ben', { lastname: 'Below', emailaddress1: 'ann@acme.example' });
  make('contact', 'of-who-left', { lastname: 'Old', ownerid: at('systemuser', 'left') });
  make('contact', 'nobody', {});
  for (let extra = 0; extra < 16; extra += 1) make('contact', `extra-${extra}`, { lastname: `Extra ${extra}` });
  make('lead', 'lead', { subject: 'Open', lastname: 'Lead', emailaddress1: 'leo@lead.example' });
}

function work(): void {
  make('incident', 'case', {
    title: 'It broke',
    ticketnumber: 'CAS-1',
    prioritycode: 1,
    description: 'Smoke',
    customerid: at('account', 'acme'),
    primarycontactid: at('contact', 'ann'),
  });
  make('annotation', 'note', { subject: 'Mood', notetext: 'Memnun', objectid: at('contact', 'ann') });
  make('task', 'about-nothing', { subject: 'Think' });
  make('email', 'mail', { subject: 'Hello', regardingobjectid: at('account', 'acme') });
  environment.organisation.setParties(at('email', 'mail'), [
    { party: at('systemuser', 'ayse'), mask: 1 },
    { party: at('contact', 'ann'), mask: 2, address: 'ann@acme.example' },
    { party: null, mask: 3, address: 'stranger@else.example' },
  ]);
}

function goods(): void {
  make('uom', 'each', { name: 'Each', quantity: 1 });
  make('pricelevel', 'retail', { name: 'Retail' });
  make('pricelevel', 'wholesale', { name: 'Wholesale' });
  make('product', 'pump', { name: 'Pump', productnumber: 'P-1', price: 99.5, productstructure: 1 });
  make('product', 'hose', { name: 'Hose', productnumber: 'P-2', price: 5, productstructure: 1 });
  make('product', 'set', { name: 'Pump set', productnumber: 'B-1', productstructure: 3 });
  for (const [part, quantity] of [
    ['pump', 1],
    ['hose', 2.5],
  ] as const)
    make('productassociation', `set-${part}`, {
      productid: at('product', 'set'),
      associatedproduct: at('product', part),
      quantity,
    });
  for (const [list, amount] of [
    ['retail', 120.25],
    ['wholesale', 80],
  ] as const) {
    make('productpricelevel', `pump-${list}`, {
      productid: at('product', 'pump'),
      pricelevelid: at('pricelevel', list),
      uomid: at('uom', 'each'),
      pricingmethodcode: 1,
      amount,
    });
  }
}

function custom(): void {
  make('opx_project', 'parent', { opx_name: 'Programme' });
  make('opx_project', 'bridge', {
    opx_name: 'Bridge',
    opx_code: 'PRJ-1',
    opx_url: 'https://projects.example/1',
    opx_email: 'bridge@projects.example',
    opx_phone: '+90 212 555 00 00',
    opx_address: 'Galata',
    opx_scope: 'Line 1\nLine 2',
    opx_headcount: 12,
    opx_effort: 600,
    opx_serial: 9_000_000_000_000,
    opx_progress: 0.125,
    opx_latitude: 41.01,
    opx_budget: 1250.5,
    opx_cost: 0.1234,
    opx_critical: true,
    opx_starton: '2026-03-04',
    opx_deadline: '2026-03-04T09:00:00Z',
    opx_shiftstart: '2026-03-04T08:30:00Z',
    opx_phase: 100_000_002,
    opx_region: 100_000_001,
    opx_skills: [100_000_000, 100_000_003],
    opx_externalid: '11111111-1111-4111-8111-111111111111',
    opx_accountid: at('account', 'acme'),
    opx_customerid: at('contact', 'ann'),
    opx_parentid: at('opx_project', 'parent'),
    opx_originid: at('lead', 'lead'),
  });
  make('opx_inspection', 'inspection', {
    opx_name: 'First look',
    opx_slot: '2026-03-05T07:00:00Z',
    opx_hazards: [100_000_001, 100_000_002],
    opx_projectid: at('opx_project', 'bridge'),
    opx_inspectorid: at('systemuser', 'ayse'),
    opx_siteid: at('account', 'acme'),
  });
}

function automations(): void {
  const flow = {
    properties: {
      definition: {
        triggers: {
          When_a_deal_is_won: {
            type: 'OpenApiConnectionWebhook',
            inputs: { host: { operationId: 'SubscribeWebhookTrigger' } },
          },
        },
        actions: {
          Start_and_wait_for_an_approval: {
            type: 'OpenApiConnectionWebhook',
            inputs: { host: { operationId: 'StartAndWaitForAnApproval' } },
          },
          Send_an_email: { type: 'OpenApiConnection', inputs: { host: { operationId: 'SendEmailV2' } } },
          Add_a_row: { type: 'OpenApiConnection', inputs: { host: { operationId: 'CreateRecord' } } },
        },
      },
    },
  };
  const process = { type: 1, mode: 0, scope: 4, statecode: 1, statuscode: 2 };
  install('workflow', '1', {
    ...process,
    name: 'Welcome',
    category: 0,
    primaryentity: 'contact',
    triggeroncreate: true,
    xaml: '<mxswa:SendEmail/><mxswa:CreateEntity/>',
  });
  install('workflow', '2', { ...process, name: 'Won deals', category: 5, clientdata: JSON.stringify(flow) });
  install('workflow', '3', {
    ...process,
    name: 'Phone is needed',
    category: 2,
    primaryentity: 'account',
    statecode: 0,
  });
  install('workflow', '4', { ...process, type: 2, name: 'A copy that runs', category: 0 });
  const message = install('sdkmessage', '5', { name: 'Update' });
  const filter = install('sdkmessagefilter', '6', { primaryobjecttypecode: 'account', sdkmessageid: message });
  const step = {
    stage: 40,
    mode: 0,
    statecode: 0,
    customizationlevel: 1,
    sdkmessageid: message,
    sdkmessagefilterid: filter,
  };
  install('sdkmessageprocessingstep', '7', {
    ...step,
    name: 'Firm.Rate',
    filteringattributes: 'revenue,name',
    description: 'Rates the account',
  });
  install('sdkmessageprocessingstep', '8', { ...step, name: 'The platform’s own', customizationlevel: 0 });
  install('role', '9', { name: 'Salesperson', ismanaged: true });
}

/** A whole workspace is prepared; how long that takes is the machine’s affair. */
const SLOW = 300_000;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opx-choices-'));
  writeFileSync(join(folder, 'mapping.yaml'), sampleMapping());
  environment = await startDataverseSandbox({ limits: null });
  people();
  work();
  goods();
  custom();
  automations();
  world = await Deployment.open({
    connector: 'dataverse',
    members: [ayse, oliver],
    mapping: join(folder, 'mapping.yaml'),
    choices: { cases: 'note', notes: 'task', unlinked: 'load', leads: 'leave-out' },
    owners: { inactive: { reassignedTo: OLIVER } },
    secrets: { DATAVERSE_CLIENT_SECRET: environment.secret },
    settings: {
      url: environment.url,
      authority: environment.url,
      tenant: environment.tenant,
      clientId: environment.clientId,
    },
  });
  found = (await runOperation(discover, { app: world.app, daemon: null }, { source: 'crm' })) as SourceDescription;
  await world.prepare();
  await world.settle();
}, SLOW);

afterAll(async () => {
  await world.close();
  await environment.close();
  rmSync(folder, { recursive: true });
});

const targets = (kind: 'taskTarget' | 'noteTarget', object: string, name: string): readonly unknown[] =>
  world
    .rows(kind)
    .filter((target) => String(target.sourceKey).startsWith(`crm/${object}/${id(name)}>`))
    .map(({ targetPersonId, targetCompanyId }) => targetPersonId ?? targetCompanyId);
const person = (name: string): TwentyRow => world.row('person', 'contact', id(name));
const asked = async (object: string, name: string) =>
  (await world.reviews()).filter(({ recordKey }) => recordKey === `crm/${object}/${id(name)}`);

describe('ALL-3 with the other side of every choice', () => {
  it('every record is accounted for', async () => {
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
  });
});

describe('OPX-4 leads that are left out', () => {
  it('are excluded by a rule that is named, and are counted before', async () => {
    expect(await world.record('lead', id('lead'))).toMatchObject({
      class: 'excluded',
      reason: { message: expect.stringContaining('leads-left-out') },
    });
    expect(found.objects.find(({ name }) => name === 'lead')?.count).toBe(1);
  });
});

describe('OPX-5 cases as notes', () => {
  it('stand on the person, with number, status and priority in them', () => {
    const note = world.row('note', 'incident', id('case'));
    expect(note.title).toBe('CAS-1: It broke');
    expect(JSON.stringify(note.bodyV2)).toMatch(/Smoke.*Status: Active.*Priority: High/s);
    expect(targets('noteTarget', 'incident', 'case')).toEqual([person('ann').id]);
  });
});

describe('OPX-6 activities that lead to no record', () => {
  it('are loaded without a link where that was chosen, and stand in the queue', async () => {
    expect(world.row('task', 'task', id('about-nothing')).title).toBe('Think');
    expect(await asked('task', 'about-nothing')).toMatchObject([{ blocking: false }]);
  });
});

describe('OPX-7 notes as tasks', () => {
  it('are tasks of type Note on their record', () => {
    expect(world.row('task', 'annotation', id('note'))).toMatchObject({ title: 'Mood', activityType: 'NOTE' });
    expect(targets('taskTarget', 'annotation', 'note')).toEqual([person('ann').id]);
  });
});

describe('OPX-8 product bundles', () => {
  it('are listed with their parts, for whoever rebuilds them by hand', async () => {
    expect(found.automations).toContainEqual({
      name: 'Pump set',
      kind: 'configuration',
      trigger: 'Product bundle B-1',
      conditions: [],
      actions: ['1 × Pump', '2.5 × Hose'],
      notifications: [],
      approvals: [],
    });
    expect(await asked('product', 'set')).toMatchObject([{ choices: ['rebuilt', 'not needed'], blocking: false }]);
  });
});

describe('OPX-8 products with their price levels', () => {
  it('have one price per price list, each of their product', () => {
    const product = world.row('product', 'product', id('pump'));
    const prices = world.rows('productPrice').filter(({ productId }) => productId === product.id);
    expect(
      prices
        .map(({ name, amount, unit }) => ({ name, amount, unit }))
        .toSorted((a, b) => (String(a.name) < String(b.name) ? -1 : 1)),
    ).toEqual([
      { name: 'Retail', amount: { amountMicros: 120_250_000, currencyCode: 'GBP' }, unit: 'Each' },
      { name: 'Wholesale', amount: { amountMicros: 80_000_000, currencyCode: 'GBP' }, unit: 'Each' },
    ]);
  });
});

describe('OPX-9 users that the source has disabled', () => {
  it('have their records reassigned where that was chosen', () => {
    expect(found.owners).toContainEqual({
      reference: 'lea@firm.example',
      name: 'Lea Left',
      email: 'lea@firm.example',
      active: false,
    });
    expect(person('of-who-left').ownerId).toBe(oliver.id);
    expect(person('ann').ownerId).toBe(ayse.id);
  });
});

describe('OPX-10 tables that the customer made', () => {
  it('become objects, with each column in the type that it has', () => {
    const project = world.row('project', 'opx_project', id('bridge'));
    expect(project).toMatchObject({
      name: 'Bridge',
      projectCode: 'PRJ-1',
      projectLink: { primaryLinkUrl: 'https://projects.example/1' },
      mailbox: { primaryEmail: 'bridge@projects.example' },
      sitePhone: { primaryPhoneNumber: '2125550000', primaryPhoneCallingCode: '+90' },
      siteAddress: 'Galata',
      scope: 'Line 1\nLine 2',
      headcount: 12,
      effortMinutes: 600,
      serial: 9_000_000_000_000,
      progress: 0.125,
      latitude: 41.01,
      budget: { amountMicros: 1_250_500_000, currencyCode: 'GBP' },
      costToDate: { amountMicros: 123_400, currencyCode: 'GBP' },
      critical: true,
      startDate: '2026-03-04',
      deadline: '2026-03-04T09:00:00.000Z',
      shiftStart: '2026-03-04T08:30:00',
      phase: 'RUNNING',
      region: 'EGE',
      skills: ['ELECTRICAL', 'SOFTWARE'],
      externalId: '11111111-1111-4111-8111-111111111111',
      ownerId: ayse.id,
    });
  });

  it('keep their relations, polymorphic ones by the table that they point at', () => {
    const project = world.row('project', 'opx_project', id('bridge'));
    expect(project).toMatchObject({
      companyId: world.row('company', 'account', id('acme')).id,
      customerPersonId: person('ann').id,
      customerCompanyId: null,
      parentProjectId: world.row('project', 'opx_project', id('parent')).id,
      originOpportunityId: null,
    });
    expect(world.row('inspection', 'opx_inspection', id('inspection'))).toMatchObject({
      projectId: project.id,
      siteCompanyId: project.companyId,
      inspectorId: ayse.id,
      hazards: ['HEIGHT', 'NOISE'],
      slot: '2026-03-05T07:00:00',
    });
  });
});

describe('OPX-10 a proposal for tables that the customer made', () => {
  it('has a SELECT for each option set, and a relation for each table that a lookup points at', () => {
    const base = readFileSync(defaultMappingFile, 'utf8');
    const { text } = proposeMapping({ ...found, source: 'dataverse' }, null, base);
    const { provision, objects } = parse(text) as {
      provision: { fields: Record<string, unknown> };
      objects: Record<string, { fields: { from: unknown; create?: unknown }[] }>;
    };
    const made = (column: string) => objects.opx_project?.fields.find(({ from }) => from === column)?.create;
    expect(made('opx_phase')).toEqual({
      type: 'SELECT',
      label: 'Phase',
      options: ['Draft', 'Planned', 'Running', 'Handed over'],
    });
    expect(made('opx_skills')).toMatchObject({ type: 'MULTI_SELECT' });
    expect(provision.fields).toMatchObject({
      'project.account': { type: 'RELATION', target: 'company' },
      'project.customerContact': { type: 'RELATION', target: 'person' },
      'project.parentProject': { type: 'RELATION', target: 'project' },
    });
  });
});

describe('OPX-12 automations', () => {
  const named = (name: string) => found.automations.find((one) => one.name === name);

  it('are workflows, cloud flows with their steps, business rules, plug-in steps and security roles', () => {
    expect(named('Welcome')).toMatchObject({
      kind: 'workflow',
      trigger: 'Workflow: a contact is created',
      actions: ['Create a record'],
      notifications: ['Send an e-mail'],
    });
    expect(named('Won deals')).toMatchObject({
      trigger: 'Cloud flow: When a deal is won (OpenApiConnectionWebhook SubscribeWebhookTrigger)',
      actions: ['Add a row'],
      notifications: ['Send an email'],
      approvals: ['Start and wait for an approval'],
    });
    expect(named('Phone is needed')).toMatchObject({ kind: 'field-rule', conditions: ['It is switched off'] });
    expect(named('Firm.Rate')).toMatchObject({
      trigger: 'Plug-in step: Update of account',
      conditions: ['Only when one of these changes: revenue, name'],
      actions: ['Rates the account'],
    });
    expect(named('Salesperson')).toMatchObject({ kind: 'configuration' });
  });

  it('are listed once: no copies that run, none of the platform’s own', () => {
    expect(named('A copy that runs')).toBeUndefined();
    expect(named('The platform’s own')).toBeUndefined();
  });
});

describe('OPX-S3 quality before the load', () => {
  it('tells doubles, how people take part in activities, and parties without a record', () => {
    expect(found.notes).toContain('contact: 2 rows share 1 e-mail addresses.');
    expect(found.notes).toContain('Taking part in activities: from 1, to 1, cc 1.');
    expect(found.notes).toContain('1 parties of activities have no record.');
  });

  it('asks about a record that is too bare before it is loaded', async () => {
    expect(await world.record('contact', id('nobody'))).toMatchObject({ class: 'held' });
    const [question] = await asked('contact', 'nobody');
    expect(question).toMatchObject({ queue: 'quality', choices: ['load', 'fix', 'exclude'] });
    await world.answer(question?.id ?? '', 'exclude');
    await world.settle();
    expect(await world.record('contact', id('nobody'))).toMatchObject({ class: 'excluded' });
  });
});
