import { ChangeoverError } from '../../src/core/errors.ts';
import { contentHash } from '../../src/core/identifiers.ts';
import type { Clock } from '../../src/core/ports.ts';
import type { Page, SnapshotCount, SourceRecord } from '../../src/source/connector.ts';
import { judgeDeletes } from '../../src/source/mass-delete.ts';
import type { Pages } from './pages.ts';
import { checkpointOf, type Position } from './position.ts';
import type { Settings } from './settings.ts';

export interface ReaderParts {
  readonly pages: Pages;
  readonly settings: Settings;
  readonly clock: Clock;
  /** Ids that are live downstream. */
  readonly knownIds: (object: string) => AsyncIterable<string>;
  readonly answers: () => Promise<ReadonlyMap<string, string>>;
}

/** What was told of a record; `created` tells another record under the same id. */
interface Told {
  readonly hash: string;
  readonly created: number | null;
}

type First = Extract<Position, { kind: 'first' }>;
type Since = Extract<Position, { kind: 'since' }>;

/** A list that is paged while people work in it may not hold still; then it goes on later. */
const PASSES = 3;

/**
 * Reads one object from any position to the present. Changes come by `updatedAfter` with an overlap; deletes, which nobody
 * tells, are found by reading everything now and then and asking for each id that is missing.
 */
export class Reader {
  readonly #parts: ReaderParts;
  /** By object and id, in memory alone: after a restart some records are told once more, which changes nothing. */
  readonly #told = new Map<string, Map<string, Told>>();

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  async *read(object: string, from: Position, signal: AbortSignal): AsyncGenerator<Page> {
    let at = from.kind === 'first' ? yield* this.#first(object, from, signal) : from;
    at = yield* this.#changes(object, at, signal);
    if (this.#parts.clock.now() - at.sweptAt < this.#parts.settings.sweepSeconds * 1000) return;
    yield* this.#sweep(object, at, signal);
  }

  async *#first(object: string, from: First, signal: AbortSignal): AsyncGenerator<Page, Since> {
    let at = from;
    for (;;) {
      const page = await this.#parts.pages.page(object, at.page, at.before, null, signal);
      const before = at.before + page.records.length;
      const begins = at.page === 1 ? { begins: this.#count(page.total, 0) } : {};
      const began = at.began ?? page.at;
      const next: Position =
        before >= page.total
          ? { kind: 'since', mark: began, sweptAt: 0, counted: false }
          : { kind: 'first', page: at.page + 1, before, began };
      const remaining = Math.max(0, page.total - before);
      yield { ...this.#fresh(object, page.records), checkpoint: checkpointOf(next), remaining, ...begins };
      this.#note(object, page.records);
      if (next.kind === 'since') return next;
      at = next;
    }
  }

  async *#changes(object: string, from: Since, signal: AbortSignal): AsyncGenerator<Page, Since> {
    const after = from.mark - this.#parts.settings.overlapSeconds * 1000;
    let mark: number | null = null;
    let before = 0;
    for (let number = 1; ; number += 1) {
      const page = await this.#parts.pages.page(object, number, before, after, signal);
      before += page.records.length;
      mark ??= page.at;
      const last = before >= page.total;
      const fresh = this.#fresh(object, page.records);
      // The mark moves with the last page: a read that stops before it is made again.
      const at: Since = last ? { ...from, mark } : from;
      if (fresh.records.length > 0) yield { ...fresh, checkpoint: checkpointOf(at) };
      this.#note(object, page.records);
      if (last) return at;
    }
  }

  /** Everything, to find what is gone; ends the first snapshot with the source's own count. */
  async *#sweep(object: string, from: Since, signal: AbortSignal): AsyncGenerator<Page> {
    const { clock, settings, pages } = this.#parts;
    const sweptAt = clock.now();
    const ids = await this.#ids(object, from, signal);
    for (const page of ids.pages) {
      yield page;
      this.#note(
        object,
        page.records.filter(({ op }) => op === 'UPSERT'),
      );
    }
    const known = new Set(this.#of(object).keys());
    for await (const id of this.#parts.knownIds(object)) known.add(id);
    const missing = [...known].filter((id) => !ids.seen.has(id));
    const numbers = { missing, known: known.size };
    const verdict = judgeDeletes(object, numbers, settings, await this.#parts.answers());
    const gone: SourceRecord[] = [];
    const alive: SourceRecord[] = [];
    for (const id of verdict.kind === 'delete' ? missing : []) {
      const record = await pages.record(object, id, signal);
      if (record === null) gone.push(deletion(id));
      else alive.push(record);
    }
    const retained = verdict.kind === 'keep' ? missing.length : 0;
    const question = verdict.kind === 'keep' ? verdict.question : null;
    yield {
      records: [...this.#fresh(object, alive).records, ...gone],
      checkpoint: checkpointOf({ ...from, sweptAt, counted: true }),
      ...(from.counted ? {} : { ends: this.#count(ids.seen.size + alive.length, retained) }),
      ...(question === null ? {} : { questions: [question] }),
    };
    this.#note(object, alive);
    for (const { id } of gone) this.#of(object).delete(id);
  }

  /** Every id, and pages with what of the records was not told yet: these move nothing. */
  async #ids(
    object: string,
    from: Since,
    signal: AbortSignal,
  ): Promise<{ readonly seen: ReadonlySet<string>; readonly pages: readonly Page[] }> {
    for (let pass = 1; pass <= PASSES; pass += 1) {
      const seen = new Set<string>();
      const pages: Page[] = [];
      let before = 0;
      for (let number = 1; ; number += 1) {
        const page = await this.#parts.pages.page(object, number, before, null, signal);
        before += page.records.length;
        const fresh = this.#fresh(object, page.records);
        if (fresh.records.length > 0) pages.push({ ...fresh, checkpoint: checkpointOf(from) });
        for (const { id } of page.records) seen.add(id);
        if (before < page.total) continue;
        if (seen.size >= page.total) return { seen, pages };
        break;
      }
    }
    const message = `the pages of ${object} hold other records with every read`;
    throw new ChangeoverError('SOURCE_PAGES_MOVED', message, { place: { object } });
  }

  /** What was not told yet; an id that is another record now is deleted first. */
  #fresh(object: string, records: readonly SourceRecord[]): { readonly records: readonly SourceRecord[] } {
    const told = this.#of(object);
    const fresh = [...new Map(records.map((record) => [record.id, record])).values()].flatMap((record) => {
      const before = told.get(record.id);
      if (before === undefined) return [record];
      if (before.created !== record.created) return [deletion(record.id), record];
      return before.hash === contentHash(record.after) ? [] : [record];
    });
    return { records: fresh };
  }

  /** After the page was taken: what is not in the log was not told. */
  #note(object: string, records: readonly SourceRecord[]): void {
    for (const { id, after, created } of records) this.#of(object).set(id, { hash: contentHash(after), created });
  }

  #of(object: string): Map<string, Told> {
    const told = this.#told.get(object) ?? new Map<string, Told>();
    this.#told.set(object, told);
    return told;
  }

  #count(rows: number, retained: number): SnapshotCount {
    const now = this.#parts.clock.now();
    return { snapshot: new Date(now).toISOString(), takenAt: now, rows, rejected: 0, retained };
  }
}

function deletion(id: string): SourceRecord {
  return { id, op: 'DELETE', after: null, version: null, time: null, created: null };
}
