import { ChangeoverError } from '../../core/errors.ts';

/** A column that somebody knows, under any of its headers. */
export interface KnownColumn {
  readonly name: string;
  readonly aliases?: readonly string[];
}

export interface Column {
  /** The known column's name, else the header as it stands in the file, trimmed. */
  readonly name: string;
  /** What stands in the file. */
  readonly header: string;
  /** Place in the file, from 0. */
  readonly index: number;
  readonly known: boolean;
}

/** A header without what editors and spreadsheets add around it: a glued byte order mark, spaces of any kind. */
export function cleanHeader(header: string): string {
  return header
    .replace(/^\ufeff/, '')
    .normalize('NFC')
    .replace(/[\s\u00a0\u200b\u2060]+/g, ' ')
    .trim();
}

/**
 * The form in which headers are compared: case is ignored the same way on every machine, and the Turkish letters I, İ, ı, i
 * count as one, as exporters change their case by either rule (sources.md §D).
 */
export function foldHeader(header: string): string {
  return cleanHeader(header).normalize('NFKC').replace(/[Iİı]/g, 'i').toLowerCase().replaceAll('\u0307', '');
}

/** The columns of a file from its first row. Throws where two of them cannot be told apart. */
export function readHeader(cells: readonly string[], known: readonly KnownColumn[], file: string): Column[] {
  const byHeader = new Map<string, string>();
  for (const column of known) {
    for (const header of [column.name, ...(column.aliases ?? [])]) byHeader.set(foldHeader(header), column.name);
  }
  const seen = new Map<string, number>();
  return cells.map((cell, index) => {
    const header = cleanHeader(cell);
    const knownName = byHeader.get(foldHeader(header));
    const name = knownName ?? (header === '' ? `column ${index + 1}` : header);
    const first = seen.get(name);
    if (first !== undefined) {
      const same = `columns ${first + 1} and ${index + 1} of ${file} both are ${JSON.stringify(name)}`;
      throw new ChangeoverError('FILE_DUPLICATE_HEADERS', same, {
        place: { file, line: 1, column: index + 1, field: name },
      });
    }
    seen.set(name, index);
    return { name, header, index, known: knownName !== undefined };
  });
}

const DATA = /@|^[+-]?[\d.,\s]+$|^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}/;

/** Whether a first row is data: no known name in it, and cells that no header has. */
export function looksLikeData(columns: readonly Column[]): boolean {
  if (columns.some((column) => column.known)) return false;
  return columns.some((column) => column.header === '' || DATA.test(column.header));
}
