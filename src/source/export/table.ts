import { ChangeoverError } from '../../core/errors.ts';
import { type Column, looksLikeData, readHeader } from '../delimited/header.ts';
import type { ExportObjectProfile, ExportProfile, ExportRow } from './profile.ts';

/** How the rows of one file become records: which column is what. */
export interface TableLayout {
  readonly columns: readonly Column[];
  readonly idIndex: number;
  /** Columns whose values are ids, the object's own first: a spreadsheet may have turned them into numbers. */
  readonly idLike: readonly number[];
  /** Known columns that the file lacks. */
  readonly missing: readonly string[];
}

/** Every column that the profile knows, the id among them. */
export function knownColumns(
  object: ExportObjectProfile,
): { readonly name: string; readonly aliases: readonly string[] }[] {
  const [idName, ...idAliases] = object.id;
  if (idName === undefined) throw new ChangeoverError('INTERNAL', `the profile of ${object.name} names no id column`);
  const others = object.columns.filter((column) => column.name !== idName);
  return [
    { name: idName, aliases: idAliases },
    ...others.map((column) => ({ name: column.name, aliases: column.aliases ?? [] })),
  ];
}

/**
 * Reads the header. Missing columns that are required, or `expected` because the export before had them, are refused: every
 * record would lose the value. `waived` are those of which someone said that they are not needed.
 */
export function layoutOf(
  header: readonly string[],
  object: ExportObjectProfile,
  file: string,
  waived: ReadonlySet<string>,
  expected: ReadonlySet<string> = new Set(),
): TableLayout {
  const known = knownColumns(object);
  const columns = readHeader(header, known, file);
  const place = { file, line: 1, object: object.name };
  if (looksLikeData(columns)) {
    throw new ChangeoverError(
      'FILE_NO_HEADER',
      `the first line of ${file} is not a header: ${header.slice(0, 5).join(' | ')}`,
      { place },
    );
  }
  const present = new Set(columns.map((column) => column.name));
  const idName = object.id[0] ?? '';
  const idColumn = columns.find((column) => column.name === idName);
  if (idColumn === undefined) {
    throw new ChangeoverError('EXPORT_COLUMN_MISSING', `${file} has no id column (${object.id.join(', ')})`, {
      place: { ...place, field: idName },
    });
  }
  const needed = new Set([
    ...object.columns.filter((column) => column.required === true).map((column) => column.name),
    ...expected,
  ]);
  const lacking = [...needed].find((name) => !present.has(name) && !waived.has(name));
  if (lacking !== undefined) {
    throw new ChangeoverError('EXPORT_COLUMN_MISSING', `${file} has no column ${JSON.stringify(lacking)}`, {
      place: { ...place, field: lacking },
    });
  }
  const links = new Set(object.columns.filter((column) => column.link === true).map((column) => column.name));
  return {
    columns,
    idIndex: idColumn.index,
    idLike: [idColumn.index, ...columns.filter((column) => links.has(column.name)).map((column) => column.index)],
    missing: known.map((column) => column.name).filter((name) => !present.has(name)),
  };
}

/** An id without the spaces around it, in composed form, so that two spellings of it are one. */
export function cleanId(cell: string): string {
  return cell.normalize('NFC').replace(/^[\s\u00a0]+|[\s\u00a0]+$/g, '');
}

/** A row under the profile's names. */
export function toRow(cells: readonly string[], layout: TableLayout): ExportRow {
  const entries: [string, string | null][] = layout.columns.map(({ name, index }) => [
    name,
    (cells[index] ?? '').normalize('NFC'),
  ]);
  for (const name of layout.missing) entries.push([name, null]);
  // Built from entries, so that a column may have any name, `__proto__` too.
  return { id: cleanId(cells[layout.idIndex] ?? ''), fields: Object.fromEntries(entries) };
}

/** What makes equal rows of two files equal whatever the order of their columns: places sorted by name, and the names themselves. */
export function canonicalOrder(
  layout: TableLayout,
  profile: ExportProfile,
): { readonly order: readonly number[]; readonly names: string } {
  const sorted = [...layout.columns].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    order: sorted.map((column) => column.index),
    names: JSON.stringify([profile.revision ?? 1, sorted.map((column) => column.name)]),
  };
}
