import type { z } from 'zod';
import { exportSettings, parseSettings as parse } from '../../src/source/export/settings.ts';
import { KNOWN } from './profile.ts';

/** What a user may set for this connector in `sources[].settings` of changeover.yaml. README.md has the table for people. */
export const settingsSchema = exportSettings(KNOWN);

export type Settings = z.infer<typeof settingsSchema>;

/** Throws CONFIG_INVALID with every mistake at once. */
export function parseSettings(raw: unknown): Settings {
  return parse(settingsSchema, raw);
}
