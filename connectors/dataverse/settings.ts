import { z } from 'zod';
import { ChangeoverError } from '../../src/core/errors.ts';

const origin = z
  .url({ protocol: /^https?$/ })
  .transform((url) => new URL(url).origin)
  .refine((url) => url.startsWith('https:') || isLoopback(new URL(url).hostname), {
    error: 'must be https, unless it is this machine',
  });
const tableName = z.string().regex(/^[a-z][a-z0-9_]*$/, { error: 'must be a logical name, like account' });

/** The tables that OPEX 365 CRM works with; those that the environment lacks are left out (OPX-1 to OPX-8). */
export const STANDARD_TABLES = [
  'account',
  'contact',
  'lead',
  'opportunity',
  'incident',
  'product',
  'productpricelevel',
  'task',
  'phonecall',
  'appointment',
  'email',
  'annotation',
] as const;

/** What a user may set for this connector in `sources[].settings` of changeover.yaml. README.md has the table for people. */
export const settingsSchema = z.strictObject({
  url: origin.meta({ description: 'Address of the environment: https://org.crm4.dynamics.com.' }),
  tenant: z.string().min(1).meta({ description: 'Id of the tenant that has the registration.' }),
  clientId: z.string().min(1).meta({ description: 'Application (client) id of the registration.' }),
  clientSecret: z
    .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
    .default({ env: 'DATAVERSE_CLIENT_SECRET' })
    .meta({ description: 'Where the client secret is found: `{ env: NAME }` or `{ file: PATH }`.' }),
  authority: origin
    .default('https://login.microsoftonline.com')
    .meta({ description: 'Who issues tokens; other clouds have others.' }),
  tables: z
    .array(tableName)
    .min(1)
    .default([...STANDARD_TABLES])
    .meta({ description: 'Logical names of the tables to read.' }),
  customTables: z
    .boolean()
    .default(true)
    .meta({ description: 'Whether tables that the customer made are read too (OPX-10).' }),
  language: z.int().default(1033).meta({ description: 'Language of option labels; 1033 is English.' }),
  pageSize: z.int().min(1).max(5000).default(250).meta({ description: 'Rows per page (OPX-S1 asks for 200 to 300).' }),
  concurrency: z
    .int()
    .min(1)
    .max(52)
    .default(4)
    .meta({ description: 'Calls at once, in all; the documented limit is 52 for a user.' }),
  tableConcurrency: z
    .int()
    .min(1)
    .max(52)
    .default(2)
    .meta({ description: 'Calls at once for one table, within `concurrency`.' }),
  callsPerFiveMinutes: z.int().min(1).default(6000).meta({
    description:
      'Calls in any five minutes; the documented limit of a user is 6,000. Lower it where others call as the same user.',
  }),
  callsPerDay: z
    .int()
    .min(1)
    .optional()
    .meta({ description: 'Calls in any 24 hours, as the licence entitles to; left out, only the environment counts.' }),
  annotations: z.boolean().default(true).meta({
    description: 'Whether reads ask which table a polymorphic lookup points at; off, each target is tried.',
  }),
  overlapSeconds: z
    .int()
    .min(1)
    .default(120)
    .meta({ description: 'How far a read by modified time goes back, for tables without change tracking.' }),
  sweepSeconds: z
    .int()
    .min(1)
    .default(900)
    .meta({ description: 'How often the ids of a table without change tracking are compared, to find deletes.' }),
  deleteShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .meta({ description: 'Share of a table that a comparison of ids may delete without asking, 0 to 1.' }),
  deleteRows: z.int().min(0).default(20).meta({ description: 'So many deletes never ask, whatever their share.' }),
});

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
