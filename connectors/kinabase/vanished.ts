import type { Clock } from '../../src/core/ports.ts';
import type { Checkpoint, Page } from '../../src/source/connector.ts';
import { judgeDeletes } from '../../src/source/mass-delete.ts';
import { Changes, type Children, parentOf } from './children.ts';
import type { Settings } from './settings.ts';

export interface VanishedParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly answers: () => Promise<ReadonlyMap<string, string>>;
}

/** How far somebody read; `stamp` is that of the fingerprints (seen.ts). */
interface Position {
  readonly stamp: number;
}

/** Asks the source for what stands on these records once more. */
export type LookAgain<P extends Position> = (at: P, parents: readonly string[]) => AsyncGenerator<Page, P>;

/**
 * What comes of children that the source no longer shows (KIN-7). An empty answer may be an outage as well as a delete: so many
 * go without asking as of a collection between two sweeps, and about more a person is asked. What a person agreed to is looked
 * for once more before it goes: the answer may be older than the outage's end.
 */
export class Vanished {
  readonly #parts: VanishedParts;
  readonly #object: string;
  /** Deleted without asking since the time of a sweep ago: a read tells only a few at a time. */
  #lately: readonly { readonly at: number; readonly count: number }[] = [];
  /** The question that this process has put last; asking it again changes nothing. */
  #put: string | null = null;

  constructor(parts: VanishedParts, object: string) {
    this.#parts = parts;
    this.#object = object;
  }

  /** One question at a time: what vanishes while one is open waits for its turn, so that an outage is not a question a poll. */
  async *decide<P extends Position>(children: Children, from: P, lookAgain: LookAgain<P>): AsyncGenerator<Page, P> {
    const asked = children.absent('asked');
    const missing = asked.size > 0 ? asked : children.absent('undecided');
    if (missing.size === 0) return from;
    const { settings, answers, clock } = this.#parts;
    const ids = [...missing.keys()];
    const known = children.size + children.absent('undecided').size + asked.size;
    // What was asked about waits for its answer, however few are left of it.
    const lately = asked.size > 0 ? Number.POSITIVE_INFINITY : this.#deletedLately();
    const verdict = judgeDeletes(this.#object, { missing: ids, known, lately }, settings, await answers());
    const question = verdict.kind === 'keep' ? verdict.question : null;
    if (question !== null && question.id === this.#put) return from;
    const changes = new Changes();
    let at = from;
    if (question !== null) {
      if (asked.size === 0) for (const [id, told] of missing) changes.asks(id, told);
    } else if (verdict.kind === 'keep') {
      for (const [id, told] of missing) changes.keeps(id, told);
    } else {
      if (verdict.agreed) at = yield* lookAgain(at, [...new Set(ids.map(parentOf))]);
      for (const id of ids) if (children.isAbsent(id)) changes.goes(id);
      if (!verdict.agreed) this.#lately = [...this.#lately, { at: clock.now(), count: changes.gone.length }];
    }
    if (!changes.empty) at = { ...at, stamp: await children.note(changes) };
    const questions = question === null ? {} : { questions: [question] };
    yield { records: changes.records, checkpoint: checkpointOf(at), ...questions };
    this.#put = question?.id ?? null;
    return at;
  }

  #deletedLately(): number {
    const { settings, clock } = this.#parts;
    const since = clock.now() - settings.sweepSeconds * 1000;
    this.#lately = this.#lately.filter(({ at }) => at > since);
    return this.#lately.reduce((sum, { count }) => sum + count, 0);
  }
}

const checkpointOf = (at: object): Checkpoint => ({ ...at });
