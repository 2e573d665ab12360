import type { Clock } from '../../src/core/ports.ts';
import type { Checkpoint, Page, SnapshotCount } from '../../src/source/connector.ts';
import type { Api } from './api.ts';
import { type Catalogue, type Collection, EMPTY, PARENT } from './catalogue.ts';
import { Changes, type Child, Children, parentOf } from './children.ts';
import type { RawItem, RawRecord } from './raw.ts';
import { type RowParts, valuesOf } from './rows.ts';
import type { Settings } from './settings.ts';
import { Vanished } from './vanished.ts';

export interface ListParts extends RowParts {
  readonly api: Api;
  readonly catalogue: Catalogue;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly folder: string;
  /** Sub-records that are live downstream. */
  readonly knownIds: (object: string) => AsyncIterable<string>;
  readonly answers: () => Promise<ReadonlyMap<string, string>>;
}

/** How far a list was read; the same words as of a collection (position.ts). */
interface ListPosition {
  readonly mark: number | null;
  readonly sweptAt: number;
  readonly stamp: number;
}

const BEGINNING: ListPosition = { mark: null, sweptAt: 0, stamp: 0 };

/** Records whose items make a page. */
const PAGE = 500;

/**
 * Reads the sub-records in one list of a collection (KIN-7): each is a record of its own that points at the one that it stands
 * on. They come with their record, so a record that changed tells all of them; what left the list is gone.
 */
export class ListReader {
  readonly #parts: ListParts;
  readonly #children = new Map<string, Children>();
  readonly #vanished = new Map<string, Vanished>();
  /** By our own memory: a mark that moved while nothing was told. */
  readonly #marks = new Map<string, ListPosition>();

  constructor(parts: ListParts) {
    this.#parts = parts;
  }

  async *read(list: Collection, checkpoint: Checkpoint | null, signal: AbortSignal): AsyncGenerator<Page> {
    const { clock, settings, catalogue } = this.#parts;
    const stored = positionOf(checkpoint);
    const remembered = this.#marks.get(list.object);
    const from = remembered?.stamp === stored.stamp && stored.mark !== null ? remembered : stored;
    const collection = await catalogue.of(list.parent?.object ?? '');
    const children = await this.#open(list.object, from.stamp);
    const due = from.mark === null || clock.now() - from.sweptAt >= settings.sweepSeconds * 1000;
    const at = due
      ? yield* this.#everything(collection, list, children, from, signal)
      : yield* this.#changed(collection, list, children, from, from.mark ?? 0, signal);
    this.#marks.set(list.object, at);
  }

  #vanishedOf(object: string): Vanished {
    const known = this.#vanished.get(object) ?? new Vanished(this.#parts, object);
    this.#vanished.set(object, known);
    return known;
  }

  async #open(object: string, stamp: number): Promise<Children> {
    const known = this.#children.get(object);
    if (known?.seen.stamp === stamp) return known;
    const opened = await Children.open(this.#parts.folder, object, stamp);
    this.#children.set(object, opened);
    return opened;
  }

  async *#everything(
    collection: Collection,
    list: Collection,
    children: Children,
    from: ListPosition,
    signal: AbortSignal,
  ): AsyncGenerator<Page, ListPosition> {
    const { api, clock, knownIds } = this.#parts;
    const first = from.mark === null;
    const sweptAt = clock.now();
    const all = await this.#all(collection, list, signal);
    let at = from;
    if (first) yield { records: [], checkpoint: { ...at }, begins: this.#count(itemsIn(all.records, list), 0) };
    at = yield* this.#compare(collection, list, children, at, all.records, signal);
    const there = new Set(all.records.map(({ id }) => id));
    const changes = new Changes();
    const strangers = children.seen.base ? [] : await children.strangers(knownIds(list.object));
    for (const id of strangers) {
      const parent = parentOf(id);
      if (there.has(parent) || (await api.record(collection.raw, parent, signal)) === null) changes.misses(id);
    }
    at = { mark: all.at, sweptAt, stamp: await children.note(changes, true) };
    at = yield* this.#decide(collection, list, children, at, signal);
    const ends = first ? { ends: this.#count(children.size, children.retained) } : {};
    yield { records: [], checkpoint: { ...at }, ...ends };
    return at;
  }

  /** All records with their items; a record that is not among them is asked for before its items count as gone. */
  async *#compare(
    collection: Collection,
    list: Collection,
    children: Children,
    from: ListPosition,
    records: readonly RawRecord[],
    signal: AbortSignal,
  ): AsyncGenerator<Page, ListPosition> {
    const at = yield* this.#tell(list, children, from, records);
    const there = new Set(records.map(({ id }) => id));
    const changes = new Changes();
    for (const parent of children.parents()) {
      if (there.has(parent)) continue;
      // One that is there all the same tells its items with its next change, or the next time that everything is read.
      if ((await this.#parts.api.record(collection.raw, parent, signal)) === null)
        children.compare(parent, null, changes);
    }
    if (changes.empty) return at;
    const noted = { ...at, stamp: await children.note(changes) };
    yield { records: [], checkpoint: { ...noted } };
    return noted;
  }

  #decide(
    collection: Collection,
    list: Collection,
    children: Children,
    from: ListPosition,
    signal: AbortSignal,
  ): AsyncGenerator<Page, ListPosition> {
    const again = async function* (this: ListReader, at: ListPosition): AsyncGenerator<Page, ListPosition> {
      const { records } = await this.#all(collection, list, signal);
      return yield* this.#compare(collection, list, children, at, records, signal);
    };
    return this.#vanishedOf(list.object).decide(children, from, again.bind(this));
  }

  /** Whether one call gives lists too is not documented: where none came that way, pages tell. */
  async #all(
    collection: Collection,
    list: Collection,
    signal: AbortSignal,
  ): Promise<{ readonly records: readonly RawRecord[]; readonly at: number }> {
    const whole = await this.#parts.api.whole(collection.raw, null, signal);
    if (whole?.records.some((record) => itemsOf(record, list).length > 0)) return whole;
    const records: RawRecord[] = [];
    let at: number | null = null;
    for await (const page of this.#parts.api.pages(collection.raw, 0, null, signal)) {
      at ??= page.at;
      records.push(...page.records);
    }
    return { records, at: at ?? this.#parts.clock.now() };
  }

  async *#changed(
    collection: Collection,
    list: Collection,
    children: Children,
    from: ListPosition,
    mark: number,
    signal: AbortSignal,
  ): AsyncGenerator<Page, ListPosition> {
    const { api, settings } = this.#parts;
    let at = from;
    let next: number | null = null;
    // Page by page: pages have lists whatever else has them, and seldom more than one is needed.
    for await (const page of api.pages(collection.raw, 0, mark - settings.overlapSeconds * 1000, signal)) {
      next ??= page.at;
      at = yield* this.#tell(list, children, at, page.records);
    }
    return yield* this.#decide(collection, list, children, { ...at, mark: next ?? mark }, signal);
  }

  async *#tell(
    list: Collection,
    children: Children,
    from: ListPosition,
    records: readonly RawRecord[],
  ): AsyncGenerator<Page, ListPosition> {
    const { catalogue } = this.#parts;
    let at = from;
    for (let first = 0; first < records.length; first += PAGE) {
      const changes = new Changes();
      const part = records.slice(first, first + PAGE);
      const items = part.flatMap((record) => itemsOf(record, list).map(recordOfItem));
      if (catalogue.learn(list, items)) await catalogue.keep();
      for (const record of part) children.compare(record.id, this.#childrenOf(list, record), changes);
      if (changes.empty) continue;
      at = { ...at, stamp: await children.note(changes) };
      const remaining = Math.max(0, records.length - first - PAGE);
      yield { records: changes.records, checkpoint: { ...at }, remaining };
    }
    return at;
  }

  #childrenOf(list: Collection, record: RawRecord): readonly Child[] {
    return itemsOf(record, list).map((item) => ({
      id: item.id,
      after: { ...valuesOf(this.#parts, list, recordOfItem(item)), [PARENT]: record.id },
      // Nothing public says that an item has a time of its own.
      time: null,
    }));
  }

  #count(rows: number, retained: number): SnapshotCount {
    const now = this.#parts.clock.now();
    return { snapshot: new Date(now).toISOString(), takenAt: now, rows, rejected: 0, retained };
  }
}

function itemsIn(records: readonly RawRecord[], list: Collection): number {
  return records.reduce((sum, record) => sum + itemsOf(record, list).length, 0);
}

function itemsOf(record: RawRecord, list: Collection): readonly RawItem[] {
  return record.lists[list.parent?.list ?? ''] ?? [];
}

export function recordOfItem(item: RawItem): RawRecord {
  return { ...EMPTY, ...item };
}

function positionOf(checkpoint: Checkpoint | null): ListPosition {
  const known = typeof checkpoint?.stamp === 'number' && 'sweptAt' in checkpoint && !('paging' in checkpoint);
  return known ? (checkpoint as unknown as ListPosition) : BEGINNING;
}
