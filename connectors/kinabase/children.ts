import type { FieldValues, SourceRecord } from '../../src/source/connector.ts';
import { deletion } from './rows.ts';
import { printOf, Seen, type Told } from './seen.ts';

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
}

/** Told children by their parent: whoever gives a parent's children gives all of them. */
export class Children {
  readonly seen: Seen;
  readonly #byParent = new Map<string, Set<string>>();

  private constructor(seen: Seen) {
    this.seen = seen;
    for (const id of seen.ids()) this.#of(parentOf(id)).add(id);
  }

  static async open(folder: string, object: string, stamp: number): Promise<Children> {
    return new Children(await Seen.open(folder, object, stamp));
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
      if (before?.print === told.print && before.created === told.created) continue;
      into.put.set(id, told);
      into.records.push({ id, op: 'UPSERT', after, version: null, time, created: time });
    }
    for (const id of this.#of(parent)) {
      if (now.has(id)) continue;
      into.gone.push(id);
      into.records.push(deletion(id));
    }
  }

  /** Before the page is given: its checkpoint must carry the stamp that comes back. */
  async note({ put, gone }: Changes, base = false): Promise<number> {
    for (const id of put.keys()) this.#of(parentOf(id)).add(id);
    for (const id of gone) this.#of(parentOf(id)).delete(id);
    return this.seen.note(put, gone, base);
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

const parentOf = (id: string): string => id.slice(0, id.indexOf(':'));
