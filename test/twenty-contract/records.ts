import { expect, it } from 'vitest';
import type { TwentyFields } from '../../src/twenty/model.ts';
import { CALL, type ContractWorkspace } from './workspace.ts';

type Get = () => ContractWorkspace;

/** Creates, upserts, uniqueness and removal: what the sink builds on (twenty.md O1 to O5). */
export function recordPromises(get: Get): void {
  const ours = (names: readonly string[], fields: (name: string) => TwentyFields = () => ({})) =>
    names.map((name) => get().row(name, { name, position: 1, ...fields(name) }));
  const keyed = (name: string) => ({ naturalKey: get().value(name) });

  it('a batch of creates gives every row back under the id that was sent', async () => {
    const workspace = get();
    const rows = ours(['made-1', 'made-2', 'made-3']);
    const outcome = await workspace.create(workspace.object, rows);
    if (outcome.kind !== 'written') throw new Error(JSON.stringify(outcome));
    expect(new Set(outcome.rows.map((row) => row.id))).toEqual(new Set(rows.map((row) => row.id)));
    expect(await workspace.find(workspace.object, [rows[0]?.id ?? ''], ['name'])).toMatchObject([{ name: 'made-1' }]);
  });

  it('a batch with one row that does not fit is refused whole, with its reason', async () => {
    const workspace = get();
    const good = ours(['whole-1', 'whole-2']);
    const bad = (name: string, fields: TwentyFields) =>
      workspace.create(workspace.object, [...good, ...ours([name], () => fields)]);
    expect(await bad('whole-3', { nobodyHasThis: 1 })).toMatchObject({ kind: 'refused', reason: 'unknown-field' });
    expect(await bad('whole-4', { position: 'nonsense' })).toMatchObject({ kind: 'refused', reason: 'bad-value' });
    await workspace.create(workspace.object, ours(['whole-0'], keyed));
    expect(await bad('whole-5', keyed('whole-0'))).toMatchObject({ kind: 'refused', reason: 'duplicate' });
    expect(await workspace.find(workspace.object, [workspace.id('whole-1'), workspace.id('whole-2')], [])).toEqual([]);
  });

  it('a relation to nobody is refused as a foreign key', async () => {
    const workspace = get();
    const company = workspace.id('no-company');
    const person = workspace.row('orphan', { name: { firstName: 'Or', lastName: 'Phan' }, companyId: company });
    expect(await workspace.create('person', [person])).toMatchObject({ kind: 'refused', reason: 'foreign-key' });
  });

  it('an upsert by id changes what it names and nothing else', async () => {
    const workspace = get();
    await workspace.create(workspace.object, ours(['kept'], keyed));
    const outcome = await workspace.upsert(workspace.object, [workspace.row('kept', { name: 'Renamed' })]);
    expect(outcome).toMatchObject({ kind: 'written', rows: [{ id: workspace.id('kept'), name: 'Renamed' }] });
    expect(await workspace.find(workspace.object, [workspace.id('kept')], ['name', 'naturalKey'])).toMatchObject([
      { name: 'Renamed', naturalKey: workspace.value('kept') },
    ]);
  });

  it('an upsert that meets a unique value goes to that row: the id that comes back is another', async () => {
    const workspace = get();
    await workspace.create(workspace.object, ours(['holder'], keyed));
    const taken = workspace.row('newcomer', { ...keyed('holder'), name: 'Newcomer' });
    const outcome = await workspace.upsert(workspace.object, [taken]);
    expect(outcome).toMatchObject({ kind: 'written', rows: [{ id: workspace.id('holder'), name: 'Newcomer' }] });
    expect(await workspace.find(workspace.object, [taken.id], [], true)).toEqual([]);
  });

  it('an upsert that means two rows at once is refused', async () => {
    const workspace = get();
    await workspace.create(workspace.object, ours(['first', 'second'], keyed));
    const both = workspace.row('first', keyed('second'));
    expect(await workspace.upsert(workspace.object, [both])).toMatchObject({ kind: 'refused', reason: 'duplicate' });
  });

  it('TW-3 a soft-deleted row keeps its value: a create is refused, an upsert brings the old row back', async () => {
    const workspace = get();
    const { client, object } = workspace;
    await workspace.create(object, ours(['gone'], keyed));
    expect((await client.softDelete(object, [workspace.id('gone')], CALL)).kind).toBe('written');
    expect(await workspace.find(object, [workspace.id('gone')], [])).toEqual([]);
    const [deleted] = await workspace.find(object, [workspace.id('gone')], [], true);
    expect(typeof deleted?.deletedAt).toBe('string');
    const again = workspace.row('gone-2', keyed('gone'));
    expect(await workspace.create(object, [again])).toMatchObject({ kind: 'refused', reason: 'duplicate' });
    expect(await workspace.upsert(object, [again])).toMatchObject({ rows: [{ id: workspace.id('gone') }] });
    expect(await workspace.find(object, [workspace.id('gone')], [])).toHaveLength(1);
  });

  it('restore undoes a soft delete, and destroy frees the unique value', async () => {
    const workspace = get();
    const { client, object } = workspace;
    const ids = [workspace.id('back')];
    await workspace.create(object, ours(['back'], keyed));
    await client.softDelete(object, ids, CALL);
    expect((await client.restore(object, ids, CALL)).kind).toBe('written');
    expect(await workspace.find(object, ids, [])).toHaveLength(1);
    expect((await client.destroy(object, ids, CALL)).kind).toBe('written');
    expect(await workspace.find(object, ids, [], true)).toEqual([]);
    expect(await workspace.create(object, [workspace.row('back-2', keyed('back'))])).toMatchObject({ kind: 'written' });
  });

  it('a create under an id that is taken is refused', async () => {
    const workspace = get();
    await workspace.create(workspace.object, ours(['twice']));
    expect(await workspace.create(workspace.object, ours(['twice']))).toMatchObject({
      kind: 'refused',
      reason: 'duplicate',
    });
  });
}
