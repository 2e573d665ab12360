import type { ErrorCode } from '../../src/core/error-codes.ts';
import { ChangeoverError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/exact-json.ts';
import { canonicalJson, contentHash, sha256 } from '../../src/core/identifiers.ts';
import type { Clock } from '../../src/core/ports.ts';
import {
  ObjectAbsent,
  type Page,
  type RejectedRow,
  type SnapshotCount,
  type SourceQuestion,
  type SourceRecord,
} from '../../src/source/connector.ts';
import { judgeDeletes } from '../../src/source/mass-delete.ts';
import type { Notices } from '../../src/source/notices.ts';
import type { Client } from './client.ts';
import { dependencies } from './derived.ts';
import { BadValue } from './details.ts';
import type { Discovered } from './discovered.ts';
import type { Fingerprint, Fingerprints } from './fingerprints.ts';
import { ahead } from './in-order.ts';
import { added, type Intervals, includes, NOTHING, sizeOf } from './intervals.ts';
import type { Lists } from './lists.ts';
import type { Module } from './modules.ts';
import { beginning, checkpointOf, type Kept, type Position, type Rest, type Sweep } from './position.ts';
import { type Assembled, assemble, belongs, idOf, type RowParts } from './rows.ts';
import type { Settings } from './settings.ts';

export interface ReaderParts extends RowParts {
  readonly client: Client;
  readonly lists: Lists;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly discovered: Discovered;
  readonly notices: Notices;
  readonly fingerprints: (object: string) => Fingerprints;
  readonly knownIds: (object: string) => AsyncIterable<string>;
  readonly answers: () => Promise<ReadonlyMap<string, string>>;
}

/** Pages and ids that are asked for before the one in hand has been dealt with; the pace decides how many really run. */
const AHEAD = 4;
const IDS_AHEAD = 64;
const IDS_A_PAGE = 100;
/** A list that goes on moving is gone through so often. */
const MOST_PASSES = 3;

/** What one page or span of ids brought. */
interface Chunk {
  readonly rows: readonly JsonObject[];
  /** Where the next chunk begins. */
  readonly next: number;
  readonly total: number | null;
}

/**
 * Reads one module. The API tells no deletes and, as far as anybody knows, no changes: so everything is looked at again and
 * again, and only what differs from last time is told. An id that is missing was deleted only if it cannot be read by
 * itself either, or was missing twice.
 */
export class Reader {
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  async *read(module: Module, kept: Kept | null, signal: AbortSignal): AsyncIterable<Page> {
    const { clock, settings, fingerprints } = this.#parts;
    const now = clock.now();
    await fingerprints(module.name).load();
    const rest = kept?.rest ?? null;
    const at = kept?.position ?? beginning(true, now, true);
    if (at.kind === 'sweep') {
      yield* this.#sweep(module, at, rest, signal);
      return;
    }
    if (settings.since !== null) {
      const after = yield* this.#since(module, at, settings.since, signal);
      if (!(await this.#due(module, after, now, signal))) return;
      yield* this.#sweep(module, this.#again(after, now), after, signal);
      return;
    }
    if (await this.#due(module, at, now, signal)) yield* this.#sweep(module, this.#again(at, now), at, signal);
  }

  async #due(module: Module, at: Rest, now: number, signal: AbortSignal): Promise<boolean> {
    const { lists, settings } = this.#parts;
    const { kind } = await lists.of(module.controller, signal);
    const every = kind === 'ids' ? settings.idSweepSeconds : settings.sweepSeconds;
    return now - at.sweptAt >= every * 1000;
  }

  #again(at: Rest, now: number): Sweep {
    return beginning(false, now, now - at.detailsAt >= this.#parts.settings.detailSeconds * 1000);
  }

  async *#sweep(module: Module, from: Sweep, rest: Rest | null, signal: AbortSignal): AsyncIterable<Page> {
    const { fingerprints, joins } = this.#parts;
    // What other modules say of these records is as fresh as their own rows.
    if (module.derived !== undefined) joins.forget();
    const prints = fingerprints(module.name);
    let at: Sweep = from;
    let begins = at.first && at.next === 0 && at.passes === 1;
    let newest = rest?.newest ?? 0;
    for (;;) {
      const totals = new Set<number>();
      let last: number | null = null;
      for await (const chunk of this.#chunks(module, at, signal)) {
        if (chunk.total !== null) totals.add(chunk.total);
        last = chunk.total ?? last;
        const taken = await this.#take(module, chunk.rows, at, signal);
        newest = Math.max(newest, taken.newest);
        at = {
          ...at,
          next: chunk.next,
          seen: added(at.seen, taken.ids),
          others: added(at.others, taken.others),
          rejected: at.rejected + taken.rejects.length,
          retained: at.retained + taken.retained,
        };
        const nothing = taken.records.length === 0 && taken.rejects.length === 0;
        if (nothing && !begins) continue;
        yield {
          records: taken.records,
          checkpoint: checkpointOf({ position: at, rest }),
          ...(taken.rejects.length === 0 ? {} : { rejects: taken.rejects }),
          ...(begins ? { begins: this.#snapshot(at, 0) } : {}),
          ...(last === null ? {} : { remaining: Math.max(0, last - sizeOf(at.seen) - sizeOf(at.others)) }),
        };
        begins = false;
        for (const [id, print] of taken.prints) prints.set(id, print);
      }
      if (totals.size > 1)
        this.#notice(
          module.name,
          'DINAMIK_TOTAL_MOVED',
          `totals from ${Math.min(...totals)} to ${Math.max(...totals)}`,
        );
      const whole = sizeOf(at.seen) + sizeOf(at.others) + at.rejected;
      if (last === null || whole >= last) break;
      if (at.passes >= MOST_PASSES) {
        throw new ChangeoverError('DINAMIK_INCOMPLETE', `${module.name}: ${whole} of ${last} rows were given`, {
          place: { object: module.name },
        });
      }
      at = { ...at, next: 0, passes: at.passes + 1 };
    }
    yield* this.#close(module, at, rest, newest, signal);
    await prints.save();
  }

  /** Compares what was seen with what was known, and ends the sweep. */
  async *#close(
    module: Module,
    at: Sweep,
    rest: Rest | null,
    newest: number,
    signal: AbortSignal,
  ): AsyncIterable<Page> {
    const { lists, fingerprints } = this.#parts;
    const prints = fingerprints(module.name);
    const known = new Set<number>(prints.ids());
    for await (const id of this.#parts.knownIds(module.name)) if (/^\d+$/.test(id)) known.add(Number(id));
    const away = [...known].filter((id) => !includes(at.seen, id) && prints.get(id)?.told !== null);
    // One that came back and is gone again is asked about like any other.
    const kept = away.filter((id) => includes(rest?.kept ?? NOTHING, id));
    const absent = away.filter((id) => !includes(rest?.kept ?? NOTHING, id));
    const byId = (await lists.of(module.controller, signal)).kind === 'ids';
    const found = await this.#missing(
      module,
      at,
      absent,
      known.size,
      byId ? absent : null,
      rest?.missing ?? NOTHING,
      signal,
    );
    const taken = await this.#take(module, found.present, at, signal);
    const seen = added(at.seen, taken.ids);
    const done: Rest = {
      kind: 'rest',
      sweptAt: at.began,
      detailsAt: at.details ? at.began : (rest?.detailsAt ?? at.began),
      newest,
      missing: found.unsure,
      kept: added(NOTHING, [...kept, ...found.kept]),
    };
    const end: Sweep = { ...at, seen };
    const deletes = found.gone.map(deletion);
    yield {
      records: [...taken.records, ...deletes],
      checkpoint: checkpointOf({ position: done, rest: done }),
      ...(taken.rejects.length === 0 ? {} : { rejects: taken.rejects }),
      ...(at.first ? { ends: this.#snapshot(end, found.retained + kept.length + at.retained) } : {}),
      ...(found.questions.length === 0 ? {} : { questions: found.questions }),
    };
    for (const [id, print] of taken.prints) prints.set(id, print);
    for (const id of found.gone) prints.delete(id);
  }

  /** Which ids that are no longer listed are gone. `read`: those that were asked for one by one already. */
  async #missing(
    module: Module,
    at: Sweep,
    absent: readonly number[],
    known: number,
    read: readonly number[] | null,
    before: Intervals,
    signal: AbortSignal,
  ): Promise<Missing> {
    const { settings, client, noteTypes } = this.#parts;
    const none: Missing = { gone: [], present: [], unsure: NOTHING, kept: [], retained: 0, questions: [] };
    if (absent.length === 0) return none;
    const numbers = { missing: absent.map(String), known };
    const verdict = judgeDeletes(module.name, numbers, settings, await this.#parts.answers());
    if (verdict.kind === 'keep') {
      const { question } = verdict;
      const kept = question === null ? absent : [];
      return { ...none, kept, retained: absent.length, questions: question === null ? [] : [question] };
    }
    if (read !== null) return { ...none, gone: read };
    // In the other object of the controller now: this one has it no longer.
    const moved = absent.filter((id) => includes(at.others, id));
    const asked = absent.filter((id) => !includes(at.others, id));
    const answers = await Promise.all(asked.map((id) => client.get(`${module.controller}/GetById/${id}`, signal)));
    const present: JsonObject[] = [];
    const gone: number[] = [...moved];
    const unsure: number[] = [];
    for (const [index, id] of asked.entries()) {
      const answer = answers[index];
      if (answer?.kind === 'entity') {
        if (belongs(module, answer.entity, noteTypes)) present.push(answer.entity);
        else gone.push(id);
      } else if (answer?.kind === 'absent' && !answer.route) gone.push(id);
      else if (includes(before, id)) gone.push(id);
      else unsure.push(id);
    }
    return { ...none, gone, present, unsure: added(NOTHING, unsure), retained: unsure.length };
  }

  async *#chunks(module: Module, at: Sweep, signal: AbortSignal): AsyncIterable<Chunk> {
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
    const last = Math.max(0, ...fingerprints(module.name).ids());
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

  /** Only where the source gives what changed since: between the looks at everything. */
  async *#since(module: Module, at: Rest, _parameter: string, signal: AbortSignal): AsyncGenerator<Page, Rest> {
    const { lists, settings, fingerprints, times } = this.#parts;
    const prints = fingerprints(module.name);
    const from = times.written(Math.max(0, at.newest - settings.sinceOverlapSeconds * 1000));
    const sweep = beginning(false, at.sweptAt, false);
    let rest = at;
    for (let page = 0; ; page += 1) {
      const found = await lists.page(module.controller, page, signal, from);
      if (found === null || found.rows.length === 0) return rest;
      const taken = await this.#take(module, found.rows, sweep, signal);
      rest = { ...rest, newest: Math.max(rest.newest, taken.newest) };
      if (taken.records.length > 0 || taken.rejects.length > 0) {
        yield {
          records: taken.records,
          checkpoint: checkpointOf({ position: rest, rest }),
          ...(taken.rejects.length === 0 ? {} : { rejects: taken.rejects }),
        };
      }
      for (const [id, print] of taken.prints) prints.set(id, print);
    }
  }

  /** Rows as records: only those that differ from what was told. */
  async #take(module: Module, rows: readonly JsonObject[], at: Sweep, signal: AbortSignal): Promise<Taken> {
    const { noteTypes } = this.#parts;
    const taken: Taken = { records: [], rejects: [], prints: new Map(), ids: [], others: [], retained: 0, newest: 0 };
    const own: { row: JsonObject; id: number }[] = [];
    for (const [index, row] of rows.entries()) {
      const id = idOf(row);
      if (id === null) {
        taken.rejects.push(
          rejected(module, at, index, row, 'DINAMIK_ROW_INVALID', 'it has no whole number as its id', null),
        );
        continue;
      }
      if (!belongs(module, row, noteTypes)) {
        taken.others.push(id);
        continue;
      }
      if (includes(at.seen, id) || own.some((one) => one.id === id)) {
        this.#notice(module.name, 'DINAMIK_ROW_TWICE', `record ${id} stands on two pages`);
        const before = own.findIndex((one) => one.id === id);
        if (before >= 0) own.splice(before, 1);
      }
      own.push({ row, id });
    }
    const outcomes = await Promise.all(own.map(({ row, id }) => this.#look(module, row, id, at, signal)));
    for (const [index, outcome] of outcomes.entries()) {
      const one = own[index];
      if (one !== undefined) this.#note(taken, module, at, index, one, outcome);
    }
    return taken;
  }

  #note(
    taken: Taken,
    module: Module,
    at: Sweep,
    index: number,
    one: { row: JsonObject; id: number },
    outcome: Looked,
  ): void {
    const { fingerprints } = this.#parts;
    const before = fingerprints(module.name).get(one.id);
    switch (outcome.kind) {
      case 'same':
        if (before?.told !== null) taken.ids.push(one.id);
        return;
      case 'away':
        return;
      case 'bad': {
        const { reason, row } = outcome;
        if (before !== undefined && before.told !== null) taken.retained += 1;
        taken.rejects.push(rejected(module, at, index, one.row, 'DINAMIK_VALUE_INVALID', reason, String(one.id)));
        taken.prints.set(one.id, { row, told: null, created: null, detailsAt: at.began });
        return;
      }
      case 'read': {
        const { assembled, row } = outcome;
        const told = contentHash(assembled.values);
        const print: Fingerprint = { row, told, created: assembled.created, detailsAt: at.began };
        taken.ids.push(one.id);
        taken.newest = Math.max(taken.newest, assembled.modified ?? 0);
        taken.prints.set(one.id, print);
        const reused = isOther(before, assembled);
        if (reused) {
          this.#notice(module.name, 'DINAMIK_ID_REUSED', `id ${one.id} is another record now`);
          taken.records.push(deletion(one.id));
        }
        if (reused || before?.told !== told) taken.records.push(upsert(assembled));
      }
    }
  }

  async #look(module: Module, row: JsonObject, id: number, at: Sweep, signal: AbortSignal): Promise<Looked> {
    const { fingerprints, settings, clock, discovered } = this.#parts;
    const before = fingerprints(module.name).get(id);
    const hash = sha256(canonicalJson(row) + (await dependencies(this.#parts, module, id, row))).slice(0, 32);
    const stale = at.details && before !== undefined && clock.now() - before.detailsAt >= settings.detailSeconds * 1000;
    if (before?.row === hash && !stale) return { kind: 'same' };
    try {
      const assembled = await assemble(this.#parts, module, row, id, signal);
      if (assembled === null) return { kind: 'away' };
      discovered.saw(module.name, assembled);
      return { kind: 'read', assembled, row: hash };
    } catch (thrown) {
      if (thrown instanceof BadValue) return { kind: 'bad', reason: thrown.message, row: hash };
      throw thrown;
    }
  }

  /** Once for each object, whatever its words. */
  #notice(object: string, code: ErrorCode, message: string): void {
    this.#parts.notices.tell(code, message, { object }, object);
  }

  /** As the source counts: what is there, and what could not become a record. */
  #snapshot(at: Sweep, retained: number): SnapshotCount {
    const { began, rejected: bad, seen } = at;
    return {
      snapshot: new Date(began).toISOString(),
      takenAt: began,
      rows: sizeOf(seen) + bad,
      rejected: bad,
      retained,
    };
  }
}

interface Missing {
  readonly gone: readonly number[];
  /** Not listed, and there nevertheless. */
  readonly present: readonly JsonObject[];
  readonly unsure: Intervals;
  /** A person said that they stay. */
  readonly kept: readonly number[];
  readonly retained: number;
  readonly questions: readonly SourceQuestion[];
}

interface Taken {
  readonly records: SourceRecord[];
  readonly rejects: RejectedRow[];
  /** True once the records are safe in the log. */
  readonly prints: Map<number, Fingerprint>;
  readonly ids: number[];
  readonly others: number[];
  retained: number;
  newest: number;
}

type Looked =
  | { readonly kind: 'same' | 'away' }
  | { readonly kind: 'bad'; readonly reason: string; readonly row: string }
  | { readonly kind: 'read'; readonly assembled: Assembled; readonly row: string };

/** An id that was made anew: the source gave it to another record. */
function isOther(before: Fingerprint | undefined, { created }: Assembled): boolean {
  return (
    before !== undefined &&
    before.told !== null &&
    before.created !== null &&
    created !== null &&
    created > before.created
  );
}

function upsert({ id, values, created, modified }: Assembled): SourceRecord {
  return { id: String(id), op: 'UPSERT', after: values, version: null, time: modified, created };
}

function deletion(id: number): SourceRecord {
  return { id: String(id), op: 'DELETE', after: null, version: null, time: null, created: null };
}

function rejected(
  module: Module,
  at: Sweep,
  index: number,
  row: JsonObject,
  code: string,
  reason: string,
  id: string | null,
): RejectedRow {
  const excerpt = canonicalJson(row).slice(0, 2000);
  return { file: `${module.controller}, page ${at.next + 1}`, line: index + 1, code, reason, excerpt, id };
}

function* counting(from: number): Iterable<number> {
  for (let number = from; ; number += 1) yield number;
}

export type { Position };
