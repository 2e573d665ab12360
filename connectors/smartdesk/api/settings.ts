import { z } from 'zod';
import { compilePattern } from '../../../src/source/delimited/patterns.ts';

const address = z
  .url({ protocol: /^https?$/ })
  .transform((url) => url.replace(/\/+$/, ''))
  .refine((url) => url.startsWith('https:') || isLoopback(new URL(url).hostname), {
    error: 'must be https, unless it is this machine',
  });

const pattern = z.string().refine(isPattern, { error: 'must be a date pattern, like dd.MM.yyyy' });

const texts = z.strictObject({
  decimalMark: z.enum(['.', ',']).optional().meta({
    description: 'Decimal mark of numbers that are written as texts; left out: asked about where it matters.',
  }),
  day: pattern.optional().meta({ description: 'Pattern of days that are not written as yyyy-MM-dd.' }),
  time: pattern.optional().meta({ description: 'Pattern of times that are not written as ISO 8601 has them.' }),
});

/** How an API writes what is neither a JSON number nor a time as ISO 8601 has it. */
export type TextSettings = z.infer<typeof texts>;

const inside = z.string().regex(/^[^.\s]+(?:\.[^.\s]+)*$/, { error: 'must be names with dots between them' });
const parameter = z.string().regex(/^[\w.[\]-]+$/, { error: 'must be the name of a query parameter' });

const paging = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }).meta({ description: 'One answer holds everything.' }),
  z
    .strictObject({
      kind: z.literal('page'),
      parameter: parameter.default('page'),
      first: z.int().min(0).max(1).default(1),
    })
    .meta({ description: 'Numbered pages.' }),
  z
    .strictObject({ kind: z.literal('offset'), parameter: parameter.default('offset') })
    .meta({ description: 'The number of records to leave out.' }),
  z
    .strictObject({
      kind: z.literal('cursor'),
      parameter: parameter.default('cursor'),
      next: inside.default('next'),
    })
    .meta({ description: 'A word in the answer that asks for the next page; none: it was the last.' }),
]);

const endpoint = z.strictObject({
  path: z
    .string()
    .regex(/^[\w./-]+(?:\?[\w=&.,%-]*)?$/, { error: 'must be a path below the address, with a query or not' })
    .refine((path) => !path.split('/').includes('..'), { error: 'must not lead out of the address' })
    .meta({ description: 'Path below the address.' }),
  records: inside.optional().meta({ description: 'Where the records stand in an answer; left out: as in `records`.' }),
});

/**
 * The API of a customer who has one, described endpoint by endpoint: nothing about it is public, and what is said of it
 * contradicts itself (sources.md §D).
 */
export function apiSchema<Name extends z.ZodType<string>>(objectName: Name) {
  return z.strictObject({
    url: address.meta({ description: 'Address that every path lies below.' }),
    key: z
      .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
      .default({ env: 'SMARTDESK_API_KEY' })
      .meta({ description: 'Where the key is found: `{ env: NAME }` or `{ file: PATH }`.' }),
    header: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]*$/)
      .default('Authorization')
      .meta({ description: 'Header that carries the key.' }),
    scheme: z.string().max(50).default('Bearer').meta({ description: 'Word before the key; empty: none.' }),
    objects: z
      .record(objectName, endpoint)
      .refine((objects) => Object.keys(objects).length > 0, { error: 'must name an object' })
      .meta({ description: 'Endpoint of each object: `{ contact: { path: v1/contacts } }`.' }),
    records: inside.optional().meta({
      description: 'Where the records stand in an answer, as `data.items`; left out: the answer is the list.',
    }),
    total: inside.optional().meta({ description: 'Where an answer says how many records there are in all.' }),
    texts: texts.prefault({}).meta({
      description:
        'How numbers, days and times are written where they are texts: `{ decimalMark: ",", day: dd.MM.yyyy, time: "dd.MM.yyyy HH:mm" }`. JSON numbers and ISO 8601 need nothing.',
    }),
    paging: paging
      .default({ kind: 'page', parameter: 'page', first: 1 })
      .meta({ description: 'How pages are asked for.' }),
    size: z
      .strictObject({ parameter: parameter.default('limit'), records: z.int().min(1).max(10_000).default(100) })
      .prefault({})
      .meta({ description: 'How many records a page is asked to hold.' }),
    callsPerMinute: z.int().min(1).max(10_000).default(60).meta({ description: 'Calls in any minute, all together.' }),
    seconds: z.int().min(1).max(86_400).default(300).meta({
      description: 'How often everything is read: nothing says what changed, so each read is compared with the last.',
    }),
  });
}

export type ApiSettings = z.infer<ReturnType<typeof apiSchema<z.ZodType<string>>>>;

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}

function isPattern(text: string): boolean {
  try {
    compilePattern(text);
    return true;
  } catch {
    return false;
  }
}
