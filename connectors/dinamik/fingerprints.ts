import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Detail } from './details.ts';

/** What is known of a record that was read before. */
export interface Fingerprint {
  /** Of the row in the list, and of what its derived fields depend on. */
  readonly row: string;
  /** Of the values as they were told; null where the row was rejected. */
  readonly told: string | null;
  /** When the source says it was made; another time under the same id is another record. */
  readonly created: number | null;
  /** When its details were read last, milliseconds. */
  readonly detailsAt: number;
  /** Details of which it had some; null where that is not known. */
  readonly filled: readonly Detail[] | null;
}

type Stored = readonly [
  id: number,
  row: string,
  told: string | null,
  created: number | null,
  detailsAt: number,
  /** Absent in files of before there was such a word. */
  filled?: readonly Detail[] | null,
];

/**
 * Fingerprints of an object's records, so that a sweep tells only what changed. A cache: without it everything is told once
 * more, which costs events and no call to Twenty.
 */
export class Fingerprints {
  readonly #file: string | null;
  readonly #byId = new Map<number, Fingerprint>();
  #loaded = false;

  /** An empty folder keeps them in memory alone. */
  constructor(folder: string, object: string) {
    this.#file = folder === '' ? null : join(folder, `${object}.fingerprints.json`);
  }

  async load(): Promise<void> {
    if (this.#loaded) return;
    this.#loaded = true;
    if (this.#file === null) return;
    try {
      const stored = JSON.parse(await readFile(this.#file, 'utf8')) as readonly Stored[];
      for (const [id, row, told, created, detailsAt, filled = null] of stored)
        this.#byId.set(id, { row, told, created, detailsAt, filled });
    } catch {
      // Not there, or broken off: it is a cache.
      this.#byId.clear();
    }
  }

  async save(): Promise<void> {
    if (this.#file === null) return;
    const stored = [...this.#byId].map(
      ([id, { row, told, created, detailsAt, filled }]): Stored => [id, row, told, created, detailsAt, filled],
    );
    await mkdir(join(this.#file, '..'), { recursive: true });
    await writeFile(`${this.#file}.new`, JSON.stringify(stored));
    await rename(`${this.#file}.new`, this.#file);
  }

  get(id: number): Fingerprint | undefined {
    return this.#byId.get(id);
  }

  set(id: number, fingerprint: Fingerprint): void {
    this.#byId.set(id, fingerprint);
  }

  delete(id: number): void {
    this.#byId.delete(id);
  }

  get size(): number {
    return this.#byId.size;
  }

  ids(): Iterable<number> {
    return this.#byId.keys();
  }

  /** The highest id; 0 where there is none. */
  newest(): number {
    let newest = 0;
    for (const id of this.#byId.keys()) if (id > newest) newest = id;
    return newest;
  }
}
