import { createWriteStream, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { failure } from '../delimited/testing.ts';
import { listSets, openSetFile } from './set.ts';
import { type Bench, bench, CONTACTS } from './testing.ts';
import { FolderWatch } from './watch.ts';
import { listZip } from './zip.ts';

const CSV = 'Contact ID,Email\n1,a@example.com\n';
const LARGE = 1 << 30;

function watch(at: Bench): FolderWatch {
  return new FolderWatch(at.clock, {
    folder: at.drop,
    profile: CONTACTS,
    looks: 3,
    intervalMs: 1_000,
    largestTotal: LARGE,
  });
}

async function putZip(at: Bench, name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(at.drop, name);
  mkdirSync(dirname(path), { recursive: true });
  const zip = new ZipFile();
  for (const [file, content] of Object.entries(files))
    zip.addBuffer(Buffer.from(content), file, { mtime: new Date(2026, 0, 1) });
  zip.end();
  await new Promise<void>((resolve) => zip.outputStream.pipe(createWriteStream(path)).on('close', () => resolve()));
  utimesSync(path, new Date(1e12), new Date(1e12));
  return path;
}

async function newest(at: Bench): Promise<string | null> {
  return (await watch(at).look()).newest?.name ?? null;
}

describe('an export is a set with a time', () => {
  it.each([
    ['2026-03-01T0900', Date.UTC(2026, 2, 1, 9)],
    ['export_20260301-091530', Date.UTC(2026, 2, 1, 9, 15, 30)],
    ['2026-03-01 09.05', Date.UTC(2026, 2, 1, 9, 5)],
    ['crm 20260301', Date.UTC(2026, 2, 1)],
  ])('told by the name of its folder: %s', async (name, time) => {
    const at = bench();
    at.put(`${name}/contacts.csv`, CSV);
    const { sets } = await listSets(at.drop, CONTACTS, LARGE);
    expect(sets[0]).toMatchObject({ name, takenAt: time, takenFrom: 'name' });
  });

  it('told by the name of a file, by the manifest before any name, and else guessed from the newest file', async () => {
    const at = bench();
    at.put('a/contacts_2026-03-01T0900.csv', CSV);
    at.put('2026-01-01/contacts.csv', CSV);
    at.put('2026-01-01/manifest.json', JSON.stringify({ exportedAt: '2026-03-03T09:00:00+03:00' }));
    at.put('c/contacts.csv', CSV, new Date(Date.UTC(2026, 2, 4)));
    const { sets } = await listSets(at.drop, CONTACTS, LARGE);
    expect(sets.map(({ name, takenAt, takenFrom }) => [name, takenAt, takenFrom])).toEqual([
      ['c', Date.UTC(2026, 2, 4), 'file-time'],
      ['2026-01-01', Date.UTC(2026, 2, 3, 6), 'manifest'],
      ['a', Date.UTC(2026, 2, 1, 9), 'name'],
    ]);
  });

  it('told in the zone that is configured', async () => {
    const at = bench();
    at.put('2026-03-01T0900/contacts.csv', CSV);
    const { sets } = await listSets(at.drop, { ...CONTACTS, zone: 'Europe/Istanbul' }, LARGE);
    expect(sets[0]?.takenAt).toBe(Date.UTC(2026, 2, 1, 6));
  });

  it('may be a zip, with or without a folder inside, and its files read as they are', async () => {
    const at = bench();
    await putZip(at, '2026-03-01.zip', { 'export/contacts.csv': CSV, '__MACOSX/._contacts.csv': 'x' });
    const { sets } = await listSets(at.drop, CONTACTS, LARGE);
    expect(sets[0]).toMatchObject({ kind: 'zip', takenAt: Date.UTC(2026, 2, 1) });
    const set = sets[0];
    const chunks: Uint8Array[] = [];
    if (set !== undefined) for await (const chunk of openSetFile(set, 'export/contacts.csv')) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe(CSV);
  });

  it('may be the drop folder itself', async () => {
    const at = bench();
    at.put('contacts.csv', CSV);
    expect((await listSets(at.drop, CONTACTS, LARGE)).sets).toHaveLength(1);
  });

  it('leaves folders and zips without known files alone', async () => {
    const at = bench();
    at.put('2026-04-01/holiday.jpg', 'x');
    await putZip(at, '2026-04-02.zip', { 'holiday.jpg': 'x' });
    at.put('2026-03-01/contacts.csv', CSV);
    expect(await newest(at)).toBe('2026-03-01');
  });
});

describe('an export is read only once it is complete', () => {
  it('waits while a file grows, and reads the export before it meanwhile', async () => {
    const at = bench();
    at.put('2026-03-01/contacts.csv', CSV);
    at.put('2026-03-02/contacts.csv', CSV);
    let grown = CSV;
    at.clock.onSleep = () => {
      grown += '2,b@example.com\n';
      at.put('2026-03-02/contacts.csv', grown);
    };
    const look = await watch(at).look();
    expect(look.newest?.name).toBe('2026-03-01');
    expect(look.unready?.code).toBe('EXPORT_INCOMPLETE');
    at.clock.onSleep = () => undefined;
    expect(await newest(at)).toBe('2026-03-02');
  });

  it('waits while a file changes but keeps its size', async () => {
    const at = bench();
    at.put('2026-03-02/contacts.csv', CSV);
    at.clock.onSleep = (sleeps) => at.put('2026-03-02/contacts.csv', CSV, new Date(1e12 + sleeps * 1_000));
    expect(await newest(at)).toBeNull();
  });

  it('does not wait again for what kept still before', async () => {
    const at = bench();
    at.put('2026-03-01/contacts.csv', CSV);
    const one = watch(at);
    await one.look();
    const sleeps = at.clock.sleeps;
    expect(sleeps).toBe(2);
    await one.look();
    expect(at.clock.sleeps).toBe(sleeps);
  });

  it.each([
    ['a file is missing', [{ path: 'contacts.csv' }, { path: 'notes.csv' }]],
    ['a file is shorter', [{ path: 'contacts.csv', size: 1_000 }]],
  ])('is not complete while of its manifest %s', async (_, files) => {
    const at = bench();
    at.put('2026-03-01/contacts.csv', CSV);
    at.put('2026-03-01/manifest.json', JSON.stringify({ files }));
    const look = await watch(at).look();
    expect(look.newest).toBeNull();
    expect(look.problem?.code).toBe('EXPORT_INCOMPLETE');
  });

  it('is not complete while a download is unfinished', async () => {
    const at = bench();
    at.put('2026-03-01/contacts.csv', CSV);
    at.put('2026-03-01/notes.csv.crdownload', CSV);
    expect(await newest(at)).toBeNull();
  });

  it('refuses a manifest that says nothing', async () => {
    const at = bench();
    at.put('2026-03-01/contacts.csv', CSV);
    at.put('2026-03-01/manifest.json', '{"files": [{"size": 3}]}');
    expect((await watch(at).look()).problem?.code).toBe('EXPORT_MANIFEST_INVALID');
  });

  it('refuses a zip that was cut off, once it keeps still', async () => {
    const at = bench();
    const path = await putZip(at, '2026-03-01.zip', { 'contacts.csv': CSV.repeat(100) });
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    expect((await watch(at).look()).problem?.code).toBe('EXPORT_DAMAGED');
  });

  it('tells a folder that vanished', async () => {
    const at = bench();
    rmSync(at.drop, { recursive: true });
    const error = await failure(watch(at).look());
    expect([error.code, error.retry]).toEqual(['EXPORT_VANISHED', 'later']);
  });
});

describe('a zip from a stranger', () => {
  it('cannot lead out of its folder', async () => {
    const at = bench();
    // yazl refuses such names, so a harmless one of the same length is overwritten.
    const path = await putZip(at, 'x.zip', { 'aa/evil.csv': CSV });
    writeFileSync(
      path,
      Buffer.from(readFileSync(path).toString('latin1').replaceAll('aa/evil.csv', '../evil.csv'), 'latin1'),
    );
    expect((await failure(listZip(path, LARGE))).code).toBe('EXPORT_UNSAFE_PATH');
  });

  it('cannot fill the disk', async () => {
    const at = bench();
    const path = await putZip(at, 'x.zip', { 'contacts.csv': 'x'.repeat(100_000) });
    expect((await failure(listZip(path, 99_999))).code).toBe('EXPORT_TOO_LARGE');
    const bomb = await putZip(at, 'bomb.zip', { 'contacts.csv': '\n'.repeat(65 << 20) });
    expect((await failure(listZip(bomb, LARGE))).code).toBe('EXPORT_TOO_LARGE');
  });

  it('is refused where a file differs from its checksum', async () => {
    const at = bench();
    const path = join(at.drop, '2026-03-01.zip');
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from(CSV), 'contacts.csv', { compress: false });
    zip.end();
    await new Promise<void>((resolve) => zip.outputStream.pipe(createWriteStream(path)).on('close', () => resolve()));
    writeFileSync(path, Buffer.from(readFileSync(path).toString('latin1').replace('a@example', 'b@example'), 'latin1'));
    const [set] = (await listSets(at.drop, CONTACTS, LARGE)).sets;
    const read = async (): Promise<void> => {
      if (set !== undefined) for await (const _ of openSetFile(set, 'contacts.csv'));
    };
    expect((await failure(read())).code).toBe('EXPORT_DAMAGED');
  });
});
