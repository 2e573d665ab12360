import { expect, it } from 'vitest';
import { isWatched } from '../../src/sink/edit-poll.ts';
import { TIMELINE } from '../../src/sink/edit-window.ts';
import { readAutomations } from '../../src/twenty/automations.ts';
import { linkColumn } from '../../src/twenty/selection.ts';
import { WEBHOOK, WORKFLOW } from './target.ts';
import { CALL, type ContractWorkspace } from './workspace.ts';

type Get = () => ContractWorkspace;

/** Who changed a row and when, and what people set up: what protecting their work builds on (twenty.md §0, §8, SPEC.md §12). */
export function peoplePromises(get: Get): void {
  it('of rows changed since a time, those that another than an API key changed are found: none of ours, soft-deleted ones too', async () => {
    const workspace = get();
    const { client, object, simulated } = workspace;
    if (!isWatched(client.workspace(), object)) {
      expect(simulated, 'every simulated version says who changed a row').toBeUndefined();
      return;
    }
    const names = ['edit-1', 'edit-2', 'edit-3'];
    const rows = names.map((name) => workspace.row(name, { name, position: 1 }));
    await workspace.create(object, rows);
    const ids = rows.map(({ id }) => id);
    const times = (await workspace.find(object, ids, ['updatedAt'])).map(({ updatedAt }) => String(updatedAt));
    const since = times.sort()[0] ?? '';
    const found = async (source: string, updatedSince: string) => {
      const where = { updatedBy: { source: { neq: source } } };
      const met: string[] = [];
      const scan = { object, fields: ['updatedAt', 'updatedBy'], deleted: true, where, updatedSince, ...CALL };
      for await (const page of client.scan(scan))
        met.push(...page.map(({ id }) => id).filter((id) => ids.includes(id)));
      return met.sort();
    };
    // The bound belongs to what is found, and what lies before it does not.
    expect(await found('MANUAL', since)).toEqual([...ids].sort());
    expect(await found('MANUAL', new Date(Date.parse(times.at(-1) ?? '') + 1).toISOString())).toEqual([]);
    expect(await found('API', since)).toEqual([]);
    const [written] = await workspace.find(object, ids.slice(0, 1), ['updatedBy']);
    expect(written).toMatchObject({ updatedBy: { source: 'API' } });
    if (simulated === undefined) return;
    const [edited = '', deleted = ''] = ids;
    simulated.person({ object, action: 'update', id: edited, data: { name: 'by hand' } });
    simulated.person({ object, action: 'delete', id: deleted });
    expect(await found('API', since)).toEqual([edited, deleted].sort());
    // A write of ours takes the row out again: whoever polls too late sees nothing.
    await workspace.upsert(object, [{ id: edited, fields: { name: 'ours' } }]);
    expect(await found('API', since)).toEqual([deleted]);
  });

  it('the timeline tells what members changed and names none for what we wrote', async () => {
    const workspace = get();
    const { client, simulated } = workspace;
    const described = client.workspace().objects.get(TIMELINE);
    const member = described?.fields.get('workspaceMember')?.relation?.columns.workspaceMember;
    const target = described === undefined ? undefined : linkColumn(described, 'company');
    if (member === undefined || target === undefined || described?.fields.has('properties') !== true) {
      expect(simulated, 'every simulated version has a timeline').toBeUndefined();
      return;
    }
    const company = workspace.row('told', { name: workspace.value('Told'), position: 1 });
    await workspace.create('company', [company]);
    const [made] = await workspace.find('company', [company.id], ['updatedAt']);
    await workspace.upsert('company', [workspace.row('told', { name: workspace.value('Told again') })]);
    const deeds = async () => {
      const rows = [];
      const where = { [member]: { is: 'NOT_NULL' } };
      const fields = ['properties', 'updatedAt', target, member];
      const since = { updatedSince: String(made?.updatedAt) };
      for await (const page of client.scan({ object: TIMELINE, fields, deleted: false, where, ...since, ...CALL })) {
        rows.push(...page);
      }
      expect(rows.every((row) => typeof row[member] === 'string' && typeof row.updatedAt === 'string')).toBe(true);
      return rows.filter((row) => row[target] === company.id);
    };
    expect(await deeds()).toEqual([]);
    if (simulated === undefined) return;
    const name = workspace.value('Told by hand');
    simulated.person({ object: 'company', action: 'update', id: company.id, data: { name } });
    expect(await deeds()).toMatchObject([{ properties: { diff: { name: { after: name } } } }]);
  });

  it('webhooks and workflows that listen to what is written can be listed', async () => {
    const { client, simulated } = get();
    const found = await readAutomations(client, ['company']);
    expect(found.filter(({ kind }) => kind === 'unreadable')).toEqual([]);
    if (simulated === undefined) return;
    expect(found).toMatchObject([
      { kind: 'webhook', id: WEBHOOK.id, events: ['company.created'] },
      { kind: 'workflow', name: WORKFLOW, events: ['company.updated'] },
    ]);
  });
}
