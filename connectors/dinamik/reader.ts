import { ChangeoverError } from '../../src/core/errors.ts';
import type { Page, SnapshotCount } from '../../src/source/connector.ts';
import { Emptied, type EmptiedParts, released } from './emptied.ts';
import { added, includes, NOTHING, sizeOf } from './intervals.ts';
import { lookForMissing, type MissingParts } from './missing.ts';
import type { Module } from './modules.ts';
import { beginning, checkpointOf, type Kept, NONE_HELD, type Rest, type Sweep } from './position.ts';
import { deletion, heldAfter, Take, type TakeParts } from './take.ts';
import { Walk, type WalkParts } from './walk.ts';

export interface ReaderParts extends TakeParts, MissingParts, WalkParts, EmptiedParts {
  /** Ids that are live downstream. */
  readonly knownIds: (object: string) => AsyncIterable<string>;
}

/** A list that goes on moving is gone through so often. */
const MOST_PASSES = 3;

/**
 * Reads one module. The API tells no deletes and, as far as anybody knows, no changes: so everything is looked at again and
 * again, and only what differs from last time is told. An id that is missing was deleted only if it cannot be read by
 * itself either, or was missing twice.
 */
export class Reader {
  readonly #parts: ReaderParts;
  readonly #walk: Walk;
  readonly #take: Take;
  readonly #emptied: Emptied;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#walk = new Walk(parts);
    this.#take = new Take(parts);
    this.#emptied = new Emptied(parts, this.#take);
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
      const after = yield* this.#since(module, at, signal);
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
    return beginning(false, now, now - at.detailsAt >= this.#parts.settings.detailSeconds * 1000, at.held);
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
      for await (const chunk of this.#walk.chunks(module, at, signal)) {
        if (chunk.total !== null) totals.add(chunk.total);
        last = chunk.total ?? last;
        const taken = await this.#take.rows(module, chunk.rows, at, signal);
        newest = Math.max(newest, taken.newest);
        at = {
          ...at,
          next: chunk.next,
          seen: added(at.seen, taken.ids),
          others: added(at.others, taken.others),
          rejected: at.rejected + taken.rejects.length,
          retained: at.retained + taken.retained,
          held: heldAfter(at.held ?? NONE_HELD, taken),
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
        this.#parts.notices.tell(
          'DINAMIK_TOTAL_MOVED',
          `totals from ${Math.min(...totals)} to ${Math.max(...totals)}`,
          { object: module.name },
          module.name,
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
    at = yield* this.#emptied.decide(module, at, rest, signal);
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
    const unlisted = { ids: absent, known: known.size, asked: byId, before: rest?.missing ?? NOTHING };
    const found = await lookForMissing(this.#parts, module, at, unlisted, signal);
    const taken = await this.#take.rows(module, found.present, at, signal);
    const seen = added(at.seen, taken.ids);
    const done: Rest = {
      kind: 'rest',
      sweptAt: at.began,
      detailsAt: at.details ? at.began : (rest?.detailsAt ?? at.began),
      newest,
      missing: found.unsure,
      kept: added(NOTHING, [...kept, ...found.kept]),
      held: released(heldAfter(at.held ?? NONE_HELD, taken), found.gone),
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

  /** Only where the source gives what changed since: between the looks at everything. */
  async *#since(module: Module, at: Rest, signal: AbortSignal): AsyncGenerator<Page, Rest> {
    const { lists, settings, fingerprints, times } = this.#parts;
    const prints = fingerprints(module.name);
    const from = times.written(Math.max(0, at.newest - settings.sinceOverlapSeconds * 1000));
    let rest = at;
    for (let page = 0; ; page += 1) {
      const found = await lists.page(module.controller, page, signal, from);
      if (found === null || found.rows.length === 0) return rest;
      const sweep = beginning(false, at.sweptAt, false, rest.held);
      const taken = await this.#take.rows(module, found.rows, sweep, signal);
      const held = heldAfter(rest.held ?? NONE_HELD, taken);
      rest = { ...rest, newest: Math.max(rest.newest, taken.newest), held };
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
