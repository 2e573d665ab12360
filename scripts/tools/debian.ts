import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { root } from '../run.ts';

const LONGEST_MS = 600_000;

export interface DebianPackage {
  /** Debian's name of the package. */
  readonly name: string;
  /** Whether the packages that it needs, and that the machine does not have, are unpacked with it. */
  readonly dependencies: boolean;
}

/** Where a package is unpacked: below .cache, and never installed, so that no service starts on the machine. */
export function unpackedAt(name: string): string {
  return join(root, '.cache', 'tools', name);
}

/** Where programs of an unpacked package find the libraries that were unpacked with it. */
export function withLibrariesOf(folder: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const libraries = join(folder, 'usr', 'lib');
  if (!existsSync(libraries)) return environment;
  const triples = readdirSync(libraries).filter((name) => name.includes('-linux-'));
  const paths = [...triples.map((name) => join(libraries, name)), environment.LD_LIBRARY_PATH ?? ''];
  return { ...environment, LD_LIBRARY_PATH: paths.filter((path) => path !== '').join(delimiter) };
}

/** Downloads and unpacks a package. Null: it is there; otherwise the reason why it is not, in words. */
export function unpackDebian({ name, dependencies }: DebianPackage): string | null {
  const target = unpackedAt(name);
  if (existsSync(target)) return null;
  process.stderr.write(`Getting ${name} from the Debian packages …\n`);
  mkdirSync(dirname(target), { recursive: true });
  // A folder of its own until it is whole: an interrupted or second download leaves nothing half.
  const folder = mkdtempSync(`${target}-`);
  try {
    const downloads = join(folder, 'download');
    mkdirSync(join(downloads, 'partial'), { recursive: true });
    const problem = download(name, dependencies, downloads) ?? unpack(downloads, join(folder, 'unpacked'));
    if (problem !== null) return problem;
    if (!existsSync(target)) renameSync(join(folder, 'unpacked'), target);
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Installs packages that must lie where Debian puts them, which only root can do. Null: done. */
export function installDebian(names: readonly string[]): string | null {
  if (process.getuid?.() !== 0) return 'only root may install packages';
  process.stderr.write(`Installing ${names.join(', ')} from the Debian packages …\n`);
  return apt(['install', '--yes', '--no-install-recommends', ...names], root);
}

function download(name: string, dependencies: boolean, folder: string): string | null {
  const own = ['-o', 'APT::Sandbox::User=root', '-o', 'Debug::NoLocking=1', '-o', `Dir::Cache::archives=${folder}`];
  return dependencies
    ? apt([...own, 'install', '--yes', '--no-install-recommends', '--download-only', name], folder)
    : apt([...own, 'download', name], folder);
}

function apt(args: readonly string[], cwd: string): string | null {
  const get = () =>
    spawnSync('apt-get', args, {
      cwd,
      encoding: 'utf8',
      timeout: LONGEST_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  let result = get();
  if (result.error !== undefined) return 'there is no apt-get here';
  if (result.status !== 0) {
    // A new machine has no package lists yet.
    spawnSync('apt-get', ['update'], { encoding: 'utf8', timeout: LONGEST_MS });
    result = get();
  }
  return result.status === 0 ? null : `apt-get failed: ${result.stderr.trim()}`;
}

function unpack(downloads: string, target: string): string | null {
  const files = readdirSync(downloads).filter((name) => name.endsWith('.deb'));
  if (files.length === 0) return 'nothing was downloaded';
  mkdirSync(target);
  for (const file of files) {
    const result = spawnSync('dpkg-deb', ['-x', join(downloads, file), target], { encoding: 'utf8', timeout: 120_000 });
    if (result.status !== 0) return `dpkg-deb failed: ${result.error?.message ?? result.stderr}`;
  }
  return null;
}
