/**
 * PostgreSQL's text holds every character but U+0000, and sources send that one too (a key, a lookup's value). It is
 * written as U+0001 `0`, and U+0001 itself as U+0001 `1`: every text comes back as it was, and the order of texts stays.
 */
const ESCAPE = '\x01';
const ESCAPED = new RegExp(`${ESCAPE}([01])`, 'g');

export function toStored(text: string): string {
  if (!text.includes('\0') && !text.includes(ESCAPE)) return text;
  return text.replaceAll(ESCAPE, '\x011').replaceAll('\0', '\x010');
}

export function fromStored(text: string): string {
  if (!text.includes(ESCAPE)) return text;
  return text.replace(ESCAPED, (_pair, digit: string) => (digit === '0' ? '\0' : ESCAPE));
}
