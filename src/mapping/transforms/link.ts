import { z } from 'zod';
import { parts, readAll } from '../parts.ts';
import { asText, BadValue, type Value } from '../values.ts';
import { define } from './transform.ts';

/** A web address with a scheme; `https` where it has none. Twenty takes a trailing slash away (twenty.md O2). */
export function readUrl(value: Value): URL {
  const text = asText(value).trim();
  const given = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = /\s/.test(given) || !URL.canParse(given) ? null : new URL(given);
  const web = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  if (!web || !/^[^.]+(\.[^.]+)+$/.test(url.hostname.replace(/\.$/, '')) || url.username !== '' || text.length > 2000) {
    throw new BadValue('MAPPING_BAD_LINK', `${JSON.stringify(text)} is not a web address`, value);
  }
  return url;
}

export function linksOf(urls: readonly string[]): Value {
  const [primaryLinkUrl, ...more] = [...new Set(urls)];
  if (primaryLinkUrl === undefined) return null;
  return { primaryLinkUrl, primaryLinkLabel: '', secondaryLinks: more.map((url) => ({ url, label: '' })) };
}

export const link = define({
  name: 'link',
  doc: 'Web addresses as one LINKS value, with path and scheme (https where none is given); several in one cell with , or ; between.',
  takes: ['text', 'any', 'list'],
  gives: 'links',
  lossy: null,
  settings: z.strictObject({}),
  shorthand: null,
  whole: true,
  examples: [
    {
      from: 'Example.com/in/Ada/',
      gives: { primaryLinkUrl: 'https://example.com/in/Ada', primaryLinkLabel: '', secondaryLinks: [] },
    },
    { from: 'no link', gives: { refused: 'MAPPING_BAD_LINK' } },
  ],
  apply: (value) => readAll(parts(value, /[,;\n]+/), (part) => readUrl(part).href.replace(/\/$/, ''), linksOf),
});
