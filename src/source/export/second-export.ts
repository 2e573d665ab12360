import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceQuestion } from '../connector.ts';
import type { ExportProfile } from './profile.ts';
import { listSets } from './set.ts';

/** Enough to look at names and sizes; the reader holds the real limit. */
const LARGEST_UNPACKED = 16 * 2 ** 30;

/**
 * Asks for a second export as long as there never were two to compare (SCO-S1). That two were there once is remembered in the
 * work folder, so that nobody is asked again when old exports are cleared away.
 */
export async function secondExportQuestion(
  folder: string,
  profile: ExportProfile,
  workFolder: string,
): Promise<SourceQuestion | null> {
  const marker = join(workFolder, 'two-exports-compared');
  if (await exists(marker)) return null;
  const { sets } = await listSets(folder, profile, LARGEST_UNPACKED);
  const complete = sets.filter(({ lacks }) => lacks === null);
  if (complete.length > 1) {
    await mkdir(workFolder, { recursive: true });
    await writeFile(marker, `${complete.map(({ name }) => name).join('\n')}\n`);
    return null;
  }
  return {
    id: 'second-export',
    object: null,
    question:
      'Only one export is there. Make a second one, so that the two can be compared before the first load, or go on with one?',
    detail: { found: complete.map(({ name }) => name) },
    choices: ['supplied', 'go on with one'],
    blocking: true,
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
