import { expect, it } from 'vitest';
import { startTwentySandbox, VERSIONS } from '../../sandbox/twenty/index.ts';
import { bodyField } from '../../src/twenty/selection.ts';
import { CALL, ContractWorkspace } from './workspace.ts';

/** The workspace's own log of what happened: nobody but the server writes or removes it. */
const LOG = 'timelineActivity';

it.each(VERSIONS)(
  '%s: the suite leaves a workspace as it found it, whatever object it wrote to, even after a run that was killed in the middle',
  async (version) => {
    const limit = { tokens: 100, windowMs: 1_000 };
    const sandbox = await startTwentySandbox({ version, limits: { short: null, long: limit } });
    try {
      sandbox.seed('company', [{ name: 'Somebody else', position: 1 }]);
      sandbox.seed('person', [{ name: { firstName: 'Somebody', lastName: 'Else' }, position: 1 }]);
      const target = { url: sandbox.url, apiKey: sandbox.token, limit, close: async () => undefined };
      const fieldNames = () =>
        Object.fromEntries(
          sandbox.engine.model.objects().map((one) => [one.nameSingular, one.fields.map(({ name }) => name).sort()]),
        );
      const rows = () =>
        Object.fromEntries(
          Object.keys(fieldNames())
            .filter((object) => object !== LOG)
            .map((object) => [object, sandbox.dump(object).map(({ id }) => id)]),
        );
      const before = { rows: rows(), fields: fieldNames() };
      const fill = async (workspace: ContractWorkspace) => {
        const company = workspace.row('c', { name: workspace.value('c') });
        const person = workspace.person('p', {});
        const made = async (object: string, row: typeof company) =>
          expect(await workspace.create(object, [row])).toMatchObject({ kind: 'written' });
        await made('company', company);
        await made('person', person);
        await made(workspace.object, workspace.row('o', { naturalKey: workspace.value('o') }));
        for (const kind of ['note', 'task']) {
          const body = bodyField(workspace.model(kind))?.name ?? '';
          const text = { [body]: { markdown: 'text', blocknote: null } };
          const activity = workspace.row(kind, { title: workspace.value(kind), ...text });
          await made(kind, activity);
          const link = `${kind}Target`;
          const to = { [`${kind}Id`]: activity.id, [workspace.linkColumn(link, 'company')]: company.id };
          await made(link, workspace.row(link, to));
        }
        const column = workspace.linkColumn('attachment', 'person');
        await made('attachment', workspace.row('a', { name: 'a.txt', [column]: person.id }));
      };
      const killed = await ContractWorkspace.open(target);
      await fill(killed);
      await killed.client.softDelete('company', [killed.id('c')], CALL);
      const next = await ContractWorkspace.open(target);
      expect(Object.keys(fieldNames())).not.toContain(killed.object);
      await fill(next);
      expect(Object.keys(fieldNames())).toContain(next.object);
      await next.close();
      expect({ rows: rows(), fields: fieldNames() }).toEqual(before);
    } finally {
      await sandbox.close();
    }
  },
);
