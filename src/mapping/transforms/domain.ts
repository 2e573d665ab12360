import { z } from 'zod';
import { parts, readAll } from '../parts.ts';
import { linksOf, readUrl } from './link.ts';
import { define } from './transform.ts';

export const domain = define({
  name: 'domain',
  doc: 'The host of a web address or e-mail address as a LINKS value with https, without www, path and port: what identifies a company.',
  takes: ['text', 'any', 'list'],
  gives: 'links',
  lossy: 'path and port',
  settings: z.strictObject({}),
  shorthand: null,
  whole: true,
  examples: [
    {
      from: 'http://www.Acme.example/en?x=1',
      gives: { primaryLinkUrl: 'https://acme.example', primaryLinkLabel: '', secondaryLinks: [] },
      loses: ['dropped'],
    },
    {
      from: 'acme.example',
      gives: { primaryLinkUrl: 'https://acme.example', primaryLinkLabel: '', secondaryLinks: [] },
    },
    { from: 'Acme', gives: { refused: 'MAPPING_BAD_LINK' } },
  ],
  apply: (value, _settings, context) =>
    readAll(
      parts(value, /[,;\n]+/),
      (part) => {
        const url = readUrl(part.includes('@') && !part.includes('/') ? part.slice(part.lastIndexOf('@') + 1) : part);
        const host = url.hostname.replace(/^www\./, '').replace(/\.$/, '');
        if (url.pathname !== '/' || url.search !== '' || url.port !== '') context.lose('dropped', part, host);
        return `https://${host}`;
      },
      linksOf,
    ),
});
