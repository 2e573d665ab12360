import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Paths } from '../paths.ts';
import { type Check, fail, ok, warn } from './check.ts';

export interface Machine {
  /** Of the Node that runs this: `24.1.0`. */
  readonly node: string;
  /** The oldest Node that the program runs on: `22.22.0`. */
  readonly oldestNode: string;
  /** Bytes that this user may still write on the disk of a folder. */
  freeBytes(folder: string): number;
}

const MIB = 2 ** 20;
/** Less than this is worth a word, whatever the size of the exports. */
const COMFORTABLE_BYTES = 1024 * MIB;

export function checkProgram(machine: Machine, version: string): Check {
  if (isAtLeast(machine.node, machine.oldestNode))
    return ok('program', `Changeover ${version} on Node ${machine.node}`);
  return fail(
    'program',
    `Node ${machine.node} is too old`,
    `Install Node ${machine.oldestNode} or newer, or start with npm in a checkout, which brings its own.`,
  );
}

/** The data folder, or the one that it will be made in: can it be written, and only by us? */
export function checkDataFolder(paths: Paths): Check {
  const place = { file: paths.data };
  if (existsSync(paths.data) && !statSync(paths.data).isDirectory())
    return fail('data folder', 'the data folder is a file', 'Name another `dataFolder`, or move the file away.', place);
  const there = nearest(paths.data);
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
    if (!statSync(there).isDirectory()) throw new Error('not a folder');
  } catch {
    return fail(
      'data folder',
      `nothing can be written in ${there}`,
      'Give the user that Changeover runs as the right to write there, or name another `dataFolder`.',
      place,
    );
  }
  if (there !== paths.data) return ok('data folder', 'the data folder will be made at the start', place);
  if ((statSync(there).mode & 0o077) !== 0)
    return warn('data folder', 'other users can look into the data folder', `Run chmod 700 ${paths.data}.`, place);
  return ok('data folder', 'the data folder can be written, by its owner alone', place);
}

/** Free space against the largest export there is: reading one needs about twice its size. */
export function checkDisk(paths: Paths, exportFolders: readonly string[], machine: Machine): Check {
  const place = { file: paths.data };
  const free = machine.freeBytes(nearest(paths.data));
  const largest = Math.max(0, ...exportFolders.map(largestExport));
  const found = `${mib(free)} free, the largest export has ${mib(largest)}`;
  const fix = 'Free space: an export needs about twice its size, and log and state grow with the records.';
  if (free < 2 * largest) return fail('disk', found, fix, place);
  if (free < COMFORTABLE_BYTES) return warn('disk', found, fix, place);
  return ok('disk', found, place);
}

function largestExport(folder: string): number {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return 0;
  return Math.max(0, ...readdirSync(folder).map((name) => bytesOf(join(folder, name))));
}

/** A file's size; of a folder, that of the files in it and below. What vanishes meanwhile counts as nothing. */
function bytesOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.size;
  let sum = 0;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    sum += bytesOf(join(path, entry.name));
  }
  return sum;
}

function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toLocaleString('en', { maximumFractionDigits: 1 })} MiB`;
}

function isAtLeast(version: string, oldest: string): boolean {
  const [have, need] = [version, oldest].map((one) => one.split('.').map(Number));
  for (const [index, part] of (need ?? []).entries()) {
    const own = have?.[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
