import type { FieldValues, SourceRecord } from '../../src/source/connector.ts';
import { deletion } from './rows.ts';
import { type Absent, isTold, printOf, Seen, type Told } from './seen.ts';

/** A record that exists only on another one: an activity, an item of a list. */
export interface Child {
  readonly id: string;
  readonly after: FieldValues;
  readonly time: number | null;
}

/** What became of the children of one or more records. */
export class Changes {
  readonly records: SourceRecord[] = [];
  readonly put = new Map<string, Told>();
  readonly gone: string[] = [];

  goes(id: string): void {
    this.gone.push(id);
    this.records.push(deletion(id));
  }

  /** It was not there: whether it goes is decided where all that were not there are known (vanished.ts). */
  misses(id: string, told: Told = NEVER_TOLD): void {
    this.put.set(id, { ...told, absent: 'undecided' });
  }

  /** A person is asked about it. */
  asks(id: string, told: Told): void {
    this.put.set(id, { ...told, absent: 'asked' });
  }

  keeps(id: string, told: Told): void {
    this.put.set(id, { ...told, absent: 'kept' });
  }

  /** Nothing is to be told, and nothing to be remembered. */
  get empty(): boolean {
    return this.put.size === 0 && this.gone.length === 0;
  }
}

/** Live downstream, and not told by these fingerprints. */
const NEVER_TOLD: Told = { print: '', created: null };

/** Told children by their parent: whoever gives a parent's children gives all of them. */
export class Children {
  readonly seen: Seen;
  readonly #byParent = new Map<string, Set<string>>();
  /** Those that the source was read without. */
  readonly #absent = new Map<string, Told>();

  private constructor(seen: Seen) {
    this.seen = seen;
    for (const id of seen.ids()) {
      this.#of(parentOf(id)).add(id);
      this.#mark(id, seen.get(id));
    }
  }

  static async open(folder: string, object: string, stamp: number): Promise<Children> {
    return new Children(await Seen.open(folder, object, stamp));
  }

  /** How many the source has, as far as was told. */
  get size(): number {
    return this.seen.size - this.#absent.size;
  }

  /** Those that the source no longer has and that were not deleted. */
  get retained(): number {
    return this.#absent.size;
  }

  /** Of those that the source no longer has: with which it stands so. */
  absent(how: Absent): ReadonlyMap<string, Told> {
    return new Map([...this.#absent].filter(([, { absent }]) => absent === how));
  }

  isAbsent(id: string): boolean {
    return this.#absent.has(id);
  }

  parents(): readonly string[] {
    return [...this.#byParent].filter(([, ids]) => ids.size > 0).map(([parent]) => parent);
  }

  /** Notes all children of a parent; null where the parent is gone. */
  compare(parent: string, children: readonly Child[] | null, into: Changes): void {
    const now = new Set<string>();
    for (const { id: own, after, time } of children ?? []) {
      const id = childId(parent, own);
      now.add(id);
      const told: Told = { print: printOf(after), created: time };
      const before = this.seen.get(id);
      const same = isTold(before, told);
      if (same && before?.absent === undefined) continue;
      into.put.set(id, told);
      if (same) continue;
      into.records.push({ id, op: 'UPSERT', after, version: null, time, created: time });
    }
    for (const id of this.#of(parent)) {
      const before = this.seen.get(id);
      if (now.has(id) || before?.absent !== undefined) continue;
      into.misses(id, before);
    }
  }

  /** Of those that are live downstream, what these fingerprints never told: they were lost, or it is of an earlier life. */
  async strangers(live: AsyncIterable<string>): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const id of live) if (this.seen.get(id) === undefined) found.push(id);
    return found;
  }

  /** Before the page is given: its checkpoint must carry the stamp that comes back. */
  async note({ put, gone }: Changes, base = false): Promise<number> {
    for (const [id, told] of put) {
      this.#of(parentOf(id)).add(id);
      this.#mark(id, told);
    }
    for (const id of gone) {
      this.#of(parentOf(id)).delete(id);
      this.#absent.delete(id);
    }
    return this.seen.note(put, gone, base);
  }

  #mark(id: string, told: Told | undefined): void {
    if (told?.absent === undefined) this.#absent.delete(id);
    else this.#absent.set(id, told);
  }

  #of(parent: string): Set<string> {
    const known = this.#byParent.get(parent) ?? new Set<string>();
    this.#byParent.set(parent, known);
    return known;
  }
}

/** A child's own id may not be unique outside its parent. */
export function childId(parent: string, own: string): string {
  return `${parent}:${own}`;
}

export const parentOf = (id: string): string => id.slice(0, id.indexOf(':'));
