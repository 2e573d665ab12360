import type { JsonObject } from '../../src/core/exact-json.ts';
import type { Client } from './client.ts';
import type { Settings } from './settings.ts';

/** How the records of a controller can be listed. */
export type Listing =
  | { readonly kind: 'pages' }
  /** All at once, up to a number of rows that is asked for. */
  | { readonly kind: 'rows' }
  /** Only one by one, by their ids. */
  | { readonly kind: 'ids' }
  /** The account does not answer for the controller. */
  | { readonly kind: 'absent' };

export interface ListPage {
  readonly rows: readonly JsonObject[];
  readonly total: number | null;
}

/** Asked for first where a list comes all at once; more until the answer is shorter. */
const FIRST_COUNT = 1_000;
const LARGEST_COUNT = 1_024_000;
/** A list that is cut off has a round number of rows. */
const ROUND = 50;

/**
 * Finds out how each controller lists its records, by what it answers: pages where a second page is another one; else all
 * rows at once; else ids. Nothing of it is documented (sources.md C).
 */
export class Lists {
  readonly #client: Client;
  readonly #settings: Settings;
  readonly #known = new Map<string, Listing>();

  constructor(client: Client, settings: Settings) {
    this.#client = client;
    this.#settings = settings;
  }

  forget(): void {
    this.#known.clear();
  }

  async of(controller: string, signal?: AbortSignal): Promise<Listing> {
    const known = this.#known.get(controller);
    if (known !== undefined) return known;
    const { listing, sure } = await this.#find(controller, signal);
    if (sure) this.#known.set(controller, listing);
    return listing;
  }

  /** Null where there is no such list any more. `page` counts from 0. */
  async page(controller: string, page: number, signal?: AbortSignal, since?: string): Promise<ListPage | null> {
    const { pageParameter, sizeParameter, firstPage, pageSize, since: parameter } = this.#settings;
    const query = new URLSearchParams({
      [pageParameter]: String(firstPage + page),
      [sizeParameter]: String(pageSize),
      ...(parameter === null || since === undefined ? {} : { [parameter]: since }),
    });
    const answer = await this.#client.get(`${controller}/GetList?${query.toString()}`, signal);
    return answer.kind === 'list' ? answer : answer.kind === 'absent' && !answer.route ? EMPTY : null;
  }

  /** All rows at once; null where the list may be cut off: a round number of rows, and nobody says that it is all. */
  async whole(controller: string, signal?: AbortSignal): Promise<ListPage | null> {
    for (let count = FIRST_COUNT; count <= LARGEST_COUNT; count *= 4) {
      const answer = await this.#client.get(`${controller}/GetList/${count}`, signal);
      if (answer.kind !== 'list') return null;
      const { length } = answer.rows;
      if (length >= count) continue;
      return length === answer.total || length === 0 || length % ROUND !== 0 ? answer : null;
    }
    return null;
  }

  async #find(controller: string, signal: AbortSignal | undefined): Promise<{ listing: Listing; sure: boolean }> {
    const { lists } = this.#settings;
    const first = lists === 'ids' ? null : await this.page(controller, 0, signal);
    if (first === null) {
      const one = await this.#client.get(`${controller}/GetById/1`, signal);
      const there = one.kind !== 'absent' || !one.route;
      return { listing: { kind: there ? 'ids' : 'absent' }, sure: there };
    }
    if (lists !== 'auto') return { listing: { kind: lists }, sure: true };
    if (first.rows.length === 0) return { listing: { kind: 'pages' }, sure: false };
    const second = await this.page(controller, 1, signal);
    const repeats = second !== null && second.rows[0]?.id === first.rows[0]?.id;
    if (second !== null && !repeats) return { listing: { kind: 'pages' }, sure: true };
    // The page was ignored: then the list must come whole.
    return { listing: { kind: (await this.whole(controller, signal)) === null ? 'ids' : 'rows' }, sure: true };
  }
}

const EMPTY: ListPage = { rows: [], total: 0 };

/** All rows of a small list; null where the account does not answer for it. */
export async function allRows(client: Client, lists: Lists, controller: string): Promise<readonly JsonObject[] | null> {
  const listing = await lists.of(controller);
  switch (listing.kind) {
    case 'absent':
      return null;
    case 'rows':
      return (await lists.whole(controller))?.rows ?? null;
    case 'pages': {
      const rows = new Map<unknown, JsonObject>();
      for (let page = 0, empty = 0; empty < 2; page += 1) {
        const found = (await lists.page(controller, page))?.rows ?? [];
        empty = found.length === 0 ? empty + 1 : 0;
        for (const row of found) rows.set(row.id, row);
      }
      return [...rows.values()];
    }
    case 'ids': {
      const rows: JsonObject[] = [];
      for (let id = 1, missing = 0; missing < SMALL_GAP; id += 1) {
        const answer = await client.get(`${controller}/GetById/${id}`);
        missing = answer.kind === 'entity' ? 0 : missing + 1;
        if (answer.kind === 'entity') rows.push(answer.entity);
      }
      return rows;
    }
  }
}

/** Of users, stages and rules: they have few gaps. */
const SMALL_GAP = 20;
