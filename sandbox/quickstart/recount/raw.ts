import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

/** One row of a raw file, by header; what is said below of columns holds for the sample only. */
export type RawRow = Readonly<Record<string, string>>;

export const OBJECTS = ['company', 'contact', 'deal', 'call', 'email', 'meeting', 'note'] as const;
export type ObjectName = (typeof OBJECTS)[number];

export interface RawFile {
  readonly file: string;
  readonly delimiter: ',' | ';';
  readonly encoding: 'utf-8' | 'windows-1254';
  readonly id: string;
  readonly owner: string;
  /** Twenty's object, in the singular. */
  readonly target: 'company' | 'person' | 'opportunity' | 'task' | 'note';
  /** Columns that name other records by id. */
  readonly references: Readonly<Partial<Record<'company' | 'contact' | 'deal', string>>>;
}

/** How the sample's files are written, said a second time on purpose: nothing of the connector is used here. */
export const FILES: Readonly<Record<ObjectName, RawFile>> = {
  company: {
    file: 'companies.csv',
    delimiter: ',',
    encoding: 'utf-8',
    id: 'Company ID',
    owner: 'Owner',
    target: 'company',
    references: {},
  },
  contact: {
    file: 'contacts.csv',
    delimiter: ';',
    encoding: 'utf-8',
    id: 'Contact ID',
    owner: 'Owner',
    target: 'person',
    references: { company: 'Company ID' },
  },
  deal: {
    file: 'deals.csv',
    delimiter: ',',
    encoding: 'utf-8',
    id: 'Deal ID',
    owner: 'Owner',
    target: 'opportunity',
    references: { company: 'Company ID', contact: 'Contact ID' },
  },
  call: {
    file: 'calls.csv',
    delimiter: ',',
    encoding: 'utf-8',
    id: 'Call ID',
    owner: 'Owner',
    target: 'task',
    references: { contact: 'Contact ID', deal: 'Deal ID' },
  },
  email: {
    file: 'emails.csv',
    delimiter: ',',
    encoding: 'utf-8',
    id: 'Email ID',
    owner: 'Owner',
    target: 'task',
    references: { contact: 'Contact ID', deal: 'Deal ID' },
  },
  meeting: {
    file: 'toplantilar.csv',
    delimiter: ';',
    encoding: 'windows-1254',
    id: 'Toplantı No',
    owner: 'Sorumlu',
    target: 'task',
    references: { contact: 'Kişi No', deal: 'Fırsat No' },
  },
  note: {
    file: 'notes.csv',
    delimiter: ',',
    encoding: 'utf-8',
    id: 'Note ID',
    owner: 'Author',
    target: 'note',
    references: { contact: 'Contact ID', company: 'Company ID', deal: 'Deal ID' },
  },
};

/** One line of stages.csv, in the order of its pipeline. */
export interface RawStage {
  readonly pipeline: string;
  readonly name: string;
  readonly probability: string;
}

/** What the export says beside its records. */
export interface RawLists {
  /** By pipeline, then by order. */
  readonly stages: readonly RawStage[];
  /** Tags that say what a record is about, and not how to treat it. */
  readonly classification: ReadonlySet<string>;
}

/** Rows by id, per object. */
export type RawExport = Readonly<Record<ObjectName, ReadonlyMap<string, RawRow>>> & { readonly lists: RawLists };

/** The exports of a drop folder, oldest first, by the time in their manifests. */
export function exportsOf(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'manifest.json')))
    .map((entry) => {
      const manifest = JSON.parse(readFileSync(join(folder, entry.name, 'manifest.json'), 'utf8')) as {
        exportedAt: string;
      };
      return { path: join(folder, entry.name), at: Date.parse(manifest.exportedAt) };
    })
    .sort((a, b) => a.at - b.at)
    .map((one) => one.path);
}

export function readExport(folder: string): RawExport {
  const records = Object.fromEntries(OBJECTS.map((object) => [object, readRecords(folder, FILES[object])]));
  return { ...(records as Readonly<Record<ObjectName, ReadonlyMap<string, RawRow>>>), lists: readLists(folder) };
}

function readLists(folder: string): RawLists {
  const stages = readRows(folder, { file: 'stages.csv', delimiter: ';', encoding: 'utf-8' });
  const pipelines = [...new Set(stages.map((row) => cell(row, 'Pipeline')))];
  const place = (row: RawRow) => pipelines.indexOf(cell(row, 'Pipeline')) * 1000 + Number(cell(row, 'Order'));
  const tags = readRows(folder, { file: 'tags.csv', delimiter: ',', encoding: 'utf-8' });
  return {
    stages: stages
      .toSorted((a, b) => place(a) - place(b))
      .map((row) => ({
        pipeline: cell(row, 'Pipeline'),
        name: cell(row, 'Stage'),
        probability: cell(row, 'Probability'),
      })),
    classification: new Set(
      tags.filter((row) => cell(row, 'Kind') === 'Classification').map((row) => cell(row, 'Tag')),
    ),
  };
}

function readRows(folder: string, shape: Pick<RawFile, 'file' | 'delimiter' | 'encoding'>): readonly RawRow[] {
  const text = new TextDecoder(shape.encoding, { fatal: true }).decode(readFileSync(join(folder, shape.file)));
  return parse(text, { columns: true, delimiter: shape.delimiter, bom: true }) as RawRow[];
}

function readRecords(folder: string, shape: RawFile): ReadonlyMap<string, RawRow> {
  const rows = readRows(folder, shape);
  const byId = new Map(rows.map((row) => [cell(row, shape.id), row]));
  if (byId.size !== rows.length || byId.has(''))
    throw new Error(`${shape.file}: ${shape.id} does not name every row once`);
  return byId;
}

/** A cell without the white space around it; '' where the row has no such column. */
export function cell(row: RawRow, column: string): string {
  return (row[column] ?? '').trim();
}

/** A time of the sample, `31.12.2026 14:05`, as a number that sorts; 0 where there is none. */
export function sortableTime(text: string): number {
  const [, day, month, year, hour, minute] = /^(\d\d)\.(\d\d)\.(\d{4}) (\d\d):(\d\d)$/.exec(text) ?? [];
  return Number(`${year}${month}${day}${hour}${minute}`) || 0;
}
