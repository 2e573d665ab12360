import { z } from 'zod';
import { ChangeoverError } from '../../src/core/errors.ts';

const address = z
  .url({ protocol: /^https?$/ })
  .transform((url) => url.replace(/\/+$/, ''))
  .refine((url) => url.startsWith('https:') || isLoopback(new URL(url).hostname), {
    error: 'must be https, unless it is this machine',
  });

/** What a user may set for this connector in `sources[].settings` of changeover.yaml. README.md has the table for people. */
export const settingsSchema = z.strictObject({
  url: address.meta({ description: 'Base address of the API.' }),
  key: z
    .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
    .default({ env: 'TEMPLATE_KEY' })
    .meta({ description: 'Where the key is found: `{ env: NAME }` or `{ file: PATH }`.' }),
  objects: z
    .array(z.string().regex(/^[a-z][a-zA-Z0-9_-]*$/))
    .min(1)
    .default(['company', 'contact'])
    .meta({ description: 'Objects to read; each is a path below the address.' }),
  pageSize: z.int().min(1).max(1000).default(100).meta({ description: 'Records per page.' }),
  overlapSeconds: z
    .int()
    .min(1)
    .default(120)
    .meta({ description: 'How far a read of changes goes back behind the last one.' }),
  sweepSeconds: z
    .int()
    .min(1)
    .default(900)
    .meta({ description: 'How often an object is read whole, to find deletes.' }),
  deleteShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .meta({ description: 'Share of an object that a sweep may delete without asking, 0 to 1.' }),
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
