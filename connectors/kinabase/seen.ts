import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash, sha256 } from '../../src/core/identifiers.ts';
import type { FieldValues } from '../../src/source/connector.ts';

/** What was last told of a record: enough to know it again, and to know a record of another life by. */
export interface Told {
  readonly print: string;
  readonly created: number | null;
  /** The source was read without it, and it was not deleted. */
  readonly absent?: Absent;
}

/** Whether it goes is not decided; a person was asked; or somebody said that it stays. */
export type Absent = 'undecided' | 'asked' | 'kept';

type Row = readonly [id: string, print: string, created: number | null, absent?: Absent];

interface Line {
  readonly stamp: number;
  readonly put: readonly Row[];
  readonly gone: readonly string[];
  /** Whether everything that is live downstream is known from here on: a whole read came to its end. */
  readonly base?: boolean;
}

/** Lines that say nothing any more are left out once there are so many more than records. */
const SLACK = 2;

/**
 * Fingerprints of the records of one object that were told, in a file of the work folder. Each line belongs to a checkpoint
 * by its stamp: what was written for a checkpoint that was never stored is forgotten again, so that nothing counts as told
 * which is not in the log. Lost, everything is told again, which changes nothing.
 */
export class Seen {
  readonly #path: string;
  readonly #records: Map<string, Told>;
  #stamp: number;
  #base: boolean;

  private constructor(path: string, records: Map<string, Told>, stamp: number, base: boolean) {
    this.#path = path;
    this.#records = records;
    this.#stamp = stamp;
    this.#base = base;
  }

  /** As it stood at a checkpoint; empty where the file does not reach it. */
  static async open(folder: string, object: string, stamp: number): Promise<Seen> {
    await mkdir(join(folder, 'seen'), { recursive: true });
    // A slug may be anything, a file name may not.
    const path = join(folder, 'seen', `${sha256(object).slice(0, 24)}.jsonl`);
    const { lines, whole } = await linesOf(path);
    const kept = lines.filter((line) => line.stamp <= stamp);
    const unbroken = kept.every((line, at) => at === 0 || line.stamp === (kept[at - 1]?.stamp ?? 0) + 1);
    const complete = stamp > 0 && kept.at(-1)?.stamp === stamp && unbroken;
    const records = new Map<string, Told>();
    for (const { put, gone } of complete ? kept : []) {
      for (const [id, ...told] of put) records.set(id, toldOf(...told));
      for (const id of gone) records.delete(id);
    }
    const base = complete && kept.some((line) => line.base === true);
    const entries = kept.reduce((sum, { put, gone }) => sum + put.length + gone.length, 0);
    if (!complete || !whole || kept.length < lines.length || entries > SLACK * records.size + 1000) {
      const put = [...records].map(rowOf);
      await writeFile(`${path}.new`, complete ? textOf({ stamp, put, gone: [], base }) : '');
      await rename(`${path}.new`, path);
    }
    return new Seen(path, records, stamp, base);
  }

  get stamp(): number {
    return this.#stamp;
  }

  /** Whether it knows all that is live downstream; else that has to be asked for. */
  get base(): boolean {
    return this.#base;
  }

  get size(): number {
    return this.#records.size;
  }

  get(id: string): Told | undefined {
    return this.#records.get(id);
  }

  ids(): IterableIterator<string> {
    return this.#records.keys();
  }

  /** Notes what the next page tells, before it is given; the page's checkpoint must carry the stamp that comes back. */
  async note(put: ReadonlyMap<string, Told>, gone: readonly string[], base = false): Promise<number> {
    this.#stamp += 1;
    await appendFile(this.#path, textOf({ stamp: this.#stamp, put: [...put].map(rowOf), gone, base }));
    this.#base ||= base;
    for (const id of gone) this.#records.delete(id);
    for (const [id, told] of put) this.#records.set(id, told);
    return this.#stamp;
  }
}

/** The same for the same values, whatever fields other records have: a field that appears changes only who has it. */
export function printOf(after: FieldValues): string {
  const filled = Object.entries(after).filter(([, value]) => value !== null);
  return contentHash(Object.fromEntries(filled)).slice(0, 24);
}

/** Whether a record would be told again just as it was. */
export function isTold(before: Told | undefined, now: Told): boolean {
  return before?.print === now.print && before.created === now.created;
}

function rowOf([id, { print, created, absent }]: readonly [string, Told]): Row {
  return absent === undefined ? [id, print, created] : [id, print, created, absent];
}

function toldOf(print: string, created: number | null, absent?: Absent): Told {
  return absent === undefined ? { print, created } : { print, created, absent };
}

function textOf(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

/** A line that broke off is left out, and the file is not whole. */
async function linesOf(path: string): Promise<{ readonly lines: readonly Line[]; readonly whole: boolean }> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines: Line[] = [];
  let whole = text === '' || text.endsWith('\n');
  for (const line of text.split('\n')) {
    try {
      if (line !== '') lines.push(JSON.parse(line) as Line);
    } catch {
      whole = false;
    }
  }
  return { lines, whole };
}
