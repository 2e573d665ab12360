import { constants } from 'node:fs';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { ChangeoverError } from '../../core/errors.ts';
import { asReadError } from '../delimited/files.ts';

export interface ZipEntry {
  /** Path inside the zip, with slashes. */
  readonly path: string;
  readonly size: number;
  readonly modified: number;
}

/** What a row of text can be packed to; beyond it is no export but a bomb. Looked at from 64 MiB on. */
const LARGEST_RATIO = 500;
const MOST_ENTRIES = 100_000;

async function openZip(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { autoClose: false, lazyEntries: true });
  } catch (thrown) {
    throw asZipError(thrown, path);
  }
}

/** yauzl says most of what is wrong with a zip only in words. */
function asZipError(thrown: unknown, path: string): ChangeoverError {
  if (thrown instanceof ChangeoverError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const place = { file: path };
  if (/invalid relative path|absolute path|invalid characters in fileName/.test(message)) {
    return new ChangeoverError('EXPORT_UNSAFE_PATH', `${path}: ${message}`, { place, cause: thrown });
  }
  if (
    typeof thrown === 'object' &&
    thrown !== null &&
    'code' in thrown &&
    typeof thrown.code === 'string' &&
    /^E[A-Z]+$/.test(thrown.code)
  ) {
    return asReadError(thrown, path);
  }
  return new ChangeoverError('EXPORT_DAMAGED', `${path}: ${message}`, { place, cause: thrown });
}

/** Lists the files of a zip. Nothing is unpacked by name, and what it would unpack to is bounded. */
export async function listZip(path: string, largestTotal: number): Promise<ZipEntry[]> {
  const zip = await openZip(path);
  try {
    const entries: ZipEntry[] = [];
    let total = 0;
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || isLink(entry)) continue;
      total += entry.uncompressedSize;
      const bomb = entry.uncompressedSize > 64 << 20 && entry.uncompressedSize > entry.compressedSize * LARGEST_RATIO;
      if (total > largestTotal || bomb || entries.length >= MOST_ENTRIES) {
        throw new ChangeoverError(
          'EXPORT_TOO_LARGE',
          `${path} would unpack to more than is allowed at ${entry.fileName}`,
          { place: { file: path } },
        );
      }
      entries.push({
        path: entry.fileName,
        size: entry.uncompressedSize,
        modified: entry.getLastModDate({ timezone: 'UTC' }).getTime(),
      });
    }
    return entries;
  } catch (thrown) {
    throw asZipError(thrown, path);
  } finally {
    zip.close();
  }
}

/** Links are left out, as those of folders are: what one holds is the name of a place elsewhere. */
function isLink(entry: Entry): boolean {
  return ((entry.externalFileAttributes >>> 16) & constants.S_IFMT) === constants.S_IFLNK;
}

/** The bytes of one file of a zip, checked against its checksum and size at the end. */
export async function* readZipEntry(path: string, name: string): AsyncGenerator<Uint8Array> {
  const zip = await openZip(path);
  try {
    const entry = await findEntry(zip, name);
    if (entry === null)
      throw new ChangeoverError('EXPORT_CHANGED', `${name} is no longer in ${path}`, { place: { file: path } });
    let checksum = 0;
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      const bytes = chunk as Buffer;
      checksum = crc32(bytes, checksum);
      yield bytes;
    }
    if (checksum !== entry.crc32)
      throw new ChangeoverError('EXPORT_DAMAGED', `${name} in ${path} differs from its checksum`, {
        place: { file: path },
      });
  } catch (thrown) {
    throw asZipError(thrown, path);
  } finally {
    zip.close();
  }
}

async function findEntry(zip: ZipFile, name: string): Promise<Entry | null> {
  for await (const entry of zip.eachEntry()) if (entry.fileName === name) return entry;
  return null;
}
