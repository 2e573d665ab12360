import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MergeRule } from '../mapping/model.ts';
import type { TwentyFields } from '../twenty/model.ts';
import { mergeParts, type Part } from './merge.ts';

const emails = (primaryEmail: string, ...additionalEmails: string[]) => ({ primaryEmail, additionalEmails });
const phone = (number: string) => ({
  primaryPhoneNumber: number,
  primaryPhoneCountryCode: 'TR',
  primaryPhoneCallingCode: '+90',
});

const part = (key: string, fields: TwentyFields, more: Partial<Part> = {}): Part => {
  const [source = '', object = ''] = key.split('/');
  return { key, source, object, modified: null, fields, rules: undefined, ...more };
};
const rules = (of: Readonly<Record<string, MergeRule>>): ReadonlyMap<string, MergeRule> => new Map(Object.entries(of));
const lower = (text: string) => text.toLowerCase();
const unbounded = () => Number.POSITIVE_INFINITY;

describe('the value of a field in a row of several records', () => {
  const lead = { jobTitle: 'Clerk', city: 'Izmir', note: 'from the lead' };
  const contact = { jobTitle: 'Engineer', city: '', note: 'from the contact' };

  it('is the first one, in their order of seniority, unless the mapping says otherwise', () => {
    const { fields, from } = mergeParts([part('crm/contact/a', contact), part('crm/lead/l', lead)], unbounded);
    expect(fields).toEqual({ jobTitle: 'Engineer', city: 'Izmir', note: 'from the contact' });
    expect(Object.fromEntries(from)).toEqual({
      jobTitle: ['crm/contact/a'],
      city: ['crm/lead/l'],
      note: ['crm/contact/a'],
    });
  });

  it('is that of the record changed last, or of the objects named first, where it has one', () => {
    const said = rules({
      jobTitle: { kind: 'newest' },
      city: { kind: 'newest' },
      note: { kind: 'prefer', objects: ['other/contact', 'lead'] },
    });
    const parts = [
      part('crm/contact/a', contact, { modified: 20, rules: said }),
      part('crm/lead/l', lead, { modified: 10 }),
      part('crm/lead/m', { jobTitle: '', note: '' }, { modified: 30 }),
    ];
    expect(mergeParts(parts, unbounded).fields).toEqual({
      jobTitle: 'Engineer',
      city: 'Izmir',
      note: 'from the lead',
    });
  });

  it('follows the mapping of the most senior record whose object speaks of it', () => {
    const older = part('crm/contact/a', contact, { modified: 1, rules: rules({ city: { kind: 'first' } }) });
    const newer = part('crm/lead/l', lead, { modified: 2, rules: rules({ jobTitle: { kind: 'newest' } }) });
    expect(mergeParts([older, newer], unbounded).fields.jobTitle).toBe('Clerk');
  });
});

describe('the values of all records of a merged row', () => {
  it('lists what the workspace has no room for, or keeps it in the text field that the mapping names', () => {
    const all: MergeRule = { kind: 'all', rest: null };
    const said = rules({ emails: all, phones: all, tags: all, title: all });
    const united = mergeParts(
      [
        part(
          'crm/contact/a',
          {
            emails: emails('a@x.example'),
            phones: { ...phone('5321'), additionalPhones: [] },
            tags: ['A'],
            title: 'one',
          },
          { rules: said },
        ),
        part('crm/contact/b', {
          emails: emails('b@x.example', 'c@x.example'),
          phones: { ...phone('5322'), additionalPhones: [] },
          tags: ['B', 'A'],
          title: 'two',
        }),
      ],
      (field) => (field === 'emails' ? 2 : Number.POSITIVE_INFINITY),
    );
    expect(united.fields).toEqual({
      emails: emails('a@x.example', 'b@x.example'),
      phones: { ...phone('5321'), additionalPhones: [{ number: '5322', countryCode: 'TR', callingCode: '+90' }] },
      tags: ['A', 'B'],
      title: 'one',
    });
    expect(united.from.get('tags')).toEqual(['crm/contact/a', 'crm/contact/b']);
    expect(united.losses).toEqual(
      new Map([['crm/contact/b', [{ field: 'emails', kind: 'dropped', before: 'c@x.example', after: '' }]]]),
    );
    const kept = mergeParts(
      [
        part(
          'crm/contact/a',
          { emails: emails('a@x.example'), emailsText: null },
          { rules: rules({ emails: { kind: 'all', rest: 'emailsText' } }) },
        ),
        part('crm/contact/b', { emails: emails('b@x.example', 'A@x.example'), emailsText: null }),
      ],
      () => 1,
    );
    expect(kept.fields).toEqual({ emails: emails('a@x.example'), emailsText: 'b@x.example' });
    expect(kept.losses).toEqual(new Map());
  });

  it('lists what the rule passes over where the field could hold several, once, of whoever had it', () => {
    const merged = mergeParts(
      [
        part('crm/contact/a', { emails: emails('a@x.example'), tags: ['A'], title: 'one' }),
        part('crm/lead/b', { emails: emails('A@x.example', 'b@x.example'), tags: ['A', 'B'], title: 'two' }),
        part('crm/lead/c', { emails: emails('b@x.example'), tags: [], title: 'three' }),
      ],
      unbounded,
    );
    expect(merged.fields).toEqual({ emails: emails('a@x.example'), tags: ['A'], title: 'one' });
    expect(merged.losses).toEqual(
      new Map([
        [
          'crm/lead/b',
          [
            { field: 'emails', kind: 'dropped', before: 'b@x.example', after: '' },
            { field: 'tags', kind: 'dropped', before: 'B', after: '' },
          ],
        ],
      ]),
    );
  });

  it('holds a record alone to what the workspace has room for, and touches nothing where there is room', () => {
    const fields = { emails: emails('a@x.example', 'b@x.example'), phones: { ...phone('5321'), additionalPhones: [] } };
    const alone = (rule: MergeRule | null, most: number) =>
      mergeParts([part('crm/contact/a', fields, rule === null ? {} : { rules: rules({ emails: rule }) })], () => most);
    const loss = { field: 'emails', kind: 'dropped', before: 'b@x.example', after: '' };
    expect(alone(null, 1)).toMatchObject({
      fields: { emails: emails('a@x.example') },
      losses: new Map([['crm/contact/a', [loss]]]),
    });
    expect(alone({ kind: 'all', rest: 'otherEmails' }, 1)).toMatchObject({
      fields: { emails: emails('a@x.example'), otherEmails: 'b@x.example' },
      losses: new Map(),
    });
    expect(alone({ kind: 'all', rest: 'otherEmails' }, 2).fields).toEqual({ ...fields, otherEmails: null });
    expect(alone(null, 2).fields.emails).toBe(fields.emails);
  });

  it('stands in the row, in the text field, or among the losses, each value once, and never more than fit', () => {
    const address = fc.constantFrom('a@x.example', 'b@x.example', 'c@x.example', 'd@x.example', 'A@x.example');
    const rule = fc.constantFrom<MergeRule>(
      { kind: 'first' },
      { kind: 'all', rest: null },
      { kind: 'all', rest: 'rest' },
    );
    const records = fc.array(fc.array(address, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(records, rule, fc.integer({ min: 1, max: 3 }), (all, said, most) => {
        const parts = all.map(([first = '', ...others], index) =>
          part(`crm/contact/${index}`, { emails: emails(first, ...others) }, { rules: rules({ emails: said }) }),
        );
        const { fields, losses } = mergeParts(parts, () => most);
        const row = fields.emails as ReturnType<typeof emails>;
        const stands = [row.primaryEmail, ...row.additionalEmails];
        const rest = typeof fields.rest === 'string' ? fields.rest.split('\n') : [];
        const lost = [...losses.values()].flat().map(({ before }) => before);
        expect(new Set(stands.map(lower)).size).toBeLessThanOrEqual(most);
        const found = [...new Set(stands.map(lower)), ...rest.map(lower), ...lost.map(lower)].sort();
        expect(found).toEqual([...new Set(all.flat().map(lower))].sort());
      }),
      { numRuns: 500 },
    );
  });
});
