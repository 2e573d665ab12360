import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { unpackDebian, unpackedAt } from './debian.ts';

export interface PrometheusTools {
  readonly prometheus: string;
  readonly promtool: string;
}

const unpacked = join(unpackedAt('prometheus'), 'usr', 'bin');

/**
 * Finds Prometheus and promtool: in CHANGEOVER_PROMETHEUS_BIN, on the PATH, unpacked before, or taken from Debian's
 * package.
 */
export async function preparePrometheus(): Promise<PrometheusTools> {
  const found = find([
    process.env.CHANGEOVER_PROMETHEUS_BIN ?? '',
    ...(process.env.PATH ?? '').split(delimiter),
    unpacked,
  ]);
  if (found !== null) return found;
  const problem = unpackDebian({ name: 'prometheus', dependencies: false });
  const installed = find([unpacked]);
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

if (import.meta.main) process.stdout.write(`${JSON.stringify(await preparePrometheus())}\n`);
