import { ChangeoverError } from '../../core/errors.ts';

function systemCode(thrown: unknown): string | null {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return null;
  return typeof thrown.code === 'string' ? thrown.code : null;
}

/** Codes of the operating system, and of SQLite, that mean a full disk. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);
/** Gone, or its mount is: nothing that waiting or putting it back would not mend. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ESTALE', 'EIO', 'ENXIO', 'ENODEV', 'EHOSTDOWN', 'ENOTCONN']);

/** A failure while reading an export, in our words. */
export function asReadError(thrown: unknown, file: string): ChangeoverError {
  if (thrown instanceof ChangeoverError) return thrown;
  const code = systemCode(thrown);
  if (code !== null && GONE.has(code)) {
    return new ChangeoverError('EXPORT_VANISHED', `${file} is not there, or not any more (${code})`, {
      place: { file },
      cause: thrown,
    });
  }
  return asWorkError(thrown, file);
}

/** A failure while writing to the work folder, in our words. */
export function asWorkError(thrown: unknown, file: string): ChangeoverError {
  if (thrown instanceof ChangeoverError) return thrown;
  const code = systemCode(thrown);
  if (code !== null && FULL.has(code)) {
    return new ChangeoverError('WORK_FOLDER_FULL', `no space left to write ${file}`, {
      place: { file },
      cause: thrown,
    });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (code === null) return new ChangeoverError('INTERNAL', `${file}: ${message}`, { cause: thrown });
  return new ChangeoverError('FILE_UNREADABLE', `${file}: ${message}`, { place: { file }, cause: thrown });
}
