import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Row, writeCsv } from './dialect.ts';
import { firstExport } from './first.ts';
import { SeededRandom } from './random.ts';
import { secondExport } from './second.ts';
import { type Export, SHAPES, type TableName } from './tables.ts';
import { OWNERS } from './words.ts';

/** Names of the export sets, and when each was taken. Nothing here reads a clock. */
export const SETS = [
  { folder: 'export-2026-03-02', takenAt: '2026-03-02T04:00:00Z' },
  { folder: 'export-2026-03-09', takenAt: '2026-03-09T04:00:00Z' },
] as const;

const SEED = 20260302;
const TABLES = Object.keys(SHAPES) as readonly TableName[];
/** Objects whose rows become records. */
export const SYNCED = TABLES.filter((table) => SHAPES[table].synced);

export interface Difference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export interface SampleSummary {
  /** Rows per table in each set, in the order of SETS. */
  readonly rows: Readonly<Record<TableName, readonly [number, number]>>;
  /** What became of each table's ids between the two sets, each list sorted. */
  readonly differences: Readonly<Record<TableName, Difference>>;
}

export interface Sample {
  readonly exports: readonly [Export, Export];
  /** Path under the sample's folder → contents. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly summary: SampleSummary;
}

/** The whole sample, in memory. The same on every machine and at every time. */
export function sample(): Sample {
  const random = new SeededRandom(SEED);
  const first = firstExport(random);
  const second = secondExport(random, first);
  const files = new Map<string, Buffer>();
  for (const [index, set] of SETS.entries()) writeSet(files, set, index === 0 ? first : second, index === 1);
  files.set('members.json', json({ members: members() }));
  return { exports: [first, second], files, summary: summarise(first, second) };
}

function writeSet(files: Map<string, Buffer>, set: (typeof SETS)[number], tables: Export, later: boolean): void {
  const listed: { path: string; size: number; sha256: string; rows: number }[] = [];
  for (const table of TABLES) {
    const shape = SHAPES[table];
    // The later export has the same columns of one file in another order: that is no change of any record.
    const headers =
      later && table === 'company'
        ? [...shape.headers.slice(0, 2), ...shape.headers.slice(2).reverse()]
        : shape.headers;
    const bytes = writeCsv(headers, [...tables[table].values()], shape.dialect);
    files.set(`${set.folder}/${shape.file}`, bytes);
    listed.push({
      path: shape.file,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      rows: tables[table].size,
    });
  }
  files.set(`${set.folder}/manifest.json`, json({ exportedAt: set.takenAt, files: listed }));
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`, 'utf8');
}

/** The people of the sandbox workspace: ten of the owners, and an administrator who owns nothing. */
function members(): readonly object[] {
  const present = OWNERS.filter(({ member }) => member).map(({ firstName, lastName, email }) => ({
    firstName,
    lastName,
    email,
  }));
  return [{ firstName: 'Deniz', lastName: 'Admin', email: 'admin@bosphorus-trade.example' }, ...present].map(
    (member, index) => ({
      id: `5a3b1c00-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
      ...member,
    }),
  );
}

function summarise(first: Export, second: Export): SampleSummary {
  const per = <T>(make: (table: TableName) => T): Record<TableName, T> =>
    Object.fromEntries(TABLES.map((table) => [table, make(table)])) as Record<TableName, T>;
  return {
    rows: per((table) => [first[table].size, second[table].size] as const),
    differences: per((table) => difference(first[table], second[table])),
  };
}

function difference(before: ReadonlyMap<string, Row>, after: ReadonlyMap<string, Row>): Difference {
  const changed = [...after].filter(([id, row]) => {
    const old = before.get(id);
    return (
      old !== undefined && Object.keys({ ...old, ...row }).some((header) => (old[header] ?? '') !== (row[header] ?? ''))
    );
  });
  return {
    added: [...after.keys()].filter((id) => !before.has(id)).sort(),
    changed: changed.map(([id]) => id).sort(),
    removed: [...before.keys()].filter((id) => !after.has(id)).sort(),
  };
}

export function writeSample(folder: string): SampleSummary {
  const made = sample();
  for (const [path, bytes] of made.files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return made.summary;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { rows } = writeSample(import.meta.dirname);
  for (const [table, [first, second]] of Object.entries(rows))
    process.stdout.write(`${table}: ${first} rows, then ${second}\n`);
}
