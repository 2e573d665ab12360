// Two exports of contacts, one in a hundred rows changed and all in another order: finding the changes, beside reading the
// same two files with csv-parse alone. Each step runs in a process of its own, turn by turn in one run, so that its peak
// memory is its own and a slow moment of the machine hits both sides.
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse';
import { type Logger, NO_STEPS } from '../src/core/ports.ts';
import type { Checkpoint, ConnectorContext } from '../src/source/connector.ts';
import { type ExportProfile, ExportSource } from '../src/source/export/export-source.ts';

export interface DiffBenchOptions {
  /** Contacts in each export. Default 2,000,000. */
  readonly rows?: number;
  readonly seed?: number;
}

export interface DiffBenchResult {
  readonly bench: 'diff';
  readonly figures: Readonly<Record<string, number>>;
  readonly goals: Readonly<Record<string, string>>;
  readonly holds: boolean;
}

const GOAL_RATIO = 0.5;
const GOAL_MEGABYTES = 512;
const SETS = ['2026-03-01T0900', '2026-03-02T0900'] as const;

const PROFILE: ExportProfile = {
  objects: [
    {
      name: 'contact',
      label: 'Contact',
      files: ['contacts.csv'],
      presence: 'required',
      id: ['Contact ID'],
      columns: [],
    },
  ],
};

/** What each of the hundred does: of 1,000 rows 8 change, 1 leaves, and 1 comes. */
function fate(index: number): 'same' | 'changed' | 'left' | 'came' {
  const place = (index * 7 + 3) % 1_000;
  if (place < 8) return 'changed';
  return place === 8 ? 'left' : place === 9 ? 'came' : 'same';
}

/** The same numbers for the same seed, on every machine (a 32-bit mixing function). */
function mixed(seed: number, index: number): number {
  let value = Math.imul(index + 1, 0x9e3779b1) ^ seed;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

const FIRST = ['Ayşe', 'Mehmet', 'Oliver', 'Amelia', 'Çağla', 'George', 'İpek', 'Harry', 'Umut', 'Isla'];
const LAST = ['Yılmaz', 'Smith', 'Kaya', 'Jones', 'Öztürk', 'Taylor', 'Şahin', 'Brown', 'Doğan', 'Evans'];
const TITLES = ['Manager', 'Director', 'Owner', 'Buyer, senior', 'Satış müdürü'];

function row(seed: number, index: number, revision: number): string {
  const number = mixed(seed, index);
  const first = FIRST[number % 10] ?? '';
  const last = LAST[(number >>> 4) % 10] ?? '';
  const day = (number % 28) + 1;
  const notes = number % 10 === 0 ? `"Said ""call again"",\r\nrevision ${revision}"` : `revision ${revision}`;
  const title = TITLES[number % 5] ?? '';
  const phone = `+44 20 ${String(number % 10_000_000).padStart(7, '0')}`;
  const date = `${String(day).padStart(2, '0')}.0${(number % 9) + 1}.2025 09:${String(number % 60).padStart(2, '0')}`;
  return `C-${10_000_000 + index},${first},${last},person${index}@example${number % 5_000}.com,${phone},CO-${number % 100_000},"${title}",owner${number % 12}@example.com,${date},${date},${notes}\r\n`;
}

const HEADER = 'Contact ID,First Name,Last Name,Email,Phone,Company ID,Job Title,Owner,Created,Modified,Notes\r\n';

interface Generated {
  readonly rows: number;
  readonly upserts: number;
  readonly deletes: number;
  readonly bytes: number;
}

/** Writes both exports; the second in an order that has nothing to do with the first's. */
async function generate(drop: string, rows: number, seed: number): Promise<Generated> {
  let upserts = 0;
  let deletes = 0;
  let bytes = 0;
  let total = 0;
  const stride = strideFor(rows);
  for (const [set, name] of SETS.entries()) {
    mkdirSync(join(drop, name));
    const path = join(drop, name, 'contacts.csv');
    const output = createWriteStream(path, { highWaterMark: 1 << 20 });
    let buffer = HEADER;
    for (let i = 0; i < rows; i += 1) {
      const index = set === 0 ? i : (i * stride) % rows;
      const what = fate(index);
      if (what === (set === 0 ? 'came' : 'left')) {
        if (set === 1) deletes += 1;
        continue;
      }
      if (set === 1 && what !== 'same') upserts += 1;
      total += 1;
      buffer += row(seed, index, set === 1 && what === 'changed' ? 2 : 1);
      if (buffer.length < 1 << 19) continue;
      bytes += Buffer.byteLength(buffer);
      if (!output.write(buffer)) await new Promise<void>((resolve) => output.once('drain', () => resolve()));
      buffer = '';
    }
    bytes += Buffer.byteLength(buffer);
    await new Promise<void>((resolve) => output.end(buffer, () => resolve()));
    const time = new Date(Date.UTC(2026, 2, set + 1, 9));
    utimesSync(path, time, time);
  }
  return { rows: total, upserts, deletes, bytes };
}

/** A step through all rows that shares no factor with their number. */
function strideFor(rows: number): number {
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  let stride = Math.floor(rows * 0.618) | 1;
  while (gcd(stride, rows) !== 1) stride += 2;
  return stride;
}

interface StepResult {
  readonly seconds: number;
  /** Of the processor, on all threads: hardly moved by what else the machine does. */
  readonly processorSeconds: number;
  readonly megabytes: number;
  readonly upserts: number;
  readonly deletes: number;
  readonly checkpoint: Checkpoint | null;
}

type Step = 'parse' | 'index' | 'changes';

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};

async function parseAlone(path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let cells = 0;
    createReadStream(path, { highWaterMark: 1 << 20 })
      .pipe(parse({ relax_column_count: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n'] }))
      .on('data', (record: string[]) => {
        cells += record.length;
      })
      .on('end', () => (cells > 0 ? resolve() : reject(new Error(`no cells in ${path}`))))
      .on('error', reject);
  });
}

/** One step, in the process that was started for it. */
async function runStep(step: Step, root: string, set: string, since: Checkpoint | null): Promise<StepResult> {
  const started = performance.now();
  const before = process.cpuUsage();
  let upserts = 0;
  let deletes = 0;
  let checkpoint: Checkpoint | null = null;
  if (step === 'parse') await parseAlone(join(root, 'drop', set, 'contacts.csv'));
  else {
    const source = new ExportSource(context(join(root, 'work')), {
      source: 'bench',
      folder: join(root, 'drop'),
      profile: PROFILE,
      stability: { looks: 1, intervalMs: 0 },
    });
    const signal = new AbortController().signal;
    const pages = since === null ? source.snapshot('contact', null, signal) : source.changes('contact', since, signal);
    for await (const page of pages) {
      for (const record of page.records) {
        if (record.op === 'UPSERT') upserts += 1;
        else deletes += 1;
      }
      checkpoint = page.checkpoint;
      // The first export only has to be known, as after a first load; sending it is not part of comparing.
      if (step === 'index') break;
    }
    if (step === 'index' && checkpoint !== null) checkpoint = { ...checkpoint, phase: 'done', position: 0 };
  }
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(before);
  const processorSeconds = (user + system) / 1_000_000;
  return { seconds, processorSeconds, megabytes: process.resourceUsage().maxRSS / 1_024, upserts, deletes, checkpoint };
}

function context(workFolder: string): ConnectorContext {
  const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() };
  return {
    clock,
    random: { next: () => 0.5, uuid: () => 'unused' },
    http: { send: () => Promise.reject(new Error('no HTTP here')) },
    logger: SILENT,
    steps: NO_STEPS,
    workFolder,
    answers: () => Promise.resolve(new Map()),
  };
}

function inChild(step: Step, root: string, set: string, since: Checkpoint | null): Promise<StepResult> {
  const self = fileURLToPath(import.meta.url);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [self, '--step', step, root, set, JSON.stringify(since)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(JSON.parse(output) as StepResult) : reject(new Error(`${step} ended with ${code}`)),
    );
  });
}

export async function benchDiff(options: DiffBenchOptions = {}): Promise<DiffBenchResult> {
  const root = mkdtempSync(join(tmpdir(), 'changeover-bench-diff-'));
  try {
    mkdirSync(join(root, 'drop'));
    const made = await generate(join(root, 'drop'), options.rows ?? 2_000_000, options.seed ?? 1);
    // The drop folder must hold the first export alone while it is indexed: the newest one is read.
    const [first, second] = SETS;
    const aside = join(root, second);
    renameSync(join(root, 'drop', second), aside);
    const parsedFirst = await inChild('parse', root, first, null);
    const indexed = await inChild('index', root, first, null);
    renameSync(aside, join(root, 'drop', second));
    const parsedSecond = await inChild('parse', root, second, null);
    const compared = await inChild('changes', root, second, indexed.checkpoint);
    const parsing = parsedFirst.seconds + parsedSecond.seconds;
    const diffing = indexed.seconds + compared.seconds;
    const peak = Math.max(indexed.megabytes, compared.megabytes);
    const ratio = parsing / diffing;
    const processor =
      (parsedFirst.processorSeconds + parsedSecond.processorSeconds) /
      (indexed.processorSeconds + compared.processorSeconds);
    const right = compared.upserts === made.upserts && compared.deletes === made.deletes;
    return {
      bench: 'diff',
      figures: {
        rowsRead: made.rows,
        megabytesRead: Math.round(made.bytes / 2 ** 20),
        upserts: compared.upserts,
        upsertsExpected: made.upserts,
        deletes: compared.deletes,
        deletesExpected: made.deletes,
        rowsPerSecond: Math.round(made.rows / diffing),
        csvParseRowsPerSecond: Math.round(made.rows / parsing),
        ratioToCsvParse: Math.round(ratio * 100) / 100,
        processorRatioToCsvParse: Math.round(processor * 100) / 100,
        peakMegabytes: Math.round(peak),
        csvParsePeakMegabytes: Math.round(Math.max(parsedFirst.megabytes, parsedSecond.megabytes)),
        firstExportSeconds: Math.round(indexed.seconds * 10) / 10,
        secondExportSeconds: Math.round(compared.seconds * 10) / 10,
      },
      goals: {
        ratioToCsvParse: `>= ${GOAL_RATIO}`,
        peakMegabytes: `< ${GOAL_MEGABYTES}`,
        upserts: 'as expected',
        deletes: 'as expected',
      },
      holds: right && ratio >= GOAL_RATIO && peak < GOAL_MEGABYTES,
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function numberOption(name: string): number | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : Number(process.argv[at + 1]?.replaceAll('_', ''));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === '--step') {
    const [, , , step = 'parse', root = '', set = '', since = 'null'] = process.argv;
    const result = await runStep(step as Step, root, set, JSON.parse(since) as Checkpoint | null);
    process.stdout.write(JSON.stringify(result));
  } else {
    const rows = numberOption('--rows');
    const seed = numberOption('--seed');
    const result = await benchDiff({
      ...(rows === undefined ? {} : { rows }),
      ...(seed === undefined ? {} : { seed }),
    });
    process.stdout.write(`${JSON.stringify(result)}\n`);
    process.exitCode = result.holds ? 0 : 1;
  }
}
