import { z } from 'zod';
import { ChangeoverError } from '../../src/core/errors.ts';

const address = z
  .url({ protocol: /^https?$/ })
  .transform((url) => url.replace(/\/+$/, ''))
  .refine((url) => url.startsWith('https:') || isLoopback(new URL(url).hostname), {
    error: 'must be https, unless it is this machine',
  });
const secret = z.union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })]);
const controller = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, { error: 'must be a controller name, like Company' });
const objectName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, { error: 'must be a name of letters, digits, - and _' });
const zone = z.string().refine(isZone, { error: 'must be an IANA time zone, like Europe/Istanbul' });

/** A module that the account has beside those of the product, or one that it calls by another name. */
const moduleSchema = z.strictObject({
  name: objectName.meta({ description: 'The object in events and in the mapping.' }),
  controller: controller.optional().meta({ description: 'Its controller in the API; the name with a capital.' }),
  label: z.string().min(1).optional(),
  links: z
    .record(z.string(), objectName)
    .default({})
    .meta({ description: 'Fields that hold the id of another module: `{ companyId: company }`.' }),
  times: z.array(z.string()).default([]).meta({ description: 'Fields that hold a time, written without a zone.' }),
  days: z.array(z.string()).default([]).meta({ description: 'Fields that hold a day.' }),
});

/** What a user may set for this connector in `sources[].settings` of changeover.yaml. README.md has the table for people. */
export const settingsSchema = z.strictObject({
  url: address
    .default('https://api.dinamikcrm.com/v1')
    .meta({ description: 'Base address of the API, with its version.' }),
  apiKey: secret.default({ env: 'DINAMIK_API_KEY' }),
  apiSecret: secret.default({ env: 'DINAMIK_API_SECRET' }),
  loginPaths: z
    .array(z.string().startsWith('/'))
    .min(1)
    .default(['/api/Auth/Login', '/Auth/Login'])
    .meta({ description: 'Where to log in, tried in order below `url`, then below its host.' }),
  tokenMinutes: z
    .number()
    .min(1)
    .default(15)
    .meta({ description: 'How long a token is used where it does not tell its own end.' }),
  timezone: zone.default('Europe/Istanbul').meta({ description: 'Zone of the account: its dates name none.' }),
  modules: z
    .array(objectName)
    .min(1)
    .optional()
    .meta({ description: 'Objects of the product to read; left out: all that the account answers for.' }),
  customModules: z
    .array(moduleSchema)
    .default([])
    .meta({ description: 'Modules of this account: the API has no list of them.' }),
  lists: z
    .enum(['auto', 'pages', 'rows', 'ids'])
    .default('auto')
    .meta({ description: 'How records are listed; auto asks each module.' }),
  pageParameter: z.string().min(1).default('page'),
  sizeParameter: z.string().min(1).default('pageSize'),
  firstPage: z.int().min(0).default(1),
  pageSize: z.int().min(1).max(10_000).default(100),
  emptyPages: z
    .int()
    .min(1)
    .default(2)
    .meta({ description: 'So many empty pages in a row are the end; fewer may be a hole.' }),
  since: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({ description: 'Parameter that gives only what changed since; null: every poll reads the lists.' }),
  sinceOverlapSeconds: z.int().min(0).default(120),
  sweepSeconds: z.int().min(0).default(300).meta({ description: 'How often the whole list of a module is read.' }),
  idSweepSeconds: z
    .int()
    .min(0)
    .default(21_600)
    .meta({ description: 'The same for modules that can only be read id by id.' }),
  idGap: z
    .int()
    .min(1)
    .default(200)
    .meta({ description: 'Reading id by id ends after so many ids in a row that are not there.' }),
  details: z
    .enum(['auto', 'rows', 'entity', 'routes', 'none'])
    .default('auto')
    .meta({ description: 'Where addresses, e-mails, phones, own fields and lines stand; auto asks each module.' }),
  detailSeconds: z
    .int()
    .min(0)
    .default(86_400)
    .meta({ description: 'How often they are read again for rows that did not change.' }),
  users: z
    .record(z.string(), z.string())
    .default({})
    .meta({ description: 'E-mail addresses by user id, where the API does not give users.' }),
  noteTypes: z
    .array(z.string().min(1))
    .default(['note', 'not'])
    .meta({ description: 'Types of activities that are notes, in small letters (DIN-6).' }),
  throttleTexts: z.array(z.string().min(1)).default(['limit', 'too many', 'çok fazla']),
  sessionTexts: z.array(z.string().min(1)).default(['token', 'oturum', 'unauthorized', 'yetkisiz']),
  credentialTexts: z
    .array(z.string().min(1))
    .default(['apikey', 'api key', 'apisecret', 'secret', 'credential', 'password', 'anahtar', 'parola', 'şifre'])
    .meta({ description: 'Words by which a refused login means key or secret, and no further path is tried.' }),
  absentTexts: z.array(z.string().min(1)).default(['bulunamad', 'not found']),
  callsPerSecond: z
    .strictObject({ start: z.number().positive().default(2), most: z.number().positive().default(50) })
    .default({ start: 2, most: 50 })
    .meta({ description: 'Where the search for the hidden limit begins, and what it never exceeds.' }),
  concurrency: z.int().min(1).max(64).default(8).meta({ description: 'Calls at once, at most.' }),
  deleteShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .meta({ description: 'Share of a module that a sweep may delete without asking, 0 to 1.' }),
  deleteRows: z.int().min(0).default(20).meta({ description: 'So many deletes never ask, whatever their share.' }),
});

export type Settings = z.infer<typeof settingsSchema>;
export type ModuleSettings = z.infer<typeof moduleSchema>;

/** Throws CONFIG_INVALID with every mistake at once. */
export function parseSettings(raw: unknown): Settings {
  const result = settingsSchema.safeParse(raw);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `settings${path.map((step) => `.${String(step)}`).join('')}: ${message}`,
  );
  throw new ChangeoverError('CONFIG_INVALID', problems.join('\n'));
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}
