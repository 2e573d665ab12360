import { z } from 'zod';

const headers = (...defaults: readonly [string, ...string[]]) =>
  z
    .array(z.string().min(1))
    .min(1)
    .default([...defaults]);

/**
 * Where exports are read instead of the API (KIN-S2). What an export looks like is not public: each assumption is a setting
 * here, and README.md names it.
 */
export const exportSchema = z.strictObject({
  folder: z.string().min(1).meta({
    description:
      'Folder into which an administrator drops exports, each a folder or a zip; relative to changeover.yaml.',
  }),
  collections: z
    .record(z.string().min(1), z.array(z.string().min(1)).min(1))
    .default({})
    .meta({
      description:
        'Files of collections whose files are not called as they are, `*` standing for anything: `{ companies: [firms*.csv] }`.',
    }),
  columns: z
    .strictObject({
      id: headers('Id', 'Record Id'),
      created: headers('Created At', 'CreatedAt', 'Created'),
      updated: headers('Updated At', 'UpdatedAt', 'Updated'),
      numericId: headers('Numeric Id', 'NumericId'),
      external: headers('External'),
      files: headers('File Storage', 'FileStorage'),
    })
    .prefault({})
    .meta({ description: 'Headers of what stands beside the fields of a record.' }),
  separator: z
    .string()
    .min(1)
    .default(';')
    .meta({ description: 'Between the values of a field that `fields` says is a list.' }),
  users: z
    .array(z.string().min(1))
    .default(['owner', 'assignee', 'assignedTo', 'accountManager', 'responsible'])
    .meta({ description: 'Fields that hold users, by e-mail address or name.' }),
  timezone: z.string().min(1).default('UTC').meta({ description: 'Time zone of times that are written without one.' }),
  codePage: z
    .enum(['windows-1254', 'windows-1252', 'iso-8859-9', 'iso-8859-1'])
    .optional()
    .meta({ description: 'Code page of files that are not Unicode; without it such a file is refused.' }),
  compareBeforeLoad: z.boolean().default(true).meta({
    description: 'Whether a second export must be there before the first load, so that the two can be compared.',
  }),
  stability: z
    .strictObject({
      looks: z.int().min(1).max(100).default(3),
      seconds: z.number().min(0.01).max(3600).default(1),
    })
    .prefault({})
    .meta({
      description: 'When a set without a manifest counts as complete: after so many looks, so many seconds apart.',
    }),
});

export type ExportSettings = z.infer<typeof exportSchema>;
