import { once } from 'node:events';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ChangeoverError } from '../../core/errors.ts';
import { damaged, type NumberedLine } from './format.ts';

/**
 * Writes the pieces, compressed, for the owner's eyes alone. The file appears whole, or not at all; one that is there
 * already is left alone.
 */
export async function writeFile(file: string, pieces: AsyncIterable<string>): Promise<void> {
  const target = resolve(file);
  if (existsSync(target)) {
    throw new ChangeoverError('STATE_BACKUP_TARGET', `${file} is there already, and is not overwritten`, {
      place: { file },
    });
  }
  const partial = `${target}.partial`;
  try {
    rmSync(partial, { force: true });
    closeSync(openSync(partial, 'wx', 0o600));
  } catch (thrown) {
    throw new ChangeoverError('STATE_BACKUP_TARGET', `${file} cannot be written: ${String(thrown)}`, {
      place: { file },
      cause: thrown,
    });
  }
  try {
    await pipeline(Readable.from(pieces, { objectMode: true }), createGzip(), createWriteStream(partial));
    sync(partial);
    renameSync(partial, target);
    sync(dirname(target));
  } catch (thrown) {
    rmSync(partial, { force: true });
    throw diskError(thrown, file);
  }
}

/** The lines of a backup. @throws STATE_BACKUP_UNREADABLE, STATE_BACKUP_DAMAGED where it is not compressed, or not to its end */
export async function* readLines(file: string): AsyncGenerator<NumberedLine> {
  const source = createReadStream(file);
  try {
    await once(source, 'open');
  } catch (thrown) {
    throw new ChangeoverError('STATE_BACKUP_UNREADABLE', `${file} cannot be read: ${String(thrown)}`, {
      place: { file },
      cause: thrown,
    });
  }
  const unpacked = createGunzip();
  // Its failure is that of what is read from `unpacked`.
  const piped = pipeline(source, unpacked).catch(() => undefined);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let number = 0;
  try {
    for await (const bytes of unpacked) {
      const lines = (rest + decoder.decode(bytes as Uint8Array, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        number += 1;
        yield { text, number };
      }
    }
    rest += decoder.decode();
  } catch (thrown) {
    throw damaged(file, `cannot be unpacked: ${String(thrown)}`, thrown);
  } finally {
    source.destroy();
    unpacked.destroy();
    await piped;
  }
  if (rest !== '') throw damaged(file, 'ends in the middle of a line');
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function diskError(thrown: unknown, file: string): unknown {
  const code = (thrown as { code?: unknown }).code;
  if (thrown instanceof ChangeoverError || typeof code !== 'string') return thrown;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new ChangeoverError(full ? 'STATE_DISK_FULL' : 'STATE_IO', `${file}: ${String(thrown)}`, {
    place: { file },
    cause: thrown,
  });
}
