import { isObject, parseExactly } from '../../../src/core/exact-json.ts';
import type { ExportRow } from '../../../src/source/export/export-source.ts';
import type { Collection } from '../catalogue.ts';
import { foldName } from '../names.ts';
import { type RawRecord, rawExternal, rawFiles } from '../raw.ts';
import type { ExportSettings } from './settings.ts';

/** Names of what stands beside a record's fields, as the profile gives them to rows. No header of a field can be like them. */
export const OWN_COLUMNS = {
  id: '@id',
  created: '@created',
  updated: '@updated',
  numericId: '@numericId',
  external: '@external',
  files: '@files',
} as const;

const OWN: ReadonlySet<string> = new Set(Object.values(OWN_COLUMNS));

/**
 * A row as the record that the API would have given, so that both become events by one way (KIN-S2). By itself an empty cell
 * is nothing; emptied.ts knows what the record had before.
 */
export function rawOf(row: ExportRow, collection: Collection, settings: ExportSettings): RawRecord {
  const users = new Set(settings.users.map(foldName));
  const cells = Object.entries(row.fields).filter(([name]) => !OWN.has(name));
  const data = cells.map(([name, cell]): [string, unknown] => {
    const list = collection.fields.get(name)?.list === true;
    return [name, cellValue(cell, { list, user: users.has(foldName(name)), separator: settings.separator })];
  });
  return {
    id: row.id,
    data: Object.fromEntries(data),
    numericId: filled(row.fields[OWN_COLUMNS.numericId]),
    external: externalOf(filled(row.fields[OWN_COLUMNS.external]), settings.separator),
    lists: {},
    files: filesOf(filled(row.fields[OWN_COLUMNS.files]), settings.separator),
    // The times of events are read by the export's own patterns.
    created: null,
    updated: null,
  };
}

function cellValue(
  cell: string | null,
  as: { readonly list: boolean; readonly user: boolean; readonly separator: string },
): unknown {
  const text = filled(cell);
  // A field of several values that holds none is an empty list to the API.
  if (as.list) return text === null ? [] : split(text, as.separator);
  if (text === null || !as.user) return text;
  return text.includes('@') ? { email: text, name: null } : { email: null, name: text };
}

function filled(cell: string | null | undefined): string | null {
  return cell === undefined || cell === '' ? null : cell;
}

function split(text: string, separator: string): readonly string[] {
  const listed = jsonList(text);
  if (listed !== null) return listed.map(String);
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `key:id` one after the other, or the list that the API gives. */
function externalOf(cell: string | null, separator: string): readonly string[] {
  if (cell === null) return [];
  const listed = jsonList(cell);
  return listed === null ? split(cell, separator) : rawExternal(listed);
}

/** The list that the API gives, or names one after the other: then a name has to do for an id. */
function filesOf(cell: string | null, separator: string): RawRecord['files'] {
  if (cell === null) return [];
  const listed = jsonList(cell);
  if (listed !== null) return rawFiles(listed);
  return split(cell, separator).map((name) => ({ id: name, name, url: null }));
}

function jsonList(text: string): readonly unknown[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const value: unknown = parseExactly(text);
    return Array.isArray(value) && value.every((item) => isObject(item) || typeof item === 'string') ? value : null;
  } catch {
    return null;
  }
}
