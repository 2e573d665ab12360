import Database from 'better-sqlite3';
import type { ErrorCode } from '../../core/error-codes.ts';
import { ChangeoverError } from '../../core/errors.ts';

/** SQLite's result codes (sqlite.org/rescode.html), by the start of their name, as the log's own errors. */
const CODES: readonly (readonly [start: string, code: ErrorCode])[] = [
  ['SQLITE_FULL', 'BUS_DISK_FULL'],
  ['SQLITE_IOERR', 'BUS_IO'],
  ['SQLITE_BUSY', 'BUS_IO'],
  ['SQLITE_CANTOPEN', 'BUS_IO'],
  ['SQLITE_READONLY', 'BUS_READ_ONLY'],
  ['SQLITE_PERM', 'BUS_READ_ONLY'],
  ['SQLITE_CORRUPT', 'BUS_CORRUPT'],
  ['SQLITE_NOTADB', 'BUS_NOT_A_LOG'],
];

const NOT_THERE =
  'Check the configured path and the rights of its folder. Where the log itself is lost, `changeover run` begins a new one and says what to do.';

/** What SQLite threw, as an error of the log; what is not SQLite's comes back as it is. */
export function busError(thrown: unknown, file: string): Error {
  // better-sqlite3 looks for the folder itself, before SQLite does.
  if (thrown instanceof TypeError && thrown.message.includes('directory does not exist')) {
    return new ChangeoverError('BUS_IO', `${file}: its folder does not exist`, {
      place: { file },
      hint: 'Make the folder, or mount the disk it is on; it is not made silently, because a log would then be missing.',
      cause: thrown,
    });
  }
  if (!(thrown instanceof Database.SqliteError)) return thrown instanceof Error ? thrown : new Error(String(thrown));
  const entry = CODES.find(([start]) => thrown.code.startsWith(start));
  if (entry === undefined) return thrown;
  return new ChangeoverError(entry[1], `${file}: ${thrown.message} (${thrown.code})`, {
    place: { file },
    cause: thrown,
    ...(entry[0] === 'SQLITE_CANTOPEN' ? { hint: NOT_THERE } : {}),
  });
}

/** Runs the work and translates what SQLite throws. */
export function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw busError(thrown, file);
  }
}
