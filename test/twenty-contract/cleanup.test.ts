import { expect, it } from 'vitest';
import { startTwentySandbox } from '../../sandbox/twenty/index.ts';
import { ContractWorkspace } from './workspace.ts';

const OBJECTS = ['company', 'note', 'noteTarget', 'attachment'];

it('the suite leaves a workspace as it found it, even after a run that was killed in the middle', async () => {
  const limit = { tokens: 100, windowMs: 1_000 };
  const sandbox = await startTwentySandbox({ limits: { short: null, long: limit } });
  try {
    sandbox.seed('company', [{ name: 'Somebody else', position: 1 }]);
    const target = { url: sandbox.url, apiKey: sandbox.token, limit, close: async () => undefined };
    const rows = () => Object.fromEntries(OBJECTS.map((object) => [object, sandbox.dump(object).length]));
    const objects = () => sandbox.engine.model.objects().map(({ nameSingular }) => nameSingular);
    const before = { rows: rows(), objects: objects() };
    const fill = async (workspace: ContractWorkspace) => {
      const company = workspace.row('c', { name: workspace.value('c') });
      const note = workspace.row('n', { title: workspace.value('n') });
      await workspace.create('company', [company]);
      await workspace.create('note', [note]);
      await workspace.create('noteTarget', [
        workspace.row('t', { noteId: note.id, [workspace.linkColumn('noteTarget', 'company')]: company.id }),
      ]);
    };
    const killed = await ContractWorkspace.open(target);
    await fill(killed);
    await killed.client.softDelete('company', [killed.id('c')], { lane: 'operator' });
    const next = await ContractWorkspace.open(target);
    expect(objects()).not.toContain(killed.object);
    await fill(next);
    expect(objects()).toContain(next.object);
    await next.close();
    expect({ rows: rows(), objects: objects() }).toEqual(before);
  } finally {
    await sandbox.close();
  }
});
