import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Row, writeCsv } from '../../sandbox/samples/smart-crm-online/dialect.ts';
import { firstExport } from '../../sandbox/samples/smart-crm-online/first.ts';
import { SeededRandom } from '../../sandbox/samples/smart-crm-online/random.ts';
import { type Export, SHAPES, type TableName } from '../../sandbox/samples/smart-crm-online/tables.ts';
import { evolve } from './evolve.ts';

/** One export as it will lie in the drop folder: what a week changed, as a whole new set of files. */
export interface ExportSet {
  readonly name: string;
  readonly files: ReadonlyMap<string, Buffer>;
  /** Rows that become records. */
  readonly rows: number;
}

export type Tables = Record<TableName, Map<string, Row>>;

const TABLES = Object.keys(SHAPES) as readonly TableName[];
const SYNCED = TABLES.filter((table) => SHAPES[table].synced);
const FIRST_EXPORT = Date.UTC(2026, 2, 2, 4);
const WEEK_MS = 7 * 86_400_000;

export type SyncedTable = 'company' | 'contact' | 'deal' | 'call' | 'email' | 'meeting' | 'note';

export interface Extent {
  /** How many rows of the sample's first export are kept, by table. */
  readonly kept: Readonly<Record<SyncedTable, number>>;
  /** Share of each table's rows that change from one export to the next. */
  readonly changed: number;
}

const USUAL: Extent = {
  kept: { company: 40, contact: 240, deal: 80, call: 90, email: 60, meeting: 30, note: 80 },
  changed: 0.06,
};

/** A first export and `following` later ones, the same for the same seed on every machine. */
export function makeExports(seed: number, following: number, extent: Extent = USUAL): readonly ExportSet[] {
  const random = new SeededRandom(seed);
  const sets: ExportSet[] = [];
  let tables = part(random, firstExport(random), extent.kept);
  let left: Row | undefined;
  for (let round = 0; ; round += 1) {
    sets.push(written(tables, round));
    if (round === following) return sets;
    ({ tables, left } = evolve(random, tables, round + 1, round % 2 === 1 ? left : undefined, extent.changed));
  }
}

/** Appears whole, as a careful operator would drop it: written beside the folder, then renamed. */
export function dropExport(set: ExportSet, folder: string): void {
  const beside = `${folder}.next`;
  mkdirSync(beside, { recursive: true });
  for (const [file, bytes] of set.files) writeFileSync(join(beside, file), bytes);
  mkdirSync(folder, { recursive: true });
  renameSync(beside, join(folder, set.name));
}

function written(tables: Export, round: number): ExportSet {
  const takenAt = new Date(FIRST_EXPORT + round * WEEK_MS).toISOString();
  const files = new Map<string, Buffer>();
  const listed = TABLES.map((table) => {
    const { headers, dialect, file } = SHAPES[table];
    const bytes = writeCsv(headers, [...tables[table].values()], dialect);
    files.set(file, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { path: file, size: bytes.length, sha256, rows: tables[table].size };
  });
  files.set('manifest.json', Buffer.from(JSON.stringify({ exportedAt: takenAt, files: listed })));
  const rows = SYNCED.reduce((sum, table) => sum + tables[table].size, 0);
  return { name: `export-${takenAt.slice(0, 10)}`, files, rows };
}

/** A small firm cut out of the sample. Whoever belongs to somebody left out gets another one; missing parents stay missing. */
function part(random: SeededRandom, all: Export, kept: Extent['kept']): Tables {
  const moved = (known: ReadonlyMap<string, Row>, headers: readonly string[], row: Row): Row => {
    const header = headers.find((one) => (row[one] ?? '') !== '');
    if (header === undefined || known.has(row[header] ?? '')) return row;
    const id = random.pick([...known.keys()]);
    const name = known.get(id)?.['Company Name'];
    return {
      ...row,
      [header]: id,
      ...(name === undefined || row['Company Name'] === undefined ? {} : { 'Company Name': name }),
    };
  };
  const take = (rows: ReadonlyMap<string, Row>, count: number, edit: (row: Row) => Row): Map<string, Row> =>
    new Map([...rows].slice(0, count).map(([id, row]) => [id, edit(row)]));
  const company = take(all.company, kept.company, (row) => row);
  const contact = take(all.contact, kept.contact, (row) => moved(company, ['Company ID'], row));
  const deal = take(all.deal, kept.deal, (row) => moved(contact, ['Contact ID'], moved(company, ['Company ID'], row)));
  const speaking = (row: Row): Row =>
    moved(
      company,
      ['Company ID'],
      moved(deal, ['Deal ID', 'Fırsat No'], moved(contact, ['Contact ID', 'Kişi No'], row)),
    );
  return {
    company: new Map([...company].map(([id, row]) => [id, moved(contact, ['Primary Contact ID'], row)])),
    contact,
    deal,
    call: take(all.call, kept.call, speaking),
    email: take(all.email, kept.email, speaking),
    meeting: take(all.meeting, kept.meeting, speaking),
    note: take(all.note, kept.note, speaking),
    stage: new Map(all.stage),
    tag: new Map(all.tag),
    owner: new Map(all.owner),
  };
}
