import { z } from 'zod';
import { ChangeoverError } from '../../src/core/errors.ts';
import { downloadSettings } from '../../src/source/download.ts';
import { exportSchema } from './export/settings.ts';

const origin = z
  .url({ protocol: /^https?$/ })
  .transform((url) => new URL(url).origin)
  .refine((url) => url.startsWith('https:') || isLoopback(new URL(url).hostname), {
    error: 'must be https, unless it is this machine',
  });

/** What nobody can read off the records: needed where the list of collections does not tell it. */
const fieldSetting = z.strictObject({
  formula: z.string().min(1).max(2000).optional().meta({ description: 'The formula, as an expression in CEL.' }),
  list: z.boolean().optional().meta({ description: 'Whether the field holds several values.' }),
  links: z.array(z.string().min(1)).optional().meta({ description: 'Collections that it points at.' }),
});

const fields = z.strictObject({
  url: origin.default('https://app.kinabase.com').meta({ description: 'Address of the service.' }),
  workspace: z.string().min(1).optional().meta({
    description: 'Domain or id of the workspace: stands in the access request, and tells links to other workspaces.',
  }),
  appId: z.string().min(1).optional().meta({
    description: 'App id of the registration; needed unless exports are read.',
  }),
  export: exportSchema
    .optional()
    .meta({ description: 'Where exports of an administrator are read instead of the API.' }),
  appSecret: z
    .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
    .default({ env: 'KINABASE_APP_SECRET' })
    .meta({ description: 'Where the app secret is found: `{ env: NAME }` or `{ file: PATH }`.' }),
  secretField: z.enum(['appSecret', 'secret']).default('appSecret').meta({
    description: 'Name of the secret in the call for a token: the pages say appSecret, public clients secret.',
  }),
  accessRequested: z.iso.date().optional().meta({
    description: 'Day on which access was asked for. Five working days later an export is proposed.',
  }),
  callsPerMinute: z
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .meta({ description: 'Calls in any minute, all together; the older public page says 100.' }),
  whole: z
    .enum(['auto', 'never'])
    .default('auto')
    .meta({ description: 'Whether a collection is read in one call where it fits; never: always page by page.' }),
  wholeRecords: z
    .int()
    .min(1)
    .max(100_000)
    .default(100_000)
    .meta({ description: 'Largest collection that is read in one call; the pages say 100,000.' }),
  pageSize: z.int().min(1).max(300).default(300).meta({ description: 'Records per page; 300 is the documented most.' }),
  overlapSeconds: z
    .int()
    .min(1)
    .default(120)
    .meta({ description: 'How far a read of changes goes back behind the last one.' }),
  sweepSeconds: z.int().min(1).default(900).meta({
    description: 'How often each collection is read whole, to find deletes and what does not count as a change.',
  }),
  deleteShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .meta({ description: 'Share of a collection that a sweep may delete without asking, 0 to 1.' }),
  deleteRows: z.int().min(0).default(20).meta({ description: 'So many deletes never ask, whatever their share.' }),
  createdKey: z.string().min(1).default('createdAt').meta({ description: 'Where a record says when it was made.' }),
  updatedKey: z.string().min(1).default('updatedAt').meta({ description: 'Where it says when it was changed.' }),
  lists: z.boolean().default(true).meta({ description: 'Whether lists of sub-records are asked for.' }),
  activities: z
    .record(z.string().min(1), z.enum(['read', 'leave']))
    .default({})
    .meta({
      description:
        'Per collection: whether the activities on its records are read, at one call a record. Else it is asked.',
    }),
  activitiesTouch: z.boolean().default(true).meta({
    description: 'Whether an activity counts as a change of its record, so that only changed records are asked.',
  }),
  activitiesSeconds: z
    .int()
    .min(60)
    .default(86_400)
    .meta({ description: 'How often every record is asked for activities, where they are no change of it.' }),
  expectedCollections: z
    .array(z.string().min(1))
    .default([])
    .meta({ description: 'Collections that an administrator sees: a key or export that lacks one is refused.' }),
  attachments: z
    .strictObject(downloadSettings)
    .prefault({})
    .meta({ description: 'Where files may be fetched from that do not lie at the service itself.' }),
  discoveryRecords: z.int().min(1).default(3000).meta({
    description: 'Collections up to this size are looked at whole in discovery; of larger ones some pages are.',
  }),
  fields: z
    .record(z.string().min(1), z.record(z.string().min(1), fieldSetting))
    .default({})
    .meta({ description: 'What the source does not tell of its fields: `{ deals: { weighted: { formula: … } } }`.' }),
});

/** What a user may set for this connector in `sources[].settings` of changeover.yaml. README.md has the table for people. */
export const settingsSchema = fields.refine(
  ({ appId, export: exported }) => appId !== undefined || exported !== undefined,
  {
    path: ['appId'],
    error: 'needed, unless `export` names a folder of exports',
  },
);

export type Settings = z.infer<typeof settingsSchema>;

/** Throws CONFIG_INVALID with every mistake at once. */
export function parseSettings(raw: unknown): Settings {
  const result = settingsSchema.safeParse(raw);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `settings${path.map((step) => `.${String(step)}`).join('')}: ${message}`,
  );
  throw new ChangeoverError('CONFIG_INVALID', problems.join('\n'));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}
