import { z } from 'zod';
import { exportSettings, parseSettings as parse } from '../../src/source/export/settings.ts';
import { apiSchema } from './api/settings.ts';
import { KNOWN } from './profile.ts';

const objectName = z
  .string()
  .refine((name) => KNOWN.has(name), { error: `must be one of ${[...KNOWN.keys()].join(', ')}` });

const exported = exportSettings(KNOWN);

/** What a user may set for this connector in `sources[].settings` of changeover.yaml. README.md has the table for people. */
export const settingsSchema = exported
  .extend({
    folder: exported.shape.folder.optional(),
    api: apiSchema(objectName)
      .optional()
      .meta({ description: 'The API that is read instead of exports, endpoint by endpoint.' }),
  })
  .refine(({ folder, api }) => (folder === undefined) !== (api === undefined), {
    path: ['folder'],
    error: 'needed, or else `api`: exports are read, or an API',
  });

export type Settings = z.infer<typeof settingsSchema>;

/** Throws CONFIG_INVALID with every mistake at once. */
export function parseSettings(raw: unknown): Settings {
  return parse(settingsSchema, raw);
}
