import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceView } from './model.ts';
import { changeOf, previewChanges, previewSummary, type RecordChange } from './preview.ts';
import { compiled, contactMapping, view } from './testing.ts';

async function* each(records: readonly SourceView[]): AsyncIterable<SourceView> {
  yield* records;
}

async function changes(
  before: string,
  after: string,
  records: readonly SourceView[],
): Promise<readonly RecordChange[]> {
  const found: RecordChange[] = [];
  for await (const change of previewChanges(compiled(before), compiled(after), each(records))) found.push(change);
  return found;
}

const rules = (jobTitle: string): string =>
  contactMapping(`fields:\n  - { to: jobTitle, from: Title, transform: [${jobTitle}] }\n  - { to: city, from: City }`);

describe('the preview of a changed mapping', () => {
  const records = [
    view('contact', '1', { Title: 'CEO', City: 'Leeds' }),
    view('contact', '2', { Title: 'cto', City: 'York' }),
    view('contact', '3', { Title: '', City: '' }),
  ];

  it('names exactly the records that change, and what changes in them', async () => {
    expect(await changes(rules('trim'), rules('lower'), records)).toEqual([
      { key: 'crm/contact/1', object: 'contact', before: 'record', after: 'record', fields: ['jobTitle'] },
    ]);
    expect(await changes(rules('trim'), rules('trim'), records)).toEqual([]);
  });

  it('counts them by object and by what changes', async () => {
    const summary = await previewSummary(compiled(rules('trim')), compiled(rules('upper')), each(records), 1);
    expect(summary).toEqual({
      records: 3,
      changed: 1,
      objects: { contact: 1 },
      fields: { 'contact jobTitle': 1 },
      keys: ['crm/contact/2'],
    });
  });

  it('does not count words for people, nor what is listed as lost', async () => {
    const link = (label: string, hold: string): string =>
      contactMapping(
        `fields: []\nlinks:\n  - { name: boss, attempts: [{ to: bossId, object: contact, id: Boss, label: ${label} }], otherwise: { hold: ${hold} } }`,
      );
    expect(await changes(link('a', 'b'), link('c', 'd'), [view('contact', '1', { Boss: '2' })])).toEqual([]);
    const listed = (list: boolean): string =>
      contactMapping(`fields: []\nskip: [{ column: X, reason: r, list: ${list} }]`);
    expect(await changes(listed(true), listed(false), [view('contact', '1', { X: 'x' })])).toEqual([]);
  });

  it('names links, owners and children that change', async () => {
    const more = (column: string): string =>
      contactMapping(`fields: []
links: [{ name: boss, attempts: [{ to: bossId, object: contact, id: ${column} }], otherwise: leave }]
owners: [{ to: ownerId, from: ${column}, create: shared }]
children: [{ name: note, target: note, fields: [{ to: title, from: ${column} }] }]`);
    const [change] = await changes(more('A'), more('B'), [view('contact', '1', { A: '1', B: '2' })]);
    expect(change?.fields).toEqual(['link boss', 'owner ownerId', 'child note']);
  });

  it('tells of records that are excluded, held or mapped from now on', async () => {
    const excluded = contactMapping('fields: []\nexclude: [{ rule: x, when: { column: Title, filled: true } }]');
    expect(await changes(contactMapping('fields: []'), excluded, records)).toMatchObject([
      { key: 'crm/contact/1', before: 'record', after: 'excluded', fields: [] },
      { key: 'crm/contact/2', before: 'record', after: 'excluded', fields: [] },
    ]);
    const none = 'version: 1\nsource: crm\nobjects: { contact: { skip: not needed } }\n';
    expect(await changes(none, contactMapping('fields: []'), records.slice(0, 1))).toMatchObject([
      { before: 'absent', after: 'record' },
    ]);
  });

  it('a record changes under a new mapping exactly when the fields that are written differ', () => {
    const before = compiled(rules('trim'));
    const after = compiled(rules('collapse'));
    fc.assert(
      fc.property(fc.string(), fc.string(), (title, city) => {
        const record = view('contact', '1', { Title: title, City: city });
        const [a, b] = [before, after].map((mapping) => {
          const draft = mapping.objects.get('contact')?.draft(record);
          return draft?.kind === 'record' ? draft.record.fields.jobTitle : undefined;
        });
        expect(changeOf(before, after, record) !== null).toBe(a !== b);
      }),
    );
  });
});
