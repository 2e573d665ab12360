import type { SourceQuestion, SourceRecord } from '../../src/source/connector.ts';
import { judgeDeletes } from '../../src/source/mass-delete.ts';
import { deletion } from './rows.ts';
import type { Settings } from './settings.ts';

export interface ComparisonParts {
  readonly settings: Settings;
  /** Ids that are live downstream. */
  readonly knownIds: (object: string) => AsyncIterable<string>;
  readonly answers: () => Promise<ReadonlyMap<string, string>>;
}

export interface Compared {
  readonly deletes: readonly SourceRecord[];
  /** Ids that the source no longer has and that stay until a person has answered. */
  readonly retained: number;
  readonly questions: readonly SourceQuestion[];
}

/** Finds deletes that nobody told: ids that were read before and that the source no longer has. */
export class Comparison {
  readonly #parts: ComparisonParts;
  /** Read by this process, by table: what is on its way downstream is not among the known ids yet. */
  readonly #read = new Map<string, Set<string>>();

  constructor(parts: ComparisonParts) {
    this.#parts = parts;
  }

  saw(object: string, records: readonly SourceRecord[]): void {
    const ids = this.#read.get(object) ?? new Set();
    for (const { id, op } of records) {
      if (op === 'UPSERT') ids.add(id);
      else ids.delete(id);
    }
    this.#read.set(object, ids);
  }

  /** What was said to a question of a comparison; undefined while nobody has. */
  async answerTo(question: string): Promise<string | undefined> {
    return (await this.#parts.answers()).get(question);
  }

  /** Deletes what is missing among `ids`; asks first where it is more than the settings allow. */
  async compare(object: string, ids: ReadonlySet<string>): Promise<Compared> {
    const known = new Set(this.#read.get(object));
    for await (const id of this.#parts.knownIds(object)) known.add(id);
    const missing = [...known].filter((id) => !ids.has(id));
    const numbers = { missing, known: known.size };
    const verdict = judgeDeletes(object, numbers, this.#parts.settings, await this.#parts.answers());
    if (verdict.kind === 'keep')
      return { deletes: [], retained: missing.length, questions: verdict.question === null ? [] : [verdict.question] };
    const deletes = missing.map(deletion);
    this.saw(object, deletes);
    return { deletes, retained: 0, questions: [] };
  }
}
