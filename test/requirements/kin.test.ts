import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultMappingFile } from '../../connectors/kinabase/index.ts';
import { type KinabaseSandbox, startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import { SAMPLE_FIELDS } from '../../sandbox/kinabase/sample/collections.ts';
import { runOperation } from '../../src/app/operation.ts';
import { attachments } from '../../src/app/operations/attachments.ts';
import { doctor } from '../../src/app/operations/doctor.ts';
import { inventoryImport, inventoryShow } from '../../src/app/operations/inventory.ts';
import { inventoryDocument, pipelineGuide } from '../../src/inventory/document.ts';
import { proposeMapping } from '../../src/mapping/propose.ts';
import { residue } from '../../src/sink/index.ts';
import { sha256 } from '../support/file-world.ts';
import { Deployment, type DeploymentOptions, type TwentyRow } from './deployment.ts';
import { AYSE, ayse, KinabaseFirm, TIMES, user } from './kin-world.ts';

/** From a record of the simulated Kinabase workspace to the record in the simulated Twenty workspace, rule by rule. */

/** What a firm that keeps its calls in a list of each deal would write into its mapping. */
const CALLS = {
  target: 'task',
  policies: { softDeleted: 'restore', onDelete: 'soft-delete' },
  fields: [
    { to: 'title', from: 'about' },
    { to: 'activityType', value: 'Call', transform: ['select'], create: 'shared' },
    { to: 'status', value: 'DONE' },
    { to: 'durationMinutes', from: 'minutes', transform: ['integer'], create: 'shared' },
    { to: 'createdAt', from: 'at', transform: ['timestamp'] },
  ],
  children: [
    {
      name: 'target',
      target: 'taskTarget',
      parent: 'taskId',
      links: [
        { name: 'deal', attempts: [{ to: 'targetOpportunityId', object: 'deals', id: 'parent' }], otherwise: 'skip' },
      ],
    },
  ],
};

/** What the same firm would write for a collection that is like projects, and whose keys differ only in case. */
const WORKS = {
  target: 'opportunity',
  policies: { softDeleted: 'restore', onDelete: 'soft-delete' },
  fields: [
    { to: 'name', from: 'title' },
    { to: 'stage', template: '{phase}', transform: ['stage'] },
    { to: 'pipeline', value: 'Works', transform: ['pipeline'] },
    { to: 'amount', from: 'budget', transform: ['currency'] },
    { to: 'colourOfPaint', from: 'Colour', create: { type: 'TEXT', label: 'Colour of the paint' } },
    { to: 'colour', from: 'colour_', create: { type: 'TEXT', label: 'Colour' } },
  ],
  owners: [{ to: 'ownerId', from: 'foreman', missing: 'hold' }],
};

function addWorks({ workspace }: KinabaseSandbox, firm: KinabaseFirm): void {
  workspace.define({ slug: 'works', name: 'Building projects' });
  const shared = { phase: 'Dug', budget: 12_000, foreman: user };
  firm.make('works', 'tower', { title: 'Tower', ...shared, Colour: 'red', colour: 'blue' });
  firm.make('works', 'hall', { title: 'Hall', ...shared, phase: 'Roofed' });
}

function deploymentOf(source: KinabaseSandbox, members: DeploymentOptions['members']): DeploymentOptions {
  return {
    connector: 'kinabase',
    members,
    mapping: fileURLToPath(defaultMappingFile),
    amend: (mapping) => {
      mapping.setIn(['objects', 'deals.calls'], CALLS);
      mapping.setIn(['objects', 'works'], WORKS);
      const stages = [{ name: 'Dug' }, { name: 'Roofed' }];
      mapping.addIn(['pipelines', 'list'], mapping.createNode({ name: 'Works', stages }));
    },
    secrets: { KINABASE_APP_SECRET: source.secret },
    settings: {
      url: source.url,
      appId: source.appId,
      callsPerMinute: 10_000,
      sweepSeconds: 1,
      fields: SAMPLE_FIELDS,
      activities: { deals: 'read', projects: 'read' },
    },
  };
}

let kinabase: KinabaseSandbox;
let firm: KinabaseFirm;
let world: Deployment;

const id = (name: string): string => firm.id(name);
const make = (...record: Parameters<KinabaseFirm['make']>): void => firm.make(...record);

beforeAll(async () => {
  kinabase = await startKinabaseSandbox({ callsPerMinute: null });
  firm = new KinabaseFirm(kinabase.workspace);
  addWorks(kinabase, firm);
  world = await Deployment.open(deploymentOf(kinabase, [ayse]));
  await world.prepare();
  await world.settle();
}, 240_000);

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
      domainName: { primaryLinkUrl: 'https://acme.example' },
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

  it('and project-like ones become opportunities with stage, amount and assigned user', async () => {
    const { objects } = await world.discover();
    expect(objects.find(({ name }) => name === 'works')?.likeness?.[0]).toMatchObject({
      target: 'opportunity',
      reasons: ['it has stages', 'it has amounts', 'somebody is assigned'],
    });
    const tower = world.row('opportunity', 'works', id('tower'));
    expect(world.stageField().options.find(({ value }) => value === tower.stage)?.label).toBe('Dug');
    expect(tower).toMatchObject({
      name: 'Tower',
      pipeline: 'WORKS',
      amount: { amountMicros: 12_000_000_000, currencyCode: 'GBP' },
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

describe('KIN-3 keys that collide', () => {
  it('get an underscore, and both values arrive', () => {
    expect(world.row('opportunity', 'works', id('tower'))).toMatchObject({ colourOfPaint: 'red', colour: 'blue' });
  });

  it('are proposed under names that Twenty takes', async () => {
    const { text } = proposeMapping(await world.discover(), null, await readFile(defaultMappingFile, 'utf8'));
    const { objects } = parse(text) as { objects: { works: { fields: { to: string; from: string }[] } } };
    const named = objects.works.fields.filter(({ from }) => ['Colour', 'colour_'].includes(from)).map(({ to }) => to);
    expect(new Set(named).size).toBe(2);
    for (const name of named) expect(name).toMatch(/^[a-z][a-zA-Z0-9]*$/);
  });
});

describe('ALL-1 times of records', () => {
  it('are kept, those of their last change, too', () => {
    const times = { createdAt: '2024-02-29T08:00:00.000Z', originalModifiedAt: '2025-06-30T16:30:00.000Z' };
    expect(new Date(TIMES.updatedAt).toISOString()).toBe(times.originalModifiedAt);
    expect(world.row('site', 'sites', id('site'))).toMatchObject(times);
    expect(person('eda')).toMatchObject(times);
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
    const losses = await world.app.state.read((tx) => tx.losses.summary('crm'));
    expect(losses.filter(({ kind }) => kind === 'retyped')).toEqual([
      expect.objectContaining({
        object: 'deals',
        field: 'sourceWeighted',
        before: 'amount × chance of the stage',
        after: '6172.835',
      }),
      expect.objectContaining({ object: 'people', field: 'sourceFullName', before: 'firstName + " " + lastName' }),
    ]);
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

  it('in lists of a record become finished tasks on it, and go when they leave the list', async () => {
    const calls = () =>
      world
        .rows('task')
        .filter(({ sourceKey }) => String(sourceKey).startsWith('crm/deals.calls/'))
        .sort((one, other) => String(one.createdAt).localeCompare(String(other.createdAt)));
    expect(
      calls().map(({ title, durationMinutes, status, createdAt }) => ({ title, durationMinutes, status, createdAt })),
    ).toEqual([
      { title: 'Price', durationMinutes: 15, status: 'DONE', createdAt: '2026-03-02T10:00:00.000Z' },
      { title: 'Date', durationMinutes: 5, status: 'DONE', createdAt: '2026-03-03T10:00:00.000Z' },
    ]);
    expect(targets('taskTarget', `deals.calls/${id('big')}:1`)).toEqual([{ targetOpportunityId: deal('big').id }]);
    const { lists } = kinabase.workspace.record('deals', id('big'));
    kinabase.workspace.setLists('deals', id('big'), { calls: (lists.calls ?? []).slice(0, 1) });
    await world.settle();
    expect(calls().map(({ title }) => title)).toEqual(['Price']);
  });

  it('on records become notes at their own time, linked to the record', () => {
    const key = `${id('big')}:comment-1`;
    expect(world.row('note', 'activity', key)).toMatchObject({
      title: 'comment',
      createdAt: '2026-03-05T10:00:00.000Z',
    });
    expect(targets('noteTarget', `activity/${key}`)).toEqual([{ targetOpportunityId: deal('big').id }]);
  });

  it('on records of objects of the firm’s own become notes linked to those', () => {
    expect(targets('noteTarget', `activity/${id('bridge')}:comment-2`)).toEqual([
      { targetProjectId: world.row('project', 'projects', id('bridge')).id },
    ]);
  });
});

describe('KIN-8 tasks', () => {
  it('have assignee, due date, status, linked record and description', () => {
    expect(world.row('task', 'tasks', id('offer'))).toMatchObject({
      title: 'Send offer',
      status: 'TODO',
      dueAt: '2026-04-01T11:00:00.000Z',
      assigneeId: ayse.id,
      bodyV2: { markdown: 'Line 1' },
    });
    expect(world.row('task', 'tasks', id('done'))).toMatchObject({ status: 'DONE' });
    expect(targets('taskTarget', `tasks/${id('offer')}`)).toEqual([{ targetOpportunityId: deal('big').id }]);
  });

  it.each([
    ['targetProjectId', 'project', 'projects', 'bridge'],
    ['targetTicketId', 'ticket', 'tickets', 'ticket'],
    ['targetAssetId', 'asset', 'assets', 'asset'],
    ['targetContractId', 'contract', 'contracts', 'contract'],
    ['targetSiteId', 'site', 'sites', 'site'],
    ['targetSalesTeamId', 'salesTeam', 'teams', 'team'],
  ])('are linked to records of objects of the firm’s own: %s', (column, target, collection, name) => {
    expect(targets('taskTarget', `tasks/${id(`on-${name}`)}`)).toEqual([
      { [column]: world.row(target, collection, id(name)).id },
    ]);
  });
});

describe('KIN-9 documents', () => {
  const note = (name: string): TwentyRow => world.row('note', 'documents', id(name));
  const report = () => runOperation(attachments, { app: world.app, daemon: null }, { object: 'documents' });

  it('keep name and address in a note on the company', () => {
    expect(JSON.stringify(note('document').bodyV2)).toContain('https://files.example/offer.pdf');
    expect(String(note('document').fileName)).toContain('offer.txt');
    expect(targets('noteTarget', `documents/${id('document')}`)).toEqual([{ targetCompanyId: company('acme').id }]);
  });

  it('that belong to a project, too, are linked to company and project', () => {
    const found = targets('noteTarget', `documents/${id('plan')}`);
    expect(found).toHaveLength(2);
    expect(found).toEqual(
      expect.arrayContaining([
        { targetCompanyId: company('acme').id },
        { targetProjectId: world.row('project', 'projects', id('bridge')).id },
      ]),
    );
  });

  it('whose file can be fetched have it attached, byte by byte, under its own name', () => {
    const stored = world.sandbox.files();
    const found = world.rows('attachment').map(({ name, file, targetNoteId }) => {
      const [first] = file as { fileId: string }[];
      return [name, targetNoteId, stored.find((one) => one.id === first?.fileId)?.sha256];
    });
    expect(found).toEqual([['offer.txt', note('document').id, sha256('An offer')]]);
  });

  it('whose file cannot be fetched are listed with the reason, and their name and address stand in the note', async () => {
    kinabase.workspace.create(
      'documents',
      { name: 'Elsewhere', owner: user },
      { files: [{ id: 'f-1', name: 'secret.pdf', size: 3, url: 'https://files.example/secret.pdf' }] },
    );
    const gone = kinabase.workspace.create(
      'documents',
      { name: 'Lost', owner: user },
      { files: [{ id: 'f-2', name: 'lost.pdf', size: 3, url: null }] },
    );
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await world.settle();
    expect(String(world.row('note', 'documents', gone.id).fileName)).toBe('lost.pdf (/files/f-2)');
    const { residue: left, files } = await report();
    expect(left).toBe(0);
    expect(files.map(({ name, state, code }) => [name, state, code]).sort()).toEqual([
      ['lost.pdf', 'held', 'DOWNLOAD_MISSING'],
      ['offer.txt', 'linked', null],
      ['secret.pdf', 'held', 'DOWNLOAD_NOT_ALLOWED'],
    ]);
  });
});

describe('KIN-11 owners', () => {
  it('who are no members keep their records waiting until somebody stands for them', async () => {
    expect(await world.record('people', id('mute'))).toMatchObject({ class: 'held' });
    await world.decideOwner('lea@firm.example', { kind: 'substitute', email: AYSE });
    await world.settle();
    expect(person('mute').ownerId).toBe(ayse.id);
  });

  const ownersFound = async ({ app }: Deployment) =>
    (await runOperation(doctor, { app, daemon: null }, {})).filter(({ category }) => category === 'owners');

  it('of a workspace without users: the operator is told to make one first', async () => {
    const nobody = await Deployment.open(deploymentOf(kinabase, []));
    try {
      expect(await ownersFound(nobody)).toEqual([
        expect.objectContaining({
          outcome: 'fail',
          found: expect.stringMatching(/^the workspace has no members, and the source names 2 owners/),
          fix: expect.stringMatching(/^Make a user in Twenty first/),
        }),
      ]);
    } finally {
      await nobody.close();
    }
  });

  it('of a workspace with a user: only those who are no members are told', async () => {
    const one = await Deployment.open(deploymentOf(kinabase, [ayse]));
    try {
      expect(await ownersFound(one)).toEqual([
        expect.objectContaining({ outcome: 'warn', found: expect.stringContaining('lea@firm.example') }),
      ]);
    } finally {
      await one.close();
    }
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

describe('KIN-12 workflows and stage maps', () => {
  it('come from the template that the operator fills in, each with its way of rebuilding', async () => {
    const text = `source: crm
automations:
  - name: Tell the owner of a big deal
    kind: notification
    trigger: A deal is changed
    conditions: [Amount is above 10000]
    actions: [E-mail to the owner]
  - name: Follow up every week
    kind: sequence
    trigger: A deal is created
`;
    const daemon = { app: world.app, daemon: null };
    await runOperation(inventoryImport, daemon, { source: 'crm', text, file: 'inventory.yaml' });
    const { automations } = await runOperation(inventoryShow, daemon, { source: 'crm' });
    const document = inventoryDocument('crm', automations);
    expect(document).toContain('2 automations, 1 of which need an outside tool.');
    expect(document).toMatch(
      /## Tell the owner of a big deal[^#]+Amount is above 10000[^#]+Rebuild in Twenty: Twenty workflow/,
    );
    expect(document).toMatch(/## Need an outside tool\s+- Follow up every week/);
  });

  it('list the stages of deals as they stand, and leave open the order that nothing tells', async () => {
    const { pipelines } = await world.discover();
    expect(pipelineGuide('crm', pipelines)).toMatch(/## Deals\n[^#]*\| \? \| Won \| \? \|/);
  });
});

describe('What the public pages leave open', () => {
  it('is settled by the doctor, which asks the service and changes nothing', async () => {
    const findings = await runOperation(doctor, { app: world.app, daemon: null }, {});
    const told = findings.filter(({ category, outcome }) => category === 'source' && outcome === 'ok');
    expect(told.map(({ found }) => found)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^The key sees \d+ collections: .*Companies/),
        'The list of collections tells no fields: name formulas and lists under `fields`.',
        'companies: one call reads it whole.',
      ]),
    );
  });
});
