import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/smartdesk/index.ts';
import { runOperation } from '../../src/app/operation.ts';
import { attachments } from '../../src/app/operations/attachments.ts';
import { discover } from '../../src/app/operations/discover.ts';
import { excludedList } from '../../src/app/operations/excluded.ts';
import { inventoryImport, inventoryShow } from '../../src/app/operations/inventory.ts';
import { manifest } from '../../src/app/operations/manifest.ts';
import { reviewShow } from '../../src/app/operations/reviews.ts';
import { residue } from '../../src/sink/index.ts';
import { sha256 } from '../support/file-world.ts';
import { Deployment, type DeploymentOptions, type TwentyRow } from './deployment.ts';
import { content, dropDump, dropExport, MEMBERS, mapOwnColumns, type Tables, TURKISH, WORLD } from './smd-world.ts';

/** From exported file to the record in the workspace, rule by rule. The account of smd-world.ts is loaded once. */

const [ayse, oliver] = MEMBERS;

function deploy(options: Partial<DeploymentOptions> = {}): Promise<Deployment> {
  return Deployment.open({
    connector: 'smartdesk',
    members: MEMBERS,
    mapping: fileURLToPath(defaultMappingFile),
    amend: mapOwnColumns,
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

/** The text of a row's body, as markdown has it. */
const bodyOf = ({ bodyV2 }: TwentyRow): unknown => (bodyV2 as { readonly markdown?: unknown } | null)?.markdown;

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
    const shown = await runOperation(reviewShow, { app: world.app, daemon: null }, { id: asked?.id ?? '' });
    expect(shown.detail.stages).toMatchObject([
      { stage: 'New', becomes: 'New', value: 'NEW', option: 'exists', deals: 0, inTwenty: 0 },
      { stage: 'Proposal', becomes: 'Proposal', value: 'PROPOSAL', option: 'exists', deals: 1, inTwenty: 0 },
      { stage: 'Won', becomes: 'Won', value: 'WON', option: 'exists', deals: 0, inTwenty: 0 },
      { stage: 'Lost', becomes: 'Lost', value: 'LOST', option: 'exists', deals: 0, inTwenty: 0 },
    ]);
    await approveStages(world);
    expect(world.rows('opportunity')).toHaveLength(1);
  });

  it('shows beside each stage what it becomes, which are to be made, and how many stand on either side', async () => {
    const before = await deploy({
      before: (sandbox) => {
        sandbox.seed('opportunity', [
          { name: 'One', stage: 'PROPOSAL' },
          { name: 'Two', stage: 'PROPOSAL' },
        ]);
      },
      amend: (mapping) => mapping.deleteIn(['pipelines', 'list', 0, 'stages', 3]),
    });
    try {
      await before.confirm();
      await dropExport(before.drop, 'export-2025-04-01', WORLD);
      await before.settle();
      const asked = (await before.reviews()).find(({ id }) => id.includes('stage-map'));
      expect(asked?.question).toContain('1 to be made in Twenty; the mapping does not list Lost.');
      expect(asked?.detail.stages).toMatchObject([
        { stage: 'New', becomes: 'New', option: 'exists', deals: 0, inTwenty: 0 },
        { stage: 'Proposal', becomes: 'Proposal', option: 'exists', deals: 1, inTwenty: 2 },
        { stage: 'Won', becomes: 'Won', option: 'to be made', deals: 0, inTwenty: 0 },
        { stage: 'Lost', becomes: null, value: null, option: null, inTwenty: null },
      ]);
    } finally {
      await before.close();
    }
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
  it('become people with phone, address, company, owner and what the account added of its own', () => {
    expect(person('contact', 'C-customer')).toMatchObject({
      name: { firstName: 'Ann', lastName: 'Archer' },
      emails: { primaryEmail: 'ann@acme.example' },
      phones: { primaryPhoneNumber: '2079460001', primaryPhoneCallingCode: '+44' },
      jobTitle: 'Buyer',
      postalAddress: {
        addressStreet1: '8 Cheapside',
        addressCity: 'London',
        addressPostcode: 'EC2V 6AA',
        addressCountry: 'United Kingdom',
      },
      lifecycleStage: 'Customer',
      preferredLanguage: 'TURKISH',
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
  it('become companies, with what the account added of its own', () => {
    expect(world.row('company', 'account', 'A-1')).toMatchObject({
      name: 'Acme Ltd',
      domainName: { primaryLinkUrl: 'https://acme.example' },
      industry: 'Food',
      employees: 120,
      phones: { primaryPhoneNumber: '2079460018', primaryPhoneCallingCode: '+44' },
      address: { addressStreet1: '8 Cheapside', addressCity: 'London' },
      accountOwnerId: oliver.id,
      loyaltyLevel: 'Gold',
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
    expect(bodyOf(world.row('task', 'task', 'T-open'))).toBe('Ask about the order');
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
      assigneeId: oliver.id,
      createdAt: '2024-06-05T11:30:00.000Z',
    });
    expect(bodyOf(world.row('task', 'call', 'K-1'))).toBe('Line 1');
    expect(world.row('task', 'email', 'E-1')).toMatchObject({
      title: 'Offer',
      activityType: 'EMAIL',
      direction: 'INCOMING',
      emailFrom: 'ann@acme.example',
      emailTo: oliver.email,
      assigneeId: oliver.id,
      createdAt: '2024-06-06T06:15:00.000Z',
    });
    // Signs of markdown are escaped, so that they stay the signs that they were.
    expect(bodyOf(world.row('task', 'email', 'E-1'))).toBe('2 \\* 3 = 6 # really');
    expect(world.row('task', 'meeting', 'M-1')).toMatchObject({
      activityType: 'MEETING',
      startsAt: '2024-06-07T06:00:00.000Z',
      endsAt: '2024-06-07T07:30:00.000Z',
      location: 'İzmir',
      assigneeId: ayse.id,
      createdAt: '2024-06-07T06:00:00.000Z',
    });
    expect(bodyOf(world.row('task', 'meeting', 'M-1'))).toMatch(/^Stand 4\s+Attendees: Ann Archer, Ayşe Yılmaz$/);
    expect(targets('taskTarget', 'email/E-1')).toHaveLength(2);
  });

  it('notes become notes with their author', () => {
    expect(world.row('note', 'note', 'N-1')).toMatchObject({ title: 'Happy', authorId: oliver.id });
    expect(bodyOf(world.row('note', 'note', 'N-1'))).toBe('Çok memnun 😀');
    expect(targets('noteTarget', 'note/N-1')).toEqual([{ targetPersonId: person('contact', 'C-customer').id }]);
  });

  it('that lead to nobody wait', async () => {
    expect((await world.record('email', 'E-lost')).class).toBe('held');
  });
});

describe('ALL-1 times', () => {
  it.each([
    ['company', 'account', 'A-1'],
    ['person', 'contact', 'C-customer'],
    ['opportunity', 'deal', 'D-1'],
    ['task', 'task', 'T-open'],
    ['note', 'note', 'N-1'],
    ['campaign', 'campaign', 'P-1'],
    ['ticket', 'ticket', 'S-1'],
  ])('of making and of the last change stand on each %s', (target, object, id) => {
    expect(world.row(target, object, id)).toMatchObject({
      createdAt: '2024-02-01T07:00:00.000Z',
      originalModifiedAt: '2025-03-15T08:30:00.000Z',
    });
  });

  it.each([
    ['call', 'K-1'],
    ['meeting', 'M-1'],
  ])('of the last change stand on a %s beside its own time', (object, id) => {
    expect(world.row('task', object, id).originalModifiedAt).toBe('2025-03-15T08:30:00.000Z');
  });
});

describe('SMD-8 users', () => {
  it('are members by e-mail, and their role and state stand in the report', async () => {
    const { notes, owners } = await runOperation(discover, { app: world.app, daemon: null }, { source: 'crm' });
    expect(notes).toEqual(
      expect.arrayContaining([`User ${ayse.email}: Agent, Yes.`, `User ${oliver.email}: Administrator, No.`]),
    );
    expect(owners.find(({ email }) => email === oliver.email)).toMatchObject({ active: false, role: 'Administrator' });
  });

  it('are listed with role, state and membership in a file for whoever administers the workspace', async () => {
    const folder = join(world.folder, 'handover');
    await world.command('manifest', 'crm', folder);
    const lines = (await readFile(join(folder, 'users.csv'), 'utf8')).trimEnd().split('\r\n');
    expect(lines).toEqual([
      'user,name,e-mail,role,state,member of the workspace',
      `${ayse.email},Ayşe Yılmaz,${ayse.email},Agent,active,yes`,
      `${oliver.email},Oliver Hughes,${oliver.email},Administrator,not active,yes`,
      'ann@acme.example,,ann@acme.example,,not active,no',
    ]);
  });

  it('change nothing of members: no field is added there', async () => {
    const { customFields } = await runOperation(manifest, { app: world.app, daemon: null }, { source: 'crm' });
    expect(customFields.fields.filter(({ object }) => object === 'workspaceMember')).toEqual([]);
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
      ticketPriority: 'High',
      ticketStatus: 'Open',
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

describe('SMD-11 attachments', () => {
  const pdf = Buffer.from('%PDF-1.7\nthe offer');
  const picture = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const own: Readonly<Record<string, Buffer>> = {
    'attachments/contacts/Teklif şartları.pdf': pdf,
    'attachments/deals/con.png': picture,
    'attachments/login.pdf': Buffer.from('<!DOCTYPE html><title>Sign in</title>'),
    'attachments/empty.txt': Buffer.alloc(0),
  };
  const remote = Buffer.from('%PDF-1.7\nfrom the web');
  const amended = (name: string, id: string, cell: string): Tables => ({
    [name]: (WORLD[name] ?? []).map((row, index) => ({
      ...row,
      ...(index === 0 || Object.values(row)[0] === id ? { Attachments: '' } : {}),
      ...(Object.values(row)[0] === id ? { Attachments: cell } : {}),
    })),
  });
  let server: Server;
  let asked: string[];
  let other: Deployment;

  /** Live attachments on a row of the workspace: name and hash of the bytes. */
  const attachedTo = (column: string, row: TwentyRow) => {
    const files = other.sandbox.files();
    return other
      .rows('attachment')
      .filter((attachment) => attachment[column] === row.id)
      .map(({ name, file }) => {
        const [first] = file as { fileId: string }[];
        return [name, files.find(({ id }) => id === first?.fileId)?.sha256];
      })
      .sort();
  };

  beforeAll(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization ?? ''}`);
      if (request.url === '/files/offer.pdf?v=2') response.end(remote);
      else
        response
          .writeHead(request.url === '/files/elsewhere.pdf' ? 302 : 404, { location: 'http://127.0.0.1:9/' })
          .end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    other = await deploy({ settings: { attachments: { origins: [origin], privateAddresses: true } } });
    await other.prepare();
    const set = join(other.drop, 'export-2025-04-01.next');
    for (const [path, bytes] of Object.entries(own)) {
      await mkdir(dirname(join(set, path)), { recursive: true });
      await writeFile(join(set, path), bytes);
    }
    await writeFile(join(other.folder, 'secret.txt'), 'secret');
    await dropExport(other.drop, 'export-2025-04-01.next', {
      ...WORLD,
      ...amended('contacts', 'C-customer', `contacts\\Teklif şartları.pdf; ${origin}/files/offer.pdf?v=2`),
      ...amended('deals', 'D-1', 'attachments/deals/con.png'),
      ...amended('tasks', 'T-open', `empty.txt\nlogin.pdf\n../../secret.txt\nnot-there.pdf`),
      ...amended(
        'tickets',
        'S-1',
        `empty.txt; ${origin}/files/elsewhere.pdf; ${origin}/files/gone.pdf; https://foreign.example/a.pdf`,
      ),
    });
    await rename(set, join(other.drop, 'export-2025-04-01'));
    await other.settle();
    await approveStages(other);
  });
  afterAll(async () => {
    await other.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('of contacts, deals, tasks and tickets stand on their record, byte by byte, under their own names', () => {
    expect(attachedTo('targetPersonId', other.row('person', 'contact', 'C-customer'))).toEqual([
      ['Teklif şartları.pdf', sha256(pdf)],
      ['offer.pdf', sha256(remote)],
    ]);
    expect(attachedTo('targetOpportunityId', other.row('opportunity', 'deal', 'D-1'))).toEqual([
      ['_con.png', sha256(picture)],
    ]);
    expect(attachedTo('targetTaskId', other.row('task', 'task', 'T-open'))).toEqual([['empty.txt', sha256('')]]);
    expect(attachedTo('targetTicketId', other.row('ticket', 'ticket', 'S-1'))).toEqual([['empty.txt', sha256('')]]);
  });

  it('that do not come are listed one by one, each with its reason, and nobody outside was asked', async () => {
    const report = await runOperation(attachments, { app: other.app, daemon: null }, {});
    expect(report.residue).toBe(0);
    const left = report.files.filter(({ state }) => state !== 'linked');
    expect(
      Object.fromEntries(
        left.map(({ reference, state, code }) => [
          new URL(reference, 'x:/').pathname.split('/').at(-1),
          `${state} ${code}`,
        ]),
      ),
    ).toEqual({
      'login.pdf': 'held FILES_CONTRADICTION',
      'secret.txt': 'refused EXPORT_UNSAFE_PATH',
      'not-there.pdf': 'held EXPORT_FILE_MISSING',
      'elsewhere.pdf': 'held DOWNLOAD_NOT_ALLOWED',
      'gone.pdf': 'held DOWNLOAD_MISSING',
      'a.pdf': 'held DOWNLOAD_NOT_ALLOWED',
    });
    expect(asked.sort()).toEqual(['/files/elsewhere.pdf ', '/files/gone.pdf ', '/files/offer.pdf?v=2 ']);
  });

  it('go on as a person answers where the content is not what the name says', async () => {
    const [question] = (await other.reviews()).filter(({ recordKey }) => recordKey === 'crm/task/T-open');
    expect(question?.choices).toEqual(['upload', 'exclude']);
    await other.answer(question?.id ?? '', 'exclude');
    await other.settle();
    const { objects } = await runOperation(attachments, { app: other.app, daemon: null }, { object: 'task' });
    expect(objects).toMatchObject([{ known: 4, classes: { linked: 1, excluded: 1, held: 1, refused: 1 } }]);
  });
});

describe('SMD-12 automations', () => {
  const text = `source: crm
automations:
  - { name: New lead, kind: workflow, trigger: A lead is created, actions: [Set the owner by region] }
  - { name: Auto reply, kind: notification, trigger: A ticket is created, actions: [Send the template Received] }
  - { name: Received, kind: template, trigger: Used by Auto reply }
  - { name: Queues and deadlines, kind: help-desk, trigger: A ticket is created, conditions: [Priority is High] }
  - { name: Nurture, kind: sequence, trigger: Added to a list }
  - { name: Win back, kind: workflow, trigger: A deal is lost, rebuild: Nobody wants it any more, owner: Jo Park }
`;

  it('come from the template that the operator fills in, which names every kind', async () => {
    const template = await world.command('inventory', 'template', 'crm');
    for (const kind of ['workflow', 'template', 'help-desk']) expect(template).toContain(`#   ${kind}: `);
    await runOperation(inventoryImport, { app: world.app, daemon: null }, { source: 'crm', text, file: 'a.yaml' });
    const { automations } = await runOperation(inventoryShow, { app: world.app, daemon: null }, { source: 'crm' });
    expect(automations).toMatchObject([
      { name: 'New lead', kind: 'workflow', trigger: 'A lead is created', actions: ['Set the owner by region'] },
      { name: 'Auto reply', kind: 'notification', actions: ['Send the template Received'] },
      { name: 'Received', kind: 'template', trigger: 'Used by Auto reply' },
      { name: 'Queues and deadlines', kind: 'help-desk', conditions: ['Priority is High'] },
      { name: 'Nurture', kind: 'sequence', needsOutsideTool: true },
      { name: 'Win back', kind: 'workflow', owner: 'Jo Park' },
    ]);
  });

  it('have each an equivalent in Twenty in the document: workflows, e-mail templates, the help desk', async () => {
    const sections = (await world.command('inventory', 'show', 'crm')).split(/^## /m);
    const rebuilt = Object.fromEntries(
      sections.flatMap((section) => {
        const [, rebuild] = /^- Rebuild in Twenty: (.+)$/m.exec(section) ?? [];
        return rebuild === undefined ? [] : [[section.split('\n')[0], rebuild]];
      }),
    );
    expect(rebuilt).toEqual({
      'New lead': expect.stringContaining('Twenty workflow with a record trigger'),
      'Auto reply': expect.stringContaining('send e-mail'),
      Received: expect.stringContaining('send-e-mail step of the workflow'),
      'Queues and deadlines': expect.stringMatching(/object Ticket.*a view per queue.*workflow with a cron trigger/),
      Nurture: expect.stringContaining('outside tool'),
      'Win back': 'Nobody wants it any more',
    });
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
    for (const target of ['company', 'person', 'opportunity'])
      expect(content(other, target), target).toEqual(content(world, target));
  });

  it('SMD-9 a campaign as a note', () => {
    const note = other.row('note', 'campaign', 'P-1');
    expect(note).toMatchObject({ title: 'Campaign: Spring' });
    expect(bodyOf(note)).toMatch(/^Type: E-mail\s+Status: Finished\s+Start: 01.03.2025\s+End: 31.03.2025$/);
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

  it('SMD-9, SMD-10 no object is made for what becomes notes or stays outside, and nothing points at one', () => {
    for (const object of ['campaign', 'ticket']) {
      expect(world.hasObject(object), object).toBe(true);
      expect(other.hasObject(object), object).toBe(false);
    }
  });

  it('SMD-7 a meeting as a calendar event with a participant', () => {
    const event = other.row('calendarEvent', 'meeting', 'M-1');
    expect(event).toMatchObject({
      title: 'Demo',
      startsAt: '2024-06-07T06:00:00.000Z',
      endsAt: '2024-06-07T07:30:00.000Z',
      location: 'İzmir',
      description: expect.stringMatching(/^Stand 4\s+Attendees: Ann Archer, Ayşe Yılmaz$/),
      ownerId: ayse.id,
    });
    expect(other.rows('calendarEventParticipant')).toEqual([expect.objectContaining({ calendarEventId: event.id })]);
  });
});

describe('SMD-S1 what is handed over', () => {
  let untouched: Deployment;
  let folder: string;
  const read = async (name: string) => readFile(join(folder, name), 'utf8');

  beforeAll(async () => {
    untouched = await deploy();
    await dropExport(untouched.drop, 'export-2025-04-01', WORLD);
    folder = join(untouched.folder, 'hand', 'over');
    await untouched.command('manifest', 'crm', folder);
  });
  afterAll(() => untouched.close());

  it('is a schema manifest: every object and column of the export, and what becomes of each', async () => {
    const schema = JSON.parse(await read('schema.json'));
    const tables = { ...WORLD, stages: [], users: [] };
    expect(schema.source).toBe('crm');
    expect(
      Object.fromEntries(
        schema.objects.map((one: { name: string; fields: { name: string }[] }) => [
          one.name,
          one.fields.map(({ name }) => name).sort(),
        ]),
      ),
    ).toEqual(
      Object.fromEntries(
        Object.entries(tables)
          .filter(([, rows]) => rows.length > 0)
          .map(([table, [row]]) => [
            table === 'ticket_messages' ? 'message' : table.slice(0, -1),
            Object.keys(row ?? {}).sort(),
          ]),
      ),
    );
    const fieldOf = (object: string, field: string) =>
      schema.objects
        .find(({ name }: { name: string }) => name === object)
        .fields.find(({ name }: { name: string }) => name === field);
    expect(fieldOf('deal', 'Value')).toMatchObject({
      standard: true,
      type: expect.stringContaining('decimal'),
      target: 'opportunity.amount',
      conversion: 'currency',
      decision: 'mapped',
    });
    expect(fieldOf('account', 'Loyalty Level')).toMatchObject({
      standard: false,
      filled: 1,
      values: [{ value: 'Gold', count: 1 }],
      target: 'company.loyaltyLevel',
    });
    expect(fieldOf('contact', 'Account ID')).toMatchObject({ refersTo: ['account'], target: 'link company' });
    expect(fieldOf('campaign', 'Opened').decision).toMatch(/^skipped: Tracking/);
    expect(schema.pipelines).toMatchObject([{ name: 'Sales', stages: [{ name: 'New' }, {}, {}, { name: 'Lost' }] }]);
  });

  it('is a custom-field manifest: every field that Twenty gets, with type, options and columns, and what is there', async () => {
    const before = JSON.parse(await read('custom-fields.json'));
    expect(before.objects).toMatchObject([
      { nameSingular: 'campaign', there: false },
      { nameSingular: 'ticket', namePlural: 'tickets', labelPlural: 'Tickets', there: false },
    ]);
    expect(before.fields).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ object: 'person', name: 'sourceKey', type: 'TEXT', unique: true, from: [] }),
        expect.objectContaining({
          object: 'person',
          name: 'preferredLanguage',
          label: 'Preferred language',
          type: 'SELECT',
          options: [
            expect.objectContaining({ value: 'ENGLISH', label: 'English' }),
            expect.objectContaining({ value: 'TURKISH', label: 'Turkish' }),
          ],
          from: ['contact.Preferred Language'],
          there: false,
        }),
        expect.objectContaining({ object: 'company', name: 'loyaltyLevel', from: ['account.Loyalty Level'] }),
        expect.objectContaining({
          object: 'person',
          name: 'owner',
          type: 'RELATION',
          pointsAt: 'workspaceMember',
          from: ['contact.Owner', 'lead.Owner'],
        }),
      ]),
    );
    expect(before.options).toMatchObject([{ object: 'opportunity', field: 'stage' }]);
    expect(before.ownColumns).toEqual([
      {
        object: 'account',
        field: 'Loyalty Level',
        type: expect.any(String),
        target: 'company.loyaltyLevel',
        decision: 'mapped',
      },
      {
        object: 'contact',
        field: 'Preferred Language',
        type: expect.any(String),
        target: 'person.preferredLanguage',
        decision: 'mapped',
      },
    ]);
    const { customFields: after } = await runOperation(manifest, { app: world.app, daemon: null }, { source: 'crm' });
    expect(after.fields.map(({ object, name }) => `${object}.${name}`)).toEqual(
      before.fields.map(({ object, name }: { object: string; name: string }) => `${object}.${name}`),
    );
    expect([...after.fields, ...after.objects].filter(({ there }) => !there)).toEqual([]);
  });

  it('is a guide that makes every one of these fields by hand: with name, type and options', async () => {
    const guide = await read('field-guide.md');
    const { fields } = JSON.parse(await read('custom-fields.json'));
    const steps = guide.split(/^## /m);
    for (const { object, name, label, options } of fields) {
      const step = steps.find(
        (one) => one.includes(`New field on ${object}: ${label}`) && one.includes(`| API name | \`${name}\` |`),
      );
      expect(step, `${object}.${name}`).toMatch(/^\| Type \| .+ \|$/m);
      for (const option of options) expect(step).toContain(`| ${option.label} | \`${option.value}\` |`);
    }
    expect(guide).toMatch(/Person type[\s\S]*Lead[\s\S]*Contact[\s\S]*Customer/);
  });

  it('says where it cannot be written', async () => {
    await writeFile(join(untouched.folder, 'file'), '');
    await expect(untouched.command('manifest', 'crm', join(untouched.folder, 'file'))).rejects.toThrow(
      /MANIFEST_NOT_WRITTEN[\s\S]*file/,
    );
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
