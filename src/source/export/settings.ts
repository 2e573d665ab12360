import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';
import { downloadSettings } from '../download.ts';
import type { ExportObjectProfile } from './profile.ts';

/** Objects of a connector for exported files, each with the names of its fields: what its settings may speak of. */
export type KnownObjects = ReadonlyMap<string, readonly string[]>;

export function knownObjects(objects: readonly ExportObjectProfile[]): KnownObjects {
  return new Map(
    objects.map((object) => [object.name, [object.id[0] ?? '', ...object.columns.map(({ name }) => name)]]),
  );
}

/** What a user may set for every connector that reads exported files, in `sources[].settings` of changeover.yaml. */
export function exportSettings(known: KnownObjects) {
  const objectName = z
    .string()
    .refine((name) => known.has(name), { error: `must be one of ${[...known.keys()].join(', ')}` });
  return z.strictObject({
    folder: z.string().min(1).meta({
      description:
        'Folder into which exports are dropped, each a folder or a zip of its own; relative to changeover.yaml.',
    }),
    timezone: z
      .string()
      .refine(isTimezone, { error: 'must be an IANA time zone, like Europe/Istanbul' })
      .default('UTC')
      .meta({ description: 'Time zone of the times in the files, which are written without one.' }),
    codePage: z.enum(['windows-1254', 'windows-1252', 'iso-8859-9', 'iso-8859-1']).optional().meta({
      description:
        'Code page of files that are not Unicode. Such a file never says what it is: without this setting it is refused.',
    }),
    delimiter: z
      .enum([',', ';', '\t', '|'])
      .optional()
      .meta({ description: 'Delimiter of all files. Left out: found in each file.' }),
    deleteShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .meta({ description: 'Share of an object’s records that one export may delete without asking, 0 to 1.' }),
    deleteRows: z.int().min(0).default(20).meta({ description: 'So many deletes never ask, whatever their share.' }),
    compareBeforeLoad: z.boolean().default(true).meta({
      description: 'Whether a second export must be there before the first load, so that the two can be compared.',
    }),
    stability: z
      .strictObject({
        looks: z
          .int()
          .min(1)
          .max(100)
          .default(3)
          .meta({ description: 'Looks at a set without a manifest before it counts as complete.' }),
        seconds: z.number().min(0.01).max(3600).default(1).meta({ description: 'Time between two looks, seconds.' }),
      })
      .prefault({})
      .meta({ description: 'When a set without a manifest counts as complete: once size and time of its files rest.' }),
    files: z
      .record(objectName, z.array(z.string().min(1)))
      .default({})
      .meta({ description: 'More file names per object, `*` standing for anything: `{ contact: [kunden*.csv] }`.' }),
    headers: z
      .record(objectName, z.record(z.string(), z.array(z.string().min(1))))
      .default({})
      .superRefine((headers, context) => {
        for (const [object, fields] of Object.entries(headers)) {
          for (const field of Object.keys(fields)) {
            if (known.get(object)?.includes(field)) continue;
            context.addIssue({ code: 'custom', path: [object, field], message: `${object} has no field ${field}` });
          }
        }
      })
      .meta({ description: 'More headers per object and field: `{ contact: { Email: [Courriel] } }`.' }),
    attachments: z
      .strictObject({
        folders: z.array(z.string().min(1)).default(['attachments', 'files']).meta({
          description:
            'Folders inside the export that the paths of files may be relative to, beside the export itself.',
        }),
        ...downloadSettings,
      })
      .prefault({})
      .meta({ description: 'Where the files lie that records name, by a path inside the export or by an address.' }),
    times: z.record(objectName, z.string().min(1)).default({}).meta({
      description:
        'Pattern of the created and modified times per object, where a column leaves it open: `{ deal: dd/MM/yyyy HH:mm }`.',
    }),
  });
}

/** What `exportSettings` leaves. */
export type ExportSettings = z.infer<ReturnType<typeof exportSettings>>;

/** Throws CONFIG_INVALID with every mistake at once. */
export function parseSettings<Schema extends z.ZodType>(schema: Schema, raw: unknown): z.infer<Schema> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `settings${path.map((step) => `.${String(step)}`).join('')}: ${message}`,
  );
  throw new ChangeoverError('CONFIG_INVALID', problems.join('\n'));
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
