import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Postgresql, startPostgresql } from '../../../scripts/servers/postgresql.ts';
import { codeOf, upsert } from '../../../test/conformance/state/samples.ts';
import { uniqueName } from '../../../test/support/servers/servers.ts';
import { startTcpProxy, type TcpProxy } from '../../../test/support/servers/tcp-proxy.ts';
import { ask, changed, type OpenPostgresql, openState } from '../../../test/support/state-on-postgresql.ts';
import { SimulatedClock, systemClock } from '../../core/clock.ts';
import { ChangeoverError } from '../../core/errors.ts';
import type { StateEngine } from '../engine.ts';

let server: Postgresql;
let url: string;

beforeAll(async () => {
  server = await startPostgresql();
});

afterAll(async () => {
  await server.stop();
});

beforeEach(async () => {
  const name = uniqueName('failures').replaceAll('-', '_');
  await ask(server.url, `CREATE DATABASE ${name}`);
  url = changed(server.url, (address) => {
    address.pathname = `/${name}`;
  });
});

const open = (more: Partial<OpenPostgresql> = {}) => openState({ url, clock: systemClock(), ...more });

/** A state whose connections lead through a proxy. */
async function openBehindProxy(more: Partial<OpenPostgresql> = {}): Promise<{ store: StateEngine; proxy: TcpProxy }> {
  const proxy = await startTcpProxy(new URL(url).host);
  onTestFinished(() => proxy.close());
  const store = await open({
    url: changed(url, (address) => {
      address.host = proxy.address;
    }),
    ...more,
  });
  return { store, proxy };
}

const stored = (name: string) => ask(url, `SELECT value FROM changeover.settings WHERE name = '${name}'`);

/** Until the server itself says so: through another connection than that of the store. */
async function committed(name: string): Promise<void> {
  while ((await stored(name)).length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
}

describe('a connection that breaks', () => {
  it('in the middle of a transaction takes all of it back, and the next one goes on', async () => {
    const { store, proxy } = await openBehindProxy();
    const broken = store.transaction(async (state) => {
      await state.settings.set('half', 1);
      proxy.cut();
      await state.settings.set('rest', 1);
    });
    const error = await broken.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STATE_UNREACHABLE', retry: 'later' });
    await store.transaction((state) => state.settings.set('next', 1));
    expect(await stored('half')).toEqual([]);
    expect(await stored('next')).toHaveLength(1);
  });

  it('is not overlooked where the work catches the error', async () => {
    const { store, proxy } = await openBehindProxy();
    const careless = store.transaction(async (state) => {
      await state.settings.set('half', 1);
      proxy.cut();
      await state.settings.set('rest', 1).catch(() => undefined);
    });
    expect(await codeOf(careless)).toBe('STATE_UNREACHABLE');
    expect(await stored('half')).toEqual([]);
  });

  it('while it lies idle costs nothing', async () => {
    const { store, proxy } = await openBehindProxy();
    await Promise.all(Array.from({ length: 4 }, () => store.read((state) => state.settings.get('a'))));
    expect(proxy.cut()).toBeGreaterThan(1);
    await store.transaction((state) => state.settings.set('a', 1));
    expect(await store.read((state) => state.settings.get('a'))).toBe(1);
  });

  it('after the commit reached the server: the answer was lost, the work was not, and it is not done twice', async () => {
    const { store, proxy } = await openBehindProxy();
    const committing = store.transaction(async (state) => {
      await state.settings.set('done', 1);
      proxy.set('hold-answers');
      return 'kept';
    });
    await committed('done');
    proxy.cut();
    proxy.set('forward');
    expect(await committing).toBe('kept');
  });

  it('before the commit reached the server: nothing was kept, and the error says so', async () => {
    const { store, proxy } = await openBehindProxy();
    const lost = Promise.withResolvers<void>();
    const committing = store.transaction(async (state) => {
      await state.settings.set('lost', 1);
      proxy.set('hold');
      setImmediate(lost.resolve);
    });
    const ended = codeOf(committing);
    await lost.promise;
    proxy.cut();
    proxy.set('forward');
    expect(await ended).toBe('STATE_UNREACHABLE');
    expect(await stored('lost')).toEqual([]);
  });

  it('during a backup leaves no file behind', async () => {
    const { store, proxy } = await openBehindProxy();
    await store.transaction((state) =>
      state.records.take(
        Array.from({ length: 3000 }, (_, index) => upsert({ id: `${index}`, sequence: index + 1 })),
        1,
      ),
    );
    const folder = mkdtempSync(join(tmpdir(), 'backup-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const making = codeOf(store.backup(join(folder, 'backup')));
    // Begun, and with a hundred questions to the server to go.
    while (readdirSync(folder).length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    proxy.cut();
    expect(await making).toBe('STATE_UNREACHABLE');
    expect(readdirSync(folder)).toEqual([]);
    await store.backup(join(folder, 'backup'));
    expect(readdirSync(folder)).toEqual(['backup']);
  });

  it('during the commit, and never comes back: the outcome is unknown, and is not guessed', async () => {
    const { store, proxy } = await openBehindProxy({ settleMs: 300 });
    const committing = store.transaction(async (state) => {
      await state.settings.set('maybe', 1);
      proxy.set('hold-answers');
    });
    const failed = committing.catch((thrown: unknown) => thrown);
    await committed('maybe');
    proxy.set('refuse');
    expect(await failed).toMatchObject({ code: 'STATE_COMMIT_UNKNOWN', retry: 'later' });
    proxy.set('forward');
    expect(await store.read((state) => state.settings.get('maybe'))).toBe(1);
  });
});

describe('a server', () => {
  it('that stands still is given up after a time, and used again when it goes on', async () => {
    // Long enough for a busy machine to answer while the server goes on.
    const store = await open({ answerMs: 2_000, connectMs: 2_000 });
    await store.transaction((state) => state.settings.set('a', 1));
    const leaving = await open({ clock: new SimulatedClock() });
    server.process.pause();
    await leaving.close();
    expect(await codeOf(store.read((state) => state.settings.get('a')))).toBe('STATE_UNREACHABLE');
    expect(await codeOf(store.transaction((state) => state.settings.set('a', 2)))).toBe('STATE_UNREACHABLE');
    server.process.resume();
    expect(await store.read((state) => state.settings.get('a'))).toBe(1);
    await store.transaction((state) => state.settings.set('a', 3));
  });

  it('killed and started again in the middle of a load loses nothing that was acknowledged', async () => {
    const store = await open({ settleMs: 20_000 });
    const codes = new Set<string>();
    let acknowledged = 0;
    let stop = false;
    const batch = async () => {
      const from = (await store.read((state) => state.positions.get('sink', 'topic', 0))) ?? 0;
      // Nothing acknowledged is missing, and nothing that was refused was kept.
      expect(from).toBe(acknowledged);
      await store.transaction(async (state) => {
        const events = Array.from({ length: 50 }, (_, index) =>
          upsert({ id: `${from + index + 1}`, sequence: from + index + 1 }),
        );
        await state.records.take(events, 1);
        await state.positions.set('sink', 'topic', 0, from + 50);
      });
      acknowledged = from + 50;
    };
    const load = (async () => {
      while (!stop) {
        try {
          await batch();
        } catch (thrown) {
          if (!(thrown instanceof ChangeoverError)) throw thrown;
          expect(thrown.retry).toBe('later');
          codes.add(thrown.code);
          await new Promise<void>((resolve) => setTimeout(resolve, 20));
        }
      }
    })();
    for (let round = 0; round < 4; round += 1) {
      const before = acknowledged;
      while (acknowledged < before + 300) await new Promise<void>((resolve) => setTimeout(resolve, 1));
      await server.process.kill('SIGKILL');
      await server.process.start();
    }
    const end = acknowledged + 200;
    while (acknowledged < end) await new Promise<void>((resolve) => setTimeout(resolve, 1));
    stop = true;
    await load;
    const [rows, recount] = await store.read(async (state) => [
      await state.ledger.rows(null),
      await state.ledger.recount(null),
    ]);
    expect(rows).toEqual(recount);
    expect(rows[0]?.live).toBe(acknowledged);
    expect([...codes].filter((code) => code !== 'STATE_UNREACHABLE')).toEqual([]);
  });

  it('whose disk is full keeps nothing of the transaction and says so', async () => {
    const store = await open();
    await store.transaction((state) => state.settings.set('a', 1));
    // What a full disk answers (53100), made by a trigger: filling a real disk is not for a test.
    await ask(
      url,
      `CREATE FUNCTION changeover.no_space() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`,
      'CREATE TRIGGER no_space BEFORE INSERT ON changeover.positions EXECUTE FUNCTION changeover.no_space()',
    );
    const failing = store.transaction(async (state) => {
      await state.settings.set('a', 2);
      await state.positions.set('sink', 'topic', 0, 1);
    });
    expect(await codeOf(failing)).toBe('STATE_DISK_FULL');
    expect(await store.read((state) => state.settings.get('a'))).toBe(1);
  });
});
