import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { root } from '../run.ts';
import { prepareMaven } from './java.ts';

const LONGEST_MS = 900_000;

/**
 * Brings what a pom.xml names into a folder of .cache, once: the folder bears the hash of the pom.
 * `finish` may unpack or arrange the files before others see the folder.
 */
export function fromMaven(pom: string, finish: (folder: string) => void = () => undefined): string {
  const name = basename(pom, '.pom.xml');
  const hash = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  const target = join(root, '.cache', 'servers', `${name}-${hash}`);
  if (existsSync(target)) return target;
  const maven = prepareMaven();
  process.stderr.write(`Getting ${name} through Maven …\n`);
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}-`);
  try {
    const files = join(folder, 'files');
    const result = spawnSync(
      maven,
      ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${files}`],
      { cwd: root, encoding: 'utf8', timeout: LONGEST_MS },
    );
    if (result.status !== 0)
      throw new Error(`Maven could not get ${name}: ${result.error?.message ?? `${result.stdout}${result.stderr}`}`);
    finish(files);
    if (!existsSync(target)) renameSync(files, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return target;
}
