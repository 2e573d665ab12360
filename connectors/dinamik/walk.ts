import type { ErrorCode } from '../../src/core/error-codes.ts';
import type { ChangeoverError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/exact-json.ts';
import { ObjectAbsent } from '../../src/source/connector.ts';
import type { Notices } from '../../src/source/notices.ts';
import type { Client } from './client.ts';
import type { Fingerprints } from './fingerprints.ts';
import { ahead } from './in-order.ts';
import { sizeOf } from './intervals.ts';
import type { Lists } from './lists.ts';
import type { Module } from './modules.ts';
import type { Sweep } from './position.ts';
import type { Settings } from './settings.ts';

export interface WalkParts {
  readonly client: Client;
  readonly lists: Lists;
  readonly settings: Settings;
  readonly notices: Notices;
  readonly fingerprints: (object: string) => Fingerprints;
}

/** Pages and ids that are asked for before the one in hand has been dealt with; the pace decides how many really run. */
const AHEAD = 4;
const IDS_AHEAD = 64;
const IDS_A_PAGE = 100;

/** What one page or span of ids brought. */
export interface Chunk {
  readonly rows: readonly JsonObject[];
  /** Where the next chunk begins. */
  readonly next: number;
  readonly total: number | null;
}

/** Goes through all rows of a module, in whatever way its controller gives them. */
export class Walk {
  readonly #parts: WalkParts;

  constructor(parts: WalkParts) {
    this.#parts = parts;
  }

  async *chunks(module: Module, at: Sweep, signal: AbortSignal): AsyncIterable<Chunk> {
    const { lists } = this.#parts;
    const { controller, name } = module;
    const listing = await lists.of(controller, signal);
    switch (listing.kind) {
      case 'absent':
        throw this.#gone(module);
      case 'rows': {
        const all = await lists.whole(controller, signal);
        if (all === null) throw this.#gone(module);
        yield { ...all, next: 0 };
        return;
      }
      case 'ids':
        yield* this.#byId(module, at, signal);
        return;
      case 'pages':
        yield* this.#pages(module, at, name, signal);
    }
  }

  #gone(module: Module): ChangeoverError {
    this.#parts.lists.forget();
    return new ObjectAbsent('DINAMIK_NO_MODULE', `the account does not answer for ${module.controller}`, {
      place: { object: module.name },
    });
  }

  /** A short page is not the end, and one without rows need not be: so many in a row are. */
  async *#pages(module: Module, at: Sweep, object: string, signal: AbortSignal): AsyncIterable<Chunk> {
    const { lists, settings } = this.#parts;
    const numbers = counting(at.next);
    let empty = 0;
    let read = 0;
    let told = false;
    for await (const { item: number, value: page } of ahead(numbers, AHEAD, (page) =>
      lists.page(module.controller, page, signal),
    )) {
      if (page === null) throw this.#gone(module);
      const { length } = page.rows;
      if (length > 0 && empty > 0)
        this.#notice(object, 'DINAMIK_EMPTY_PAGE', `page ${number} has rows, and ${empty} before it have none`);
      empty = length === 0 ? empty + 1 : 0;
      read += length;
      if (!told && length > settings.pageSize) {
        told = true;
        this.#notice(object, 'DINAMIK_PAGE_SIZE', `${length} rows on a page, asked for ${settings.pageSize}`);
      }
      const all =
        page.total !== null &&
        sizeOf(at.seen) + sizeOf(at.others) + read >= page.total &&
        at.passes === 1 &&
        at.next === 0;
      if (empty >= settings.emptyPages) return;
      if (length > 0) yield { ...page, next: number + 1 };
      if (all && length === 0) return;
    }
  }

  async *#byId(module: Module, at: Sweep, signal: AbortSignal): AsyncIterable<Chunk> {
    const { client, settings, fingerprints } = this.#parts;
    const last = fingerprints(module.name).newest();
    let missing = 0;
    let rows: JsonObject[] = [];
    const ids = counting(Math.max(1, at.next));
    for await (const { item: id, value: answer } of ahead(ids, IDS_AHEAD, (one) =>
      client.get(`${module.controller}/GetById/${one}`, signal),
    )) {
      if (answer.kind === 'absent' && answer.route) throw this.#gone(module);
      missing = answer.kind === 'entity' ? 0 : missing + 1;
      if (answer.kind === 'entity') rows.push(answer.entity);
      if (rows.length >= IDS_A_PAGE) {
        yield { rows, next: id + 1, total: null };
        rows = [];
      }
      if (missing >= settings.idGap && id >= last) {
        yield { rows, next: id + 1, total: null };
        return;
      }
    }
  }

  #notice(object: string, code: ErrorCode, message: string): void {
    this.#parts.notices.tell(code, message, { object }, object);
  }
}

function* counting(from: number): Iterable<number> {
  for (let number = from; ; number += 1) yield number;
}
