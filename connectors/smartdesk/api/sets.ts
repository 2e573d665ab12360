import { link, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asChangeoverError, type ChangeoverError } from '../../../src/core/errors.ts';
import { isObject } from '../../../src/core/exact-json.ts';
import type { Clock, Logger } from '../../../src/core/ports.ts';
import { foldHeader } from '../../../src/source/delimited/header.ts';
import type { ExportObjectProfile } from '../../../src/source/export/export-source.ts';
import { MANIFEST } from '../../../src/source/export/manifest.ts';
import type { Client } from './client.ts';
import { flat, namesOf } from './flat.ts';
import { moved, pagesOf } from './pages.ts';
import { PLAIN, PlainReader } from './plain.ts';
import { probe } from './probe.ts';
import type { ApiSettings } from './settings.ts';

export interface SetParts {
  readonly client: Client;
  readonly settings: ApiSettings;
  /** Of the objects that the settings name. */
  readonly profiles: ReadonlyMap<string, ExportObjectProfile>;
  readonly folder: string;
  /** Time zone of times without an offset. */
  readonly timezone: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sets that stay: the newest, and the one that it is compared with where fingerprints are lost. */
const KEPT = 2;
/** A list that is paged while people work in it may not hold still. */
const PASSES = 3;

interface SetFile {
  readonly path: string;
  readonly rows: number;
  /** Columns in which every number is certain: JSON numbers, or texts that the settings say how to read. */
  readonly numbers: readonly string[];
}

/**
 * Reads everything that the API gives into a set of files, as an export would lie there, so that what compares exports compares
 * reads of the API too: changes and deletes are found whatever the API tells of them.
 */
export class ApiSets {
  readonly #parts: SetParts;
  #reading: Promise<void> | null = null;
  /** Why an object could not be read the last time. */
  readonly #failed = new Map<string, ChangeoverError>();
  readonly #reader: PlainReader;
  /** When this process read last, whatever came of it: an object that fails must not have everything read at every look. */
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(parts: SetParts) {
    this.#parts = parts;
    this.#reader = new PlainReader(parts.settings.texts, parts.timezone);
  }

  get folder(): string {
    return this.#parts.folder;
  }

  /** Reads again where the last read is too old; whoever asks meanwhile waits for the same read. */
  async refresh(signal: AbortSignal): Promise<void> {
    this.#reading ??= this.#refresh(signal).finally(() => {
      this.#reading = null;
    });
    await this.#reading;
  }

  /** @throws what kept this object from being read; the others go on. */
  check(object: string): void {
    const error = this.#failed.get(object);
    if (error !== undefined) throw error;
  }

  /** What the endpoints answer to the description of them. Nothing is kept. */
  probe(signal: AbortSignal): Promise<readonly string[]> {
    const { client, settings, profiles } = this.#parts;
    return probe({ client, settings, profiles, reader: this.#reader }, signal);
  }

  /** Columns of an object, as the newest set has them, in which every number is certain. */
  async numbers(object: string): Promise<ReadonlySet<string>> {
    const [newest] = await this.#names();
    const profile = this.#parts.profiles.get(object);
    if (newest === undefined || profile === undefined) return new Set();
    return new Set((await fileOf(join(this.#parts.folder, newest), profile))?.numbers);
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const { clock, settings, folder, profiles, logger } = this.#parts;
    await mkdir(folder, { recursive: true });
    const names = await this.#names();
    const [newest] = names;
    const began = clock.now();
    const last = Math.max(this.#readAt, newest === undefined ? Number.NEGATIVE_INFINITY : timeOf(newest));
    if (began - last < settings.seconds * 1000) return;
    const incoming = join(folder, '.incoming');
    await rm(incoming, { recursive: true, force: true });
    await mkdir(incoming);
    const files: SetFile[] = [];
    this.#failed.clear();
    for (const [object, profile] of profiles) {
      try {
        files.push(await this.#write(incoming, object, profile, signal));
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        const error = asChangeoverError(thrown);
        this.#failed.set(object, error);
        logger.warn({ code: error.code, object, hint: error.hint }, error.message);
        const kept = newest === undefined ? null : await this.#keepOld(join(folder, newest), incoming, profile);
        if (kept !== null) files.push(kept);
      }
    }
    // Only now: a read that was broken off by a stop is made anew at once.
    this.#readAt = began;
    // Nothing came at all: the last set stays the newest.
    if (this.#failed.size === profiles.size) return;
    await writeFile(join(incoming, MANIFEST), JSON.stringify({ exportedAt: new Date(began).toISOString(), files }));
    await rename(incoming, join(folder, nameOf(began)));
    for (const old of names.slice(KEPT - 1)) await rm(join(folder, old), { recursive: true, force: true });
  }

  async #names(): Promise<readonly string[]> {
    const names = await readdir(this.#parts.folder);
    return names
      .filter((name) => !Number.isNaN(timeOf(name)))
      .sort()
      .reverse();
  }

  /** A list that moved while it was read is read again. */
  async #write(folder: string, object: string, profile: ExportObjectProfile, signal: AbortSignal): Promise<SetFile> {
    for (let pass = 1; ; pass += 1) {
      const { file, missing } = await this.#pass(folder, object, profile, signal);
      if (missing === 0) return file;
      if (pass === PASSES) throw moved(object, `${missing} records are missing from its pages after ${PASSES} reads`);
    }
  }

  async #pass(
    folder: string,
    object: string,
    profile: ExportObjectProfile,
    signal: AbortSignal,
  ): Promise<{ readonly file: SetFile; readonly missing: number }> {
    const { client, settings, logger } = this.#parts;
    const path = fileNameOf(profile);
    const ids = new Set<string>();
    const columns = namesOf(profile);
    const [idName] = profile.id;
    const numbers = new Map<string, boolean>();
    let repeated = 0;
    let rows = 0;
    let total: number | null = null;
    const output = await open(join(folder, path), 'w');
    try {
      await output.write('[');
      for await (const answer of pagesOf(client, settings, object, signal)) {
        total = answer.total;
        for (const record of answer.records) {
          const row = flat(record);
          const id = Object.entries(row).find(([name]) => columns.get(foldHeader(name)) === idName)?.[1];
          if (id !== undefined && id !== null && ids.has(String(id))) {
            repeated += 1;
            continue;
          }
          ids.add(String(id));
          const written = this.#plain(object, row, columns, numbers);
          await output.write(`${rows === 0 ? '' : ','}\n${exactJson(written)}`);
          rows += 1;
        }
      }
      await output.write('\n]\n');
    } finally {
      await output.close();
    }
    if (repeated > 0) {
      const fields = { code: 'SOURCE_PAGES_MOVED', object, records: repeated };
      logger.warn(fields, 'records came more than once in one read; each is taken once');
    }
    const missing = total === null ? 0 : Math.max(0, total - rows);
    const certain = [...numbers].filter(([, every]) => every).map(([column]) => column);
    const file = rows === 0 ? await this.#empty(folder, path, profile) : { path, rows, numbers: certain };
    return { file, missing };
  }

  /** A row whose values are written in one way, whichever of its ways the API took. */
  #plain(
    object: string,
    row: Readonly<Record<string, unknown>>,
    columns: ReadonlyMap<string, string>,
    numbers: Map<string, boolean>,
  ): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      Object.entries(row).map(([header, value]): [string, unknown] => {
        if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return [header, value];
        const column = columns.get(foldHeader(header)) ?? header;
        const { text, number } = this.#reader.value(PLAIN[object]?.[column], value);
        if (value !== '') numbers.set(column, number && numbers.get(column) !== false);
        return [header, text];
      }),
    );
  }

  /** A list without a record has no fields either: a table of nothing but its header stands for it. */
  async #empty(folder: string, path: string, profile: ExportObjectProfile): Promise<SetFile> {
    await rm(join(folder, path));
    const header = [profile.id[0] ?? '', ...profile.columns.map(({ name }) => name)];
    const table = path.replace(/\.json$/, '.csv');
    await writeFile(join(folder, table), `${header.map((name) => `"${name.replaceAll('"', '""')}"`).join(',')}\r\n`);
    return { path: table, rows: 0, numbers: [] };
  }

  /** What the last read had of an object that cannot be read now: nothing of it counts as gone. */
  async #keepOld(from: string, to: string, profile: ExportObjectProfile): Promise<SetFile | null> {
    const old = await fileOf(from, profile);
    if (old === null) return null;
    await rm(join(to, fileNameOf(profile)), { force: true });
    await link(join(from, old.path), join(to, old.path));
    return old;
  }
}

/** `2026-03-02T070000.123Z`: sorts by time, and exports are named so too. */
function nameOf(time: number): string {
  return new Date(time).toISOString().replaceAll(':', '');
}

function timeOf(name: string): number {
  return Date.parse(name.replace(/T(\d\d)(\d\d)(\d\d)/, 'T$1:$2:$3'));
}

/** The first name that files of this object go by. */
function fileNameOf({ files }: ExportObjectProfile): string {
  return (files.find((file) => file.endsWith('.json')) ?? files[0] ?? '').replaceAll('*', '');
}

/** What a set says of the file of an object; null where it has none. */
async function fileOf(set: string, profile: ExportObjectProfile): Promise<SetFile | null> {
  const manifest: unknown = JSON.parse(await readFile(join(set, MANIFEST), 'utf8'));
  const files = isObject(manifest) && Array.isArray(manifest.files) ? (manifest.files as readonly SetFile[]) : [];
  const name = fileNameOf(profile);
  return files.find(({ path }) => path === name || path === name.replace(/\.json$/, '.csv')) ?? null;
}

/** Numbers inside of lists that are larger than a double keep their digits as text. */
function exactJson(row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(row, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
