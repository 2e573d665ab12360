import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DinamikSandbox } from '../../sandbox/dinamik/index.ts';
import { runOperation } from '../../src/app/operation.ts';
import { report } from '../../src/app/operations/report.ts';
import { inventoryDocument, pipelineGuide } from '../../src/inventory/document.ts';
import { residue } from '../../src/sink/index.ts';
import type { Deployment, TwentyRow } from './deployment.ts';
import { AYSE, LEA, type Made } from './din-account.ts';
import { type DinWorld, MEMBERS, openDinWorld } from './din-world.ts';

/** From a row of the simulated account to the record in the simulated workspace, rule by rule. */

const { ayse, oliver } = MEMBERS;
let din: DinWorld;
let world: Deployment;
let account: DinamikSandbox;
let made: Made;

beforeAll(async () => {
  din = await openDinWorld();
  ({ deployment: world, source: account, made } = din);
}, 240_000);
afterAll(() => din.close());

const row: DinWorld['row'] = (target, object, name) => din.row(target, object, name);
const asked: DinWorld['asked'] = (object, name) => din.asked(object, name);
const company = (name: string): TwentyRow => row('company', 'company', name);
const person = (name: string): TwentyRow => row('person', 'contact', name);
const deal = (name: string): TwentyRow => row('opportunity', 'deal', name);
const stageLabel = ({ stage }: TwentyRow): string | undefined =>
  world.stageField().options.find(({ value }) => value === stage)?.label;

const targets: DinWorld['targets'] = (kind, object, name) => din.targets(kind, object, name);

describe('ALL-3 every record is accounted for', () => {
  it('by both identities, the source’s own count included', async () => {
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
  });
});

describe('DIN-1 contacts', () => {
  it('become people with every address, number and field that stands behind the row', () => {
    expect(person('ann')).toMatchObject({
      name: { firstName: 'Ann', lastName: 'Archer' },
      emails: { primaryEmail: 'ann@acme.example' },
      // A new workspace takes one; the others stand beside it.
      otherEmails: 'ann@home.example',
      phones: { primaryPhoneNumber: '2125550001' },
      postalAddress: { addressStreet1: '8 Cheapside', addressCity: 'London' },
      jobTitle: 'Buyer',
      birthday: '1980-02-29',
      loyaltyNumber: '007',
      companyId: company('acme').id,
      ownerId: ayse.id,
    });
  });

  it('are loaded without an e-mail address, and looked at by a person', async () => {
    expect(person('mute')).toMatchObject({ name: { lastName: 'Mute' }, needsReview: true });
    expect(await asked('contact', 'mute')).toEqual([expect.stringContaining('no e-mail address')]);
  });
});

describe('DIN-2 companies', () => {
  it('become companies before their people, with their own fields and owner', () => {
    expect(company('acme')).toMatchObject({
      name: 'Acme Ltd',
      domainName: { primaryLinkUrl: 'https://acme.example' },
      industry: 'Gıda',
      employees: 15_400,
      taxNumber: '0012345678',
      address: { addressStreet1: 'İstiklal Cad. 8', addressState: 'Beyoğlu', addressCity: 'İstanbul' },
      otherAddresses: '8 Cheapside, London',
      segment: 'Key',
      accountOwnerId: oliver.id,
    });
  });

  it('keep their times, which the account writes without naming its zone (ALL-1)', () => {
    expect(company('acme')).toMatchObject({
      createdAt: '2026-03-01T06:00:00.000Z',
      originalModifiedAt: '2026-03-29T00:30:00.000Z',
    });
  });
});

describe('DIN-3 leads', () => {
  it('become people of type Lead with status, source and score', () => {
    expect(row('person', 'lead', 'lead')).toMatchObject({
      personType: 'LEAD',
      leadStatus: 'Sıcak',
      leadSource: 'Fuar',
      leadScore: 87.5,
      leadCompany: 'Lead Ltd',
    });
  });
});

describe('DIN-4, DIN-5 deals and pipelines', () => {
  it('have value, day, stage of the live pipeline, owner, company and contact', () => {
    expect(deal('big')).toMatchObject({
      name: 'Big one',
      amount: { amountMicros: 12_345_670_000, currencyCode: 'TRY' },
      closeDate: '2026-12-31T09:00:00.000Z',
      probability: 67,
      kind: 'DEAL',
      companyId: company('acme').id,
      pointOfContactId: person('ann').id,
      ownerId: oliver.id,
    });
    expect(stageLabel(deal('big'))).toBe('Pazarlık');
  });

  it('have probabilities as whole numbers, and what was rounded is listed as a loss (ALL-4)', async () => {
    const { losses } = await runOperation(report, { app: world.app, daemon: null }, { source: 'crm' });
    expect(losses.filter(({ field }) => field === 'probability')).toEqual([
      expect.objectContaining({ object: 'deal', kind: 'rounded', records: 1, before: '66.6', after: '67' }),
    ]);
  });

  it('find their company through their contact', () => {
    expect(deal('serviced').companyId).toBe(company('acme').id);
  });

  it('keep equal stage names of two pipelines apart (ALL-8), in their order', () => {
    expect(stageLabel(deal('serviced'))).toBe('Servis: Kazanıldı');
    const labels = world.stageField().options.map(({ label }) => label);
    expect(labels.filter((label) => ['Yeni', 'Teklif', 'Pazarlık'].includes(label))).toEqual([
      'Yeni',
      'Teklif',
      'Pazarlık',
    ]);
  });

  it('have their live pipelines described as they are, and rounded in the guide', async () => {
    const { pipelines } = await world.discover();
    expect(pipelines.map(({ name }) => name)).toEqual(['Satış', 'Servis']);
    expect(pipelines[0]?.stages[2]).toEqual({ name: 'Pazarlık', order: 3, probability: 66.6, outcome: 'open' });
    expect(pipelineGuide('crm', pipelines)).toContain('| 3 | Pazarlık | 67 % | open |');
  });
});

describe('DIN-6 activities', () => {
  it('become tasks by their type, at their own time, linked to who and what they are about', () => {
    expect(row('task', 'activity', 'task')).toMatchObject({
      title: 'Send offer',
      activityType: 'TASK',
      status: 'TODO',
      createdAt: '2026-03-01T09:00:00.000Z',
      dueAt: '2026-03-09T15:00:00.000Z',
      assigneeId: ayse.id,
    });
    expect(targets('taskTarget', 'activity', 'task')).toEqual({
      targetPersonId: person('ann').id,
      targetCompanyId: company('acme').id,
      targetOpportunityId: deal('big').id,
    });
    expect(row('task', 'activity', 'call')).toMatchObject({
      activityType: 'CALL',
      durationMinutes: 25,
      status: 'DONE',
    });
    expect(row('task', 'activity', 'mail')).toMatchObject({ activityType: 'EMAIL' });
    expect(row('task', 'activity', 'meeting')).toMatchObject({ activityType: 'MEETING' });
  });

  it('of type note become notes', () => {
    expect(row('note', 'note', 'jotted')).toMatchObject({
      title: 'Mood',
      createdAt: '2026-03-05T13:00:00.000Z',
      authorId: ayse.id,
    });
    expect(targets('noteTarget', 'note', 'jotted')).toMatchObject({ targetPersonId: person('ann').id });
    expect(world.has('task', 'activity', String(made.id('jotted')))).toBe(false);
  });
});

describe('DIN-7 appointments', () => {
  it('become tasks with attendees, place, status, start and end', () => {
    expect(row('task', 'appointment', 'visit')).toMatchObject({
      activityType: 'MEETING',
      attendees: 'Ann Archer; Oliver Hughes',
      location: 'İzmir',
      disposition: 'Planlandı',
      startsAt: '2026-03-04T06:00:00.000Z',
      endsAt: '2026-03-04T07:30:00.000Z',
    });
  });

  it('that repeat are looked at by a person: a task does not', async () => {
    expect(await asked('appointment', 'visit')).toHaveLength(1);
    expect(await asked('appointment', 'once')).toHaveLength(0);
  });
});

describe('DIN-8 invoices, as opportunities of kind Invoice', () => {
  it('stand outside the sales stages, with number, lines, total, tax and status, beside their deal', () => {
    expect(row('opportunity', 'invoice', 'right')).toMatchObject({
      name: 'Invoice F-1',
      kind: 'INVOICE',
      invoiceNumber: 'F-1',
      amount: { amountMicros: 121_200_000 },
      invoiceTax: { amountMicros: 20_200_000 },
      invoiceStatus: 'Ödendi',
      invoiceLines: '2 × Pump @ 40.5 = 81\n1 × Fitting @ 25 = 20',
      linesTotal: { amountMicros: 121_200_000 },
      invoiceOfDealId: deal('big').id,
      companyId: company('acme').id,
    });
    expect(stageLabel(row('opportunity', 'invoice', 'right'))).toBe('Invoice');
  });

  it('whose lines add up to something else are told, and not corrected', async () => {
    expect(await asked('invoice', 'right')).toEqual([]);
    expect(await asked('invoice', 'alone')).toEqual([]);
    expect(await asked('invoice', 'wrong')).toEqual([expect.stringContaining('do not add up')]);
    expect(row('opportunity', 'invoice', 'wrong')).toMatchObject({
      amount: { amountMicros: 100_000_000 },
      totalsDifference: { amountMicros: 10_000 },
    });
  });

  it('of a deal that is not there are loaded without one', async () => {
    for (const name of ['free', 'lost']) {
      expect(row('opportunity', 'invoice', name)).toMatchObject({ kind: 'INVOICE', invoiceOfDealId: null });
      expect(await asked('invoice', name)).toEqual([]);
    }
  });

  it('are listed all, for whoever validates them', async () => {
    const { header, rows } = await world.list('invoice');
    expect(header).toEqual(
      expect.arrayContaining(['key', 'class', 'invoiceNumber', 'total', 'linesTotal', 'totalsDifference']),
    );
    const of = (name: string): readonly (string | null)[] => rows.map((cells) => cells[header.indexOf(name)] ?? null);
    expect(of('invoiceNumber')).toEqual(['F-1', 'F-2', 'F-3', 'F-4', 'F-5', 'F-6', 'F-7', 'F-8']);
    expect(of('totalsDifference')).toEqual(['0.00', '0.01', ...Array.from({ length: 6 }, () => '0.00')]);
    expect(of('dealFound')).toEqual([...Array.from({ length: 6 }, () => 'true'), 'false', 'false']);
    expect(new Set(of('class'))).toEqual(new Set(['applied']));
  });
});

describe('DIN-9 DESK tickets, as tasks', () => {
  it('have status, priority and assignee', () => {
    expect(row('task', 'ticket', 'broken')).toMatchObject({
      title: 'D-1: It broke',
      status: 'IN_PROGRESS',
      ticketStatus: 'Beklemede',
      ticketPriority: 'Yüksek',
      assigneeId: oliver.id,
    });
  });

  it('have each message as a note, in order, linked to the ticket’s person and company and to the ticket itself', () => {
    const [first, second] = [row('note', 'ticketMessage', 'first'), row('note', 'ticketMessage', 'second')];
    expect(first).toMatchObject({ messageNumber: 1, createdAt: '2026-03-08T07:00:00.000Z' });
    expect(second).toMatchObject({ messageNumber: 2, createdAt: '2026-03-08T08:00:00.000Z' });
    for (const message of [first, second]) expect(message.ticketTaskId).toBe(row('task', 'ticket', 'broken').id);
    for (const name of ['first', 'second'])
      expect(targets('noteTarget', 'ticketMessage', name)).toEqual({
        targetPersonId: person('ann').id,
        targetCompanyId: company('acme').id,
      });
  });
});

describe('DIN-10 modules of the account', () => {
  it('become objects with a field of every type, and relations between them', () => {
    expect(row('machine', 'machine', 'press')).toMatchObject({
      name: 'Press 1',
      serial: '00012',
      weight: 1234.5,
      builtOn: '2020-02-29',
      checkedAt: '2026-03-29T00:30:00.000Z',
      state: 'CALISIYOR',
      uses: ['KESME', 'DELME'],
      contactMail: { primaryEmail: 'press@plant.example' },
      hotline: { primaryPhoneNumber: '2125550099' },
      manual: { primaryLinkUrl: 'https://plant.example/press' },
      insured: true,
      siteId: row('site', 'site', 'plant').id,
      customerId: company('acme').id,
    });
  });

  it('are described by what the API answers, each field with its type', async () => {
    const { objects } = await world.discover();
    const fields = new Map(
      objects.find(({ name }) => name === 'machine')?.fields.map((field) => [field.name, field]) ?? [],
    );
    expect(fields.get('custom/weight')).toMatchObject({ label: 'Ağırlık', type: { kind: 'decimal' }, standard: false });
    expect(fields.get('custom/uses')).toMatchObject({ type: { kind: 'array' } });
    expect(fields.get('custom/site')).toMatchObject({ refersTo: ['site'] });
    expect(objects.map(({ name }) => name)).not.toContain('student');
  });
});

describe('DIN-11 feedback', () => {
  it('becomes a note with rating and category, at its own time', () => {
    expect(row('note', 'feedback', 'praise')).toMatchObject({
      title: 'Good',
      feedbackRating: 5,
      feedbackCategory: 'Servis',
      createdAt: '2026-03-07T07:00:00.000Z',
    });
    expect(targets('noteTarget', 'feedback', 'praise')).toEqual({
      targetPersonId: person('ann').id,
      targetCompanyId: company('acme').id,
    });
  });
});

describe('DIN-12 users', () => {
  it('are members by e-mail; what somebody without one owns waits until somebody stands for it', async () => {
    expect(await world.record('contact', String(made.id('of-lea')))).toMatchObject({ class: 'held' });
    await world.decideOwner(LEA, { kind: 'substitute', email: AYSE });
    await world.settle();
    expect(person('of-lea').ownerId).toBe(ayse.id);
  });
});

describe('DIN-13 automation rules (ALL-11)', () => {
  it('are read from the account, each with a way to rebuild it', async () => {
    const automations = await world.readInventory();
    expect(automations).toEqual([
      expect.objectContaining({
        name: 'Big deals',
        kind: 'approval',
        trigger: 'Opportunity: Kayıt güncellendiğinde',
        conditions: ['Tutar > 10.000'],
        actions: ['Onaya gönder'],
        approvals: ['Satış müdürü'],
        rebuild: expect.stringContaining('SELECT field') as string,
      }),
    ]);
    expect(inventoryDocument('crm', automations)).toContain('## Big deals');
  });
});

describe('DIN-S1 a limit that nobody documents', () => {
  it('shows how fast the source is called, and how many calls it refused', () => {
    expect(world.pace()).toMatchObject({ refused: 0 });
    expect(world.pace()?.callsPerSecond).toBeGreaterThan(0);
    expect(world.pace()?.answered).toBeGreaterThan(50);
  });
});

describe('LIFE-7 what people do meanwhile', () => {
  it('arrives, and every record is still accounted for', async () => {
    account.account.update('Contact', made.id('ann'), { values: { title: 'Director' } });
    account.account.update('Opportunity', made.id('big'), { values: { stageId: 14 } });
    account.account.remove('Activity', made.id('call'));
    account.account.update('Activity', made.id('mail'), { values: { type: 'Not' } });
    account.account.update('Ticket', made.id('broken'), { values: { contactId: made.id('mute') } });
    made.make('Company', 'late', { name: 'Late Ltd' });
    made.make('TicketMessage', 'third', {
      ticketId: made.id('broken'),
      sequence: 3,
      authorName: 'Ann',
      body: 'Thanks',
      sentDate: '2026-03-09T10:00:00',
    });
    await world.settle();
    expect(person('ann').jobTitle).toBe('Director');
    expect(stageLabel(deal('big'))).toBe('Satış: Kazanıldı');
    expect(world.has('task', 'activity', String(made.id('call')))).toBe(false);
    expect(world.has('task', 'activity', String(made.id('mail')))).toBe(false);
    expect(row('note', 'note', 'mail')).toMatchObject({ title: 'Hello' });
    expect(company('late').name).toBe('Late Ltd');
    expect(row('note', 'ticketMessage', 'third')).toMatchObject({ messageNumber: 3 });
    for (const name of ['first', 'third'])
      expect(targets('noteTarget', 'ticketMessage', name)).toEqual({
        targetPersonId: person('mute').id,
        targetCompanyId: company('acme').id,
      });
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
  });
});
