import type { JsonObject } from '../../src/core/exact-json.ts';
import { contentHash } from '../../src/core/identifiers.ts';
import type { Clock } from '../../src/core/ports.ts';
import type { Page, SourceQuestion } from '../../src/source/connector.ts';
import { isMany } from '../../src/source/mass-delete.ts';
import type { Notices } from '../../src/source/notices.ts';
import type { Client } from './client.ts';
import type { Detail } from './details.ts';
import type { Fingerprints } from './fingerprints.ts';
import { added, type Intervals, NOTHING, sizeOf, valuesOf, without } from './intervals.ts';
import type { Module } from './modules.ts';
import { checkpointOf, type Held, NONE_HELD, type Rest, type Sweep } from './position.ts';
import { belongs } from './rows.ts';
import type { Settings } from './settings.ts';
import { heldAfter, type Look, type Take, type Taken } from './take.ts';

export interface EmptiedParts {
  readonly client: Client;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly notices: Notices;
  readonly noteTypes: readonly string[];
  readonly fingerprints: (object: string) => Fingerprints;
  readonly answers: () => Promise<ReadonlyMap<string, string>>;
}

/** So many of those that lost details are read again to see whether all still are without. */
const SAMPLE = 20;
/** Records that may be tried as a witness. */
const WITNESSES = 5;
const IDS_A_PAGE = 100;

/** What other records say of those that lost details. */
type Heard =
  /** They still show what these lost. */
  | { readonly kind: 'gone' }
  /** This one shows it no longer either. */
  | { readonly kind: 'outage'; readonly witness: number }
  /** Nobody else ever had any, and these are several. */
  | { readonly kind: 'unsure' };

/** What a step of the decision left. */
interface Step {
  readonly at: Sweep;
  /** What the records that are still shown without details lost. */
  readonly lost: ReadonlySet<Detail>;
}

/**
 * What comes of records whose details, addresses, e-mails and the like, the source shows as empty: an outage may answer so with
 * status 200, and it would empty a field of every record. So a detail counts as gone only if a second read does not show it
 * either, while another record still shows its own; about many a person is asked. Until then the record stays as it was told.
 */
export class Emptied {
  readonly #parts: EmptiedParts;
  readonly #take: Take;
  /** Emptied without asking, by module: many small looks are one large one. */
  readonly #lately = new Map<string, readonly { readonly at: number; readonly count: number }[]>();

  constructor(parts: EmptiedParts, take: Take) {
    this.#parts = parts;
    this.#take = take;
  }

  /** At the end of a look. One question at a time: what is found while one is open waits for its turn. */
  async *decide(module: Module, from: Sweep, rest: Rest | null, signal: AbortSignal): AsyncGenerator<Page, Sweep> {
    let at = yield* this.#answered(module, from, rest, signal);
    if (heldIn(at).question !== null || heldIn(at).found.length === 0) return at;
    let lost: ReadonlySet<Detail> = new Set();
    if (!this.#isMany(module, heldIn(at).found) || !(await this.#endures(module, at, heldIn(at).found, signal))) {
      ({ at, lost } = yield* this.#again(module, at, rest, heldIn(at).found, 'again', signal));
    }
    const { found } = heldIn(at);
    if (found.length === 0) return at;
    const heard: Heard = this.#isMany(module, found) ? { kind: 'unsure' } : await this.#heard(module, at, lost, signal);
    switch (heard.kind) {
      case 'gone': {
        const before = this.#lately.get(module.name) ?? [];
        this.#lately.set(module.name, [...before, { at: this.#parts.clock.now(), count: sizeOf(found) }]);
        return (yield* this.#again(module, at, rest, found, 'as-shown', signal)).at;
      }
      case 'outage':
        this.#notice(module, `${sizeOf(found)} records, and one more that was read for comparison`);
        // Were it emptied by hand as well, the next look would have to take another one.
        return { ...at, held: { ...heldIn(at), found: added(found, [heard.witness]) } };
      case 'unsure': {
        const question = questionOf(module.name, found, this.#parts.fingerprints(module.name).size);
        this.#notice(module, `${sizeOf(found)} records; a person is asked`);
        at = { ...at, held: { ...heldIn(at), found: NOTHING, asked: found, question: question.id } };
        yield { records: [], checkpoint: checkpointOf({ position: at, rest }), questions: [question] };
        return at;
      }
    }
  }

  /** What was asked about: as a person said, or as the source shows it again. */
  async *#answered(module: Module, at: Sweep, rest: Rest | null, signal: AbortSignal): AsyncGenerator<Page, Sweep> {
    const held = heldIn(at);
    const { asked, found, kept, question } = held;
    if (question === null) return at;
    switch ((await this.#parts.answers()).get(question)) {
      case 'empty':
        return (yield* this.#again(module, at, rest, asked, 'as-shown', signal)).at;
      case 'keep':
        return { ...at, held: { ...held, asked: NOTHING, question: null, kept: added(kept, valuesOf(asked)) } };
      default:
        if (await this.#endures(module, at, asked, signal)) return at;
        return { ...at, held: { ...held, asked: NOTHING, question: null, found: added(found, valuesOf(asked)) } };
    }
  }

  /** Reads records once more, and tells those that show all that they had; or whatever they show. */
  async *#again(
    module: Module,
    from: Sweep,
    rest: Rest | null,
    ids: Intervals,
    look: Look,
    signal: AbortSignal,
  ): AsyncGenerator<Page, Step> {
    const prints = this.#parts.fingerprints(module.name);
    const all = valuesOf(ids);
    const lost = new Set<Detail>();
    let at = from;
    for (let first = 0; first < all.length; first += IDS_A_PAGE) {
      const some = all.slice(first, first + IDS_A_PAGE);
      const { taken, absent } = await this.#read(module, at, some, look, signal);
      for (const names of taken.emptied.values()) for (const name of names) lost.add(name);
      at = { ...at, held: heldAfter(released(heldIn(at), absent), taken) };
      const { records, rejects } = taken;
      if (records.length === 0 && rejects.length === 0) continue;
      const checkpoint = checkpointOf({ position: at, rest });
      yield { records, checkpoint, ...(rejects.length === 0 ? {} : { rejects }) };
      for (const [id, print] of taken.prints) prints.set(id, print);
    }
    return { at, lost };
  }

  /** Whether an outage goes on: some of these records were read again, and none shows what it had. */
  async #endures(module: Module, at: Sweep, ids: Intervals, signal: AbortSignal): Promise<boolean> {
    const all = valuesOf(ids);
    const every = Math.ceil(all.length / SAMPLE);
    const some = all.filter((_, index) => index % every === 0);
    const { taken } = await this.#read(module, at, some, 'again', signal);
    return taken.emptied.size > 0 && taken.prints.size === 0;
  }

  /** One record for each detail that was lost is enough. */
  async #heard(module: Module, at: Sweep, lost: ReadonlySet<Detail>, signal: AbortSignal): Promise<Heard> {
    for (const detail of lost) {
      const heard = await this.#witness(module, at, detail, signal);
      // The only one that had any may well have been emptied by hand; several were all that there were.
      const alone = heard.kind === 'unsure' && sizeOf(heldIn(at).found) === 1;
      if (heard.kind !== 'gone' && !alone) return heard;
    }
    return { kind: 'gone' };
  }

  async #witness(module: Module, at: Sweep, detail: Detail, signal: AbortSignal): Promise<Heard> {
    const prints = this.#parts.fingerprints(module.name);
    const { found, asked, kept } = heldIn(at);
    const held = new Set([found, asked, kept].flatMap(valuesOf));
    let tried = 0;
    for (const id of prints.ids()) {
      if (held.has(id) || prints.get(id)?.filled?.includes(detail) !== true) continue;
      const { taken } = await this.#read(module, at, [id], 'again', signal);
      if (taken.emptied.get(id)?.includes(detail) === true) return { kind: 'outage', witness: id };
      if (taken.prints.get(id)?.filled?.includes(detail) === true) return { kind: 'gone' };
      tried += 1;
      if (tried >= WITNESSES) break;
    }
    return { kind: 'unsure' };
  }

  async #read(
    module: Module,
    at: Sweep,
    ids: readonly number[],
    look: Look,
    signal: AbortSignal,
  ): Promise<{ readonly taken: Taken; readonly absent: readonly number[] }> {
    const { client, noteTypes } = this.#parts;
    const answers = await Promise.all(ids.map((id) => client.get(`${module.controller}/GetById/${id}`, signal)));
    const rows: JsonObject[] = [];
    const absent: number[] = [];
    for (const [index, answer] of answers.entries()) {
      if (answer.kind === 'entity' && belongs(module, answer.entity, noteTypes)) rows.push(answer.entity);
      else absent.push(ids[index] ?? 0);
    }
    // Each was seen in this look already.
    return { taken: await this.#take.rows(module, rows, { ...at, seen: NOTHING }, signal, look), absent };
  }

  #isMany({ name }: Module, ids: Intervals): boolean {
    const { settings, clock, fingerprints } = this.#parts;
    const since = clock.now() - settings.detailSeconds * 1000;
    const lately = (this.#lately.get(name) ?? []).filter(({ at }) => at > since);
    this.#lately.set(name, lately);
    const count = lately.reduce((sum, one) => sum + one.count, sizeOf(ids));
    return isMany(count, fingerprints(name).size, settings);
  }

  #notice({ name }: Module, who: string): void {
    this.#parts.notices.tell('DINAMIK_DETAILS_EMPTY', `${name}: ${who}`, { object: name }, name);
  }
}

const heldIn = ({ held = NONE_HELD }: Sweep): Held => held;

/** Without those that are no longer there. */
export function released({ found, asked, question, kept }: Held, gone: readonly number[]): Held {
  const left = without(asked, gone);
  return {
    found: without(found, gone),
    asked: left,
    question: left.length === 0 ? null : question,
    kept: without(kept, gone),
  };
}

/** For the very records that lost details: the same ones have the same question. */
function questionOf(object: string, ids: Intervals, known: number): SourceQuestion {
  const count = sizeOf(ids);
  return {
    id: `details-empty/${object}/${count}-${contentHash(valuesOf(ids).map(String)).slice(0, 12)}`,
    object,
    question: `${count} of ${known} records of ${object} are shown without addresses, e-mails, phones, own fields or lines that they had. Empty these fields in Twenty too, or keep these records as they are?`,
    detail: { records: count, known, how: 'an outage of the routes that give them looks the same' },
    choices: ['empty', 'keep'],
    blocking: false,
  };
}
