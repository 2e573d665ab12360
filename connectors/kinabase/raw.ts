import { isObject, type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type { Settings } from './settings.ts';

/** A record as the API gives it (sources.md B). */
export interface RawRecord {
  readonly id: string;
  readonly data: JsonObject;
  readonly numericId: string | null;
  readonly external: readonly string[];
  readonly lists: Readonly<Record<string, readonly RawItem[]>>;
  readonly files: readonly RawFile[];
  readonly created: number | null;
  readonly updated: number | null;
}

/** A sub-record, in a list of a record. */
export interface RawItem {
  readonly id: string;
  readonly data: JsonObject;
}

export interface RawFile {
  readonly id: string;
  readonly name: string;
  readonly url: string | null;
}

/** A collection as the list of collections gives it. What an item holds beside id, slug and name is not documented. */
export interface RawCollection {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly fields: readonly RawField[];
}

export interface RawField {
  readonly key: string;
  readonly formula: string | null;
  readonly list: boolean;
}

export function rawCollections(body: unknown): readonly RawCollection[] | null {
  const list = isObject(body) ? (body.collections ?? body.records) : body;
  if (!Array.isArray(list)) return null;
  return list.filter(isObject).flatMap((item) => {
    const id = idOf(item.id) ?? textOf(item.slug);
    if (id === null) return [];
    const name = textOf(item.name) ?? textOf(item.slug) ?? id;
    return [{ id, slug: textOf(item.slug) ?? name, name, fields: rawFields(item.fields) }];
  });
}

function rawFields(given: unknown): readonly RawField[] {
  if (!Array.isArray(given)) return [];
  return given.filter(isObject).flatMap((field) => {
    const key = textOf(field.key) ?? textOf(field.name);
    const list = field.multiple === true || /multi|list/i.test(textOf(field.type) ?? '');
    return key === null ? [] : [{ key, formula: textOf(field.formula), list }];
  });
}

/** Null for what has no id: it cannot be told from others. */
export function rawRecord(given: unknown, settings: Settings): RawRecord | null {
  if (!isObject(given)) return null;
  const id = idOf(given.id);
  if (id === null) return null;
  const data = isObject(given.data) ? given.data : {};
  return {
    id,
    data,
    numericId: idOf(given.numericId),
    external: rawExternal(given.external),
    lists: rawLists(given.lists),
    files: rawFiles(given.fileStorage),
    created: timeOf(given[settings.createdKey] ?? data[settings.createdKey]),
    updated: timeOf(given[settings.updatedKey] ?? data[settings.updatedKey]),
  };
}

function idOf(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = textOf(value)?.trim() ?? '';
  return text === '' ? null : text;
}

export function rawExternal(given: unknown): readonly string[] {
  if (!Array.isArray(given)) return [];
  return given.filter(isObject).map(({ key, id }) => `${String(key ?? '')}:${String(id ?? '')}`);
}

function rawLists(given: unknown): RawRecord['lists'] {
  if (!isObject(given)) return {};
  const lists = Object.entries(given).map(([name, items]): [string, readonly RawItem[]] => [name, rawItems(items)]);
  return Object.fromEntries(lists);
}

/** An item without an id has its place in the list for one. */
function rawItems(given: unknown): readonly RawItem[] {
  if (!Array.isArray(given)) return [];
  return given
    .filter(isObject)
    .map((item, place) => ({ id: idOf(item.id) ?? `#${place + 1}`, data: isObject(item.data) ? item.data : item }));
}

export function rawFiles(given: unknown): readonly RawFile[] {
  if (!Array.isArray(given)) return [];
  return given.filter(isObject).flatMap((file) => {
    const url = textOf(file.url);
    const id = idOf(file.id) ?? url;
    return id === null ? [] : [{ id, name: textOf(file.name) ?? textOf(file.fileName) ?? id, url }];
  });
}

export function timeOf(value: unknown): number | null {
  const time = typeof value === 'number' ? value : Date.parse(textOf(value) ?? '');
  return Number.isFinite(time) ? time : null;
}
