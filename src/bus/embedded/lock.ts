import Database from 'better-sqlite3';
import { ChangeoverError } from '../../core/errors.ts';
import { busError } from './errors.ts';

export interface WriterLock {
  release(): void;
}

/**
 * Takes the one right to write. It is SQLite's own lock on an empty file beside the log, so the operating system drops it
 * with the process, however that ends; a second opening in the same process is refused too. Nobody may open the
 * lock file by other means: on POSIX, closing any handle of a file drops the process's locks on it.
 * @throws BUS_LOCKED at once where somebody has it.
 */
export function takeWriterLock(file: string, holder: () => string | null): WriterLock {
  const path = `${file}.lock`;
  let handle: Database.Database | undefined;
  try {
    handle = new Database(path, { timeout: 0 });
    handle.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    handle?.close();
    if (thrown instanceof Database.SqliteError && thrown.code.startsWith('SQLITE_BUSY')) {
      const who = holder();
      throw new ChangeoverError('BUS_LOCKED', `${file} is open for writing in ${who ?? 'another process'}`, {
        place: { file },
        cause: thrown,
      });
    }
    throw busError(thrown, path);
  }
  const held = handle;
  return {
    release: () => {
      if (held.open) held.close();
    },
  };
}
