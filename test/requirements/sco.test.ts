import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/smart-crm-online/index.ts';
import { runOperation } from '../../src/app/operation.ts';
import { inventoryImport, inventoryShow } from '../../src/app/operations/inventory.ts';
import { inventoryDocument } from '../../src/inventory/document.ts';
import { residue } from '../../src/sink/index.ts';
import { Deployment, type TwentyRow } from './deployment.ts';
import { AYSE, dropExport, LATER, MEMBERS, row, UNKNOWN, WORLD } from './sco-world.ts';

/** From exported file to the record in the workspace, rule by rule. The firm of sco-world.ts is loaded once. */

const [ayse, oliver] = MEMBERS;

function deploy(choices: Readonly<Record<string, string>> = {}): Promise<Deployment> {
  return Deployment.open({
    connector: 'smart-crm-online',
    members: MEMBERS,
    mapping: fileURLToPath(defaultMappingFile),
    choices,
    settings: { timezone: 'Europe/Istanbul', compareBeforeLoad: false, stability: { looks: 2, seconds: 0.01 } },
  });
}

let world: Deployment;

beforeAll(async () => {
  world = await deploy();
  await world.prepare();
  await dropExport(world.drop, 'export-2025-04-01', WORLD);
  await world.settle();
});

afterAll(() => world.close());

/** The taskTargets or noteTargets of a record: which column holds which id. */
function targets(of: Deployment, kind: 'taskTarget' | 'noteTarget', key: string): Readonly<Record<string, unknown>>[] {
  return of
    .rows(kind)
    .filter((target) => String(target.sourceKey).startsWith(`crm/${key}>`))
    .map((target) =>
      Object.fromEntries(Object.entries(target).filter(([name, value]) => /^target.*Id$/.test(name) && value !== null)),
    );
}

const company = (id: string): TwentyRow => world.row('company', 'company', id);
const person = (id: string): TwentyRow => world.row('person', 'contact', id);
const deal = (id: string): TwentyRow => world.row('opportunity', 'deal', id);

async function held(object: string, id: string): Promise<{ code: string; waitsFor: readonly string[] }> {
  const record = await world.record(object, id);
  expect(record.class).toBe('held');
  return { code: record.reason?.code ?? '', waitsFor: record.reason?.waitsFor ?? [] };
}

/** Field, kind and the record's value before, of all that was lost or chosen. */
async function losses(): Promise<readonly string[]> {
  const rows = await world.app.state.read((tx) => tx.losses.summary('crm'));
  return rows.map(({ object, field, kind, before }) => `${object} ${field} ${kind} ${before}`);
}

describe('ALL-3 every record is accounted for', () => {
  it('by both identities, with nothing left on the way', async () => {
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
    const classes = new Map<string, number>();
    for (const [object, rows] of Object.entries(WORLD)) {
      if (['stage', 'tag', 'owner'].includes(object)) continue;
      for (const each of rows ?? []) {
        const { class: found } = await world.record(object, Object.values(each)[0] ?? '');
        classes.set(found, (classes.get(found) ?? 0) + 1);
      }
    }
    expect(Object.fromEntries(classes)).toEqual({ applied: 35, merged: 1, held: 11, 'dead-lettered': 1 });
  });

  it('and says of a record it refuses which field was wrong', async () => {
    const record = await world.record('contact', 'P-bad');
    expect(record).toMatchObject({
      class: 'dead-lettered',
      reason: { message: expect.stringContaining('31.02.1980') },
    });
  });
});

describe('SCO-1 contacts', () => {
  it('become people, with names, addresses, phones, tags, owner and the time of their creation', () => {
    expect(person('P-ann')).toMatchObject({
      name: { firstName: 'Ann', lastName: 'Archer' },
      emails: { primaryEmail: 'ann@acme.example' },
      phones: { primaryPhoneNumber: '2079460001' },
      // A new workspace takes one; the others stand beside it.
      otherPhones: '+90 5325551234',
      postalAddress: { addressStreet1: '8 Cheapside', addressCity: 'London' },
      jobTitle: 'Buyer',
      leadSource: 'Fuar',
      tags: ['VIP', 'NEWSLETTER'],
      ownerId: oliver.id,
      dataConsent: true,
      birthday: '1980-02-29',
      createdAt: '2024-02-01T07:00:00.000Z',
      originalModifiedAt: '2025-03-15T08:30:00.000Z',
    });
  });

  it('find their company by id, or by name whatever its case and spaces; of two firms of one name the newest', () => {
    expect(person('P-ann').companyId).toBe(company('C-acme').id);
    expect(person('P-by-name').companyId).toBe(company('C-bolu').id);
    expect(person('P-twin').companyId).toBe(company('C-twin-new').id);
  });

  it('get one marked placeholder company per name that no company has', () => {
    const placeholders = world.rows('company').filter((each) => each.isPlaceholder === true);
    expect(placeholders.map(({ name }) => name).sort()).toEqual(['Ghost Works', 'Phantom Ltd']);
    expect(person('P-ghost-1').companyId).toBe(placeholders.find(({ name }) => name === 'Ghost Works')?.id);
    expect(person('P-ghost-2').companyId).toBe(person('P-ghost-1').companyId);
  });

  it('stay without a company where they name none, and wait where the id they name is nowhere', async () => {
    expect(person('P-alone').companyId).toBeNull();
    expect((await held('contact', 'P-gone-company')).waitsFor).toContain('record:crm/company/C-unknown');
  });

  it('who stand twice under one address are one person', async () => {
    expect((await world.record('contact', 'P-ann-again')).class).toBe('merged');
    expect(person('P-ann-again').id).toBe(person('P-ann').id);
    expect(person('P-ann').sourceKeys).toEqual(['crm/contact/P-ann', 'crm/contact/P-ann-again']);
  });

  it('wait for a company that waits', async () => {
    expect((await held('contact', 'P-waits')).waitsFor).toContain('record:crm/company/C-waits');
  });
});

describe('SCO-2 companies', () => {
  it('become companies, with domain, industry, employees, address and account owner', () => {
    expect(company('C-acme')).toMatchObject({
      name: 'Acme Ltd',
      domainName: { primaryLinkUrl: 'https://acme.example' },
      industry: 'Food & Beverage',
      employees: 15400,
      annualRevenue: { amountMicros: 1234567500000, currencyCode: 'GBP' },
      phones: { primaryPhoneNumber: '2079460018', primaryPhoneCountryCode: 'GB' },
      address: {
        addressStreet1: '8 Cheapside',
        addressCity: 'London',
        addressPostcode: 'EC2V 6AA',
        addressCountry: 'United Kingdom',
      },
      accountOwnerId: oliver.id,
      primaryContactText: 'P-ann',
      primaryContactId: null,
    });
  });

  it('with the website of another firm stay apart, without it, and the loss is listed', async () => {
    expect(company('C-branch')).toMatchObject({ name: 'Acme Branch', domainName: { primaryLinkUrl: '' } });
    expect(await losses()).toContainEqual(expect.stringMatching(/^company domainName\.primaryLinkUrl dropped/));
  });

  it('without a primary contact raise a question, are marked meanwhile, and the answer makes a placeholder person (ALL-10)', async () => {
    const asked = (await world.reviews()).find(({ recordKey }) => recordKey === 'crm/company/C-bolu');
    expect(asked).toMatchObject({ queue: 'record', choices: ['placeholder', 'leave'], blocking: false });
    expect(company('C-bolu').needsReview).toBe(true);
    await world.answer(asked?.id ?? '', 'placeholder');
    await world.settle();
    expect(world.rows('person').filter(({ isPlaceholder }) => isPlaceholder === true)).toEqual([
      expect.objectContaining({
        name: { firstName: '', lastName: 'Contact of Bolu Tekstil A.Ş.' },
        companyId: company('C-bolu').id,
      }),
    ]);
    expect(company('C-bolu').needsReview).toBe(false);
  });
});

describe('SCO-3 deals', () => {
  it('become opportunities, with value, close date, owner, company and person', () => {
    expect(deal('D-full')).toMatchObject({
      name: 'Big one',
      amount: { amountMicros: 12345670000, currencyCode: 'EUR' },
      closeDate: '2025-12-31T09:00:00.000Z',
      ownerId: oliver.id,
      companyId: company('C-acme').id,
      pointOfContactId: person('P-ann').id,
      quoteNumber: '000123',
      discountPercent: 2.5,
      createdAt: '2024-02-01T07:00:00.000Z',
    });
  });

  it('without a company id find it by name, by the contact of that name, or by a firm named like the contact; the choice is listed', async () => {
    expect(deal('D-name').companyId).toBe(company('C-twin-new').id);
    expect(deal('D-contact-name').companyId).toBe(company('C-acme').id);
    expect(deal('D-like-contact').companyId).toBe(company('C-person').id);
    expect(await losses()).toContain(
      'deal company: the newest company named like the contact link-choice D-like-contact',
    );
  });

  it('wait where nothing matches', async () => {
    expect((await held('deal', 'D-none')).code).toBe('SINK_PARENT_MISSING');
    expect(world.has('opportunity', 'deal', 'D-none')).toBe(false);
  });
});

describe('SCO-4 stages', () => {
  it('are options in the order of the mapping, made before the first deal, with the probability beside', () => {
    expect(deal('D-full')).toMatchObject({ stage: 'QUALIFIED', probability: 25 });
  });

  it('with labels that Twenty can’t take are cut, and listed', async () => {
    const long = 'Negotiation – waiting for the signatures of both managing directors (UK & TR)';
    expect(await losses()).toEqual(
      expect.arrayContaining([`deal stage truncated ${long}`, 'deal stage renamed Demo, follow-up']),
    );
    const { options } = world.stageField();
    expect(options.every(({ label }) => label.length <= 63 && !label.includes(','))).toBe(true);
    expect(options.find(({ value }) => value === deal('D-long').stage)?.label.startsWith('Negotiation – waiting')).toBe(
      true,
    );
    expect(options.find(({ value }) => value === deal('D-comma').stage)?.label).toBe('Demo follow-up');
  });

  it('ALL-8 of one name in two pipelines stay apart, and the pipeline stands beside', () => {
    expect(deal('D-proposal').stage).not.toBe(deal('D-renewal').stage);
    expect([deal('D-proposal').pipeline, deal('D-renewal').pipeline]).toEqual(['NEW_BUSINESS', 'YENILEME']);
    expect([deal('D-proposal').probability, deal('D-renewal').probability]).toEqual([50, 60]);
  });
});

describe('SCO-5 calls', () => {
  it('become tasks of type Call at their own time, with disposition and duration', () => {
    expect(world.row('task', 'call', 'K-contact')).toMatchObject({
      title: 'Intro',
      activityType: 'CALL',
      disposition: 'Left voicemail',
      direction: 'OUTGOING',
      durationMinutes: 12,
      status: 'DONE',
      assigneeId: oliver.id,
      createdAt: '2024-06-05T11:30:00.000Z',
      dueAt: '2024-06-05T11:30:00.000Z',
      bodyV2: { markdown: expect.stringMatching(/^Line 1\n+Line 2/) },
    });
  });

  it.each([
    ['K-contact', () => [{ targetPersonId: person('P-ann').id }]],
    ['K-deal', () => [{ targetOpportunityId: deal('D-full').id }]],
    ['K-name', () => [{ targetPersonId: person('P-ghost-1').id }]],
    ['K-company', () => [{ targetCompanyId: company('C-bolu').id }]],
  ] as const)('%s hangs on the record that its row names', (id, expected) => {
    expect(targets(world, 'taskTarget', `call/${id}`)).toEqual(expected());
  });

  it('of a contact and a deal hang on both', () => {
    expect(targets(world, 'taskTarget', 'call/K-both')).toEqual(
      expect.arrayContaining([{ targetPersonId: person('P-ann').id }, { targetOpportunityId: deal('D-full').id }]),
    );
  });

  it('that name nobody, or a name that two firms have, wait', async () => {
    expect((await held('call', 'K-none')).code).toBe('SINK_PARENT_MISSING');
    expect((await held('call', 'K-ambiguous')).code).toBe('SINK_PARENT_MISSING');
    expect((await held('call', 'K-waits')).waitsFor).toContain('record:crm/contact/P-waits');
  });
});

describe('SCO-6 e-mails', () => {
  it('become tasks of type Email, with their text as it stands, subject, direction and time', () => {
    expect(world.row('task', 'email', 'E-full')).toMatchObject({
      title: 'Offer',
      activityType: 'EMAIL',
      direction: 'OUTGOING',
      emailTo: 'ann@acme.example',
      createdAt: '2024-06-06T06:15:00.000Z',
      // Escaped, so that Markdown shows the text and makes nothing of it.
      bodyV2: { markdown: String.raw`2 \* 3 = 6 # really` },
    });
  });

  it('hang on the contact they name, else on the one with the other side’s address', async () => {
    expect(targets(world, 'taskTarget', 'email/E-full')).toEqual([{ targetPersonId: person('P-ann').id }]);
    expect(targets(world, 'taskTarget', 'email/E-sender')).toEqual([{ targetPersonId: person('P-phantom').id }]);
    expect((await held('email', 'E-nobody')).code).toBe('SINK_PARENT_MISSING');
  });

  it('ALL-9 have their attachments counted and listed as not moved', async () => {
    const rows = await world.app.state.read((tx) => tx.losses.summary('crm'));
    expect(rows.filter(({ object, field }) => object === 'email' && field === 'Attachments')).toEqual([
      expect.objectContaining({ kind: 'dropped', records: 1, before: '2' }),
    ]);
  });
});

describe('SCO-7 meetings', () => {
  it('become tasks of type Meeting with start, end, place and the names of the attendees', () => {
    expect(world.row('task', 'meeting', 'M-contact')).toMatchObject({
      title: 'Demo',
      activityType: 'MEETING',
      startsAt: '2024-06-07T06:00:00.000Z',
      endsAt: '2024-06-07T07:30:00.000Z',
      location: 'İzmir Fuar Alanı',
      createdAt: '2024-06-07T06:00:00.000Z',
      bodyV2: { markdown: expect.stringMatching(/^Stand 4\n+Attendees: Ann Archer, Ayşe Yılmaz/) },
    });
  });

  it('hang on the person or the opportunity', () => {
    expect(targets(world, 'taskTarget', 'meeting/M-contact')).toEqual([{ targetPersonId: person('P-ann').id }]);
    expect(targets(world, 'taskTarget', 'meeting/M-deal')).toEqual([{ targetOpportunityId: deal('D-full').id }]);
  });
});

describe('SCO-8 notes', () => {
  it('become notes at their own time, with their author as a member', () => {
    expect(world.row('note', 'note', 'N-contact')).toMatchObject({
      title: 'Note',
      authorId: oliver.id,
      createdAt: '2024-06-08T13:45:00.000Z',
      originalModifiedAt: '2024-06-09T13:45:00.000Z',
      bodyV2: { markdown: expect.stringContaining('Çok memnun 😀') },
    });
  });

  it('hang on contact, deal or company, and wait where they name none', async () => {
    expect(targets(world, 'noteTarget', 'note/N-contact')).toEqual([{ targetPersonId: person('P-ann').id }]);
    expect(targets(world, 'noteTarget', 'note/N-deal')).toEqual([{ targetOpportunityId: deal('D-full').id }]);
    expect(targets(world, 'noteTarget', 'note/N-company')).toEqual([{ targetCompanyId: company('C-acme').id }]);
    expect((await held('note', 'N-none')).code).toBe('SINK_PARENT_MISSING');
  });
});

describe('SCO-9 custom properties', () => {
  it('become fields of their own, leading zeros and picklists kept, columns of archived rows too', () => {
    expect(company('C-acme')).toMatchObject({ taxNumber: '0012345678', customerTier: 'GOLD', isArchived: false });
    expect(company('C-archived')).toMatchObject({ isArchived: true, oldFax: '+90 212 555 00 01' });
    expect(person('P-archived')).toMatchObject({ isArchived: true, oldLoyaltyNumber: '00042' });
  });
});

describe('SCO-11 tags', () => {
  it('are options; classification tags are topics, one for all who have the tag, with an assignment each', () => {
    expect(company('C-acme').tags).toEqual(['VIP']);
    const topics = world.rows('topic');
    expect(topics.map(({ name }) => name)).toEqual(['Sector: Textile']);
    const assigned = world
      .rows('topicAssignment')
      .map(({ topicId, personId, companyId }) => [topicId, personId ?? companyId]);
    expect(new Set(assigned.map(([topic]) => topic))).toEqual(new Set([topics[0]?.id]));
    expect(assigned.map(([, of]) => of).sort()).toEqual(
      [company('C-acme').id, company('C-bolu').id, person('P-ann').id].sort(),
    );
  });
});

describe('SCO-10 owners', () => {
  it('that nobody knows hold their records, and a substitute lets them go on by themselves', async () => {
    const waits = `owner:crm/${UNKNOWN}`;
    for (const [object, id] of [
      ['company', 'C-waits'],
      ['contact', 'P-owner-waits'],
      ['note', 'N-author'],
    ] as const) {
      expect((await held(object, id)).waitsFor).toContain(waits);
    }
    await world.decideOwner(UNKNOWN, { kind: 'substitute', email: AYSE });
    await world.settle();
    expect(company('C-waits').accountOwnerId).toBe(ayse.id);
    expect(person('P-owner-waits').ownerId).toBe(ayse.id);
    expect(world.row('note', 'note', 'N-author').authorId).toBe(ayse.id);
    // And whoever waited for them.
    expect(person('P-waits').companyId).toBe(company('C-waits').id);
    expect(targets(world, 'taskTarget', 'call/K-waits')).toEqual([{ targetPersonId: person('P-waits').id }]);
  });
});

describe('SCO-S2 the export a week later', () => {
  beforeAll(async () => {
    world.sandbox.clearCalls();
    await dropExport(world.drop, 'export-2025-04-08', LATER);
    await world.settle();
  });

  it('SCO-1 replaces a placeholder by the company that is real now', () => {
    const real = company('C-phantom');
    expect(real).toMatchObject({ name: 'Phantom Ltd', isPlaceholder: false });
    expect(person('P-phantom').companyId).toBe(real.id);
    expect(world.rows('company').filter(({ name }) => name === 'Phantom Ltd')).toHaveLength(1);
    expect(
      world
        .rows('company')
        .filter(({ isPlaceholder }) => isPlaceholder === true)
        .map(({ name }) => name),
    ).toEqual(['Ghost Works']);
  });

  it('changes what changed', () => {
    expect(person('P-alone').jobTitle).toBe('Director');
    expect(deal('D-full')).toMatchObject({ stage: 'WON', probability: 100 });
  });

  it('takes out what left the export, its link first', async () => {
    expect(world.has('task', 'call', 'K-company')).toBe(false);
    expect(targets(world, 'taskTarget', 'call/K-company')).toEqual([]);
    expect((await world.record('call', 'K-company')).class).toBe('deleted');
  });

  it('accounts for everything again', async () => {
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
  });

  it('asks before it believes that most calls are gone', async () => {
    await dropExport(world.drop, 'export-2025-04-15', {
      ...LATER,
      call: [row('call', 'K-contact', { 'Contact ID': 'P-ann' })],
    });
    await world.settle();
    const asked = (await world.reviews()).filter(({ id }) => id.includes('deletes'));
    expect(asked).toEqual([expect.objectContaining({ object: 'call', choices: ['accept', 'refuse'] })]);
    expect(world.has('task', 'call', 'K-deal')).toBe(true);
  });
});

describe('the other choices', () => {
  let other: Deployment;

  beforeAll(async () => {
    other = await deploy({
      placeholders: 'shared',
      tags: 'text',
      topics: 'tags',
      meetings: 'calendar-event',
      archivedColumns: 'drop',
      companyWithoutContact: 'leave',
      primaryContact: 'relation',
    });
    await other.prepare();
    await dropExport(other.drop, 'export-2025-04-01', WORLD);
    await other.settle();
  });

  afterAll(() => other.close());

  it('SCO-1 one placeholder company for all', () => {
    expect(
      other
        .rows('company')
        .filter(({ isPlaceholder }) => isPlaceholder === true)
        .map(({ name }) => name),
    ).toEqual(['Unknown company']);
    expect(other.row('person', 'contact', 'P-phantom').companyId).toBe(
      other.row('person', 'contact', 'P-ghost-1').companyId,
    );
  });

  it('SCO-2 companies without a primary contact are left, and nobody is asked', async () => {
    expect((await other.reviews()).filter(({ queue }) => queue === 'record')).toEqual([]);
    expect(other.row('company', 'company', 'C-bolu').needsReview).toBe(false);
  });

  it('SCO-2 the primary contact as a relation, though each of the two waits for the other', () => {
    expect(other.row('company', 'company', 'C-acme').primaryContactId).toBe(other.row('person', 'contact', 'P-ann').id);
    expect(other.row('person', 'contact', 'P-ann').companyId).toBe(other.row('company', 'company', 'C-acme').id);
  });

  it('SCO-11 tags as text, and no topics', () => {
    expect(other.row('company', 'company', 'C-acme')).toMatchObject({ tagsText: 'VIP, Sector: Textile', tags: [] });
    expect(other.rows('topic')).toEqual([]);
  });

  it('SCO-9 columns of archived rows dropped', () => {
    expect(other.row('company', 'company', 'C-archived').oldFax).toBe('');
  });

  it('SCO-7 meetings as calendar events with a participant', () => {
    const event = other.row('calendarEvent', 'meeting', 'M-contact');
    expect(event).toMatchObject({
      title: 'Demo',
      startsAt: '2024-06-07T06:00:00.000Z',
      location: 'İzmir Fuar Alanı',
      description: expect.stringContaining('Attendees: Ann Archer'),
    });
    expect(other.rows('calendarEventParticipant')).toEqual([
      expect.objectContaining({ calendarEventId: event.id, personId: other.row('person', 'contact', 'P-ann').id }),
    ]);
  });
});

describe('SCO-12, ALL-11 automations', () => {
  it('are not in the export: they come from the template that the operator fills in, and the document says how to rebuild them', async () => {
    const text = `source: crm
automations:
  - name: Welcome e-mail
    kind: notification
    trigger: A contact is created
    actions: [Send the welcome template]
  - name: Cold outreach
    kind: sequence
    trigger: A tag is set
`;
    await runOperation(
      inventoryImport,
      { app: world.app, daemon: null },
      { source: 'crm', text, file: 'automations.yaml' },
    );
    const { automations } = await runOperation(inventoryShow, { app: world.app, daemon: null }, { source: 'crm' });
    expect(automations.map(({ name, needsOutsideTool }) => [name, needsOutsideTool])).toEqual([
      ['Welcome e-mail', false],
      ['Cold outreach', true],
    ]);
    expect(inventoryDocument('crm', automations)).toMatch(
      /Welcome e-mail[\s\S]*Twenty workflow: record trigger → send e-mail/,
    );
  });
});

describe('an agreed core set of tags, and placeholders by rule', () => {
  let agreed: Deployment;

  beforeAll(async () => {
    agreed = await deploy({ tagSet: 'core', companyWithoutContact: 'placeholder' });
    await agreed.prepare();
    await dropExport(agreed.drop, 'export-2025-04-01', WORLD);
    await agreed.settle();
  });

  afterAll(() => agreed.close());

  it('SCO-11 of its tags a record has those of the core set, and no others', () => {
    const tags = new Set([...agreed.rows('company'), ...agreed.rows('person')].flatMap((one) => one.tags as string[]));
    expect([...tags].sort()).toEqual(['VIP']);
    expect(agreed.row('company', 'company', 'C-acme').tags).toEqual(['VIP']);
  });

  it('SCO-2 a company without a primary contact gets its placeholder person, and nobody is asked', async () => {
    expect((await agreed.reviews()).filter(({ queue }) => queue === 'record')).toEqual([]);
    const made = agreed.rows('person').filter(({ isPlaceholder }) => isPlaceholder === true);
    expect(made).toContainEqual(
      expect.objectContaining({
        name: { firstName: '', lastName: 'Contact of Bolu Tekstil A.Ş.' },
        companyId: agreed.row('company', 'company', 'C-bolu').id,
      }),
    );
    expect(agreed.row('company', 'company', 'C-bolu').needsReview).toBe(false);
  });
});

describe('SCO-S1 an export without one of its files', () => {
  it('is asked about before that object is read, while the others go on; not needed is an answer', async () => {
    const reduced = await deploy();
    try {
      await reduced.prepare();
      await dropExport(reduced.drop, 'export-2025-04-01', { ...WORLD, call: null });
      await reduced.settle();
      const asked = (await reduced.reviews()).filter(({ blocking }) => blocking);
      expect(asked).toEqual([expect.objectContaining({ object: 'call', choices: ['supplied', 'not needed'] })]);
      expect(reduced.has('person', 'contact', 'P-ann')).toBe(true);
      await reduced.answer(asked[0]?.id ?? '', 'not needed');
      await reduced.settle();
      expect((await reduced.reviews()).filter(({ blocking }) => blocking)).toEqual([]);
      expect(await reduced.app.state.read((tx) => residue(tx))).toBe(0);
    } finally {
      await reduced.close();
    }
  });
});
