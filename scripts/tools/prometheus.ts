import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { root } from '../run.ts';

export interface PrometheusTools {
  readonly prometheus: string;
  readonly promtool: string;
}

const unpacked = join(root, '.cache', 'tools', 'prometheus');

/**
 * Finds Prometheus and promtool: in CHANGEOVER_PROMETHEUS_BIN, on the PATH, unpacked before, or taken from Debian's
 * package, which is unpacked into .cache and never installed, so that no service starts on the machine.
 */
export async function preparePrometheus(): Promise<PrometheusTools> {
  const found = find([
    process.env.CHANGEOVER_PROMETHEUS_BIN ?? '',
    ...(process.env.PATH ?? '').split(delimiter),
    join(unpacked, 'usr', 'bin'),
  ]);
  if (found !== null) return found;
  process.stderr.write('Getting Prometheus from the Debian packages …\n');
  mkdirSync(unpacked, { recursive: true });
  const downloads = join(unpacked, 'download');
  const problem = download(downloads) ?? unpack(downloads);
  rmSync(downloads, { recursive: true, force: true });
  const installed = find([join(unpacked, 'usr', 'bin')]);
  if (installed !== null) return installed;
  throw new Error(
    `Prometheus is needed for the tests and is not on this machine: ${problem ?? 'the package does not hold it'}.\n` +
      'Install it (on Debian: apt-get install prometheus), or name the folder of its programs in CHANGEOVER_PROMETHEUS_BIN.',
  );
}

function find(folders: readonly string[]): PrometheusTools | null {
  for (const folder of folders) {
    if (folder === '') continue;
    const tools = { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') };
    if (existsSync(tools.prometheus) && existsSync(tools.promtool)) return tools;
  }
  return null;
}

function download(folder: string): string | null {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const get = () =>
    spawnSync('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', 'prometheus'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 300_000,
    });
  let result = get();
  if (result.error !== undefined) return 'there is no apt-get here';
  if (result.status !== 0) {
    // A new machine has no package lists yet.
    spawnSync('apt-get', ['update'], { encoding: 'utf8', timeout: 300_000 });
    result = get();
  }
  return result.status === 0 ? null : `apt-get download prometheus failed: ${result.stderr.trim()}`;
}

function unpack(folder: string): string | null {
  const file = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (file === undefined) return 'nothing was downloaded';
  const result = spawnSync('dpkg-deb', ['-x', join(folder, file), unpacked], { encoding: 'utf8', timeout: 120_000 });
  return result.status === 0 ? null : `dpkg-deb failed: ${result.error?.message ?? result.stderr}`;
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await preparePrometheus())}\n`);
