import { ChangeoverError } from '../../src/core/errors.ts';
import { isObject } from '../../src/core/exact-json.ts';
import type { Logger } from '../../src/core/ports.ts';
import type { RejectedRow } from '../../src/source/connector.ts';
import type { Client } from './client.ts';
import { Refused } from './judge.ts';
import { type RawCollection, type RawRecord, rawCollections, rawRecord, timeOf } from './raw.ts';
import type { Settings } from './settings.ts';

export interface ApiParts {
  readonly client: Client;
  readonly settings: Settings;
  readonly logger: Logger;
}

/** Records of one answer. What has no id is among `rejects`. */
export interface Batch {
  readonly records: readonly RawRecord[];
  readonly rejects: readonly RejectedRow[];
  /** When the service answered, milliseconds by its clock. */
  readonly at: number;
}

export interface RecordPage extends Batch {
  readonly index: number;
  /** Records in all, as this page tells. */
  readonly total: number;
  /** Records per page, as it is, whatever was asked for. */
  readonly size: number;
}

export interface RawActivity {
  readonly id: string;
  readonly type: string | null;
  readonly content: string | null;
  readonly time: number | null;
}

/** A page that should hold records and does not is asked for again so often. */
const EMPTY_TRIES = 3;
/** An answer may not be longer than 256 MiB; a collection that would come near is read page by page. */
const LARGEST_ANSWER = 150 * 1024 * 1024;

/** The reads of the API, each told by what it costs: one call, or one a page. */
export class Api {
  readonly #parts: ApiParts;
  /** Whether whole collections can be read in one call; found out by trying. */
  #whole = true;
  readonly #bytes = new Map<string, number>();
  /** Records that one call gave where there were more: the service keeps to another limit than the settings say. */
  #most: number | null = null;
  /** Records in all, as the last page told. */
  readonly #totals = new Map<string, number>();
  /** Page size that the service keeps to instead of the one asked for; null while it does as asked. */
  ignoredPageSize: number | null = null;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  async collections(): Promise<readonly RawCollection[]> {
    const { body } = await this.#parts.client.get('collections');
    const list = rawCollections(body);
    if (list !== null) return list;
    throw new ChangeoverError('KINABASE_BAD_ANSWER', 'the answer has no list of collections');
  }

  /** Whether a collection of so many records is read in one call. */
  fits(collection: RawCollection, total: number | null): boolean {
    const { whole, wholeRecords } = this.#parts.settings;
    if (whole === 'never' || !this.#whole) return false;
    if (this.#most !== null && (total ?? this.#totals.get(collection.id) ?? 0) >= this.#most) return false;
    return total === null || (total < wholeRecords && total * (this.#bytes.get(collection.id) ?? 0) < LARGEST_ANSWER);
  }

  /** Calls that reading everything takes. */
  cost(collection: RawCollection, total: number): number {
    const size = this.ignoredPageSize ?? this.#parts.settings.pageSize;
    return this.fits(collection, total) ? 1 : Math.max(1, Math.ceil(total / size));
  }

  /** Everything, or what changed after a time, in one call; null where that cannot be. */
  async whole(collection: RawCollection, after: number | null, signal?: AbortSignal): Promise<Batch | null> {
    if (!this.fits(collection, null)) return null;
    try {
      const { body, at } = await this.#parts.client.get(this.#path(collection, 'all', { after }), signal);
      const rows = Array.isArray(body) ? body : isObject(body) && Array.isArray(body.records) ? body.records : null;
      if (rows === null) throw new ChangeoverError('KINABASE_BAD_ANSWER', 'the answer has no list of records');
      // At the limit of one answer nobody knows what was left out.
      if (rows.length >= this.#parts.settings.wholeRecords) return null;
      return { ...this.#split(rows, collection, 0), at };
    } catch (thrown) {
      if (!(thrown instanceof Refused) || !thrown.gone) throw thrown;
      // Either there is no such call, or no such collection: a page tells which.
      await this.page(collection, 0, after, signal);
      this.#whole = false;
      return null;
    }
  }

  /** Whether so many records of a whole read are all that there are, as a page tells. One that was cut is not believed again. */
  async isAll(collection: RawCollection, count: number, signal?: AbortSignal): Promise<boolean> {
    const { total } = await this.page(collection, 0, null, signal);
    if (total <= count) return true;
    this.#most = Math.min(this.#most ?? count, count);
    const message = `one call gave ${count} of ${total} records of ${collection.name}: they are read page by page`;
    this.#parts.logger.warn({ code: 'KINABASE_WHOLE_CUT', object: collection.slug, count, total }, message);
    return false;
  }

  async page(
    collection: RawCollection,
    index: number,
    after: number | null,
    signal?: AbortSignal,
  ): Promise<RecordPage> {
    const asked = this.#parts.settings.pageSize;
    const path = this.#path(collection, null, { after, pageIndex: index, pageSize: asked });
    const { body, at } = await this.#get(collection, path, signal);
    if (!isObject(body) || !Array.isArray(body.records))
      throw new ChangeoverError('KINABASE_BAD_ANSWER', 'the answer has no list of records', {
        place: { object: collection.slug },
      });
    const rows: readonly unknown[] = body.records;
    const total = typeof body.totalRecords === 'number' ? body.totalRecords : index * asked + rows.length;
    const size = typeof body.pageSize === 'number' && body.pageSize > 0 ? body.pageSize : asked;
    if (size !== asked) this.#ignores(size, asked);
    if (after === null) this.#totals.set(collection.id, total);
    if (rows.length > 0) this.#bytes.set(collection.id, JSON.stringify(rows[0], digits).length * 1.5);
    return { ...this.#split(rows, collection, index * size), at, index, total, size };
  }

  /** Page by page from `first` on. An empty page that is not behind the last record is never taken for the end. */
  async *pages(
    collection: RawCollection,
    first: number,
    after: number | null,
    signal?: AbortSignal,
  ): AsyncGenerator<RecordPage> {
    for (let index = first; ; index += 1) {
      const page = await this.filledPage(collection, index, after, signal);
      yield page;
      if ((index + 1) * page.size >= page.total) return;
    }
  }

  /** What changed after a time, in as few calls as can be. */
  async *changed(collection: RawCollection, after: number, signal?: AbortSignal): AsyncGenerator<Batch> {
    const whole = await this.whole(collection, after, signal);
    if (whole !== null) yield whole;
    else yield* this.pages(collection, 0, after, signal);
  }

  /** Null where it is gone. */
  async record(collection: RawCollection, id: string, signal?: AbortSignal): Promise<RawRecord | null> {
    try {
      const { body } = await this.#parts.client.get(`${pathOf(collection)}/${encodeURIComponent(id)}`, signal);
      return rawRecord(body, this.#parts.settings);
    } catch (thrown) {
      if (thrown instanceof Refused && thrown.gone) return null;
      throw thrown;
    }
  }

  /** Null where the record is gone. */
  async activities(
    collection: RawCollection,
    id: string,
    signal?: AbortSignal,
  ): Promise<readonly RawActivity[] | null> {
    const path = `activities/${encodeURIComponent(collection.id)}/${encodeURIComponent(id)}`;
    try {
      const { body } = await this.#parts.client.get(path, signal);
      if (!Array.isArray(body))
        throw new ChangeoverError('KINABASE_BAD_ANSWER', 'the answer has no list of activities');
      return body.filter(isObject).map((item, place) => ({
        id: typeof item.id === 'string' && item.id !== '' ? item.id : `#${place + 1}`,
        type: typeof item.type === 'string' ? item.type : null,
        content: typeof item.content === 'string' ? item.content : null,
        time: timeOf(item.timestamp),
      }));
    } catch (thrown) {
      if (thrown instanceof Refused && thrown.gone) return null;
      throw thrown;
    }
  }

  /** A page that holds records, unless it lies behind the last one. @throws KINABASE_EMPTY_PAGE */
  async filledPage(
    collection: RawCollection,
    index: number,
    after: number | null,
    signal?: AbortSignal,
  ): Promise<RecordPage> {
    for (let tries = 1; ; tries += 1) {
      const page = await this.page(collection, index, after, signal);
      const empty = page.records.length + page.rejects.length === 0;
      if (!empty || index * page.size >= page.total) return page;
      if (tries < EMPTY_TRIES) continue;
      const message = `page ${index} of ${collection.slug} is empty, though there are ${page.total} records`;
      throw new ChangeoverError('KINABASE_EMPTY_PAGE', message, { place: { object: collection.slug } });
    }
  }

  async #get(collection: RawCollection, path: string, signal: AbortSignal | undefined) {
    try {
      return await this.#parts.client.get(path, signal);
    } catch (thrown) {
      if (!(thrown instanceof Refused) || !thrown.gone) throw thrown;
      const message = `the collection ${collection.name} is not there any more`;
      throw new ChangeoverError('KINABASE_COLLECTION_GONE', message, {
        place: { object: collection.slug },
        cause: thrown,
      });
    }
  }

  #ignores(size: number, asked: number): void {
    if (this.ignoredPageSize === size) return;
    this.ignoredPageSize = size;
    const fields = { code: 'KINABASE_PAGE_SIZE', asked, size };
    this.#parts.logger.warn(fields, 'the service keeps to another page size than was asked for');
  }

  #path(
    collection: RawCollection,
    last: string | null,
    query: { readonly after: number | null; readonly pageIndex?: number; readonly pageSize?: number },
  ): string {
    const { after, ...paging } = query;
    const asked = new URLSearchParams(
      Object.entries(paging).map(([name, value]): [string, string] => [name, String(value)]),
    );
    if (after !== null) asked.set('updatedAfter', new Date(after).toISOString());
    if (this.#parts.settings.lists) asked.set('includeLists', 'true');
    const search = asked.toString();
    return `${pathOf(collection)}${last === null ? '' : `/${last}`}${search === '' ? '' : `?${search}`}`;
  }

  #split(rows: readonly unknown[], collection: RawCollection, from: number): Omit<Batch, 'at'> {
    const records: RawRecord[] = [];
    const rejects: RejectedRow[] = [];
    for (const [place, row] of rows.entries()) {
      const record = rawRecord(row, this.#parts.settings);
      if (record !== null) records.push(record);
      else rejects.push(withoutId(row, collection, from + place + 1));
    }
    return { records, rejects };
  }
}

/** By its id: the slug may change while we run. */
function pathOf(collection: RawCollection): string {
  return `collections/${encodeURIComponent(collection.id)}`;
}

function withoutId(row: unknown, collection: RawCollection, line: number): RejectedRow {
  return {
    file: `collections/${collection.slug}`,
    line,
    code: 'KINABASE_RECORD_WITHOUT_ID',
    reason: 'a record without an id cannot be told from others',
    excerpt: JSON.stringify(row, digits).slice(0, 2000),
    id: null,
  };
}

const digits = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
