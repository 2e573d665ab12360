import { cut } from './values.ts';

/** What Twenty or PostgreSQL cannot store: NUL (twenty.md O5: a permanent 500), other control characters, lone surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const UNSTORABLE =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export interface Cleaned {
  readonly text: string;
  /** Characters taken out. */
  readonly stripped: number;
  readonly truncated: boolean;
}

/** The text as it can be stored: without unstorable characters, at most `maxText` long. Line ends become \n. */
export function cleanText(text: string, maxText: number): Cleaned {
  let stripped = 0;
  const storable = text.replace(/\r\n?/g, '\n').replace(UNSTORABLE, () => {
    stripped++;
    return '';
  });
  return { text: cut(storable, maxText), stripped, truncated: storable.length > maxText };
}
