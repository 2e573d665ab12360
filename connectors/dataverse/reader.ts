import { ChangeoverError } from '../../src/core/errors.ts';
import type { Clock } from '../../src/core/ports.ts';
import type { Checkpoint, Page, SnapshotCount, SourceRecord } from '../../src/source/connector.ts';
import { Refused, type RowPage } from './client.ts';
import type { Column } from './columns.ts';
import type { Compared, Comparison } from './comparison.ts';
import type { Table } from './metadata.ts';
import { beginning, checkpointOf, type Position, type Recent, type RecentRow } from './position.ts';
import { type RowParts, recordsOf, versionOf } from './rows.ts';
import type { Settings } from './settings.ts';

export interface ReaderParts extends RowParts {
  readonly comparison: Comparison;
  readonly settings: Settings;
  readonly clock: Clock;
  /** A table was read up to the changes that the environment keeps from now on. */
  readonly followed: (table: string) => void;
}

/** The column that changes are found by where nothing else tells them. */
const MODIFIED = 'modifiedon';

/** Looks for a moment of rest so often before it goes on with the next poll. */
const SETTLING_LOOKS = 10;

/**
 * Reads one table from any position to the present. A token that expired, a definition that changed and a link that is
 * refused all lead to a full read, after which ids are compared: what was deleted in the gap is never told (sources.md A3).
 */
export class Reader {
  readonly #parts: ReaderParts;
  #annotations: boolean;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#annotations = parts.settings.annotations;
  }

  async *read(object: string, from: Position | null, signal: AbortSignal): AsyncIterable<Page> {
    const { metadata } = this.#parts;
    let table = await metadata.table(object);
    let at = from === null || from.hash !== table.hash ? beginning(table.hash) : from;
    for (let failures = 0; ; failures += 1) {
      try {
        yield* table.tracked ? this.#tracked(table, at, signal) : this.#untracked(table, at, signal);
        return;
      } catch (thrown) {
        if (failures > 1 || !this.#canBeginAgain(thrown, at)) throw thrown;
        metadata.forget();
        table = await metadata.table(object);
        at = beginning(table.hash);
      }
    }
  }

  #canBeginAgain(thrown: unknown, at: Position): boolean {
    if (thrown instanceof Refused) return thrown.expired || (thrown.status === 400 && at.kind !== 'since');
    // Annotations and change tracking together may lose the link (sources.md A3): once more without them.
    if (!(thrown instanceof ChangeoverError) || thrown.code !== 'DATAVERSE_NO_LINK' || !this.#annotations) return false;
    this.#annotations = false;
    return true;
  }

  async *#tracked(table: Table, from: Position, signal: AbortSignal): AsyncIterable<Page> {
    let at: Position = from;
    if (at.kind === 'full' || at.kind === 'since') {
      let link = at.kind === 'full' ? at.link : null;
      let begins = link === null;
      for (;;) {
        const page = await this.#page(table, link ?? this.#firstUrl(table), true, signal);
        at =
          page.nextLink === null
            ? { kind: 'settle', hash: table.hash, link: this.#deltaLink(table, page) }
            : { kind: 'full', hash: table.hash, link: page.nextLink, newest: 0, recent: {} };
        const records = await this.#records(table, page, signal);
        yield { records, checkpoint: checkpointOf(at), ...(begins ? { begins: this.#snapshot(0, 0) } : {}) };
        begins = false;
        if (at.kind === 'settle') break;
        link = page.nextLink;
      }
    }
    if (at.kind === 'settle') {
      yield* this.#settle(table, at.link, signal);
      return;
    }
    if (at.kind === 'delta') yield* this.#delta(table, at, signal);
  }

  /** Follows changes until the ids were read between two looks without any: that is a count of one moment. */
  async *#settle(table: Table, from: string, signal: AbortSignal): AsyncIterable<Page> {
    let link = from;
    let ids: ReadonlySet<string> | null = null;
    for (let look = 0; look < SETTLING_LOOKS; look += 1) {
      let changed = false;
      for (let next: string | null = link; next !== null; ) {
        const page: RowPage = await this.#page(table, next, true, signal);
        const records = await this.#records(table, page, signal);
        changed ||= records.length > 0;
        next = page.nextLink;
        if (next === null) link = this.#deltaLink(table, page);
        if (records.length > 0) {
          const at: Position = { kind: 'settle', hash: table.hash, link: next ?? link };
          yield { records, checkpoint: checkpointOf(at) };
        }
      }
      if (!changed && ids !== null) {
        const found = await this.#parts.comparison.compare(table.name, ids);
        yield {
          records: found.deletes,
          checkpoint: checkpointOf({ kind: 'delta', hash: table.hash, link, ...askedIn(found) }),
          ends: this.#snapshot(ids.size, found.retained),
          ...(found.questions.length === 0 ? {} : { questions: found.questions }),
        };
        return;
      }
      ids = changed ? null : await this.#ids(table, signal);
    }
  }

  async *#delta(table: Table, at: Extract<Position, { kind: 'delta' }>, signal: AbortSignal): AsyncIterable<Page> {
    const { asked } = at;
    const answer = asked === undefined ? undefined : await this.#parts.comparison.answerTo(asked);
    // Changes never tell what was deleted in a gap: only another comparison does what was agreed to.
    if (answer === 'delete') return yield* this.#settle(table, at.link, signal);
    const open = asked === undefined || answer !== undefined ? {} : { asked };
    for (let next: string | null = at.link; next !== null; ) {
      const page: RowPage = await this.#page(table, next, true, signal);
      const link = page.nextLink ?? this.#deltaLink(table, page);
      const records = await this.#records(table, page, signal);
      yield { records, checkpoint: checkpointOf({ kind: 'delta', hash: table.hash, link, ...open }) };
      next = page.nextLink;
    }
  }

  async *#untracked(table: Table, from: Position, signal: AbortSignal): AsyncIterable<Page> {
    const start = from.kind === 'full' || from.kind === 'since' ? from : beginning(table.hash);
    let at: Position = start;
    if (!table.columns.some(({ name }) => name === MODIFIED)) {
      yield* this.#undated(table, start, signal);
      return;
    }
    if (at.kind === 'full') {
      let begins = at.link === null;
      for (let link = at.link; ; ) {
        const page = await this.#page(table, link ?? this.#firstUrl(table), false, signal);
        const records = await this.#records(table, page, signal);
        const seen = this.#seen(at, records);
        const done = page.nextLink === null;
        const next: Position = done
          ? { kind: 'since', hash: table.hash, ...seen, counted: false, sweptAt: 0 }
          : { kind: 'full', hash: table.hash, link: page.nextLink, ...seen };
        yield { records, checkpoint: checkpointOf(next), ...(begins ? { begins: this.#snapshot(0, 0) } : {}) };
        begins = false;
        at = next;
        if (next.kind === 'since') break;
        link = page.nextLink;
      }
    }
    if (at.kind === 'since') yield* this.#since(table, at, signal);
  }

  /** By modified time with an overlap; now and then the ids are compared, because deletes are not told. */
  async *#since(table: Table, from: Extract<Position, { kind: 'since' }>, signal: AbortSignal): AsyncIterable<Page> {
    const { clock, settings, comparison } = this.#parts;
    let at = from;
    for (let look = 0; look < SETTLING_LOOKS; look += 1) {
      let changed = false;
      for await (const { records, seen } of this.#modified(table, at, signal)) {
        changed ||= records.length > 0;
        at = { ...at, ...seen };
        if (records.length > 0) yield { records, checkpoint: checkpointOf(at) };
      }
      const due = !at.counted || clock.now() - at.sweptAt >= settings.sweepSeconds * 1000;
      if (!due) return;
      if (changed && look + 1 < SETTLING_LOOKS) continue;
      const ids = await this.#ids(table, signal);
      // What came after the look and before the ids would be counted, and not be known.
      if (!at.counted && (await this.#hasNews(table, at, signal))) continue;
      const found = await comparison.compare(table.name, ids);
      at = { ...at, counted: true, sweptAt: clock.now() };
      yield {
        records: found.deletes,
        checkpoint: checkpointOf(at),
        ...(from.counted ? {} : { ends: this.#snapshot(ids.size, found.retained) }),
        ...(found.questions.length === 0 ? {} : { questions: found.questions }),
      };
      return;
    }
  }

  /**
   * Some tables of the platform have no modified time either (sources.md A4): everything is read whenever ids are compared, and
   * what has another version is told. Their versions are kept in the checkpoint.
   */
  async *#undated(
    table: Table,
    from: Extract<Position, { kind: 'full' | 'since' }>,
    signal: AbortSignal,
  ): AsyncIterable<Page> {
    const { clock, settings, comparison } = this.#parts;
    const counted = from.kind === 'since' && from.counted;
    if (counted && clock.now() - from.sweptAt < settings.sweepSeconds * 1000) return;
    let recent = from.recent;
    let begins = from.kind === 'full';
    const at = (last: Partial<Extract<Position, { kind: 'since' }>>): Checkpoint =>
      checkpointOf({ kind: 'since', hash: table.hash, newest: 0, recent, counted, sweptAt: 0, ...last });
    for (let look = 0; look < SETTLING_LOOKS; look += 1) {
      for (let link: string | null = this.#firstUrl(table); link !== null; ) {
        const page: RowPage = await this.#page(table, link, false, signal);
        const versions = page.rows.map((row): [string, RecentRow] => [
          String(row[table.primaryId]),
          { time: 0, version: versionOf(row) ?? '' },
        ]);
        const fresh = page.rows.filter((_, index) => {
          const [id, { version }] = versions[index] ?? ['', { version: '' }];
          return version === '' || recent[id]?.version !== version;
        });
        const records = await recordsOf(this.#parts, table, fresh, signal);
        comparison.saw(table.name, records);
        recent = { ...recent, ...Object.fromEntries(versions) };
        yield { records, checkpoint: at({}), ...(begins ? { begins: this.#snapshot(0, 0) } : {}) };
        begins = false;
        link = page.nextLink;
      }
      const ids = await this.#ids(table, signal);
      // What came after its page was read would be counted, and not be known.
      if ([...ids].some((id) => recent[id] === undefined)) continue;
      const found = await comparison.compare(table.name, ids);
      recent = Object.fromEntries(Object.entries(recent).filter(([id]) => ids.has(id)));
      yield {
        records: found.deletes,
        checkpoint: at({ counted: true, sweptAt: clock.now() }),
        ...(counted ? {} : { ends: this.#snapshot(ids.size, found.retained) }),
        ...(found.questions.length === 0 ? {} : { questions: found.questions }),
      };
      return;
    }
  }

  async #hasNews(table: Table, at: Extract<Position, { kind: 'since' }>, signal: AbortSignal): Promise<boolean> {
    for await (const { records } of this.#modified(table, at, signal)) if (records.length > 0) return true;
    return false;
  }

  async *#modified(
    table: Table,
    at: Extract<Position, { kind: 'since' }>,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly records: readonly SourceRecord[]; readonly seen: Seen }> {
    const from = Math.max(0, at.newest - this.#parts.settings.overlapSeconds * 1000);
    const time = `${new Date(from).toISOString().slice(0, 19)}Z`;
    const query = `${this.#firstUrl(table)}&$filter=${encodeURIComponent(`${MODIFIED} ge ${time}`)}`;
    let seen: Seen = { newest: at.newest, recent: at.recent };
    for (let link: string | null = query; link !== null; ) {
      const page: RowPage = await this.#page(table, link, false, signal);
      const fresh = page.rows.filter((row) => at.recent[String(row[table.primaryId])]?.version !== versionOf(row));
      const records = await recordsOf(this.#parts, table, fresh, signal);
      this.#parts.comparison.saw(table.name, records);
      seen = this.#seen(seen, records);
      yield { records, seen };
      link = page.nextLink;
    }
  }

  /** The newest time so far, and the versions of the rows that the next read will see again. */
  #seen(before: Seen, records: readonly SourceRecord[]): Seen {
    const newest = records.reduce((most, { time }) => Math.max(most, time ?? 0), before.newest);
    const recent: Record<string, RecentRow> = {};
    const from = newest - this.#parts.settings.overlapSeconds * 1000;
    for (const [id, row] of Object.entries(before.recent)) if (row.time >= from) recent[id] = row;
    for (const { id, time, version } of records) {
      if (time !== null && version !== null && time >= from) recent[id] = { time, version };
    }
    return { newest, recent };
  }

  async #records(table: Table, page: RowPage, signal: AbortSignal): Promise<readonly SourceRecord[]> {
    const records = await recordsOf(this.#parts, table, page.rows, signal);
    this.#parts.comparison.saw(table.name, records);
    return records;
  }

  #page(table: Table, url: string, tracked: boolean, signal: AbortSignal): Promise<RowPage> {
    const { client, settings } = this.#parts;
    const polymorphic = table.columns.some(({ reading }) => reading.kind === 'links');
    const preferences = [
      ...(tracked ? ['odata.track-changes'] : []),
      `odata.maxpagesize=${settings.pageSize}`,
      ...(this.#annotations && polymorphic
        ? ['odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"']
        : []),
    ];
    return client.page(url, { prefer: preferences.join(','), signal });
  }

  #firstUrl(table: Table): string {
    return this.#parts.client.urlOf(
      `${table.entitySet}?$select=${propertiesOf(table.columns, table.primaryId).join(',')}`,
    );
  }

  /** Neither link is never the end: nothing says where to go on. */
  #deltaLink(table: Table, page: RowPage): string {
    if (page.deltaLink !== null) {
      this.#parts.followed(table.name);
      return page.deltaLink;
    }
    throw new ChangeoverError('DATAVERSE_NO_LINK', `a page of ${table.name} names neither the next page nor a delta`, {
      place: { object: table.name },
    });
  }

  /** Every id of the table, as the source has them now. */
  async #ids(table: Table, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    const query = `${table.entitySet}?$select=${table.primaryId}`;
    for await (const row of this.#parts.client.rows(query, { prefer: 'odata.maxpagesize=5000', signal })) {
      ids.add(String(row[table.primaryId]));
    }
    return ids;
  }

  #snapshot(rows: number, retained: number): SnapshotCount {
    const now = this.#parts.clock.now();
    return { snapshot: new Date(now).toISOString(), takenAt: now, rows, rejected: 0, retained };
  }
}

function askedIn({ questions: [question] }: Compared): { readonly asked?: string } {
  return question === undefined ? {} : { asked: question.id };
}

interface Seen {
  readonly newest: number;
  readonly recent: Recent;
}

function propertiesOf(columns: readonly Column[], primaryId: string): readonly string[] {
  const properties = columns.flatMap(({ property }) => (property === null ? [] : [property]));
  return [...new Set([primaryId, ...properties])];
}
