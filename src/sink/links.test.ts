import { afterEach, describe, expect, it } from 'vitest';
import { byId, noteTarget } from '../../test/support/sink/links.ts';
import { parentCompany } from '../../test/support/sink/objects.ts';
import { namesOf, oneEmail, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject, type WorldOptions } from '../../test/support/sink-world.ts';
import type { LinkRequest } from '../mapping/model.ts';

let world: SinkWorld;
afterEach(() => world.close());

const hold = (name: string): LinkRequest['otherwise'] => ({ kind: 'hold', reason: `no ${name} was found` });

/** A company with a parent: circles and self references happen (OPX-2). */
const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) => ({
    fields: { name: text(after.name) },
    lookups: [{ index: 'name', value: text(after.name).toLowerCase() }],
    links:
      typeof after.parent === 'string'
        ? [
            {
              name: 'parent',
              attempts: [byId('parentCompanyId', 'company', after.parent)],
              otherwise: hold('parent'),
            },
          ]
        : [],
  }),
};

/** SCO-1: company by id, else by name, else one placeholder per name. */
const contact: TestObject = {
  target: 'person',
  tier: 'person',
  draft: ({ after }) => {
    const byName = text(after.company);
    return {
      fields: { name: personName(after.name) },
      links: [
        {
          name: 'company',
          attempts: [
            ...(typeof after.companyId === 'string' ? [byId('companyId', 'company', after.companyId)] : []),
            ...(byName === ''
              ? []
              : [
                  {
                    column: 'companyId',
                    label: 'by name',
                    by: 'lookup' as const,
                    object: 'company',
                    index: 'name',
                    value: byName.toLowerCase(),
                    among: 'only' as const,
                  },
                ]),
          ],
          otherwise:
            byName === ''
              ? { kind: 'leave' }
              : {
                  kind: 'placeholder',
                  column: 'companyId',
                  placeholder: {
                    name: `company/name/${byName.toLowerCase()}`,
                    object: 'company',
                    target: 'company',
                    fields: { name: byName },
                  },
                },
        },
      ],
    };
  },
};

/** SCO-8: a note with its target; the parent by contact, else that contact's company, else held. */
const note: TestObject = {
  target: 'note',
  tier: 'activity',
  draft: ({ after }) => ({
    fields: { title: text(after.title) },
    children: [
      noteTarget('noteId', {
        name: 'parent',
        attempts: [
          byId('targetPersonId', 'contact', after.contact),
          {
            column: 'targetCompanyId',
            label: 'company of the contact',
            by: 'through',
            object: 'contact',
            id: text(after.other),
            link: 'company',
          },
        ],
        otherwise: hold('parent'),
      }),
    ],
  }),
};

async function open(options: Partial<WorldOptions> = {}): Promise<void> {
  const mapping = mappingOf({ company, contact, note }, { desired: { fields: [parentCompany] } });
  world = await SinkWorld.open({ mapping, ...options });
}

const byKey = (object: string): Map<unknown, Record<string, unknown>> =>
  new Map(world.rows(object).map((row) => [row.sourceKey, row]));

describe('links (SPEC.md I4)', () => {
  it('TW-1 a child that came before its parent is linked once the parent is there', async () => {
    await open();
    await world.put('contact', '1', { name: 'Ada', companyId: '9', company: '' });
    await world.rest();
    expect(await world.classes()).toEqual({ 'contact/1': 'applied' });
    expect(byKey('person').get('crm/contact/1')?.companyId).toBe(null);
    await world.put('company', '9', { name: 'Acme' });
    await world.rest();
    expect(byKey('person').get('crm/contact/1')?.companyId).toBe(byKey('company').get('crm/company/9')?.id);
  });

  it('holds the child of a held parent by that parent, and goes on by itself', async () => {
    await open();
    await world.take(
      world.event('company', '1', { name: 'Child', parent: '2' }),
      world.event('contact', '1', { name: 'Ada', companyId: '1', company: '' }),
    );
    await world.rest();
    expect(await world.classes()).toEqual({
      'company/1': 'held SINK_PARENT_MISSING',
      'contact/1': 'held SINK_PARENT_UNDECIDED',
    });
    expect(world.writes()).toEqual([]);
    await world.put('company', '2', { name: 'Parent' });
    await world.rest();
    expect(await world.classes()).toEqual({
      'company/1': 'applied',
      'company/2': 'applied',
      'contact/1': 'applied',
    });
    const companies = byKey('company');
    expect(companies.get('crm/company/1')?.parentCompanyId).toBe(companies.get('crm/company/2')?.id);
    expect(byKey('person').get('crm/contact/1')?.companyId).toBe(companies.get('crm/company/1')?.id);
  });

  it('OPX-2 finishes circles and self references with a second write', async () => {
    await open();
    await world.take(
      world.event('company', 'a', { name: 'A', parent: 'b' }),
      world.event('company', 'b', { name: 'B', parent: 'c' }),
      world.event('company', 'c', { name: 'C', parent: 'a' }),
      world.event('company', 'self', { name: 'Self', parent: 'self' }),
    );
    await world.rest();
    expect(new Set(Object.values(await world.classes()))).toEqual(new Set(['applied']));
    const rows = byKey('company');
    for (const [child, parent] of [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
      ['self', 'self'],
    ]) {
      expect(rows.get(`crm/company/${child}`)?.parentCompanyId).toBe(rows.get(`crm/company/${parent}`)?.id);
      expect(rows.get(`crm/company/${child}`)?.sourceChecksum).not.toBe(null);
    }
  });

  it('SCO-1 makes one placeholder per unresolved name, and drops it when the real company comes (SPEC.md I13)', async () => {
    await open();
    await world.take(
      world.event('contact', '1', { name: 'Ada', company: 'Acme' }),
      world.event('contact', '2', { name: 'Bob', company: 'acme' }),
      world.event('contact', '3', { name: 'Cy', company: 'Other' }),
    );
    await world.rest();
    const names = () => namesOf(world.rows('company'));
    expect(names()).toEqual(['Acme', 'Other']);
    const counts = await world.state.read((tx) => tx.targets.counts());
    expect(counts).toContainEqual({ object: 'company', kind: 'placeholder', written: 2 });
    await world.put('company', '9', { name: 'ACME' });
    await world.rest();
    expect(names()).toEqual(['ACME', 'Other']);
    const real = byKey('company').get('crm/company/9')?.id;
    expect([...byKey('person').values()].filter((row) => row.companyId === real)).toHaveLength(2);
  });

  it('SCO-8 writes the target of a note after the note, by the contact or that contact’s company, and lists the choice', async () => {
    await open();
    await world.take(
      world.event('company', '9', { name: 'Acme' }),
      world.event('contact', '1', { name: 'Ada', companyId: '9', company: '' }),
      world.event('note', 'n1', { title: 'To Ada', contact: '1', other: '1' }),
      world.event('note', 'n2', { title: 'To nobody', contact: 'x', other: '1' }),
      world.event('note', 'n3', { title: 'Lost', contact: 'x', other: 'y' }),
    );
    await world.rest();
    expect(await world.classes()).toMatchObject({
      'note/n1': 'applied',
      'note/n2': 'applied',
      'note/n3': 'held SINK_PARENT_MISSING',
    });
    const notes = byKey('note');
    const targets = world.rows('noteTarget');
    expect(targets).toHaveLength(2);
    const of = (key: string) => targets.find((row) => row.noteId === notes.get(key)?.id);
    expect(of('crm/note/n1')?.targetPersonId).toBe(byKey('person').get('crm/contact/1')?.id);
    expect(of('crm/note/n2')?.targetCompanyId).toBe(byKey('company').get('crm/company/9')?.id);
    const choices = await world.state.read((tx) => tx.losses.summary('crm'));
    expect(choices).toContainEqual(
      expect.objectContaining({ field: 'target.parent: company of the contact', kind: 'link-choice', records: 1 }),
    );
  });

  it('moves what points through a record when that record moves', async () => {
    await open();
    await world.take(
      world.event('company', '8', { name: 'Old' }),
      world.event('company', '9', { name: 'New' }),
      world.event('contact', '1', { name: 'Ada', companyId: '8', company: '' }),
      world.event('note', 'n', { title: 'Note', contact: 'x', other: '1' }),
    );
    await world.rest();
    const target = () => world.rows('noteTarget')[0]?.targetCompanyId;
    expect(target()).toBe(byKey('company').get('crm/company/8')?.id);
    await world.put('contact', '1', { name: 'Ada', companyId: '9', company: '' });
    await world.rest();
    expect(target()).toBe(byKey('company').get('crm/company/9')?.id);
  });

  it('removes the targets of a deleted note first, and looks again at those that pointed at a deleted record (SPEC.md I14)', async () => {
    await open();
    await world.take(
      world.event('company', '9', { name: 'Acme' }),
      world.event('contact', '1', { name: 'Ada', companyId: '9', company: '' }),
      world.event('note', 'n', { title: 'Note', contact: '1', other: '' }),
    );
    await world.rest();
    await world.put('note', 'n', null);
    await world.put('company', '9', null);
    await world.rest();
    expect(world.rows('noteTarget')).toEqual([]);
    expect(world.rows('note')).toEqual([]);
    expect(byKey('person').get('crm/contact/1')?.companyId).toBe(null);
    expect(await world.classes()).toMatchObject({
      'note/n': 'deleted',
      'company/9': 'deleted',
      'contact/1': 'applied',
    });
  });
});

describe('placeholders of records that share a row (SPEC.md I13)', () => {
  it('go too, though no row ever pointed at them', async () => {
    const { draft, ...rest } = contact;
    const sharing: TestObject = {
      ...rest,
      policies: { duplicate: 'merge' },
      draft: (view) => {
        const drafted = draft(view);
        if ('kind' in drafted) return drafted;
        return { ...drafted, fields: { ...drafted.fields, emails: oneEmail('same@example.com') } };
      },
    };
    world = await SinkWorld.open({
      mapping: mappingOf({ company, contact: sharing }, { desired: { fields: [parentCompany] } }),
    });
    await world.take(
      world.event('company', '9', { name: 'Acme' }),
      world.event('contact', '1', { name: 'Ada', companyId: '9', company: '' }, { sourceCreated: 1 }),
      world.event('contact', '2', { name: 'Ada', company: 'Nowhere' }, { sourceCreated: 2 }),
    );
    await world.rest();
    const names = () => namesOf(world.rows('company'));
    expect(names()).toEqual(['Acme', 'Nowhere']);
    await world.put('contact', '2', { name: 'Ada', company: 'Acme' }, { sourceCreated: 2 });
    await world.rest();
    expect(names()).toEqual(['Acme']);
  });
});
