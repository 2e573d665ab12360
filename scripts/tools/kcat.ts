import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { unpackDebian, unpackedAt, withLibrariesOf } from './debian.ts';

/** A program and the environment that it needs. */
export interface Program {
  readonly command: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Finds kcat, a Kafka client that others wrote: in CHANGEOVER_KCAT, on the PATH, or taken from Debian's package. */
export function prepareKcat(): Program {
  const unpacked = unpackedAt('kcat');
  const candidates: readonly Program[] = [
    ...(process.env.CHANGEOVER_KCAT ? [{ command: process.env.CHANGEOVER_KCAT, environment: process.env }] : []),
    { command: 'kcat', environment: process.env },
    { command: join(unpacked, 'usr', 'bin', 'kcat'), environment: withLibrariesOf(unpacked, process.env) },
  ];
  const found = candidates.find(answers);
  if (found !== undefined) return found;
  const problem = unpackDebian({ name: 'kcat', dependencies: true });
  const installed: Program = {
    command: join(unpacked, 'usr', 'bin', 'kcat'),
    environment: withLibrariesOf(unpacked, process.env),
  };
  if (answers(installed)) return installed;
  throw new Error(
    `kcat is needed for the tests and is not on this machine: ${problem ?? 'the package does not run here'}.\n` +
      'Install it (on Debian: apt-get install kcat), or name the program in CHANGEOVER_KCAT.',
  );
}

function answers(program: Program): boolean {
  return spawnSync(program.command, ['-V'], { env: program.environment }).status === 0;
}
