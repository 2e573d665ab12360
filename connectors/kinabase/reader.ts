import { ChangeoverError } from '../../src/core/errors.ts';
import type { Clock, Logger } from '../../src/core/ports.ts';
import type { Page, RejectedRow, SnapshotCount, SourceQuestion, SourceRecord } from '../../src/source/connector.ts';
import { judgeDeletes } from '../../src/source/mass-delete.ts';
import type { Api, Batch } from './api.ts';
import type { Catalogue, Collection } from './catalogue.ts';
import type { Pace } from './pace.ts';
import { checkpointOf, type Paging, type Position } from './position.ts';
import type { RawRecord } from './raw.ts';
import { deletion, type RowParts, recordOf } from './rows.ts';
import { isTold, printOf, Seen, type Told } from './seen.ts';
import type { Settings } from './settings.ts';
import { Sweep } from './sweep.ts';
import { Touched } from './touched.ts';

export interface ReaderParts extends RowParts {
  readonly api: Api;
  readonly catalogue: Catalogue;
  readonly pace: Pace;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly folder: string;
  readonly knownIds: (object: string) => AsyncIterable<string>;
  readonly answers: () => Promise<ReadonlyMap<string, string>>;
  /** Told of what was read, so that nobody has to ask for it again. */
  readonly told: (object: string, changed: readonly string[], gone: readonly string[]) => void;
  /** It came to the present: all that changed before this time, by the service's clock, was told. */
  readUntil(object: string, time: number): void;
}

/** Records in a page of events. */
const PAGE = 500;
/** A collection that is paged while people work in it may not hold still; then it goes on later. */
const PASSES = 3;
/** Calls that a sweep leaves to all others, beside one for each collection. */
const RESERVE = 5;

/** Live downstream, and not told by these fingerprints. */
const NEVER_TOLD: Told = { print: '', created: null };

/** What a read gives along the way; the position says how far it came. */
type Reading = AsyncGenerator<Page, Position>;

/**
 * Reads one collection from any position to the present. Changes come by `updatedAfter` with an overlap; what changes
 * without counting as changed, and what was deleted, is found by reading everything now and then: one call where the
 * collection fits, else page by page with the calls that nobody else needs.
 */
export class Reader {
  readonly #parts: ReaderParts;
  readonly #seen = new Map<string, Seen>();
  readonly #sweeps = new Map<string, Sweep>();
  readonly #totals = new Map<string, number>();
  readonly #touched = new Map<string, Touched>();

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** Records that a collection had when it was last counted. */
  total(object: string): number | null {
    return this.#totals.get(object) ?? null;
  }

  /** Every id of a collection, where all are known. */
  idsOf(object: string): readonly string[] | null {
    const seen = this.#seen.get(object);
    return seen?.base === true ? [...seen.ids()] : null;
  }

  counted(object: string, total: number): void {
    this.#totals.set(object, total);
  }

  async *read(object: string, from: Position, signal: AbortSignal): AsyncGenerator<Page> {
    const { mark } = yield* this.#toPresent(object, from, signal);
    if (mark !== null) this.#parts.readUntil(object, mark);
  }

  async *#toPresent(object: string, from: Position, signal: AbortSignal): Reading {
    const { api, catalogue, clock, settings } = this.#parts;
    const collection = await catalogue.of(object);
    const seen = await this.#open(object, from.stamp);
    const at = seen.size === 0 && from.stamp > 0 ? { ...from, stamp: seen.stamp } : from;
    const fits = api.fits(collection.raw, this.total(object));
    if (at.mark === null) {
      const whole = fits ? yield* this.#whole(collection, seen, at, signal) : null;
      return whole ?? (yield* this.#paged(collection, seen, at, signal));
    }
    const due = clock.now() - at.sweptAt >= settings.sweepSeconds * 1000;
    const swept = due && fits ? yield* this.#whole(collection, seen, at, signal) : null;
    if (swept !== null) return swept;
    const since = yield* this.#changes(collection, seen, at, at.mark, signal);
    if (due || this.#sweeps.has(object)) yield* this.#stepSweep(collection, seen, since, signal);
    // A step of a sweep sees only its own pages: what changed elsewhere since, the next read of changes tells.
    return since;
  }

  async #open(object: string, stamp: number): Promise<Seen> {
    const known = this.#seen.get(object);
    // A page that was given and not kept: what was noted for it must be forgotten.
    if (known?.stamp === stamp) return known;
    const opened = await Seen.open(this.#parts.folder, object, stamp);
    this.#seen.set(object, opened);
    this.#sweeps.delete(object);
    return opened;
  }

  /** Everything in one call: tells what is new or other, and finds what is gone. Null where one call is not enough. */
  async *#whole(
    collection: Collection,
    seen: Seen,
    from: Position,
    signal: AbortSignal,
  ): AsyncGenerator<Page, Position | null> {
    const { api } = this.#parts;
    const batch = await api.whole(collection.raw, null, signal);
    if (batch === null) return null;
    const count = batch.records.length + batch.rejects.length;
    // A first read has nothing else to be compared with: what it lacks would never be missed.
    const counted = this.total(collection.object);
    if (
      from.mark === null &&
      (counted === null || count < counted) &&
      !(await api.isAll(collection.raw, count, signal))
    )
      return null;
    const sweep = new Sweep(batch.at);
    sweep.saw(batch.records);
    this.#noticeRepeats(collection, sweep);
    this.#totals.set(collection.object, sweep.ids.size);
    const timed = batch.records.filter(({ updated }) => updated !== null);
    this.#tellTouched(collection, timed, from.mark ?? batch.at);
    // Later ones are no snapshots: what they find came or went since the first one.
    const first = from.mark === null;
    const more = first ? { begins: this.#count(sweep.ids.size, batch.rejects.length, 0) } : {};
    const told = yield* this.#tell(collection, seen, from, first ? batch : { ...batch, rejects: [] }, more);
    const end = yield* this.#finish(collection, seen, told, sweep, batch.rejects.length, signal);
    // Without times only a read of changes tells which records were touched.
    if (from.mark === null || timed.length === batch.records.length) return end;
    return yield* this.#changes(collection, seen, end, from.mark, signal);
  }

  /** A first read page by page; goes on at the page where it stopped. */
  async *#paged(collection: Collection, seen: Seen, from: Position, signal: AbortSignal): Reading {
    const { api, logger } = this.#parts;
    let at = from;
    for (let pass = 1; ; pass += 1) {
      const resumed: Paging | null = pass === 1 ? at.paging : null;
      const sweep = new Sweep(resumed?.began ?? null);
      // What was told before belongs to this very read.
      if (resumed !== null) sweep.sawIds(seen.ids());
      let rejected = 0;
      for await (const page of api.pages(collection.raw, resumed?.index ?? 0, null, signal)) {
        if (resumed !== null && page.size !== resumed.size)
          return yield* this.#paged(collection, seen, { ...at, paging: null }, signal);
        const first = page.index === 0 && pass === 1;
        sweep.sawPage(page);
        rejected += page.rejects.length;
        const paging: Paging = { index: page.index + 1, size: page.size, began: sweep.began ?? page.at };
        const more = first ? { begins: this.#count(page.total, 0, 0) } : {};
        at = yield* this.#tell(collection, seen, { ...at, paging }, page, { ...more, always: true });
      }
      this.#noticeRepeats(collection, sweep);
      this.#totals.set(collection.object, sweep.total);
      if (sweep.complete(rejected)) {
        at = yield* this.#changes(collection, seen, at, sweep.began ?? 0, signal, sweep);
        return yield* this.#finish(collection, seen, { ...at, paging: null }, sweep, rejected, signal);
      }
      const message = `${collection.raw.name} has ${sweep.total} records, and its pages held ${sweep.ids.size}`;
      const error = new ChangeoverError('KINABASE_TOTAL_CHANGED', message, { place: { object: collection.object } });
      if (pass >= PASSES) throw error;
      logger.warn({ code: error.code, object: collection.object }, message);
    }
  }

  /** What changed after a time, less the overlap; each change is told once. */
  async *#changes(
    collection: Collection,
    seen: Seen,
    from: Position,
    mark: number,
    signal: AbortSignal,
    sweep: Sweep | undefined = this.#sweeps.get(collection.object),
  ): Reading {
    const { api, settings } = this.#parts;
    let at = from;
    let next: number | null = null;
    for await (const batch of api.changed(collection.raw, mark - settings.overlapSeconds * 1000, signal)) {
      next ??= batch.at;
      sweep?.sawIds(batch.records.map(({ id }) => id));
      this.#tellTouched(collection, batch.records, mark);
      at = yield* this.#tell(collection, seen, at, batch, {});
    }
    if (from.mark === null) return at;
    const since = next ?? mark;
    const moved = at.stamp !== from.stamp || since - mark >= settings.overlapSeconds * 1000;
    if (!moved) return { ...at, mark: since };
    at = { ...at, mark: since };
    yield { records: [], checkpoint: checkpointOf(at) };
    return at;
  }

  /** A sweep page by page: as many pages as the others leave calls for. */
  async *#stepSweep(collection: Collection, seen: Seen, from: Position, signal: AbortSignal): Reading {
    const { api, catalogue, pace } = this.#parts;
    const reserve = (await catalogue.all()).length + RESERVE;
    const sweep = this.#sweeps.get(collection.object) ?? new Sweep(null);
    this.#sweeps.set(collection.object, sweep);
    let at = from;
    // At least one page, or a workspace of many collections would never come to its end.
    for (let pages = 0; pages === 0 || pace.spare() > reserve; pages += 1) {
      const page = await api.filledPage(collection.raw, sweep.next, null, signal);
      sweep.sawPage(page);
      at = yield* this.#tell(collection, seen, at, page, { always: true });
      if (sweep.next * page.size < page.total) continue;
      this.#sweeps.delete(collection.object);
      this.#noticeRepeats(collection, sweep);
      this.#totals.set(collection.object, sweep.total);
      // One that did not see everything proves nothing; the next one begins at once.
      return sweep.complete(0) ? yield* this.#finish(collection, seen, at, sweep, 0, signal) : at;
    }
    return at;
  }

  /** The end of a whole read: what it lacks is looked into, and what is gone is told. */
  async *#finish(
    collection: Collection,
    seen: Seen,
    from: Position,
    sweep: Sweep,
    rejected: number,
    signal: AbortSignal,
  ): Reading {
    const { object } = collection;
    const known = new Set(seen.ids());
    // Live downstream, and not told by these fingerprints: they were lost, or are of an earlier life.
    if (!seen.base) for await (const id of this.#parts.knownIds(object)) known.add(id);
    const absent = [...known].filter((id) => !sweep.ids.has(id));
    const missing = absent.filter((id) => seen.get(id)?.absent === undefined);
    let at: Position = {
      ...from,
      mark: Math.max(from.mark ?? 0, sweep.began ?? 0),
      sweptAt: this.#parts.clock.now(),
      paging: null,
    };
    let retained = absent.length - missing.length;
    let alive = 0;
    let questions: readonly SourceQuestion[] = [];
    let gone: readonly string[] = [];
    const kept = new Map<string, Told>();
    if (missing.length > 0) {
      const { settings, answers } = this.#parts;
      const numbers = { missing, known: known.size };
      const verdict = judgeDeletes(object, numbers, settings, await answers());
      if (verdict.kind === 'keep') {
        retained = absent.length;
        if (verdict.question === null)
          for (const id of missing) kept.set(id, { ...(seen.get(id) ?? NEVER_TOLD), absent: 'kept' });
        else questions = [verdict.question];
      } else {
        const looked = await this.#lookInto(collection, missing, signal);
        alive = looked.alive.length;
        gone = looked.gone;
        at = yield* this.#tell(collection, seen, at, { records: looked.alive, rejects: [], at: 0 }, {});
      }
    }
    // While a question is open, what only downstream knows of must be asked for again.
    const base = questions.length === 0;
    if (gone.length > 0 || kept.size > 0 || (base && !seen.base))
      at = { ...at, stamp: await seen.note(kept, gone, base) };
    this.#parts.told(object, [], gone);
    const ends = this.#count(sweep.ids.size + alive + rejected, rejected, retained);
    yield {
      records: gone.map(deletion),
      checkpoint: checkpointOf(at),
      ...(from.mark === null ? { ends } : {}),
      ...(questions.length === 0 ? {} : { questions }),
    };
    return at;
  }

  /**
   * Absence in one read proves nothing: each record is read by its id, or, where that would take more calls, everything is
   * read a second time.
   */
  async #lookInto(
    collection: Collection,
    missing: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly alive: readonly RawRecord[]; readonly gone: readonly string[] }> {
    const { api } = this.#parts;
    if (missing.length > api.cost(collection.raw, this.total(collection.object) ?? missing.length)) {
      const again = await api.whole(collection.raw, null, signal);
      if (again !== null && (await api.isAll(collection.raw, again.records.length + again.rejects.length, signal))) {
        const there = new Map(again.records.map((record) => [record.id, record]));
        return {
          alive: missing.flatMap((id) => there.get(id) ?? []),
          gone: missing.filter((id) => !there.has(id)),
        };
      }
    }
    const alive: RawRecord[] = [];
    const gone: string[] = [];
    for (const id of missing) {
      const record = await api.record(collection.raw, id, signal);
      if (record === null) gone.push(id);
      else alive.push(record);
    }
    return { alive, gone };
  }

  /** Gives what of a batch is new or other than what was told before, page by page. */
  async *#tell(
    collection: Collection,
    seen: Seen,
    from: Position,
    batch: Batch,
    more: { readonly begins?: SnapshotCount; readonly always?: boolean },
  ): Reading {
    const { catalogue } = this.#parts;
    if (catalogue.learn(collection, batch.records)) await catalogue.keep();
    const fresh: { readonly records: readonly SourceRecord[]; readonly told: Told }[] = [];
    for (const raw of new Map(batch.records.map((record) => [record.id, record])).values()) {
      const record = recordOf(this.#parts, collection, raw);
      const told: Told = { print: printOf(record.after ?? {}), created: record.created };
      const before = seen.get(raw.id);
      if (isTold(before, told) && before?.absent === undefined) continue;
      fresh.push({ records: [...this.#formerLife(collection, raw, before), record], told });
    }
    let at = from;
    for (let first = 0; first === 0 || first < fresh.length; first += PAGE) {
      const part = fresh.slice(first, first + PAGE);
      const records = part.flatMap((one) => one.records);
      const rejects: readonly RejectedRow[] = first === 0 ? batch.rejects : [];
      if (records.length === 0 && rejects.length === 0 && more.begins === undefined && more.always !== true) break;
      const put = new Map(part.map(({ records: [...own], told }) => [own.at(-1)?.id ?? '', told]));
      at = { ...at, stamp: put.size === 0 ? at.stamp : await seen.note(put, []) };
      this.#parts.told(collection.object, [...put.keys()], []);
      yield {
        records,
        checkpoint: checkpointOf(at),
        ...(rejects.length === 0 ? {} : { rejects }),
        ...(first === 0 && more.begins !== undefined ? { begins: more.begins } : {}),
        remaining: Math.max(0, fresh.length - first - PAGE),
      };
    }
    return at;
  }

  /** Whoever reads what stands on records must know of those that changed in nothing else. */
  #tellTouched({ object }: Collection, records: readonly RawRecord[], mark: number): void {
    const touched = this.#touched.get(object) ?? new Touched();
    this.#touched.set(object, touched);
    this.#parts.told(object, touched.take(records, mark - this.#parts.settings.overlapSeconds * 1000), []);
  }

  /** An id that was used again is another record: the former one is deleted first. */
  #formerLife(collection: Collection, raw: RawRecord, before: Told | undefined): readonly SourceRecord[] {
    const reused =
      before !== undefined && before.created !== null && raw.created !== null && before.created !== raw.created;
    if (!reused) return [];
    this.#parts.logger.warn(
      { code: 'KINABASE_ID_REUSED', object: collection.object, record: raw.id },
      'an id that was deleted is used again, by another record',
    );
    return [deletion(raw.id)];
  }

  #noticeRepeats(collection: Collection, sweep: Sweep): void {
    if (sweep.repeated === 0) return;
    this.#parts.logger.warn(
      { code: 'KINABASE_REPEATED_RECORD', object: collection.object, records: sweep.repeated },
      'records came more than once in one read; each is told once',
    );
  }

  #count(rows: number, rejected: number, retained: number): SnapshotCount {
    const now = this.#parts.clock.now();
    return { snapshot: new Date(now).toISOString(), takenAt: now, rows, rejected, retained };
  }
}
