import { expect, it } from 'vitest';
import { sameValue } from '../../src/twenty/normalise.ts';
import { bodyField } from '../../src/twenty/selection.ts';
import { CALL, type ContractWorkspace } from './workspace.ts';

type Get = () => ContractWorkspace;

const CREATED = '2019-05-06T07:08:09.000Z';

/** Times and authors of ours, and values at the edge of what is taken (twenty.md O3, O5, §6). */
export function valuePromises(get: Get): void {
  const of = async (name: string, fields: readonly string[], deleted = false) => {
    const workspace = get();
    return (await workspace.find(workspace.object, [workspace.id(name)], fields, deleted))[0];
  };

  it('when and by what a record was made is taken from us, and stays through later writes', async () => {
    const workspace = get();
    const { object } = workspace;
    const made = { createdAt: CREATED, createdBy: { source: 'IMPORT', name: 'Old system' } };
    const row = workspace.row('made-then', { name: 'one', position: 1, ...made });
    expect(await workspace.create(object, [row])).toMatchObject({ kind: 'written' });
    expect(await workspace.upsert(object, [workspace.row('made-then', { name: 'two' })])).toMatchObject({
      kind: 'written',
    });
    const read = await of('made-then', ['name', 'createdAt', 'createdBy', 'updatedAt']);
    expect(read).toMatchObject({ name: 'two', createdBy: { source: 'IMPORT' } });
    expect(new Date(String(read?.createdAt)).toISOString()).toBe(CREATED);
    expect(Date.parse(String(read?.updatedAt))).toBeGreaterThan(Date.parse(CREATED));
  });

  it('a record sent with the time of its deletion is born deleted, and an upsert brings it to life', async () => {
    const workspace = get();
    const { object } = workspace;
    const row = workspace.row('born-deleted', { name: 'one', position: 1, deletedAt: CREATED });
    expect(await workspace.create(object, [row])).toMatchObject({ kind: 'written', rows: [{ id: row.id }] });
    expect(await of('born-deleted', [])).toBeUndefined();
    expect(await of('born-deleted', [], true)).toMatchObject({ deletedAt: expect.any(String) });
    expect(await workspace.upsert(object, [workspace.row('born-deleted', { name: 'two' })])).toMatchObject({
      kind: 'written',
    });
    expect(await of('born-deleted', ['name'])).toMatchObject({ name: 'two' });
  });

  it('NUL in a text is an error of the record and no outage: nobody waits and sends it again', async () => {
    const workspace = get();
    const row = workspace.row('nul', { name: 'a\0b', position: 1 });
    expect(await workspace.create(workspace.object, [row])).toMatchObject({ kind: 'refused' });
    expect(await of('nul', [], true)).toBeUndefined();
  });

  it('more e-mail addresses than a field is said to take are kept, or refused as a value: never fewer of them in silence', async () => {
    const workspace = get();
    const name = 'fewAddresses';
    await workspace.createField({ type: 'EMAILS', name, settings: { maxNumberOfValues: 1 } });
    const field = workspace.model().fields.get(name);
    if (field === undefined) throw new Error(`no ${name}`);
    const value = { primaryEmail: 'one@example.com', additionalEmails: ['two@example.com', 'three@example.com'] };
    const outcome = await workspace.create(workspace.object, [workspace.row('few', { [name]: value, position: 1 })]);
    if (outcome.kind === 'written') {
      const stored = (await of('few', [name]))?.[name];
      expect(sameValue(field, value, stored), JSON.stringify(stored)).toBe(true);
    } else expect(outcome).toMatchObject({ kind: 'refused', reason: 'bad-value', partial: false });
  });

  it('a note of a megabyte is kept to its last character', async () => {
    const workspace = get();
    const body = bodyField(workspace.model('note'));
    if (body === undefined) throw new Error('notes have no text');
    const paragraph = `${'Grüße aus dem alten System, Zeile für Zeile. '.repeat(20).trim()}\n\n`;
    const text = `${paragraph.repeat(Math.ceil(1_000_000 / paragraph.length))}the end`;
    const value = { markdown: text, blocknote: null };
    const note = workspace.row('long-note', { title: workspace.value('Long note'), position: 1, [body.name]: value });
    expect(await workspace.create('note', [note])).toMatchObject({ kind: 'written' });
    const [read] = await workspace.client.find({
      object: 'note',
      by: { field: 'id', values: [note.id] },
      fields: [body.name],
      deleted: false,
      ...CALL,
    });
    expect(sameValue(body, value, read?.[body.name])).toBe(true);
    expect(sameValue(body, { ...value, markdown: text.slice(0, -1) }, read?.[body.name])).toBe(false);
  });
}
