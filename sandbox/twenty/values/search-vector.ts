import type { Json } from '../json.ts';
import type { Shape } from '../model/shape.ts';
import type { Row } from '../store/table.ts';

/** Types whose text goes into the search index. */
const SEARCHED = new Set(['TEXT', 'FULL_NAME', 'EMAILS', 'PHONES', 'LINKS', 'RICH_TEXT']);

function collect(value: Json | undefined, into: string[]): void {
  if (typeof value === 'string') into.push(value);
  else if (Array.isArray(value)) for (const item of value) collect(item, into);
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) collect(item, into);
}

/** A text of the form PostgreSQL shows for a tsvector. The real lexer splits differently; nobody may rely on it. */
export function searchVector(shape: Shape, row: Row): string {
  const texts: string[] = [];
  for (const { key, field } of shape.columns) {
    if (SEARCHED.has(field.type) && !field.isSystem && !field.isCustom) collect(row[key], texts);
  }
  const lexemes = new Map<string, number>();
  let position = 0;
  for (const word of texts
    .join(' ')
    .toLowerCase()
    .match(/[\p{L}\p{N}@.+]+/gu) ?? []) {
    position += 1;
    if (!lexemes.has(word)) lexemes.set(word, position);
  }
  return [...lexemes]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([word, at]) => `'${word}':${at}`)
    .join(' ');
}
