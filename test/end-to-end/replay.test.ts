import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Application } from '../../src/app/application.ts';
import { runOperation } from '../../src/app/operation.ts';
import { mapConfirm, mapPreview } from '../../src/app/operations/mapping.ts';
import { applyConfiguredOwners } from '../../src/app/operations/owners.ts';
import { replay } from '../../src/app/operations/replay.ts';
import { stateBackup, stateRebuild, stateRestore } from '../../src/app/operations/state.ts';
import { status } from '../../src/app/operations/status.ts';
import { Pipeline } from '../../src/app/pipeline.ts';
import { ALL_ROLES } from '../../src/app/roles.ts';
import { INTAKE_GROUP } from '../../src/sink/index.ts';
import { type Deployment, inProcess, prepare, SOURCE } from './deployment.ts';

/** What is written when everything is right already: nothing. Proven on a loaded workspace, by its own log of calls. */

const BY = 'a test';
let deployment: Deployment;

/** One loaded workspace for all: each test leaves it as it found it, but the last ones, which change the mapping. */
beforeAll(async () => {
  deployment = await prepare();
  // The pace of the budget is proven elsewhere; here only what is called matters.
  const configuration = readFileSync(deployment.configuration, 'utf8');
  writeFileSync(deployment.configuration, configuration.replace('twenty:\n', 'twenty:\n  callsPerMinute: 100000\n'));
  await inProcess(deployment, settle);
}, 120_000);
beforeEach(() => deployment.sandbox.clearCalls());
afterAll(() => deployment.close());

/** Reads and writes until nothing is left to do, as `run --once` does. */
async function settle(app: Application): Promise<void> {
  await applyConfiguredOwners({ app, daemon: null });
  const pipeline = await Pipeline.open(app, ALL_ROLES);
  const stop = new AbortController();
  await pipeline.start();
  const working = pipeline.run(stop.signal);
  try {
    await pipeline.settle(stop.signal);
  } finally {
    stop.abort();
    await working;
    await pipeline.close();
  }
}

/** Records that were sent to be written, by operation. */
function written(): Readonly<Record<string, number>> {
  const writes = deployment.sandbox
    .counters()
    .filter((one) => one.api !== 'metadata' && /^(create|upsert|update|delete|destroy|restore)/.test(one.operation));
  return Object.fromEntries(writes.map((one) => [one.operation, one.records]));
}

async function standing(app: Application) {
  const found = await runOperation(status, { app, daemon: null }, {});
  return { classes: found.classes, residue: found.residue };
}

/** Everything in the workspace that we wrote. */
function content(): string {
  return JSON.stringify(
    ['company', 'person', 'opportunity', 'task', 'note', 'taskTarget', 'noteTarget'].map((object) =>
      deployment.sandbox.dump(object),
    ),
  );
}

/** The rows of the workspace by object and id, without what says when they were written. */
function rows() {
  const objects = ['company', 'person', 'opportunity', 'task', 'note', 'taskTarget', 'noteTarget'];
  return objects.map((object) =>
    deployment.sandbox
      .dump(object)
      .map(({ updatedAt: _updated, createdAt: _created, position: _position, ...row }) => row)
      .sort((a, b) => String(a.id).localeCompare(String(b.id))),
  );
}

function loseState(): void {
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(join(deployment.folder, 'data', `state.sqlite${suffix}`), { force: true });
}

describe('replaying everything', () => {
  test('the whole log taken in again changes nothing and spends no write call', async () => {
    const before = content();
    await inProcess(deployment, async (app) => {
      const stood = await standing(app);
      await app.state.transaction(async (tx) => {
        for (const position of await tx.positions.all(INTAKE_GROUP))
          await tx.positions.set(INTAKE_GROUP, position.topic, position.partition, 0);
      });
      await settle(app);
      expect(await standing(app)).toEqual(stood);
    });
    expect(written()).toEqual({});
    expect(content()).toBe(before);
  });

  test('a replay of a source finds nothing to write, and says what that costs: nothing', async () => {
    await inProcess(deployment, async (app) => {
      const found = await runOperation(replay, { app, daemon: null }, { source: SOURCE, apply: true, by: BY });
      expect(found).toMatchObject({ records: 0, writes: 0, calls: 0, minutes: 0, touched: 0 });
      expect(found.looked).toBeGreaterThan(10);
      const since = await runOperation(
        replay,
        { app, daemon: null },
        { source: SOURCE, from: '2020-01-01T00:00:00Z', objects: ['contact'], by: BY },
      );
      expect(since.looked).toBe(6);
      await settle(app);
    });
    expect(written()).toEqual({});
  });

  test('what was lost or changed in Twenty by no person is shown, and with --apply written as it was, links of others included', async () => {
    const before = rows();
    const { read, applied } = await inProcess(deployment, async (app) => {
      const { client } = await app.twenty();
      const id = (object: string, key: string) =>
        String(deployment.sandbox.dump(object).find((row) => row.sourceKey === `${SOURCE}/${key}`)?.id);
      await client.destroy('person', [id('person', 'contact/P1')], { lane: 'operator' });
      await client.destroy('company', [id('company', 'company/C2')], { lane: 'operator' });
      const renamed = { id: id('opportunity', 'deal/D1'), fields: { name: 'Renamed' } };
      await client.upsert('opportunity', [renamed], { lane: 'operator' });
      expect(rows()).not.toEqual(before);
      deployment.sandbox.clearCalls();
      const ask = (more: object) => runOperation(replay, { app, daemon: null }, { source: SOURCE, by: BY, ...more });
      // With a contact its entries in lists of tasks go.
      const unread = await ask({ unread: true, apply: true });
      expect(unread).toMatchObject({ writes: 0, read: { done: false } });
      const shown = await ask({});
      expect(shown.read).toMatchObject({ done: true, gone: 3, calls: unread.read.calls, rows: unread.read.rows });
      expect(shown.keys).toEqual(
        expect.arrayContaining([`${SOURCE}/company/C2`, `${SOURCE}/contact/P1`, `${SOURCE}/deal/D1`]),
      );
      // Its object alone, and one record alone.
      expect((await ask({ objects: ['deal'] })).fields).toHaveProperty('opportunity.name', 1);
      expect(await ask({ records: [`${SOURCE}/contact/P1`] })).toMatchObject({
        looked: 1,
        records: 1,
        read: { gone: 1 },
      });
      expect(written()).toEqual({});
      const applied = await ask({ apply: true });
      await settle(app);
      return { read: shown, applied };
    });
    expect(applied.keys).toEqual(read.keys);
    expect(rows()).toEqual(before);
    await inProcess(deployment, async (app) => {
      const again = await runOperation(replay, { app, daemon: null }, { source: SOURCE, apply: true, by: BY });
      expect(again).toMatchObject({ records: 0, writes: 0, read: { gone: 0, changed: 0, edited: 0 } });
    });
  });

  test('a replay of records, objects or a window looks at these alone', async () => {
    await inProcess(deployment, async (app) => {
      const ask = (choice: object) =>
        runOperation(replay, { app, daemon: null }, { source: SOURCE, by: BY, ...choice });
      const looked = async (choice: object) => (await ask(choice)).looked;
      expect(await looked({ records: [`${SOURCE}/contact/P1`, `${SOURCE}/deal/D1`] })).toBe(2);
      expect(await looked({ objects: ['contact', 'deal'] })).toBe(8);
      expect(await looked({ objects: ['contact', 'contact'] })).toBe(6);
      const now = new Date().toISOString();
      expect(await ask({ from: now })).toMatchObject({ looked: 0, shorter: [] });
      expect(await ask({ from: '2020-01-01T00:00:00Z' })).toMatchObject({ shorter: [] });
    });
  });

  test.each<[string, object, RegExp]>([
    [
      'a record that is not there',
      { records: [`${SOURCE}/contact/P1`, `${SOURCE}/contact/NOPE`] },
      /crm\/contact\/NOPE/,
    ],
    ['what is no key', { records: ['nonsense'] }, /nonsense is no key/],
    ['a record of another source', { records: ['other/contact/P1'] }, /of other, not of crm/],
    ['a record and a time', { records: [`${SOURCE}/contact/P1`], from: '2026-01-01T00:00:00Z' }, /records are named/],
    ['a record and an object', { records: [`${SOURCE}/contact/P1`], objects: ['contact'] }, /records are named/],
    ['an object that is not there', { objects: ['contract'] }, /no object contract/],
    ['a source that is not there', { source: 'nope' }, /no source nope/],
    ['a time that is none', { from: 'yesterday' }, /from/],
    ['a time that is still to come', { from: '2999-01-01T00:00:00Z' }, /still to come/],
  ])('%s is refused, and nothing is replayed', async (_, choice, why) => {
    await inProcess(deployment, async (app) => {
      const asked = runOperation(replay, { app, daemon: null }, { source: SOURCE, apply: true, by: BY, ...choice });
      await expect(asked).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(why) });
    });
    expect(written()).toEqual({});
  });

  test('a lost state is restored from its backup, with all that people decided, and nothing is written again', async () => {
    const file = join(deployment.folder, 'monday.state');
    const stood = await inProcess(deployment, async (app) => {
      await runOperation(stateBackup, { app, daemon: null }, { file });
      return standing(app);
    });
    const before = content();
    loseState();
    await inProcess(deployment, async (app) => {
      const restored = await runOperation(stateRestore, { app, daemon: null }, { file, by: BY });
      expect(restored.rows).toBeGreaterThan(10);
      await settle(app);
      expect(await standing(app)).toEqual(stood);
      const again = runOperation(stateRestore, { app, daemon: null }, { file, by: BY });
      await expect(again).rejects.toMatchObject({ code: 'STATE_NOT_EMPTY' });
    });
    expect(written()).toEqual({});
    expect(content()).toBe(before);
  });

  test('a lost state is made anew from the log and the sync fields, and nothing is written again', async () => {
    const stood = await inProcess(deployment, standing);
    const before = content();
    loseState();
    await inProcess(deployment, async (app) => {
      const rebuilt = await runOperation(stateRebuild, { app, daemon: null }, { by: BY });
      expect(rebuilt.unknown).toEqual([]);
      expect(rebuilt.rows).toBeGreaterThan(10);
      await runOperation(mapConfirm, { app, daemon: null }, { source: SOURCE, by: BY });
      await settle(app);
      expect(await standing(app)).toEqual(stood);
    });
    expect(written()).toEqual({});
    expect(content()).toBe(before);
  });

  test('a state that is not lost is not rebuilt', async () => {
    await inProcess(deployment, (app) =>
      expect(runOperation(stateRebuild, { app, daemon: null }, { by: BY })).rejects.toMatchObject({
        code: 'STATE_NOT_LOST',
      }),
    );
  });
});

describe('a newly confirmed mapping', () => {
  test('that changes one field names exactly the records that change and their price, and only they are written', async () => {
    const file = join(deployment.folder, 'mapping.yaml');
    const text = readFileSync(file, 'utf8');
    // Subjects of calls in capitals: two calls, one of them held with its contact.
    const changed = text.replace(
      /(\n {2}call:[\s\S]*?to: title, from: Subject, transform: \[collapse)\]/,
      '$1, upper]',
    );
    expect(changed).not.toBe(text);
    writeFileSync(file, changed);
    await inProcess(deployment, async (app) => {
      const found = await runOperation(mapPreview, { app, daemon: null }, { source: SOURCE });
      expect(found).toMatchObject({ records: 1, keys: [`${SOURCE}/call/K1`], writes: 1, calls: 1 });
      expect(found.fields).toHaveProperty('task.title', 1);
      expect(written()).toEqual({});
      await runOperation(mapConfirm, { app, daemon: null }, { source: SOURCE, by: BY });
      await settle(app);
    });
    expect(Object.values(written())).toEqual([1]);
    expect(deployment.sandbox.dump('task').find((row) => row.sourceKey === `${SOURCE}/call/K1`)?.title).toBe('HELLO');
  });

  test('is needed after a change: nothing moves under another one', async () => {
    const file = join(deployment.folder, 'mapping.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('country: TR', 'country: GB'));
    await inProcess(deployment, (app) =>
      expect(Pipeline.open(app, ALL_ROLES)).rejects.toMatchObject({ code: 'MAPPING_CHANGED' }),
    );
  });
});
