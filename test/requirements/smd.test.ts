import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/smartdesk/index.ts';
import { runOperation } from '../../src/app/operation.ts';
import { discover } from '../../src/app/operations/discover.ts';
import { excludedList } from '../../src/app/operations/excluded.ts';
import { inventoryImport, inventoryShow } from '../../src/app/operations/inventory.ts';
import { mapMatrix } from '../../src/app/operations/mapping.ts';
import { provisionPlan } from '../../src/app/operations/provisioning.ts';
import { residue } from '../../src/sink/index.ts';
import { Deployment, type DeploymentOptions, type TwentyRow } from './deployment.ts';
import { dropDump, dropExport, MEMBERS, TURKISH, WORLD } from './smd-world.ts';

/** From exported file to the record in the workspace, rule by rule. The account of smd-world.ts is loaded once. */

const [ayse, oliver] = MEMBERS;

function deploy(options: Partial<DeploymentOptions> = {}): Promise<Deployment> {
  return Deployment.open({
    connector: 'smartdesk',
    members: MEMBERS,
    mapping: fileURLToPath(defaultMappingFile),
    ...options,
    settings: {
      timezone: 'Europe/Istanbul',
      compareBeforeLoad: false,
      stability: { looks: 2, seconds: 0.01 },
      ...options.settings,
    },
  });
}

async function approveStages(deployment: Deployment): Promise<void> {
  const asked = (await deployment.reviews()).find(({ id }) => id.includes('stage-map'));
  await deployment.answer(asked?.id ?? '', 'approved');
  await deployment.settle();
}

/** No code page of Windows has it. */
const WITHOUT_EMOJI = { ...WORLD, notes: (WORLD.notes ?? []).map((note) => ({ ...note, Body: 'Çok memnun' })) };

let world: Deployment;

beforeAll(async () => {
  world = await deploy();
  await world.prepare();
  await dropExport(world.drop, 'export-2025-04-01', WORLD);
  await world.settle();
});
afterAll(() => world.close());

const person = (object: string, id: string): TwentyRow => world.row('person', object, id);

function targets(kind: 'taskTarget' | 'noteTarget', key: string): Readonly<Record<string, unknown>>[] {
  return world
    .rows(kind)
    .filter((target) => String(target.sourceKey).startsWith(`crm/${key}>`))
    .map((target) =>
      Object.fromEntries(Object.entries(target).filter(([name, value]) => /^target.*Id$/.test(name) && value !== null)),
    );
}

describe('SMD-5 the stage map', () => {
  it('lists every stage with its deals, and no deal moves before it is approved', async () => {
    const [asked] = (await world.reviews()).filter(({ id }) => id.includes('stage-map'));
    expect(asked).toMatchObject({ object: 'deal', blocking: true, choices: ['approved'] });
    const stages = asked?.detail.stages as readonly { stage: string; deals: number; probability: number }[];
    expect(stages.map(({ stage, deals, probability }) => [stage, deals, probability])).toEqual([
      ['New', 0, 10],
      ['Proposal', 1, 50],
      ['Won', 0, 100],
      ['Lost', 0, 0],
    ]);
    expect(world.rows('opportunity')).toEqual([]);
    await approveStages(world);
    expect(world.rows('opportunity')).toHaveLength(1);
  });

  it('has the options in its order, made before the first deal', () => {
    expect(world.stageField().options.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['New', 'Proposal', 'Won', 'Lost']),
    );
  });
});

describe('ALL-3 every record is accounted for', () => {
  it('by both identities, once the deals may move', async () => {
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
  });
});

describe('SMD-1 leads', () => {
  it('become people of that type, with source and status', () => {
    expect(person('lead', 'L-new')).toMatchObject({
      personType: 'LEAD',
      leadSource: 'Web form',
      leadStatus: 'Working',
      leadCompany: 'Acme Ltd',
      companyId: world.row('company', 'account', 'A-1').id,
      ownerId: ayse.id,
    });
  });

  it('with the address of a contact are that person, whose type the contact says', async () => {
    const ann = person('contact', 'C-customer');
    expect(person('lead', 'L-same').id).toBe(ann.id);
    expect(ann).toMatchObject({ personType: 'CUSTOMER', leadSource: 'Fair', name: { lastName: 'Archer' } });
    expect((await world.record('lead', 'L-same')).class).toBe('merged');
  });
});

describe('SMD-2 contacts', () => {
  it('become people with address, company and owner', () => {
    expect(person('contact', 'C-customer')).toMatchObject({
      name: { firstName: 'Ann', lastName: 'Archer' },
      emails: { primaryEmail: 'ann@acme.example' },
      jobTitle: 'Buyer',
      postalAddress: { addressCity: 'London' },
      lifecycleStage: 'Customer',
      companyId: world.row('company', 'account', 'A-1').id,
      ownerId: ayse.id,
      createdAt: '2024-02-01T07:00:00.000Z',
    });
  });

  it('are customers or contacts by their lifecycle stage', () => {
    expect(person('contact', 'C-customer').personType).toBe('CUSTOMER');
    expect(person('contact', 'C-contact').personType).toBe('CONTACT');
  });
});

describe('SMD-3 accounts', () => {
  it('become companies', () => {
    expect(world.row('company', 'account', 'A-1')).toMatchObject({
      name: 'Acme Ltd',
      domainName: { primaryLinkUrl: 'https://acme.example' },
      industry: 'Food',
      employees: 120,
      accountOwnerId: oliver.id,
    });
  });
});

describe('SMD-4 deals', () => {
  it('become opportunities by the stage map', () => {
    expect(world.row('opportunity', 'deal', 'D-1')).toMatchObject({
      name: 'Big one',
      amount: { amountMicros: 12_345_670_000, currencyCode: 'EUR' },
      stage: 'PROPOSAL',
      pipeline: 'SALES',
      probability: 50,
      closeDate: '2025-12-31T09:00:00.000Z',
      companyId: world.row('company', 'account', 'A-1').id,
      pointOfContactId: person('contact', 'C-customer').id,
      ownerId: oliver.id,
    });
  });
});

describe('SMD-6 tasks', () => {
  it('keep assignee, due date, status, description and parents', () => {
    expect(world.row('task', 'task', 'T-open')).toMatchObject({
      title: 'Call back',
      status: 'TODO',
      activityType: 'TASK',
      dueAt: '2025-05-20T09:00:00.000Z',
      assigneeId: oliver.id,
    });
    expect(targets('taskTarget', 'task/T-open')).toEqual(
      expect.arrayContaining([
        { targetPersonId: person('contact', 'C-customer').id },
        { targetOpportunityId: world.row('opportunity', 'deal', 'D-1').id },
      ]),
    );
  });

  it('of one’s own need no record', () => {
    expect(world.row('task', 'task', 'T-done')).toMatchObject({ status: 'DONE' });
    expect(targets('taskTarget', 'task/T-done')).toEqual([]);
  });
});

describe('SMD-7 activities', () => {
  it('calls, e-mails and meetings become tasks of their type at their own time', () => {
    expect(world.row('task', 'call', 'K-1')).toMatchObject({
      activityType: 'CALL',
      disposition: 'Left voicemail',
      durationMinutes: 12,
      direction: 'OUTGOING',
      createdAt: '2024-06-05T11:30:00.000Z',
    });
    expect(world.row('task', 'email', 'E-1')).toMatchObject({ activityType: 'EMAIL', direction: 'INCOMING' });
    expect(world.row('task', 'meeting', 'M-1')).toMatchObject({
      activityType: 'MEETING',
      startsAt: '2024-06-07T06:00:00.000Z',
      location: 'İzmir',
    });
    expect(targets('taskTarget', 'email/E-1')).toHaveLength(2);
  });

  it('notes become notes with their author', () => {
    expect(world.row('note', 'note', 'N-1')).toMatchObject({ title: 'Happy', authorId: oliver.id });
    expect(targets('noteTarget', 'note/N-1')).toEqual([{ targetPersonId: person('contact', 'C-customer').id }]);
  });

  it('that lead to nobody wait', async () => {
    expect((await world.record('email', 'E-lost')).class).toBe('held');
  });
});

describe('SMD-8 users', () => {
  it('are members by e-mail, and their role and state stand in the report', async () => {
    const { notes, owners } = await runOperation(discover, { app: world.app, daemon: null }, { source: 'crm' });
    expect(notes).toEqual(
      expect.arrayContaining([`User ${ayse.email}: Agent, Yes.`, `User ${oliver.email}: Administrator, No.`]),
    );
    expect(owners.find(({ email }) => email === oliver.email)).toMatchObject({ active: false });
  });
});

describe('SMD-9 campaigns', () => {
  it('become objects, and what was tracked is listed as left out', async () => {
    expect(world.row('campaign', 'campaign', 'P-1')).toMatchObject({
      name: 'Spring',
      campaignType: 'E-mail',
      status: 'Finished',
      startDate: '2025-03-01',
      endDate: '2025-03-31',
    });
    const losses = await world.app.state.read((tx) => tx.losses.summary('crm'));
    expect(losses.filter(({ object }) => object === 'campaign').map(({ field }) => field)).toEqual([
      'Clicked',
      'Opened',
      'Sent',
    ]);
  });
});

describe('SMD-10 tickets', () => {
  it('become objects, each message of the thread a note at its own time, linked to ticket, person and company', () => {
    const ticket = world.row('ticket', 'ticket', 'S-1');
    expect(ticket).toMatchObject({
      name: 'Broken',
      priority: 'High',
      status: 'Open',
      assigneeId: ayse.id,
      personId: person('contact', 'C-customer').id,
      companyId: world.row('company', 'account', 'A-1').id,
    });
    const thread = world
      .rows('note')
      .filter(({ ticketId }) => ticketId === ticket.id)
      .toSorted((a, b) => String(a.createdAt).localeCompare(String(b.createdAt)));
    expect(thread.map(({ sourceKey, authorText }) => [sourceKey, authorText])).toEqual([
      ['crm/message/X-1', 'ann@acme.example'],
      ['crm/message/X-2', ayse.email],
    ]);
    expect(targets('noteTarget', 'message/X-1')).toEqual(
      expect.arrayContaining([{ targetPersonId: ticket.personId }, { targetCompanyId: ticket.companyId }]),
    );
  });
});

describe('SMD-12 automations', () => {
  it('come from the template that the operator fills in, each with what it becomes in Twenty', async () => {
    const text = `source: crm
automations:
  - name: Auto reply
    kind: notification
    trigger: A ticket is created
    actions: [Send the template Received]
`;
    await runOperation(inventoryImport, { app: world.app, daemon: null }, { source: 'crm', text, file: 'a.yaml' });
    const { automations } = await runOperation(inventoryShow, { app: world.app, daemon: null }, { source: 'crm' });
    expect(automations).toEqual([expect.objectContaining({ name: 'Auto reply', needsOutsideTool: false })]);
  });
});

describe('the other choices', () => {
  let other: Deployment;

  beforeAll(async () => {
    other = await deploy({
      choices: { campaigns: 'note', tickets: 'archive', meetings: 'calendar-event' },
      settings: { codePage: 'windows-1254' },
    });
    await other.prepare();
    await dropExport(other.drop, 'export-2025-04-01', WITHOUT_EMOJI, TURKISH);
    await other.settle();
    await approveStages(other);
  });
  afterAll(() => other.close());

  it('SMD-3, SMD-2 an export with Turkish headers in windows-1254 gives the same records', () => {
    for (const [target, object, id] of [
      ['company', 'account', 'A-1'],
      ['person', 'contact', 'C-customer'],
      ['person', 'contact', 'C-contact'],
      ['opportunity', 'deal', 'D-1'],
    ] as const) {
      const { name } = other.row(target, object, id);
      expect(name).toEqual(world.row(target, object, id).name);
    }
  });

  it('SMD-9 a campaign as a note', () => {
    expect(other.row('note', 'campaign', 'P-1')).toMatchObject({ title: 'Campaign: Spring' });
  });

  it('SMD-10 tickets stay outside of Twenty, excluded by that rule and accounted for', async () => {
    expect((await other.record('ticket', 'S-1')).class).toBe('excluded');
    expect((await other.record('message', 'X-1')).class).toBe('excluded');
    const archive = await runOperation(
      excludedList,
      { app: other.app, daemon: null },
      { source: 'crm', object: 'ticket' },
    );
    expect(archive.records).toEqual([
      expect.objectContaining({
        id: 'S-1',
        why: 'left out by the rule "archive"',
        fields: expect.objectContaining({ Subject: 'Broken', Priority: 'High', Description: 'It does not start' }),
      }),
    ]);
    expect(await other.app.state.read((tx) => residue(tx))).toBe(0);
  });

  it('SMD-7 a meeting as a calendar event with a participant', () => {
    const event = other.row('calendarEvent', 'meeting', 'M-1');
    expect(other.rows('calendarEventParticipant')).toEqual([expect.objectContaining({ calendarEventId: event.id })]);
  });
});

describe('SMD-S1 what is handed over', () => {
  it('names every object and column, what becomes of each, and the steps that make the fields by hand', async () => {
    const { objects } = await runOperation(discover, { app: world.app, daemon: null }, { source: 'crm' });
    expect(objects.find(({ name }) => name === 'account')?.fields.map(({ name }) => name)).toContain('Loyalty Level');
    const { rows } = await runOperation(mapMatrix, { app: world.app, daemon: null }, { source: 'crm' });
    expect(rows.find(({ object, field }) => object === 'contact' && field === 'Lifecycle Stage')).toMatchObject({
      target: expect.stringContaining('lifecycleStage'),
    });
    const untouched = await deploy();
    try {
      const { guide } = await runOperation(provisionPlan, { app: untouched.app, daemon: null }, {});
      expect(guide).toMatch(/Person type[\s\S]*Lead[\s\S]*Contact[\s\S]*Customer/);
      expect(guide).toContain('Lifecycle stage');
    } finally {
      await untouched.close();
    }
  });
});

describe('SMD-S2 a native dump', () => {
  let dumped: Deployment;

  beforeAll(async () => {
    dumped = await deploy();
    await dumped.prepare();
  });
  afterAll(() => dumped.close());

  it('of another product is refused with a code of its own, and nothing is read', async () => {
    await dropDump(dumped.drop, 'dump-2025-03-01', { things: [{ id: '1' }] });
    await expect(runOperation(discover, { app: dumped.app, daemon: null }, { source: 'crm' })).rejects.toMatchObject({
      code: 'EXPORT_UNKNOWN',
      message: expect.stringContaining('dump/things.json'),
    });
    await rm(join(dumped.drop, 'dump-2025-03-01.zip'));
  });

  it('gives the same records as the export in files', async () => {
    await dropDump(dumped.drop, 'dump-2025-04-01', WORLD);
    await dumped.settle();
    await approveStages(dumped);
    for (const target of ['company', 'person', 'opportunity', 'task', 'note', 'campaign', 'ticket'])
      expect(content(dumped, target), target).toEqual(content(world, target));
    expect(await dumped.app.state.read((tx) => residue(tx))).toBe(0);
  });
});

/** Rows without what each workspace makes by itself. */
function content(of: Deployment, target: string): readonly unknown[] {
  return of
    .rows(target)
    .toSorted((a, b) => String(a.sourceKey).localeCompare(String(b.sourceKey)))
    .map((row) => ({
      ...Object.fromEntries(Object.entries(row).filter(([field]) => !OWN.has(field))),
      // The workspace gives every paragraph an id of its own.
      bodyV2: (row.bodyV2 as { markdown?: unknown } | undefined)?.markdown,
    }));
}

const OWN = new Set(['updatedAt', 'createdAt', 'createdBy', 'updatedBy', 'position', 'searchVector', 'sourceVersion']);

describe('SMD-5 a stage that appears later', () => {
  it('asks for approval again before deals go on', async () => {
    const later = {
      ...WORLD,
      stages: [
        ...(WORLD.stages ?? []),
        { 'Stage ID': '5', Pipeline: 'Sales', Stage: 'Legal', Order: '5', Probability: '80', Outcome: 'open' },
      ],
    };
    await dropExport(world.drop, 'export-2025-04-08', later);
    await world.settle();
    const stagesOf = async () =>
      (await runOperation(discover, { app: world.app, daemon: null }, { source: 'crm' })).questions.filter(({ id }) =>
        id.startsWith('stage-map/'),
      );
    expect(await stagesOf()).toEqual([expect.objectContaining({ blocking: true })]);
  });
});
