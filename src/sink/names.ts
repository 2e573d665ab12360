import { type RecordKey, recordKey } from '../core/identifiers.ts';

/** The names of things that can be waited for (SPEC.md §8), built here and nowhere else. */

export function recordName(key: string): string {
  return `record:${key}`;
}

/** The name that `Lookups.set` reports when what a lookup finds may have changed. */
export function lookupName(source: string, object: string, index: string, value: string): string {
  return `lookup:${source}/${object}/${index}/${value}`;
}

export function ownerName(source: string, reference: string): string {
  return `owner:${source}/${reference}`;
}

export function reviewName(id: string): string {
  return `review:${id}`;
}

/** The id of which `reviewName` was made; null for a name of anything else. */
export function parseReviewName(name: string): string | null {
  return name.startsWith('review:') ? name.slice('review:'.length) : null;
}

export function uniqueName(object: string, field: string, value: string): string {
  return `unique:${object}/${field}/${value}`;
}

/** What `uniqueName` was made of; null for a name of anything else. */
export function parseUniqueName(
  name: string,
): { readonly object: string; readonly field: string; readonly value: string } | null {
  const found = /^unique:([^/]+)\/([^/]+)\/(.*)$/s.exec(name);
  if (found === null) return null;
  const [, object = '', field = '', value = ''] = found;
  return { object, field, value };
}

export function placeholderName(targetKey: string): string {
  return `placeholder:${targetKey}`;
}

/** The key of a placeholder's target: `<source>/<object>/~placeholder/<name>`. */
export function placeholderKey(source: string, object: string, name: string): RecordKey {
  return recordKey(source, object, `~placeholder/${name}`);
}

export function isPlaceholderKey(key: string): boolean {
  return /^[^/]+\/[^/]+\/~placeholder\//.test(key);
}

/** The source and object of a placeholder's or record's key. */
export function parsePlaceholder(key: string): { readonly source: string; readonly object: string } {
  const [source = '', object = ''] = key.split('/');
  return { source, object };
}

/** The key of a child's target. The name never holds `>`, so the record's key is what stands before the last one. */
export function childKey(record: string, name: string): string {
  return `${record}>${name}`;
}

/** Under which key a record's own row in Twenty is kept; a reborn record (design §7) gets another row. */
export function naturalKey(key: string, incarnation: number): string {
  return incarnation === 0 ? key : `${key}#${incarnation}`;
}

/** The record that a row of a record was made for: without the life that a reborn one counts, or the name that a second row got. */
export function recordOfTarget(targetKey: string): string {
  return targetKey.replace(/(#\d+)?(~\d+\.\d+)?$/, '');
}

/** How a row of the workspace is named. */
export function rowName(object: string, id: string): string {
  return `${object} ${id}`;
}

/** Whether the target was made for an earlier life of the record. */
export function isEarlierLife(targetKey: string, key: string, incarnation: number): boolean {
  for (let life = 0; life < incarnation; life += 1) if (targetKey === naturalKey(key, life)) return true;
  return false;
}

/** The review item that asks about one record. */
export function recordReviewId(key: string, question: string): string {
  return `${key}?${question}`;
}

/** Whether an item is a question of the record's own mapping (`RecordQuestion.id`), and none about its row in Twenty. */
export function asksOfRecord(id: string, key: string): boolean {
  return ['quality', 'question', 'option', 'value'].some((kind) => id.startsWith(recordReviewId(key, `${kind}/`)));
}

/** The review item that asks about an owner. */
export function ownerReviewId(source: string, reference: string): string {
  return `owner/${source}/${reference}`;
}

/** The question that an object's breaker asks when it opens for the n-th time. */
export function breakerReviewId(source: string, object: string, opening: number): string {
  return `breaker:${source}/${object}/${opening}`;
}

/** The question about the n-th time that a source deleted much of an object at once. */
export function massDeleteReviewId(source: string, object: string, wave: number): string {
  return `deletes:${source}/${object}/${wave}`;
}

/** The index under which a record registers the unique values it wants in Twenty. */
export function claimIndex(target: string, field: string): string {
  return `unique:${target}.${field}`;
}

/** The consumer group of intake. */
export const INTAKE_GROUP = 'sink';

export function writerLease(workspace: string): string {
  return `writer:${workspace}`;
}
