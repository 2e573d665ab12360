import { type Document, isMap, isSeq, type YAMLMap, type YAMLSeq } from 'yaml';
import type { ObjectDescription } from '../source/connector.ts';
import type { Path } from './finding.ts';
import { listAt, nodeAt, removeFrom, removeKey } from './yaml-edit.ts';

/**
 * Takes out of a base mapping what names columns that this source does not have, so that a connector's default mapping
 * fits an export with fewer columns. Conditions are left for a person: without them a rule could mean something else.
 */
export function pruneObject(document: Document, path: Path, object: ObjectDescription): readonly string[] {
  const has = new Set(object.fields.map((field) => field.name));
  const gone: string[] = [];
  const missing = (column: unknown): boolean => {
    const lacks = typeof column === 'string' && !column.startsWith('@') && !has.has(column);
    if (lacks && !gone.includes(column)) gone.push(column);
    return lacks;
  };
  pruneSources(document, [...path, 'fields'], missing);
  pruneSources(document, [...path, 'owners'], missing);
  pruneSources(document, [...path, 'lookups'], missing);
  pruneList(document, [...path, 'sameAs'], (entry) => missing(entry.get('id')));
  pruneList(document, [...path, 'skip'], (entry) => missing(entry.get('column')));
  for (const list of [listOf(document, [...path, 'children'])]) {
    for (let index = (list?.items.length ?? 0) - 1; index >= 0; index--) {
      const at = [...path, 'children', index];
      pruneSources(document, [...at, 'fields'], missing);
      pruneLinks(document, [...at, 'links'], missing);
      if (missing(textAt(document, [...at, 'each', 'from'])) && list !== null) removeFrom(document, list, index);
    }
  }
  pruneLinks(document, [...path, 'links'], missing);
  const formats = nodeAt(document, [...path, 'formats']);
  if (isMap(formats)) for (const key of keysOf(formats)) if (missing(key)) removeKey(document, formats, key);
  return gone;
}

type Missing = (column: unknown) => boolean;

function listOf(document: Document, path: Path): YAMLSeq | null {
  const node = nodeAt(document, path);
  return isSeq(node) ? node : null;
}

function keysOf(map: YAMLMap): readonly string[] {
  return Object.keys(map.toJSON() as Record<string, unknown>);
}

function textAt(document: Document, path: Path): unknown {
  return nodeAt(document, path)?.toJSON();
}

function pruneList(document: Document, path: Path, goes: (entry: YAMLMap, at: Path) => boolean): void {
  const list = listOf(document, path);
  if (list === null) return;
  for (let index = list.items.length - 1; index >= 0; index--) {
    const entry = nodeAt(document, [...path, index]);
    if (isMap(entry) && goes(entry, [...path, index])) removeFrom(document, list, index);
  }
}

/** Rules with `from` or `template`. */
function pruneSources(document: Document, path: Path, missing: Missing): void {
  pruneList(document, path, (entry, at) => {
    const from = nodeAt(document, [...at, 'from'])?.toJSON() as unknown;
    if (typeof from === 'string') return missing(from);
    if (Array.isArray(from)) return pruneColumns(document, entry, from, missing);
    const template = entry.get('template');
    return typeof template === 'string' && pruneTemplate(entry, template, missing);
  });
}

/** Whether nothing is left. The first of several columns may name the pipeline or the amount, so one left over stands alone. */
function pruneColumns(document: Document, entry: YAMLMap, from: readonly unknown[], missing: Missing): boolean {
  const left = from.filter((column) => !missing(column));
  if (left.length === from.length) return false;
  if (left.length === 0) return true;
  entry.set('from', left.length === 1 ? left[0] : document.createNode(left, { flow: true }));
  return false;
}

function pruneTemplate(entry: YAMLMap, template: string, missing: Missing): boolean {
  const columns = (line: string): readonly string[] =>
    [...line.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '');
  const lines = template.split('\n');
  const left = lines.filter((line) => !columns(line).some(missing));
  if (left.length === lines.length) return false;
  if (left.every((line) => columns(line).length === 0)) return true;
  entry.set('template', left.join('\n').trim());
  return false;
}

function pruneLinks(document: Document, path: Path, missing: Missing): void {
  pruneList(document, path, (_link, at) => {
    const attempts = [...at, 'attempts'];
    pruneList(document, attempts, (_attempt, attempt) => {
      const by = textAt(document, [...attempt, 'id']) ?? textAt(document, [...attempt, 'value']);
      const column = typeof by === 'object' && by !== null ? (by as { readonly from?: unknown }).from : by;
      return missing(column);
    });
    return listAt(document, attempts).items.length === 0;
  });
}
