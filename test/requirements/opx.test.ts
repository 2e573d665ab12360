import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/dataverse/index.ts';
import { type DataverseSandbox, startDataverseSandbox } from '../../sandbox/dataverse/index.ts';
import type { Reference, Values } from '../../sandbox/dataverse/store/rows.ts';
import { residue } from '../../src/sink/index.ts';
import { Deployment, type TwentyRow } from './deployment.ts';

/** From a row of the simulated environment to the record in the simulated workspace, rule by rule. */

const AYSE = 'ayse@firm.example';
const OLIVER = 'oliver@firm.example';
const [ayse, oliver] = [
  { id: '5a3b1c00-0000-4000-8000-000000000011', firstName: 'Ayşe', lastName: 'Yılmaz', email: AYSE },
  { id: '5a3b1c00-0000-4000-8000-000000000012', firstName: 'Oliver', lastName: 'Hughes', email: OLIVER },
] as const;

/** A person whom others still point at, and who is not there. */
const GONE: Reference = { table: 'contact', id: '00000000-0000-4000-8000-00000000dead' };

let environment: DataverseSandbox;
let world: Deployment;
const ids = new Map<string, string>();

const id = (name: string): string => {
  const found = ids.get(name);
  if (found === undefined) throw new Error(`nothing is called ${name}`);
  return found;
};
const at = (table: string, name: string): Reference => ({ table, id: id(name) });

/** A row that the tests call by a name. */
function make(table: string, name: string, values: Values): void {
  const owned = !['systemuser', 'product'].includes(table);
  ids.set(
    name,
    environment.organisation.create(table, { ...(owned ? { ownerid: at('systemuser', 'ayse') } : {}), ...values }).id,
  );
}

function people(): void {
  make('systemuser', 'ayse', { fullname: 'Ayşe Yılmaz', internalemailaddress: AYSE, isdisabled: false });
  make('systemuser', 'oliver', { fullname: 'Oliver Hughes', internalemailaddress: OLIVER, isdisabled: false });
  make('systemuser', 'left', { fullname: 'Lea Left', internalemailaddress: 'lea@firm.example', isdisabled: true });
}

function firm(): void {
  make('account', 'acme', {
    name: 'Acme  Ltd',
    websiteurl: 'http://WWW.Acme.example/en',
    industrycode: 8,
    numberofemployees: 15_400,
    revenue: 1_234_567.5,
    telephone1: '+44 20 7946 0018',
    address1_line1: '8 Cheapside',
    address1_city: 'London',
    opx_segment: 100_000_000,
    ownerid: at('systemuser', 'oliver'),
  });
  make('account', 'branch', { name: 'Acme Branch', parentaccountid: at('account', 'acme') });
  make('account', 'circle', { name: 'Circle One' });
  make('account', 'circle-two', { name: 'Circle Two', parentaccountid: at('account', 'circle') });
  environment.organisation.update('account', id('circle'), { parentaccountid: at('account', 'circle-two') });
  make('account', 'self', { name: 'Self' });
  environment.organisation.update('account', id('self'), { parentaccountid: at('account', 'self') });
  make('contact', 'ann', {
    firstname: 'Ann',
    lastname: 'Archer',
    emailaddress1: 'Ann@Acme.example',
    telephone1: '+44 20 7946 0001',
    jobtitle: 'Buyer',
    birthdate: '1980-02-29',
    address1_line1: '8 Cheapside',
    opx_sonziyaret: '2026-03-04T08:30:00Z',
    parentcustomerid: at('account', 'acme'),
  });
  make('contact', 'below-ann', { firstname: 'Ben', lastname: 'Below', parentcustomerid: at('contact', 'ann') });
  make('contact', 'of-who-left', { firstname: 'Old', lastname: 'Owner', ownerid: at('systemuser', 'left') });
}

function sales(): void {
  make('lead', 'open-lead', {
    subject: 'Asked at the fair',
    firstname: 'Leo',
    lastname: 'Lead',
    emailaddress1: 'leo@lead.example',
    leadsourcecode: 7,
  });
  make('lead', 'converted', {
    subject: 'Became Ann',
    firstname: 'Ann',
    lastname: 'A.',
    emailaddress1: 'ann@acme.example',
    statecode: 1,
    parentcontactid: at('contact', 'ann'),
    leadsourcecode: 8,
  });
  make('contact', 'ben', { firstname: 'Ben', lastname: 'Other', emailaddress1: 'other@acme.example' });
  make('lead', 'converted-elsewhere', {
    subject: 'Wrote from another address',
    lastname: 'A.',
    emailaddress1: 'other@acme.example',
    statecode: 1,
    parentcontactid: at('contact', 'ann'),
  });
  make('lead', 'converted-firm', {
    subject: 'Became a firm',
    lastname: 'Firm',
    statecode: 1,
    parentaccountid: at('account', 'acme'),
  });
  make('lead', 'converted-mute', {
    subject: 'No address',
    lastname: 'Mute',
    statecode: 1,
    parentcontactid: at('contact', 'ann'),
  });
  make('opportunity', 'open', {
    name: 'Big one',
    estimatedvalue: 12_345.67,
    estimatedclosedate: '2026-12-31',
    closeprobability: 35,
    salesstage: 2,
    opx_type: 100_000_001,
    parentaccountid: at('account', 'acme'),
    parentcontactid: at('contact', 'ann'),
    ownerid: at('systemuser', 'oliver'),
  });
  make('opportunity', 'of-gone', { name: 'Of somebody who is gone', customerid: at('account', 'acme') });
  const ofGone = environment.organisation.row('opportunity', id('of-gone'));
  environment.organisation.force('opportunity', id('of-gone'), { ...ofGone?.values, parentcontactid: GONE });
  make('opportunity', 'no-probability', { name: 'Guess', salesstage: 1, customerid: at('contact', 'ann') });
  make('opportunity', 'won', { name: 'Done', statecode: 1, salesstage: 3, customerid: at('account', 'acme') });
}

function activities(): void {
  make('task', 'about-deal', {
    subject: 'Send offer',
    description: 'Line 1\nLine 2',
    scheduledstart: '2026-03-01T09:00:00Z',
    actualdurationminutes: 25,
    regardingobjectid: at('opportunity', 'open'),
  });
  make('task', 'about-nothing', { subject: 'Think' });
  make('phonecall', 'call', {
    subject: 'Intro',
    directioncode: true,
    actualstart: '2026-03-02T10:00:00Z',
    statecode: 1,
  });
  environment.organisation.setParties(at('phonecall', 'call'), [
    { party: at('systemuser', 'ayse'), mask: 1 },
    { party: at('contact', 'ann'), mask: 2, address: 'ann@acme.example' },
  ]);
  make('email', 'mail', { subject: 'Hello', senton: '2026-03-03T11:00:00Z', directioncode: false });
  environment.organisation.setParties(at('email', 'mail'), [
    { party: at('lead', 'open-lead'), mask: 1, address: 'leo@lead.example' },
    { party: null, mask: 3, address: 'stranger@else.example' },
  ]);
  make('appointment', 'meeting', {
    subject: 'Demo',
    location: 'İzmir',
    scheduledstart: '2026-03-04T09:00:00Z',
    scheduledend: '2026-03-04T10:30:00Z',
    regardingobjectid: at('account', 'acme'),
  });
}

function service(): void {
  make('annotation', 'note', { subject: 'Mood', notetext: 'Çok memnun 😀', objectid: at('contact', 'ann') });
  make('annotation', 'on-task', { subject: 'Lost', notetext: 'On a task', objectid: at('task', 'about-deal') });
  make('incident', 'case', {
    title: 'It broke',
    ticketnumber: 'CAS-1',
    prioritycode: 1,
    customerid: at('account', 'acme'),
    primarycontactid: at('contact', 'ann'),
  });
  make('product', 'pump', { name: 'Pump', productnumber: 'P-1', price: 99.5, productstructure: 1 });
  make('product', 'bundle', { name: 'Pump set', productnumber: 'B-1', productstructure: 3 });
}

/** A whole workspace is prepared; how long that takes is the machine’s affair. */
const SLOW = 300_000;

beforeAll(async () => {
  environment = await startDataverseSandbox({ limits: null });
  people();
  firm();
  sales();
  activities();
  service();
  world = await Deployment.open({
    connector: 'dataverse',
    members: [ayse, oliver],
    mapping: fileURLToPath(defaultMappingFile),
    secrets: { DATAVERSE_CLIENT_SECRET: environment.secret },
    settings: {
      url: environment.url,
      authority: environment.url,
      tenant: environment.tenant,
      clientId: environment.clientId,
      customTables: false,
    },
  });
  await world.prepare();
  await world.settle();
}, SLOW);

afterAll(async () => {
  await world.close();
  await environment.close();
});

const company = (name: string): TwentyRow => world.row('company', 'account', id(name));
const person = (name: string): TwentyRow => world.row('person', 'contact', id(name));
const deal = (name: string): TwentyRow => world.row('opportunity', 'opportunity', id(name));
const task = (object: string, name: string): TwentyRow => world.row('task', object, id(name));

function targets(kind: 'taskTarget' | 'noteTarget', object: string, name: string): Readonly<Record<string, unknown>>[] {
  return world
    .rows(kind)
    .filter((target) => String(target.sourceKey).startsWith(`crm/${object}/${id(name)}>`))
    .map((target) =>
      Object.fromEntries(Object.entries(target).filter(([key, value]) => /^target.*Id$/.test(key) && value !== null)),
    );
}

describe('ALL-3 every record is accounted for', () => {
  it('by both identities, the source’s own count included', async () => {
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
  });
});

describe('OPX-1 contacts', () => {
  it('become people with address, owner, times and own columns', () => {
    expect(person('ann')).toMatchObject({
      name: { firstName: 'Ann', lastName: 'Archer' },
      emails: { primaryEmail: 'ann@acme.example' },
      phones: { primaryPhoneNumber: '2079460001' },
      jobTitle: 'Buyer',
      birthday: '1980-02-29',
      postalAddress: { addressStreet1: '8 Cheapside' },
      lastVisit: '2026-03-04T08:30:00',
      sourceStatus: 'Active',
      ownerId: ayse.id,
    });
  });

  it('find their company by either table that the parent points at', () => {
    expect(person('ann').companyId).toBe(company('acme').id);
    expect(person('below-ann').companyId).toBe(company('acme').id);
  });
});

describe('OPX-2 accounts', () => {
  it('become companies, with labels and amounts', () => {
    expect(company('acme')).toMatchObject({
      name: 'Acme Ltd',
      industry: 'Food & Tobacco Processing',
      employees: 15_400,
      annualRevenue: { amountMicros: 1_234_567_500_000, currencyCode: 'GBP' },
      address: { addressStreet1: '8 Cheapside', addressCity: 'London' },
      segment: 'Key',
      accountOwnerId: oliver.id,
    });
  });

  it('keep their hierarchy, cycles and self-references too', () => {
    expect(company('branch').parentCompanyId).toBe(company('acme').id);
    expect(company('circle').parentCompanyId).toBe(company('circle-two').id);
    expect(company('circle-two').parentCompanyId).toBe(company('circle').id);
    expect(company('self').parentCompanyId).toBe(company('self').id);
  });
});

describe('OPX-3, OPX-11 opportunities', () => {
  it('have amount, stage by its label, probability as stored, company, person and owner', () => {
    const label = (value: unknown): string | undefined =>
      world.stageField().options.find((option) => option.value === value)?.label;
    expect(deal('open')).toMatchObject({
      name: 'Big one',
      amount: { amountMicros: 12_345_670_000, currencyCode: 'GBP' },
      probability: 35,
      dealType: 'Renewal',
      companyId: company('acme').id,
      pointOfContactId: person('ann').id,
      ownerId: oliver.id,
    });
    expect(label(deal('open').stage)).toBe('Propose');
    expect(label(deal('won').stage)).toBe('Won');
  });

  it('that point at a person who was deleted go on without the link, and get it should that person come back', async () => {
    expect(await world.record('opportunity', id('of-gone'))).toMatchObject({ class: 'applied' });
    expect(deal('of-gone')).toMatchObject({ companyId: company('acme').id, pointOfContactId: null });
    environment.organisation.load(GONE.table, GONE.id, { lastname: 'Back', ownerid: at('systemuser', 'ayse') });
    await world.settle();
    const { id: person } = world.row('person', GONE.table, GONE.id);
    expect(deal('of-gone').pointOfContactId).toBe(person);
  });

  it('have the probability of their stage where none is stored, and the company of their contact', () => {
    expect(deal('no-probability')).toMatchObject({ probability: 30, companyId: company('acme').id });
  });
});

describe('OPX-4 leads', () => {
  it('become people with their source, or are folded into the contact that they became', () => {
    expect(world.row('person', 'lead', id('open-lead'))).toMatchObject({
      leadSource: 'Trade Show',
      leadTopic: 'Asked at the fair',
    });
    expect(world.row('person', 'lead', id('converted')).id).toBe(person('ann').id);
    expect(person('ann').name).toEqual({ firstName: 'Ann', lastName: 'Archer' });
  });

  it('that are converted are the contact that they became, whatever address they have', async () => {
    for (const name of ['converted', 'converted-mute', 'converted-elsewhere'])
      expect([name, await world.record('lead', id(name))]).toMatchObject([name, { class: 'merged' }]);
    expect(world.row('person', 'lead', id('converted-mute')).id).toBe(person('ann').id);
    expect(world.row('person', 'lead', id('converted-elsewhere')).id).toBe(person('ann').id);
    expect(person('ann').emails).toMatchObject({ primaryEmail: 'ann@acme.example' });
  });

  it('never make two contacts one that share nothing but a lead', () => {
    expect(person('ben').id).not.toBe(person('ann').id);
    expect(person('ben').emails).toMatchObject({ primaryEmail: 'other@acme.example' });
  });

  it('that became no contact stay people, of the account that they became', async () => {
    expect(await world.record('lead', id('converted-firm'))).toMatchObject({ class: 'applied' });
    expect(world.row('person', 'lead', id('converted-firm')).companyId).toBe(company('acme').id);
  });
});

describe('OPX-5 cases', () => {
  it('become objects with number, status, priority, account and contact', () => {
    expect(world.row('supportCase', 'incident', id('case'))).toMatchObject({
      name: 'It broke',
      caseNumber: 'CAS-1',
      priority: 'High',
      status: 'Active',
      companyId: company('acme').id,
      personId: person('ann').id,
    });
  });
});

describe('OPX-6 activities', () => {
  it('become tasks at their own time, linked to what they regard', () => {
    expect(task('task', 'about-deal')).toMatchObject({
      title: 'Send offer',
      activityType: 'TASK',
      durationMinutes: 25,
      createdAt: '2026-03-01T09:00:00.000Z',
      assigneeId: ayse.id,
    });
    expect(targets('taskTarget', 'task', 'about-deal')).toEqual([{ targetOpportunityId: deal('open').id }]);
    expect(task('appointment', 'meeting')).toMatchObject({ activityType: 'MEETING', location: 'İzmir' });
    expect(targets('taskTarget', 'appointment', 'meeting')).toEqual([{ targetCompanyId: company('acme').id }]);
  });

  it('are linked to who took part, and name who has no record', () => {
    expect(task('phonecall', 'call')).toMatchObject({ activityType: 'CALL', direction: 'OUTGOING', status: 'DONE' });
    expect(targets('taskTarget', 'phonecall', 'call')).toEqual([{ targetPersonId: person('ann').id }]);
    expect(task('email', 'mail')).toMatchObject({ unresolvedParties: 'stranger@else.example' });
    expect(targets('taskTarget', 'email', 'mail')).toEqual([
      { targetPersonId: world.row('person', 'lead', id('open-lead')).id },
    ]);
  });

  it('wait for a person where they lead to nothing', async () => {
    expect(await world.record('task', id('about-nothing'))).toMatchObject({ class: 'held' });
    const asked = (await world.reviews()).filter(({ recordKey }) => recordKey === `crm/task/${id('about-nothing')}`);
    expect(asked).toMatchObject([{ choices: ['load', 'exclude'], blocking: true }]);
  });
});

describe('OPX-7 notes', () => {
  it('become notes on their record, and wait where it cannot have one', async () => {
    expect(world.row('note', 'annotation', id('note'))).toMatchObject({ title: 'Mood' });
    expect(targets('noteTarget', 'annotation', 'note')).toEqual([{ targetPersonId: person('ann').id }]);
    expect(await world.record('annotation', id('on-task'))).toMatchObject({ class: 'held' });
  });
});

describe('OPX-8 products', () => {
  it('become objects with SKU and price, and bundles are asked about', async () => {
    expect(world.row('product', 'product', id('pump'))).toMatchObject({
      sku: 'P-1',
      listPrice: { amountMicros: 99_500_000, currencyCode: 'GBP' },
    });
    const asked = (await world.reviews()).filter(({ recordKey }) => recordKey === `crm/product/${id('bundle')}`);
    expect(asked).toHaveLength(1);
  });
});

describe('OPX-9 users', () => {
  it('are members by e-mail; what an inactive one owned waits until somebody stands for it', async () => {
    expect(await world.record('contact', id('of-who-left'))).toMatchObject({ class: 'held' });
    await world.decideOwner('lea@firm.example', { kind: 'substitute', email: AYSE });
    await world.settle();
    expect(person('of-who-left').ownerId).toBe(ayse.id);
  });
});

describe('OPX-S2 changes and deletes', () => {
  it('made after the load arrive, and every record is still accounted for', async () => {
    environment.organisation.update('contact', id('ann'), { jobtitle: 'Director' });
    environment.organisation.update('opportunity', id('open'), { statecode: 2 });
    environment.organisation.remove('phonecall', id('call'));
    make('account', 'late', { name: 'Late Ltd' });
    await world.settle();
    expect(person('ann').jobTitle).toBe('Director');
    expect(world.stageField().options.find(({ value }) => value === deal('open').stage)?.label).toBe('Lost');
    expect(world.has('task', 'phonecall', id('call'))).toBe(false);
    expect(company('late').name).toBe('Late Ltd');
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
  });
});
