import { z } from 'zod';
import { asText } from '../values.ts';
import { define } from './transform.ts';

/** What Markdown would take for formatting, where a plain text only means itself. Underscores inside words are none. */
const INLINE = /[\\`*]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|<(?=[A-Za-z/!?])|\[(?=[^\]\n]*\])|~(?=~)/gu;
const LINE_START = /^(\s{0,3})([-+](?=\s|$)|#{1,6}(?=\s|$)|>|={3,}|-{3,}|\d{1,9}[.)](?=\s|$))/gm;

export const body = define({
  name: 'body',
  doc: 'A text as the rich-text body of a note or task. Plain text keeps its lines and characters as they are; with `format: markdown` it is taken as Markdown.',
  takes: ['text', 'any', 'list'],
  gives: 'richText',
  lossy: null,
  settings: z.strictObject({ format: z.enum(['plain', 'markdown']).default('plain') }),
  shorthand: 'format',
  whole: true,
  examples: [
    { from: 'Line 1\nLine 2', gives: { markdown: 'Line 1\n\nLine 2', blocknote: null } },
    { from: '2 * 3 # x', gives: { markdown: '2 \\* 3 # x', blocknote: null } },
    { settings: { format: 'markdown' }, from: '**Hello**', gives: { markdown: '**Hello**', blocknote: null } },
  ],
  apply: (value, { format }) => {
    const text = asText(value).replace(/\r\n?/g, '\n');
    const markdown = format === 'markdown' ? text : quoted(text);
    return { markdown, blocknote: null };
  },
});

/** One paragraph per line: a single line end would be a space in Markdown. */
function quoted(text: string): string {
  return text
    .replace(INLINE, '\\$&')
    .replace(LINE_START, (_all, indent: string, mark: string) =>
      /\d/.test(mark) ? `${indent}${mark.slice(0, -1)}\\${mark.slice(-1)}` : `${indent}\\${mark}`,
    )
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
