import { afterEach, describe, expect, it } from 'vitest';
import { type TwentyVersion, VERSIONS } from '../../sandbox/twenty/index.ts';
import { oneEmail, oneLink, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';
import type { ObjectPolicies } from '../mapping/model.ts';
import { bodyField, linkColumn } from '../twenty/selection.ts';

let world: SinkWorld;
afterEach(() => world.close());

function columnTo(link: string, target: string): string {
  const described = world.client.workspace().objects.get(link);
  const column = described === undefined ? undefined : linkColumn(described, target);
  if (column === undefined) throw new Error(`${link} cannot point at ${target}`);
  return column;
}

function bodyOf(object: string): string {
  const described = world.client.workspace().objects.get(object);
  const body = described === undefined ? undefined : bodyField(described);
  if (body === undefined) throw new Error(`${object} has no text`);
  return body.name;
}

const company = (policies: Partial<ObjectPolicies>): TestObject => ({
  target: 'company',
  tier: 'company',
  policies,
  draft: ({ after }) => ({
    fields: {
      name: text(after.name),
      domainName: oneLink(after.domain),
    },
  }),
});

const contact = (policies: Partial<ObjectPolicies>): TestObject => ({
  target: 'person',
  tier: 'person',
  policies,
  columns: ['name', 'jobTitle', 'emails', 'phones'],
  draft: ({ after }) => ({
    fields: {
      name: personName(after.name),
      jobTitle: text(after.job),
      emails: oneEmail(after.email),
      phones: {
        primaryPhoneNumber: text(after.phone),
        primaryPhoneCountryCode: '',
        primaryPhoneCallingCode: '',
        additionalPhones: [],
      },
    },
    links:
      typeof after.company === 'string'
        ? [
            {
              name: 'company',
              attempts: [{ column: 'companyId', label: 'company', by: 'id', object: 'company', id: after.company }],
              otherwise: { kind: 'hold', reason: 'no company was found' },
            },
          ]
        : [],
  }),
});

const note: TestObject = {
  target: 'note',
  tier: 'activity',
  draft: ({ after }) => ({
    fields: { title: text(after.title), [bodyOf('note')]: { markdown: text(after.text), blocknote: null } },
    children: [
      {
        name: 'target',
        target: 'noteTarget',
        fields: {},
        parentColumn: 'noteId',
        sharedKey: null,
        links: [
          {
            name: 'parent',
            attempts: [
              {
                column: columnTo('noteTarget', 'person'),
                label: 'contact',
                by: 'id',
                object: 'contact',
                id: text(after.contact),
              },
            ],
            otherwise: { kind: 'hold', reason: 'no contact was found' },
          },
        ],
      },
    ],
  }),
};

async function open(version: TwentyVersion, policies: Partial<ObjectPolicies> = {}): Promise<void> {
  world = await SinkWorld.open({
    mapping: mappingOf({ company: company(policies), contact: contact(policies), note }),
    sandbox: { version },
  });
}

const count = (outcomes: Record<string, string>, outcome: string): number =>
  Object.values(outcomes).filter((one) => one === outcome).length;
const person = (key: string) => world.rows('person').find((row) => row.sourceKey === `crm/contact/${key}`);
const ADA = { name: 'Ada', email: 'Ada@Müller.example', job: 'Clerk', phone: '+44 20 7123 4567' };

describe.each(VERSIONS)('TW-7 in a workspace of version %s', (version) => {
  /** Looks at every record again: what is as it should be costs no call. */
  async function isQuiet(): Promise<void> {
    world.sandbox.clearCalls();
    await world.state.transaction((tx) => tx.records.touchAll('crm', null));
    await world.rest();
    expect(world.writes()).toEqual([]);
  }

  it('records are created in batches that it takes, written over, left alone when equal, deleted and brought back', async () => {
    await open(version);
    const companies = Array.from({ length: 70 }, (_, index) => String(index));
    await world.take(
      ...companies.map((id) =>
        world.event('company', id, { name: `Company ${id}`, domain: `https://C${id}.Example/` }),
      ),
      world.event('contact', '1', { ...ADA, company: '69' }),
    );
    await world.rest();
    expect(count(await world.classes(), 'applied')).toBe(71);
    expect(world.rows('company')).toHaveLength(70);
    const [parent] = world.rows('company').filter((row) => row.name === 'Company 69');
    expect(person('1')?.companyId).toBe(parent?.id);
    const creates = world.writes().filter((call) => / company .* 201$/.test(call));
    expect(creates).toHaveLength(version === '1.x' ? 2 : 1);
    await isQuiet();
    await world.take(
      world.event('company', '1', { name: 'Renamed', domain: 'https://c1.example' }),
      world.event('company', '2', null),
    );
    await world.rest();
    const named = (key: string) => world.rows('company').find((row) => row.sourceKey === `crm/company/${key}`)?.name;
    expect([named('1'), named('2'), named('3')]).toEqual(['Renamed', undefined, 'Company 3']);
    expect(world.sandbox.dump('company')).toHaveLength(70);
    await world.put('company', '2', { name: 'Back', domain: 'https://c2.example' });
    await world.rest();
    expect(named('2')).toBe('Back');
    expect(world.sandbox.dump('company')).toHaveLength(70);
    await isQuiet();
  });

  it('a note is written with its text and its target, which goes before it', async () => {
    await open(version);
    const body = 'Spoke on the **phone**.  \nSecond line\n\n- one\n- two';
    await world.take(
      world.event('note', 'n1', { title: 'Call', text: body, contact: '1' }),
      world.event('contact', '1', ADA),
    );
    await world.rest();
    expect(await world.classes()).toEqual({ 'contact/1': 'applied', 'note/n1': 'applied' });
    const [written] = world.rows('note');
    expect(written).toMatchObject({ title: 'Call', [bodyOf('note')]: { markdown: body } });
    expect(world.rows('noteTarget')).toMatchObject([
      { noteId: written?.id, [columnTo('noteTarget', 'person')]: person('1')?.id },
    ]);
    await isQuiet();
    await world.put('note', 'n1', null);
    await world.rest();
    expect([world.rows('note'), world.rows('noteTarget')]).toEqual([[], []]);
  });

  it('one e-mail address is one person, however it is spelt: merged by the mapping, and by the workspace’s own row', async () => {
    await open(version, { duplicate: 'merge' });
    await world.take(
      world.event('contact', '1', ADA, { sourceCreated: 1 }),
      world.event('contact', '2', { ...ADA, email: 'ADA@xn--mller-kva.example', job: '' }, { sourceCreated: 2 }),
    );
    await world.rest();
    expect(await world.classes()).toEqual({ 'contact/1': 'applied', 'contact/2': 'merged SINK_MERGED' });
    expect(world.rows('person')).toMatchObject([{ sourceKeys: ['crm/contact/1', 'crm/contact/2'] }]);
    // Behind our back: the create is refused, and one look-up finds who has the value.
    const id = stranger('company', { name: 'Stranger', domainName: domain('Acme.example') });
    await world.put('company', '1', { name: 'Acme', domain: 'https://ACME.example/' });
    await world.rest();
    expect(world.rows('company')).toMatchObject([{ id, name: 'Acme', sourceKey: 'crm/company/1' }]);
    await isQuiet();
  });

  it('TW-3 a value that a stranger’s row has, live or deleted, holds the record, and is let go when that row goes', async () => {
    await open(version);
    const emails = oneEmail('eve@example.com');
    const live = stranger('company', { name: 'Stranger', domainName: domain('acme.example') });
    const deleted = stranger('person', { name: { firstName: 'Eve', lastName: '' }, emails });
    world.sandbox.person({ person: 'Eve', action: 'delete', object: 'person', id: deleted });
    await world.take(
      world.event('company', '1', { name: 'Acme', domain: 'https://acme.example' }),
      world.event('contact', '1', { ...ADA, email: 'EVE@example.com' }),
    );
    await world.rest();
    expect(await world.classes()).toEqual({
      'company/1': 'held SINK_DUPLICATE_HELD',
      'contact/1': 'held SINK_SOFT_DELETED',
    });
    world.sandbox.person({ person: 'Eve', action: 'destroy', object: 'company', id: live });
    world.sandbox.person({ person: 'Eve', action: 'destroy', object: 'person', id: deleted });
    await world.running.pollUniques();
    await world.rest();
    expect(count(await world.classes(), 'applied')).toBe(2);
  });

  it('a row that a person destroyed is made anew when a refusal tells of it, and its children follow', async () => {
    await open(version);
    await world.put('company', '1', { name: 'Acme', domain: '' });
    await world.rest();
    const [gone] = world.rows('company');
    world.sandbox.person({ person: 'Eve', action: 'destroy', object: 'company', id: text(gone?.id) });
    await world.put('contact', '1', { ...ADA, company: '1' });
    await world.rest();
    expect(await world.classes()).toEqual({ 'company/1': 'applied', 'contact/1': 'applied' });
    expect(person('1')?.companyId).toBe(world.rows('company')[0]?.id);
  });

  it('what a person edited is found, stays, and is asked about once the source changes it too', async () => {
    await open(version);
    await world.put('contact', '1', ADA);
    await world.rest();
    const id = text(person('1')?.id);
    world.sandbox.person({ person: 'Eve', action: 'update', object: 'person', id, data: { jobTitle: 'Boss' } });
    await world.running.pollEdits();
    await world.put('contact', '1', { ...ADA, name: 'Ada L' });
    await world.rest();
    expect(person('1')).toMatchObject({ jobTitle: 'Boss', name: { firstName: 'Ada L' } });
    await world.put('contact', '1', { ...ADA, job: 'Chief' });
    await world.rest();
    expect(person('1')).toMatchObject({ jobTitle: 'Boss' });
    const questions = await world.state.read((tx) => tx.reviews.list({ status: 'open', queue: 'record', limit: 9 }));
    expect(questions.map(({ question }) => question)).toEqual([expect.stringContaining('jobTitle')]);
    const edits = await world.state.read((tx) => tx.edits.list({ limit: 9 }));
    expect(edits).toMatchObject([{ field: 'jobTitle', base: 'Clerk', value: 'Boss', by: 'Eve' }]);
  });
});

function stranger(object: string, data: Readonly<Record<string, unknown>>): string {
  const made = world.sandbox.person({ person: 'Eve', action: 'create', object, data });
  return text((made as { readonly id?: unknown }).id);
}

/** As people type it in the browser. */
function domain(host: string) {
  return { primaryLinkUrl: `https://${host}`, primaryLinkLabel: '', secondaryLinks: [] };
}
