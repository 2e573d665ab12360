import { z } from 'zod';
import { parts, readAll } from '../parts.ts';
import { readEmail } from './email.ts';
import { define } from './transform.ts';

export const emails = define({
  name: 'emails',
  doc: 'All e-mail addresses of the cells (also several in one, with , ; or space between) as one EMAILS value: the first is the primary one, repeated ones count once.',
  takes: ['text', 'any', 'list'],
  gives: 'emails',
  lossy: null,
  settings: z.strictObject({}),
  shorthand: null,
  whole: true,
  examples: [
    {
      from: ['Ada@Example.com', 'ada@example.com; a@b.example'],
      gives: { primaryEmail: 'ada@example.com', additionalEmails: ['a@b.example'] },
    },
    { from: ['', null], gives: null },
    { from: 'ada@example.com; nonsense', gives: { refused: 'MAPPING_BAD_EMAIL' } },
  ],
  apply: (value) =>
    readAll(parts(value, /[,;\n]+|\s+(?=[^\s<>]+@)/), readEmail, (addresses) => {
      const [primaryEmail, ...additionalEmails] = [...new Set(addresses)];
      return primaryEmail === undefined ? null : { primaryEmail, additionalEmails };
    }),
});
