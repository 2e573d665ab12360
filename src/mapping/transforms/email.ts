import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { asText, BadValue, type Value } from '../values.ts';
import { define } from './transform.ts';

const LOCAL = /^[^\s@"(),:;<>[\\\]]+$/;

/** An address as Twenty keeps it: lower case, the domain in ASCII, without a trailing dot (twenty.md §2). */
export function readEmail(value: Value): string {
  const text = asText(value).trim();
  const inner = /<([^<>]+)>\s*$/.exec(text)?.[1] ?? text.replace(/^mailto:/i, '');
  const at = inner.lastIndexOf('@');
  const local = inner.slice(0, at);
  const domain = domainToASCII(inner.slice(at + 1).replace(/\.$/, ''));
  const dotted = /^[^.]+(\.[^.]+)+$/.test(domain) && !/\.\.|^\.|\.$/.test(local);
  const address = `${local.replace(/İ/g, 'i').toLowerCase()}@${domain}`;
  if (at < 1 || !LOCAL.test(local) || !dotted || address.length > 254) {
    throw new BadValue('MAPPING_BAD_EMAIL', `${JSON.stringify(text)} is not an e-mail address`, value);
  }
  return address;
}

export const email = define({
  name: 'email',
  doc: 'One e-mail address as text, in the form Twenty keeps: small letters, domain in ASCII. `Name <address>` gives the address.',
  takes: ['text', 'any'],
  gives: 'text',
  lossy: null,
  settings: z.strictObject({}),
  shorthand: null,
  examples: [
    { from: 'Ada <Ada@Example.com>', gives: 'ada@example.com' },
    { from: 'ada@bücher.example', gives: 'ada@xn--bcher-kva.example' },
    { from: 'none', gives: { refused: 'MAPPING_BAD_EMAIL' } },
  ],
  apply: (value) => readEmail(value),
});
