import Database from 'better-sqlite3';
import type { ErrorCode } from '../../core/error-codes.ts';
import { ChangeoverError } from '../../core/errors.ts';

/** SQLite's result codes (sqlite.org/rescode.html), by the start of their name, as the state's own errors. */
const CODES: readonly (readonly [start: string, code: ErrorCode])[] = [
  ['SQLITE_FULL', 'STATE_DISK_FULL'],
  ['SQLITE_IOERR', 'STATE_IO'],
  ['SQLITE_CANTOPEN', 'STATE_IO'],
  ['SQLITE_BUSY', 'STATE_BUSY'],
  ['SQLITE_LOCKED', 'STATE_BUSY'],
  ['SQLITE_READONLY', 'STATE_READ_ONLY'],
  ['SQLITE_PERM', 'STATE_READ_ONLY'],
  ['SQLITE_CORRUPT', 'STATE_CORRUPT'],
  ['SQLITE_NOTADB', 'STATE_NOT_A_STATE'],
];

/** What SQLite threw, as an error of the state; an unknown one of SQLite is a fault of ours, anything else stays as it is. */
export function stateError(thrown: unknown, file: string): unknown {
  if (!(thrown instanceof Database.SqliteError)) return thrown;
  const code = CODES.find(([start]) => thrown.code.startsWith(start))?.[1] ?? 'INTERNAL';
  return new ChangeoverError(code, `${file}: ${thrown.message} (${thrown.code})`, { place: { file }, cause: thrown });
}

/** Runs the work and translates what SQLite throws. */
export function guarded<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (thrown) {
    throw stateError(thrown, file);
  }
}
