import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StateEngine } from '../../../src/state/engine.ts';
import { MIGRATIONS, type Migration } from '../../../src/state/schema/migrations.ts';
import type { OutboxRow, StateStore } from '../../../src/state/state.ts';
import { codeOf, deletion, key, moveOf, rowOf, target, upsert } from './samples.ts';

export interface OpenEngineOptions {
  readonly deployment?: string;
  readonly migrations?: readonly Migration[];
}

/** Gives a state that is new and empty; whoever gives it closes and removes it after the test. */
export type OpenEngine = (options?: OpenEngineOptions) => Promise<StateEngine>;

/** What backups keep, made on one database and restored on the same or another. */
export function backupConformance(name: string, openFrom: OpenEngine, openTo: OpenEngine): void {
  describe(`backups, ${name}`, () => {
    it('restored give the same state, table for table', async () => {
      const [from, to] = [await openFrom(), await openTo()];
      await fill(from);
      const made = await from.backup(newFile());
      const restored = await to.restore(made.file, { replace: false });
      expect(restored).toEqual(made);
      const again = await to.backup(newFile());
      expect(again.rows).toBe(made.rows);
      expect(withoutLeases(linesOf(again.file))).toEqual(withoutLeases(linesOf(made.file)));
      expect(await look(to)).toEqual(await look(from));
      expect(statSync(made.file).mode & 0o777).toBe(0o600);
    });

    it('hold one moment, though work goes on', async () => {
      const [from, to] = [await openFrom(), await openTo()];
      const write = (start: number) =>
        from.transaction(async (state) => {
          const ids = Array.from({ length: 100 }, (_, index) => start + index);
          await state.records.take(
            ids.map((id) => upsert({ id: `${id}`, sequence: id, after: { text: 'x'.repeat(500) } })),
            1,
          );
          await state.settings.set('last', start + 99);
        });
      for (let start = 1; start < 2000; start += 100) await write(start);
      const making = from.backup(newFile());
      for (let start = 2001; start < 3000; start += 100) await write(start);
      await to.restore((await making).file, { replace: false });
      const [last, rows, recount] = await to.read(async (state) => [
        await state.settings.get('last'),
        await state.ledger.rows(null),
        await state.ledger.recount(null),
      ]);
      expect(rows).toEqual(recount);
      expect(rows[0]?.live).toBe(last);
    });

    it('go into an empty state only, which says what it knows, unless told to replace it', async () => {
      const [from, to] = [await openFrom(), await openTo()];
      await fill(from);
      const { file } = await from.backup(newFile());
      await to.transaction((state) => state.records.take([upsert({ id: 'old', sequence: 1 })], 1));
      await expect(to.restore(file, { replace: false })).rejects.toThrow(/records 1, ledger 2/);
      expect(await codeOf(to.restore(file, { replace: false }))).toBe('STATE_NOT_EMPTY');
      await to.restore(file, { replace: true });
      expect((await to.read((state) => state.records.get([key('old')]))).size).toBe(0);
      expect(await look(to)).toEqual(await look(from));
    });

    it('free all leases, whose epochs go on above every epoch that was taken since', async () => {
      const [from, to] = [await openFrom(), await openTo()];
      const take = (store: StateStore, holder: string) =>
        store.transaction((state) => state.leases.take('reader:crm/contact', holder, 0, 1));
      const first = (await take(from, 'one'))?.epoch ?? 0;
      expect(await from.transaction((state) => state.leases.nextSequences('reader:crm/contact', first, 9))).toBe(1);
      const { file } = await from.backup(newFile());
      let last = 0;
      for (let taken = 0; taken < 5; taken += 1) last = (await take(to, 'one'))?.epoch ?? 0;
      await to.restore(file, { replace: true });
      const lease = await take(to, 'two');
      expect(lease?.epoch).toBeGreaterThan(last);
      const epoch = lease?.epoch ?? 0;
      expect(await to.transaction((state) => state.leases.nextSequences('reader:crm/contact', epoch, 1))).toBe(10);
      await to.restore(file, { replace: true });
      expect((await take(to, 'three'))?.epoch).toBeGreaterThan(epoch);
    });

    it('remember which numbers were given out, so that none is given twice', async () => {
      const [from, to] = [await openFrom(), await openTo()];
      const add = (store: StateStore) =>
        store.transaction(async (state) => {
          await state.outbox.add([PAUSED, PAUSED]);
          return (await state.outbox.first(9)).map((row) => row.number);
        });
      const numbers = await add(from);
      await from.transaction((state) => state.outbox.remove(numbers));
      await to.restore((await from.backup(newFile())).file, { replace: false });
      expect(await add(to)).toEqual([3, 4]);
    });

    it('that are cut off or changed anywhere are refused, and leave the state as it was', async () => {
      const [from, to] = [await openFrom(), await openTo()];
      await fill(from);
      await to.transaction((state) => state.settings.set('still', 'here'));
      const { file } = await from.backup(newFile());
      const bytes = readFileSync(file);
      const cuts = [0, 1, 40, Math.floor(bytes.length / 2), bytes.length - 9, bytes.length - 1];
      for (const cut of cuts) await refused(to, writeBytes(bytes.subarray(0, cut)));
      const text = linesOf(file);
      const at = (start: string) => text.findIndex((line) => line.startsWith(start));
      const records = at('{"table":"records"');
      const changes: readonly (readonly string[])[] = [
        text.slice(0, -1),
        text.slice(0, records),
        [...text, text[records] ?? ''],
        text.toSpliced(records + 1, 1),
        text.toSpliced(records + 1, 0, text[records + 1] ?? ''),
        text.with(records + 1, (text[records + 1] ?? '').replace('name', 'nome')),
        text.with(records, (text[records] ?? '').replace('"key"', '"kez"')),
        text.with(records, (text[records] ?? '').replace('"records"', '"migrations"')),
        text.toSpliced(at('{"table":"audit"'), 2),
        text.with(0, (text[0] ?? '').replace('"at":', '"at":1')),
        text.with(-1, (text.at(-1) ?? '').replace('"tables":', '"tables":1')),
        ['{}', ...text],
        [],
      ];
      for (const lines of changes) await refused(to, writeLines(lines));
      await refused(to, writeBytes(Buffer.from('SQLite format 3\0')));
      expect(await codeOf(to.restore(join(file, 'none'), { replace: true }))).toBe('STATE_BACKUP_UNREADABLE');
      expect(await to.read((state) => state.settings.get('still'))).toBe('here');
      await to.restore(file, { replace: true });
    });

    it('of an older version are brought up to this one, those of a newer are refused', async () => {
      const extra: Migration = { number: MIGRATIONS.length + 1, name: 'extra', statements: () => [] };
      const [older, newer, to] = [
        await openFrom({ migrations: MIGRATIONS.slice(0, 1) }),
        await openFrom({ migrations: [...MIGRATIONS, extra] }),
        await openTo(),
      ];
      const tooNew = await newer.backup(newFile());
      expect(await codeOf(to.restore(tooNew.file, { replace: true }))).toBe('STATE_TOO_NEW');
      await older.transaction((state) => state.settings.set('from', 'long ago'));
      await to.restore((await older.backup(newFile())).file, { replace: false });
      expect(await to.read((state) => state.settings.get('from'))).toBe('long ago');
      await fill(to);
    });

    it('of a version that knew questions of sources by their bare names find them under their source', async () => {
      const [older, to] = [await openFrom({ migrations: MIGRATIONS.slice(0, 7) }), await openTo()];
      const asked = (id: string, queue: 'source' | 'record') => ({
        ...{ id, queue, source: 'crm', object: null, recordKey: null, question: '?', detail: {} },
        ...{ choices: ['yes'], blocking: true, createdAt: 1 },
      });
      await older.transaction(async (state) => {
        await state.reviews.ask([asked('second-export', 'source'), asked('crm/company/1?merge', 'record')]);
        await state.reviews.answer('second-export', 'yes', 'Jo', 2);
      });
      await to.restore((await older.backup(newFile())).file, { replace: false });
      const rows = await to.read((state) => state.reviews.list({ limit: 10 }));
      expect(rows.map(({ id, answer }) => [id, answer])).toEqual([
        ['crm/company/1?merge', null],
        ['crm/second-export', 'yes'],
      ]);
    });

    it('of another deployment are refused', async () => {
      const [from, to, nobodys] = [
        await openFrom({ deployment: 'acme' }),
        await openTo({ deployment: 'bolt' }),
        await openFrom(),
      ];
      const made = await from.backup(newFile());
      expect(made.deployment).toBe('acme');
      expect(await codeOf(to.restore(made.file, { replace: true }))).toBe('STATE_OTHER_DEPLOYMENT');
      await to.restore((await nobodys.backup(newFile())).file, { replace: false });
      expect(await to.read((state) => state.settings.get('deployment'))).toBe('bolt');
    });

    it('never take the place of a file, and need a folder', async () => {
      const from = await openFrom();
      const file = newFile();
      writeFileSync(file, 'something else');
      expect(await codeOf(from.backup(file))).toBe('STATE_BACKUP_TARGET');
      expect(readFileSync(file, 'utf8')).toBe('something else');
      expect(await codeOf(from.backup(join(file, 'none', 'backup')))).toBe('STATE_BACKUP_TARGET');
    });
  });
}

const PAUSED: Omit<OutboxRow, 'number'> = {
  source: 'crm',
  topic: 'control',
  notice: { kind: 'control', source: 'crm', name: 'paused', at: 1, by: 'ayşe', reason: null, detail: {} } as never,
  payload: null,
};

/** Something in most tables, of the kinds that are easily lost: any alphabet, long integers, U+0000. */
async function fill(store: StateStore): Promise<void> {
  await store.transaction(async (state) => {
    const ids = Array.from({ length: 1203 }, (_, index) => `${index}`);
    await state.records.take(
      [
        ...ids.map((id, index) => upsert({ id, sequence: index + 1, after: { name: `Ölçü ${id}`, big: 2n ** 60n } })),
        upsert({ id: 'a\0b\x01c', sequence: 5000, after: { text: 'line\u2028 "quoted" \\ 𝒳' } }),
        deletion({ id: '5', sequence: 5001 }),
      ],
      1,
    );
    await state.settings.set('budget', { tokens: 3, of: 2n ** 62n });
    await state.positions.set('sink', 'topic', 0, 1204);
    await state.checkpoints.set('crm', 'contact', { delta: 'x' }, 5);
    await state.names.add('topics', [{ name: 'Müşteri', legal: 'musteri' }]);
    await state.leases.take('writer:w', 'one', 0, 1);
    const merged = target('crm/contact/1', { contributors: ['crm/contact/1', 'crm/contact/2'] });
    await state.targets.put([merged, target('crm/contact/3', { image: null, status: 'deleted' })]);
    await state.dependencies.set([{ key: key('1'), on: ['owner:crm/a', 'record:crm/company/1'] }]);
    const values = [{ index: 'name', value: 'şti\0' }];
    await state.lookups.set([{ key: key('1'), source: 'crm', object: 'contact', values, sourceTime: null }]);
    await state.outbox.add([PAUSED]);
    await state.journal.append(
      [1, 2].map((at) => ({
        at,
        run: 'r',
        targetKey: 'crm/contact/1',
        object: 'person',
        id: 'p',
        operation: 'create' as const,
        before: null,
        after: { name: 'x' },
        order: { epoch: 1, sequence: at },
      })),
    );
  });
  const held = moveOf(await rowOf(store, '7'), 'held', { reason: { code: 'OWNER', message: 'nobody' } });
  await store.transaction((state) => state.records.move([held], 9));
}

function look(store: StateStore) {
  return store.read(async (state) => ({
    ledger: await state.ledger.rows(null),
    recount: await state.ledger.recount(null),
    odd: await state.records.get([key('a\0b\x01c'), key('5'), key('7')]),
    targets: await state.targets.ofRecords([key('1'), key('2')]),
    journal: await state.journal.of('crm/contact/1'),
    lookups: await state.lookups.find('crm', 'contact', 'name', ['şti\0']),
    budget: await state.settings.get('budget'),
  }));
}

async function refused(store: StateEngine, file: string): Promise<void> {
  expect(await codeOf(store.restore(file, { replace: true }))).toBe('STATE_BACKUP_DAMAGED');
}

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'backup');
}

function writeBytes(bytes: Uint8Array): string {
  const file = newFile();
  writeFileSync(file, bytes);
  return file;
}

function writeLines(lines: readonly string[]): string {
  return writeBytes(gzipSync(lines.map((line) => `${line}\n`).join('')));
}

function linesOf(file: string): readonly string[] {
  return gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
}

/** The tables without that of the leases, and without head and last line, which speak of all. */
function withoutLeases(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((line) => line.startsWith('{"table":"leases"'));
  const end = lines.findIndex((line) => line.startsWith('{"end":"leases"'));
  return [...lines.slice(1, start), ...lines.slice(end + 1, -1)];
}
