import type { Clock } from '../../../src/core/ports.ts';
import { CODE, Refusal } from '../errors.ts';
import type { TableDefinition } from '../model/definitions.ts';
import type { DeltaToken, TrackingPosition } from '../odata/tokens.ts';
import type { Organisation } from '../store/organisation.ts';
import type { Row, Tombstone } from '../store/rows.ts';

const DAY = 86_400_000;

/** A row as it is now, or what is left of one. */
export type Change =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'deleted'; readonly stone: Tombstone };

export interface ChangePage {
  readonly changes: readonly Change[];
  readonly firstId: string;
  /** Where the next page begins; undefined after the last. */
  readonly next:
    | { readonly phase: TrackingPosition['phase']; readonly lastId: string; readonly lastVersion: number }
    | undefined;
}

function changed(change: Change): Row | Tombstone {
  return change.kind === 'row' ? change.row : change.stone;
}

/** Change tracking: what changed since a version, and when a client has waited too long to ask. */
export class Tracking {
  readonly #organisation: Organisation;
  readonly #clock: Clock;
  /** Tokens below this version are expired, per table, because somebody asked for it. */
  readonly #expired = new Map<string, number>();
  /** Row version at which the table's definition was last changed. */
  readonly #altered = new Map<string, number>();

  constructor(organisation: Organisation, clock: Clock) {
    this.#organisation = organisation;
    this.#clock = clock;
  }

  /** The token that stands for now. */
  token(version: number): DeltaToken {
    return { version, at: Math.floor(this.#clock.now() / 1_000) * 1_000 };
  }

  /** Makes every token of a table (or of all) expire at once, and forgets the deletes they would have told. */
  expire(table?: string): void {
    const version = this.#organisation.store.advance();
    for (const name of table === undefined ? this.#organisation.schema.tables().map((of) => of.name) : [table]) {
      this.#expired.set(name, version);
      for (const shown of this.#organisation.schema.shownIn(name)) this.#organisation.store.forgetDeletes(shown);
    }
  }

  /** Throws `ExpiredVersionStamp` for a token that is too old, or older than the table's present definition. */
  check(table: TableDefinition, token: DeltaToken): void {
    const { schema, switches, store } = this.#organisation;
    const days = this.#days();
    const tooOld = this.#clock.now() - token.at > days * DAY;
    const revoked = token.version < (this.#expired.get(table.name) ?? 0);
    const outdated = switches.metadataExpiresTokens && token.version < (this.#altered.get(table.name) ?? 0);
    if (tooOld)
      for (const shown of schema.shownIn(table.name)) store.forgetDeletes(shown, this.#clock.now() - days * DAY);
    if (tooOld || revoked || outdated) {
      throw new Refusal(
        switches.expiredStatus,
        CODE.expiredVersion,
        'Version stamp associated with the client has expired. Please perform a full sync.',
      );
    }
  }

  /** A table's definition has changed: tokens from before may count as expired. */
  altered(table: string): void {
    this.#altered.set(table, this.#organisation.store.advance());
  }

  /** The next changes, rows by version first and deletes at the end. */
  changes(table: TableDefinition, tracking: TrackingPosition, after: number, size: number): ChangePage {
    const { since, upto } = tracking;
    const rows = tracking.phase === 'deletes' ? [] : this.#rows(table, Math.max(since, after), upto);
    const stones = this.#stones(table, tracking.phase === 'deletes' ? Math.max(since, after) : since, upto);
    const all: Change[] = [
      ...rows.map((row): Change => ({ kind: 'row', row })),
      ...stones.map((stone): Change => ({ kind: 'deleted', stone })),
    ];
    const page = all.slice(0, size);
    const firstId = page[0] === undefined ? '' : changed(page[0]).id;
    const last = page.at(-1);
    if (all.length <= size || last === undefined) return { changes: page, firstId, next: undefined };
    const phase = last.kind === 'row' ? 'changes' : 'deletes';
    return { changes: page, firstId, next: { phase, lastId: changed(last).id, lastVersion: changed(last).version } };
  }

  count(table: TableDefinition, since: number): number {
    const upto = this.#organisation.store.version;
    return this.#rows(table, since, upto).length + this.#stones(table, since, upto).length;
  }

  #rows(table: TableDefinition, since: number, upto: number): Row[] {
    const { schema, store } = this.#organisation;
    const found: Row[] = [];
    for (const shown of schema.shownIn(table.name)) {
      for (const row of store.rows(shown)) if (row.version > since && row.version <= upto) found.push(row);
    }
    return found.sort((left, right) => left.version - right.version);
  }

  #stones(table: TableDefinition, since: number, upto: number): Tombstone[] {
    const { schema, store } = this.#organisation;
    return schema
      .shownIn(table.name)
      .flatMap((shown) => store.tombstones(shown).filter(({ version }) => version > since && version <= upto))
      .sort((left, right) => left.version - right.version);
  }

  /** The organization's own setting: an administrator may change it. */
  #days(): number {
    for (const { values } of this.#organisation.rows('organization')) {
      const days = values.expirechangetrackingindays;
      if (typeof days === 'number') return days;
    }
    return this.#organisation.switches.expireChangeTrackingInDays;
  }
}
