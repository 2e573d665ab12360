import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { codeOf, key, upsert } from '../../../test/conformance/state/samples.ts';
import { SimulatedClock } from '../../core/clock.ts';
import type { StateEngine } from '../engine.ts';
import { TableDraft } from '../schema/columns.ts';
import { MIGRATIONS, type Migration } from '../schema/migrations.ts';
import { openSqliteState, type SqliteStateOptions } from './store.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'state-'));
  cleanups.push(async () => rmSync(path, { recursive: true }));
  return path;
}

async function open(file: string, more: Partial<SqliteStateOptions> = {}): Promise<StateEngine> {
  const store = await openSqliteState({ file, clock: new SimulatedClock(), ...more });
  cleanups.push(() => store.close());
  return store;
}

describe('opening a state file', () => {
  it('finds what was committed before, and is readable for its owner alone', async () => {
    const file = join(folder(), 'state.db');
    const first = await open(file);
    await first.transaction((state) => state.settings.set('a', 1));
    await first.close();
    const second = await open(file);
    expect(await second.read((state) => state.settings.get('a'))).toBe(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
  });

  it('runs only the migrations that the file lacks, and refuses a file of a newer version', async () => {
    const file = join(folder(), 'state.db');
    await (await open(file)).close();
    const extra: Migration = {
      number: MIGRATIONS.length + 1,
      name: 'extra',
      statements: (dialect) => [new TableDraft(dialect, 'extra').text('name').primaryKey('name').compile()],
    };
    await (await open(file, { migrations: [...MIGRATIONS, extra] })).close();
    await (await open(file, { migrations: [...MIGRATIONS, extra] })).close();
    expect(await codeOf(open(file))).toBe('STATE_TOO_NEW');
    const renamed = MIGRATIONS.map((migration) => ({ ...migration, name: 'another' }));
    expect(await codeOf(open(file, { migrations: [...renamed, extra] }))).toBe('STATE_NOT_A_STATE');
  });

  it('refuses the state of another deployment before it changes anything in it', async () => {
    const file = join(folder(), 'state.db');
    await (await open(file, { deployment: 'acme' })).close();
    const extra: Migration = { number: MIGRATIONS.length + 1, name: 'extra', statements: () => [] };
    const stranger = open(file, { deployment: 'bolt', migrations: [...MIGRATIONS, extra] });
    expect(await codeOf(stranger)).toBe('STATE_OTHER_DEPLOYMENT');
    await open(file, { deployment: 'acme' });
  });

  it('leaves the file as it was where a migration fails', async () => {
    const file = join(folder(), 'state.db');
    const broken: Migration = {
      number: MIGRATIONS.length + 1,
      name: 'broken',
      statements: (dialect) => [
        new TableDraft(dialect, 'extra').text('name').compile(),
        new TableDraft(dialect, 'records').text('name').compile(),
      ],
    };
    await (await open(file)).close();
    expect(await codeOf(open(file, { migrations: [...MIGRATIONS, broken] }))).toBe('INTERNAL');
    const store = await open(file);
    expect(await store.read((state) => state.ledger.rows(null))).toEqual([]);
  });

  it('refuses what is no state, and changes nothing in it', async () => {
    const path = folder();
    const text = join(path, 'notes.txt');
    writeFileSync(text, 'a text file, long enough to have a header\n'.repeat(100));
    const foreign = join(path, 'other.db');
    const database = new Database(foreign);
    database.exec('CREATE TABLE songs (title TEXT)');
    database.close();
    for (const file of [text, foreign]) {
      const before = readFileSync(file);
      expect(await codeOf(open(file))).toBe('STATE_NOT_A_STATE');
      expect(readFileSync(file).equals(before)).toBe(true);
    }
    expect(await codeOf(open(join(path, 'missing', 'state.db')))).toBe('STATE_IO');
  });

  it('says that a damaged file is damaged', async () => {
    const file = join(folder(), 'state.db');
    const store = await open(file);
    await store.transaction((state) => state.settings.set('a', 'x'.repeat(20_000)));
    await store.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4096);
    writeFileSync(file, bytes);
    const damaged = open(file).then((opened) => opened.read((state) => state.settings.get('a')));
    expect(await codeOf(damaged)).toBe('STATE_CORRUPT');
  });
});

describe('a full disk', () => {
  it('keeps nothing of the transaction that did not fit, says so, and lets the next one work', async () => {
    const store = await open(join(folder(), 'state.db'), { pageLimit: 400 });
    let sequence = 0;
    const fill = () =>
      store.transaction(async (state) => {
        const events = Array.from({ length: 50 }, () => {
          sequence += 1;
          return upsert({ id: `${sequence}`, sequence, after: { text: 'x'.repeat(2000) } });
        });
        await state.records.take(events, 1);
        await state.positions.set('sink', 'topic', 0, sequence);
      });
    let committed = 0;
    let failure: unknown = 'nothing was thrown';
    for (let round = 0; round < 100 && failure === 'nothing was thrown'; round += 1) {
      failure = await codeOf(fill());
      if (failure === 'nothing was thrown') committed = sequence;
    }
    expect(failure).toBe('STATE_DISK_FULL');
    const look = () =>
      store.read(async (state) => ({
        position: await state.positions.get('sink', 'topic', 0),
        live: (await state.ledger.rows(null))[0]?.live,
        recount: (await state.ledger.recount(null))[0]?.live,
        beyond: (await state.records.get([key(`${committed + 1}`)])).size,
      }));
    expect(await look()).toEqual({ position: committed, live: committed, recount: committed, beyond: 0 });
    expect(await codeOf(fill())).toBe('STATE_DISK_FULL');
    await store.transaction((state) => state.positions.set('sink', 'topic', 0, 7));
    expect((await look()).position).toBe(7);
  });

  it('is not overlooked where the work catches the error and goes on', async () => {
    const store = await open(join(folder(), 'state.db'), { pageLimit: 300 });
    const careless = store.transaction(async (state) => {
      await state.settings.set('before', 1);
      await state.settings.set('big', 'x'.repeat(3_000_000)).catch(() => undefined);
      await state.settings.set('after', 1).catch(() => undefined);
    });
    expect(await codeOf(careless)).toBe('STATE_DISK_FULL');
    const kept = await store.read(async (state) => [
      await state.settings.get('before'),
      await state.settings.get('after'),
    ]);
    expect(kept).toEqual([undefined, undefined]);
  });
});
