import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ChangeoverError } from '../../core/errors.ts';
import type { SqliteConnection } from './connection.ts';
import { stateError } from './errors.ts';

/**
 * Copies what the connection sees into the file. It must hold a read open: pages then come from one moment, and writers
 * do not make the copy start anew. The file appears whole, or not at all.
 */
export async function backupTo(reader: SqliteConnection, file: string): Promise<void> {
  const target = resolve(file);
  if (target === resolve(reader.file)) {
    throw new ChangeoverError('STATE_BACKUP_TARGET', `${file} is the state itself`, { place: { file } });
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
    await reader.database.backup(partial);
    sync(partial);
    renameSync(partial, target);
    sync(dirname(target));
  } catch (thrown) {
    rmSync(partial, { force: true });
    throw stateError(thrown, file);
  }
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
