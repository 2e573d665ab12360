import { cut } from './values.ts';

/** Whether Twenty or PostgreSQL cannot store it: NUL (twenty.md O5: a permanent 500) and other control characters. */
function isControl(code: number): boolean {
  return (code < 0x20 && code !== 0x09 && code !== 0x0a) || code === 0x7f;
}

/** What becomes of half of a character as soon as it is written as UTF-8, in an export or in the log. */
const REPLACEMENT = 0xfffd;

export interface Cleaned {
  readonly text: string;
  /** Characters taken out. */
  readonly stripped: number;
  readonly truncated: boolean;
}

/** The text as it can be stored: without unstorable characters, at most `maxText` long. Line ends become \n. */
export function cleanText(text: string, maxText: number): Cleaned {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  let storable = '';
  let stripped = 0;
  let from = 0;
  for (let at = 0; at < lines.length; at++) {
    const code = lines.charCodeAt(at);
    if (isHighSurrogate(code) && isLowSurrogate(lines.charCodeAt(at + 1))) {
      at++;
    } else if (isControl(code) || isHighSurrogate(code) || isLowSurrogate(code) || code === REPLACEMENT) {
      storable += lines.slice(from, at);
      from = at + 1;
      stripped++;
    }
  }
  storable += lines.slice(from);
  return { text: cut(storable, maxText), stripped, truncated: storable.length > maxText };
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
