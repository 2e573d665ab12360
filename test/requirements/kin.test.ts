import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/kinabase/index.ts';
import { type KinabaseSandbox, startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import { SAMPLE_COLLECTIONS, SAMPLE_FIELDS } from '../../sandbox/kinabase/sample/collections.ts';
import type { Data, Link, User } from '../../sandbox/kinabase/store/model.ts';
import type { RecordExtras } from '../../sandbox/kinabase/store/workspace.ts';
import { residue } from '../../src/sink/index.ts';
import { Deployment, type TwentyRow } from './deployment.ts';

/** From a record of the simulated Kinabase workspace to the record in the simulated Twenty workspace, rule by rule. */

const AYSE = 'ayse@firm.example';
const ayse = { id: '5a3b1c00-0000-4000-8000-000000000011', firstName: 'Ayşe', lastName: 'Yılmaz', email: AYSE };
const user: User = { id: 'U1', name: 'Ayşe Yılmaz', email: AYSE };
const stranger: User = { id: 'U2', name: 'Lea Left', email: 'lea@firm.example' };

let kinabase: KinabaseSandbox;
let world: Deployment;
const ids = new Map<string, string>();

const id = (name: string): string => {
  const found = ids.get(name);
  if (found === undefined) throw new Error(`nothing is called ${name}`);
  return found;
};
const to = (name: string): Link => ({ id: id(name) });

/** A record that the tests call by a name. */
function make(collection: string, name: string, data: Data, extras: RecordExtras = {}): void {
  ids.set(name, kinabase.workspace.create(collection, data, extras).id);
}

function firm(): void {
  make('companies', 'acme', {
    legalName: 'Acme  Ltd',
    domain: 'www.Acme.example',
    industry: 'Trade',
    employees: 15_400,
    city: 'London',
    tags: ['Key', 'Fair'],
    notes: '',
    parent: null,
    owner: user,
  });
  make('companies', 'branch', { legalName: 'Branch', parent: to('acme'), notes: 'Remember', owner: user });
  make('companies', 'circle', { legalName: 'Circle One', notes: 'Forget', owner: user });
  make('companies', 'circle-two', { legalName: 'Circle Two', parent: to('circle'), owner: user });
  kinabase.workspace.update('companies', id('circle'), { parent: to('circle-two') });
  make('teams', 'team', { name: 'Sales', lead: null });
  make('people', 'ann', {
    firstName: 'Ann',
    lastName: 'Archer',
    email: 'Ann@Acme.example',
    phone: '+44 20 7946 0001',
    jobTitle: 'Buyer',
    city: 'London',
    company: to('acme'),
    team: to('team'),
    lastContacted: '2026-03-01T09:00:00.000Z',
    newsletter: true,
    owner: user,
  });
  kinabase.workspace.update('teams', id('team'), { lead: to('ann') });
  make('people', 'eda', { firstName: 'Eda', lastName: 'Evans', email: null, owner: user });
  make('people', 'mute', {
    firstName: 'Mo',
    lastName: 'Mute',
    email: null,
    phone: '',
    newsletter: false,
    owner: stranger,
  });
}

function sales(): void {
  make('deals', 'big', {
    name: 'Big one',
    stage: 'Proposal',
    amount: 12_345.67,
    closeDate: '2026-12-31',
    company: to('acme'),
    contact: to('ann'),
    project: null,
    owner: user,
  });
  make('projects', 'bridge', {
    title: 'Bridge',
    stage: 'On hold',
    budget: 500,
    startsOn: '2026-02-01',
    deal: to('big'),
    members: [to('ann'), to('eda')],
    assignee: user,
  });
  kinabase.workspace.update('deals', id('big'), { project: to('bridge') });
  make('sites', 'site', { name: 'Yard', company: to('acme'), area: 12.5, openedOn: '2020-01-01' });
  make('contracts', 'contract', {
    number: 'C-1',
    company: to('acme'),
    deal: null,
    value: 100,
    signedOn: '2025-01-01',
    autoRenew: true,
  });
  make('assets', 'asset', {
    serial: '0042',
    site: to('site'),
    contract: to('contract'),
    replaces: null,
    condition: 'Worn',
  });
  make('tickets', 'ticket', {
    title: 'It broke',
    stage: 'Waiting',
    priority: 'High',
    person: to('ann'),
    asset: to('asset'),
    team: to('team'),
    owner: user,
  });
}

function activities(): void {
  make('tasks', 'offer', {
    title: 'Send offer',
    description: 'Line 1',
    status: 'open',
    due: '2026-04-01',
    record: to('big'),
    assignee: user,
  });
  make('tasks', 'done', {
    title: 'Call back',
    description: null,
    status: 'completed',
    due: null,
    record: to('ann'),
    assignee: user,
  });
  make('interactions', 'demo', {
    subject: 'Demo',
    type: 'Meeting',
    date: '2026-03-04T09:00:00.000Z',
    durationMinutes: 45,
    place: 'İzmir',
    notes: 'Çok memnun 😀',
    person: to('ann'),
    deal: to('big'),
    owner: user,
  });
  make('documents', 'document', {
    name: 'Offer',
    url: 'https://files.example/offer.pdf',
    company: to('acme'),
    project: null,
    owner: user,
  });
  kinabase.workspace.attach('documents', id('document'), { name: 'offer.txt', bytes: Buffer.from('An offer') });
  const comment = {
    id: 'comment-1',
    type: 'comment',
    content: 'They want a discount',
    timestamp: Date.UTC(2026, 2, 5, 10),
  };
  kinabase.workspace.addActivity('deals', id('big'), comment);
}

beforeAll(async () => {
  kinabase = await startKinabaseSandbox({ callsPerMinute: null });
  for (const definition of SAMPLE_COLLECTIONS) kinabase.workspace.define(definition);
  firm();
  sales();
  activities();
  world = await Deployment.open({
    connector: 'kinabase',
    members: [ayse],
    mapping: fileURLToPath(defaultMappingFile),
    secrets: { KINABASE_APP_SECRET: kinabase.secret },
    settings: {
      url: kinabase.url,
      appId: kinabase.appId,
      callsPerMinute: 10_000,
      sweepSeconds: 1,
      fields: SAMPLE_FIELDS,
      activities: { deals: 'read' },
    },
  });
  await world.prepare();
  await world.settle();
});

afterAll(async () => {
  await world.close();
  await kinabase.close();
});

const company = (name: string): TwentyRow => world.row('company', 'companies', id(name));
const person = (name: string): TwentyRow => world.row('person', 'people', id(name));
const deal = (name: string): TwentyRow => world.row('opportunity', 'deals', id(name));

function targets(kind: 'taskTarget' | 'noteTarget', key: string): Readonly<Record<string, unknown>>[] {
  return world
    .rows(kind)
    .filter((target) => String(target.sourceKey).startsWith(`crm/${key}>`))
    .map((target) =>
      Object.fromEntries(Object.entries(target).filter(([name, value]) => /^target.*Id$/.test(name) && value !== null)),
    );
}

describe('ALL-3 every record is accounted for', () => {
  it('by both identities, the source’s own count included', async () => {
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
  });
});

describe('KIN-1 contact-like and company-like collections', () => {
  it('become people and companies', () => {
    expect(person('ann')).toMatchObject({
      name: { firstName: 'Ann', lastName: 'Archer' },
      emails: { primaryEmail: 'ann@acme.example' },
      phones: { primaryPhoneNumber: '2079460001' },
      jobTitle: 'Buyer',
      postalAddress: { addressCity: 'London' },
      newsletter: true,
      companyId: company('acme').id,
    });
    expect(company('acme')).toMatchObject({
      name: 'Acme Ltd',
      industry: 'Trade',
      employees: 15_400,
      tags: ['KEY', 'FAIR'],
      address: { addressCity: 'London' },
    });
  });
});

describe('KIN-2, KIN-10 deal-like collections', () => {
  it('become opportunities with amount, stage verbatim, company, contact and owner', () => {
    const label = world.stageField().options.find(({ value }) => value === deal('big').stage)?.label;
    expect(label).toBe('Proposal');
    expect(deal('big')).toMatchObject({
      name: 'Big one',
      amount: { amountMicros: 12_345_670_000, currencyCode: 'GBP' },
      probability: 50,
      companyId: company('acme').id,
      pointOfContactId: person('ann').id,
      ownerId: ayse.id,
    });
  });

  it('keep the stage of other collections as their status', () => {
    expect(world.row('project', 'projects', id('bridge'))).toMatchObject({ status: 'ON_HOLD' });
    expect(world.row('ticket', 'tickets', id('ticket'))).toMatchObject({ status: 'WAITING', priority: 'HIGH' });
  });
});

describe('KIN-3 other collections', () => {
  it('become objects of their own, with text, number, date and truth value', () => {
    expect(world.row('site', 'sites', id('site'))).toMatchObject({ name: 'Yard', area: 12.5, openedOn: '2020-01-01' });
    expect(world.row('contract', 'contracts', id('contract'))).toMatchObject({ autoRenew: true });
    expect(world.row('asset', 'assets', id('asset'))).toMatchObject({ name: '0042', condition: 'WORN' });
  });
});

describe('KIN-4 values', () => {
  it('tell null and empty apart, and neither fails a required field', async () => {
    expect(company('acme').notesText ?? '').toBe('');
    expect(company('branch').notesText).toBe('Remember');
    expect(company('circle').notesText).toBe('Forget');
    kinabase.workspace.update('companies', id('branch'), { notes: null });
    await world.settle();
    expect(company('branch').notesText).toBe('Remember');
    kinabase.workspace.update('companies', id('circle'), { notes: '', legalName: null });
    await world.settle();
    expect(company('circle').notesText ?? '').toBe('');
    expect(company('circle').name).toBe('(no name)');
  });
});

describe('KIN-5 links', () => {
  it('are relations, circles too', () => {
    expect(company('branch').parentCompanyId).toBe(company('acme').id);
    expect(company('circle').parentCompanyId).toBe(company('circle-two').id);
    expect(company('circle-two').parentCompanyId).toBe(company('circle').id);
    const team = world.row('salesTeam', 'teams', id('team'));
    expect(team.leadId).toBe(person('ann').id);
    expect(person('ann').salesTeamId).toBe(team.id);
    const project = world.row('project', 'projects', id('bridge'));
    expect(project.dealId).toBe(deal('big').id);
    expect(deal('big').projectId).toBe(project.id);
  });

  it('with several targets are assignments', () => {
    const project = world.row('project', 'projects', id('bridge'));
    const members = world.rows('projectMember').filter(({ projectId }) => projectId === project.id);
    expect(members.map(({ personId }) => personId).sort()).toEqual([person('ann').id, person('eda').id].sort());
  });

  it('whose record does not exist yet stand as text, and are set once it does', async () => {
    const later = '0a000000-0000-4000-8000-000000000001';
    make('people', 'early', { firstName: 'Eda', lastName: 'Early', company: { id: later }, owner: user });
    await world.settle();
    expect(person('early')).toMatchObject({ companyId: null, originalRecordId: `company ${later}` });
    make('companies', 'late', { legalName: 'Late Ltd', owner: user }, { id: later });
    await world.settle();
    expect(person('early').companyId).toBe(company('late').id);
  });
});

describe('KIN-6 computed fields', () => {
  it('move as they are served, listed as a loss with their formula', async () => {
    expect(person('ann').sourceFullName).toBe('Ann Archer');
    expect(deal('big').sourceWeighted).toBeCloseTo(6172.835, 6);
  });
});

describe('KIN-7 activities', () => {
  it('of an interactions collection become tasks at their own time, with duration, place and owner', () => {
    const task = world.row('task', 'interactions', id('demo'));
    expect(task).toMatchObject({
      title: 'Demo',
      activityType: 'MEETING',
      durationMinutes: 45,
      status: 'DONE',
      createdAt: '2026-03-04T09:00:00.000Z',
      assigneeId: ayse.id,
    });
    expect(JSON.stringify(task.bodyV2)).toContain('Place: İzmir');
    expect(targets('taskTarget', `interactions/${id('demo')}`)).toEqual(
      expect.arrayContaining([{ targetPersonId: person('ann').id }, { targetOpportunityId: deal('big').id }]),
    );
  });

  it('of timestamp fields become finished tasks on the record', () => {
    const [last] = world.rows('task').filter(({ sourceKey }) => sourceKey === `crm/people/${id('ann')}>last-contact`);
    expect(last).toMatchObject({ status: 'DONE', createdAt: '2026-03-01T09:00:00.000Z' });
    expect(world.rows('taskTarget').filter(({ taskId }) => taskId === last?.id)).toMatchObject([
      { targetPersonId: person('ann').id },
    ]);
  });

  it('on records become notes at their own time, linked to the record', () => {
    const key = `${id('big')}:comment-1`;
    expect(world.row('note', 'activity', key)).toMatchObject({
      title: 'comment',
      createdAt: '2026-03-05T10:00:00.000Z',
    });
    expect(targets('noteTarget', `activity/${key}`)).toEqual([{ targetOpportunityId: deal('big').id }]);
  });
});

describe('KIN-8 tasks', () => {
  it('have assignee, due date, status, linked record and description', () => {
    expect(world.row('task', 'tasks', id('offer'))).toMatchObject({
      title: 'Send offer',
      status: 'TODO',
      dueAt: '2026-04-01T11:00:00.000Z',
      assigneeId: ayse.id,
    });
    expect(world.row('task', 'tasks', id('done'))).toMatchObject({ status: 'DONE' });
    expect(targets('taskTarget', `tasks/${id('offer')}`)).toEqual([{ targetOpportunityId: deal('big').id }]);
  });
});

describe('KIN-9 documents', () => {
  it('keep name and address in a note on the company', () => {
    const note = world.row('note', 'documents', id('document'));
    expect(JSON.stringify(note.bodyV2)).toContain('https://files.example/offer.pdf');
    expect(String(note.fileName)).toContain('offer.txt');
    expect(targets('noteTarget', `documents/${id('document')}`)).toEqual([{ targetCompanyId: company('acme').id }]);
  });
});

describe('KIN-11 owners', () => {
  it('who are no members keep their records waiting until somebody stands for them', async () => {
    expect(await world.record('people', id('mute'))).toMatchObject({ class: 'held' });
    await world.decideOwner('lea@firm.example', { kind: 'substitute', email: AYSE });
    await world.settle();
    expect(person('mute').ownerId).toBe(ayse.id);
  });
});

describe('changes and deletes', () => {
  it('made after the load arrive, and every record is still accounted for', async () => {
    kinabase.workspace.update('people', id('ann'), { jobTitle: 'Director' });
    kinabase.workspace.update('deals', id('big'), { stage: 'Won' });
    kinabase.workspace.remove('interactions', id('demo'));
    make('companies', 'new', { legalName: 'New Ltd', owner: user });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await world.settle();
    await world.settle();
    expect(person('ann').jobTitle).toBe('Director');
    expect(world.has('task', 'interactions', id('demo'))).toBe(false);
    expect(company('new').name).toBe('New Ltd');
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
  });
});
