import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { failure } from '../delimited/testing.ts';
import { type Bench, bench, HEADER, put, rows, signal, source } from './testing.ts';

const SET = '2026-03-01T0900';
const RULES = { folders: ['attachments'], origins: [], privateAddresses: false };

function dropped(files: Readonly<Record<string, string>>): Bench {
  const at = bench();
  put(at, 1, HEADER + rows(1, 1));
  for (const [path, text] of Object.entries(files)) at.put(`${SET}/${path}`, text);
  return at;
}

async function read(at: Bench, reference: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await source(at, { attachments: RULES }).openFile(reference, signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const refused = async (at: Bench, reference: string): Promise<string> => (await failure(read(at, reference))).code;

describe('SMD-11, ALL-9 a file that a record of an export names', () => {
  it('is found by its path, below the folder of attachments too, with either slash and either form of an accent', async () => {
    const at = dropped({ 'a.txt': 'top', 'attachments/deals/b.txt': 'below', 'attachments/\u015fart.txt': 'accent' });
    expect(await read(at, 'a.txt')).toBe('top');
    expect(await read(at, './a.txt')).toBe('top');
    expect(await read(at, 'deals\\b.txt')).toBe('below');
    expect(await read(at, 'attachments/deals/b.txt')).toBe('below');
    expect(await read(at, 's\u0327art.txt')).toBe('accent');
  });

  it('is never looked for outside of the export', async () => {
    const at = dropped({ 'attachments/a.txt': 'a' });
    writeFileSync(join(at.drop, 'secret.txt'), 'secret');
    for (const reference of [
      '../secret.txt',
      'attachments/../../secret.txt',
      '..\\secret.txt',
      '/etc/passwd',
      'C:\\Windows\\win.ini',
      '\\\\server\\share\\a.txt',
      'file:///etc/passwd',
      'attachments/a.txt\u0000.pdf',
    ]) {
      expect(await refused(at, reference), reference).toBe('EXPORT_UNSAFE_PATH');
    }
    for (const reference of ['attachments', 'b.txt', '%2e%2e/secret.txt', 'attachments/a.txt/'])
      expect(await refused(at, reference), reference).toBe('EXPORT_FILE_MISSING');
  });

  it('is not read through a link, neither one that was there nor one that comes in its place', async () => {
    const at = dropped({ 'attachments/a.txt': 'a', 'attachments/deep/b.txt': 'b' });
    mkdirSync(join(at.drop, '..', 'outside'));
    for (const name of ['a.txt', 'b.txt']) writeFileSync(join(at.drop, '..', 'outside', name), 'outside');
    symlinkSync(join(at.drop, '..', 'outside', 'a.txt'), join(at.drop, SET, 'attachments', 'link.txt'));
    expect(await refused(at, 'link.txt')).toBe('EXPORT_FILE_MISSING');
    const exported = source(at, { attachments: RULES });
    const opened = async (path: string) => {
      for await (const chunk of await exported.openFile(path, signal)) return chunk;
      return null;
    };
    expect(await opened('deep/b.txt')).not.toBeNull();
    const inside = join(at.drop, SET, 'attachments');
    renameSync(join(inside, 'a.txt'), join(inside, 'moved.txt'));
    symlinkSync(join(at.drop, '..', 'outside', 'a.txt'), join(inside, 'a.txt'));
    renameSync(join(inside, 'deep'), join(inside, 'moved'));
    symlinkSync(join(at.drop, '..', 'outside'), join(inside, 'deep'));
    expect((await failure(opened('a.txt'))).code).toBe('EXPORT_UNSAFE_PATH');
    expect((await failure(opened('deep/b.txt'))).code).toBe('EXPORT_UNSAFE_PATH');
  });

  it('is read from a zip as from a folder, and a link in a zip is no file', async () => {
    const at = bench();
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from(HEADER + rows(1, 1)), 'contacts.csv');
    zip.addBuffer(Buffer.from('zipped'), 'attachments/a.txt');
    zip.addBuffer(Buffer.from('/etc/passwd'), 'attachments/link.txt', { mode: 0o120777 });
    zip.end();
    at.put('2026-03-01T0900.zip', await buffer(zip.outputStream));
    expect(await read(at, 'a.txt')).toBe('zipped');
    expect(await refused(at, 'link.txt')).toBe('EXPORT_FILE_MISSING');
    expect(await refused(at, '../a.txt')).toBe('EXPORT_UNSAFE_PATH');
  });

  it('comes from the newest export as soon as that is there', async () => {
    const at = dropped({ 'attachments/a.txt': 'first' });
    const exported = source(at, { attachments: RULES });
    expect((await failure(exported.openFile('later.txt', signal))).code).toBe('EXPORT_FILE_MISSING');
    put(at, 2, HEADER + rows(1, 1));
    at.put('2026-03-02T0900/attachments/later.txt', 'second');
    const chunks: Uint8Array[] = [];
    for await (const chunk of await exported.openFile('later.txt', signal)) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('second');
  });

  it('at an address is not fetched unless its origin is allowed', async () => {
    expect(await refused(dropped({}), 'https://files.example/a.txt')).toBe('DOWNLOAD_NOT_ALLOWED');
  });
});
