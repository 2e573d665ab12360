import { z } from 'zod';
import { ChangeoverError } from '../../src/core/errors.ts';
import { type FieldValue, ObjectAbsent, type SourceRecord } from '../../src/source/connector.ts';
import type { Answered, Client } from './client.ts';
import type { Settings } from './settings.ts';

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const row = z.looseObject({ id: z.string().min(1), createdAt: time, updatedAt: time });
const page = z.object({ items: z.array(row), total: z.int().min(0) });

type Row = z.infer<typeof row>;

export interface RecordPage {
  readonly records: readonly SourceRecord[];
  /** Records in all, as the source tells. */
  readonly total: number;
  /** By the service's clock, milliseconds. */
  readonly at: number;
}

/** An empty page that is not the last is asked for again so often. */
const EMPTY_TRIES = 3;

/** The lists of the API, page by page. */
export class Pages {
  readonly #client: Client;
  readonly #settings: Settings;

  constructor(client: Client, settings: Settings) {
    this.#client = client;
    this.#settings = settings;
  }

  /**
   * Page `number` of an object, from 1; `after`: only what changed since, by the service's clock. `before` is how many
   * records the pages before it held: an empty page is the end only where these are all.
   */
  async page(
    object: string,
    number: number,
    before: number,
    after: number | null,
    signal?: AbortSignal,
  ): Promise<RecordPage> {
    const query = new URLSearchParams({ page: String(number), pageSize: String(this.#settings.pageSize) });
    if (after !== null) query.set('updatedAfter', new Date(after).toISOString());
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#client.get(`${object}?${query}`, signal);
      if (answer === null) throw this.#gone(object);
      const { items, total } = this.#parsed(page, answer, object);
      if (items.length > 0 || before >= total) return { records: items.map(recordOf), total, at: answer.at };
      if (tries === EMPTY_TRIES) {
        const message = `page ${number} of ${object} is empty, though there are ${total} records`;
        throw new ChangeoverError('SOURCE_PAGES_MOVED', message, { place: { object } });
      }
    }
  }

  /** Null where it is gone. */
  async record(object: string, id: string, signal?: AbortSignal): Promise<SourceRecord | null> {
    const answer = await this.#client.get(`${object}/${encodeURIComponent(id)}`, signal);
    return answer === null ? null : recordOf(this.#parsed(row, answer, object));
  }

  #parsed<Schema extends z.ZodType>(schema: Schema, answer: Answered, object: string): z.infer<Schema> {
    const result = schema.safeParse(answer.body);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const message = `the answer is not as expected: ${issue?.path.join('.')}: ${issue?.message}`;
    throw new ChangeoverError('SOURCE_BAD_ANSWER', message, { place: { object } });
  }

  #gone(object: string): ChangeoverError {
    return new ObjectAbsent('SOURCE_OBJECT_GONE', `the source has no ${object}`, { place: { object } });
  }
}

function recordOf({ id, createdAt, updatedAt, ...fields }: Row): SourceRecord {
  return {
    id,
    op: 'UPSERT',
    after: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fieldValue(value)])),
    version: null,
    time: updatedAt,
    created: createdAt,
  };
}

/** Every single value is text, a list is a list of texts: the confirmed mapping does the typing. */
function fieldValue(value: unknown): FieldValue {
  if (Array.isArray(value)) return value.map(textOf);
  return value === null || value === undefined ? null : textOf(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}
