import { mkdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { LoadedConfiguration } from '../config/load.ts';

/** Where everything of one deployment lies on disk. */
export interface Paths {
  readonly data: string;
  readonly log: string;
  readonly state: string;
  /** Of one source's connector: fingerprints and staged files, which may be made again. */
  work(source: string): string;
  /** Files on their way from a source to Twenty, each under the hash of its bytes. */
  readonly files: string;
  readonly adminToken: string;
  /** Says where the running daemon can be reached. */
  readonly daemon: string;
  /** Says that a move to the servers began. */
  readonly moving: string;
  /** Says that log and state were moved, and are only a copy of what was. */
  readonly moved: string;
}

export function pathsOf(loaded: LoadedConfiguration): Paths {
  const folder = loaded.configuration.dataFolder;
  const data = isAbsolute(folder) ? folder : join(loaded.folder, folder);
  return {
    data,
    log: join(data, 'log.sqlite'),
    state: join(data, 'state.sqlite'),
    work: (source) => join(data, 'work', source),
    files: join(data, 'files'),
    adminToken: join(data, 'admin-token'),
    daemon: join(data, 'daemon.json'),
    moving: join(data, 'moving.json'),
    moved: join(data, 'moved.json'),
  };
}

/** Only the owner may look in: the log and the state hold the customers' data. */
export function makeFolders(paths: Paths, sources: readonly string[]): void {
  mkdirSync(paths.data, { recursive: true, mode: 0o700 });
  for (const source of sources) mkdirSync(paths.work(source), { recursive: true, mode: 0o700 });
}
