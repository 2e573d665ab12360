import type { JsonObject } from '../../src/core/exact-json.ts';
import type { SourceQuestion } from '../../src/source/connector.ts';
import { judgeDeletes } from '../../src/source/mass-delete.ts';
import type { Client } from './client.ts';
import { added, type Intervals, includes, NOTHING } from './intervals.ts';
import type { Module } from './modules.ts';
import type { Sweep } from './position.ts';
import { belongs } from './rows.ts';
import type { Settings } from './settings.ts';

export interface MissingParts {
  readonly client: Client;
  readonly settings: Settings;
  readonly noteTypes: readonly string[];
  readonly answers: () => Promise<ReadonlyMap<string, string>>;
}

/** Records that were told and are no longer listed. */
export interface Unlisted {
  readonly ids: readonly number[];
  /** All that there were, these included. */
  readonly known: number;
  /** Each was asked for by itself already: the module is read so. */
  readonly asked: boolean;
  /** Those that were missing the time before, too. */
  readonly before: Intervals;
}

/** What became of them. */
export interface Missing {
  readonly gone: readonly number[];
  /** Not listed, and there nevertheless. */
  readonly present: readonly JsonObject[];
  readonly unsure: Intervals;
  /** A person said that they stay. */
  readonly kept: readonly number[];
  readonly retained: number;
  readonly questions: readonly SourceQuestion[];
}

/** Which records that are no longer listed are gone: those that cannot be read by themselves either, or were missing twice. */
export async function lookForMissing(
  { client, settings, noteTypes, answers: said }: MissingParts,
  module: Module,
  at: Sweep,
  { ids: absent, known, asked: read, before }: Unlisted,
  signal: AbortSignal,
): Promise<Missing> {
  const none: Missing = { gone: [], present: [], unsure: NOTHING, kept: [], retained: 0, questions: [] };
  if (absent.length === 0) return none;
  const numbers = { missing: absent.map(String), known };
  const verdict = judgeDeletes(module.name, numbers, settings, await said());
  if (verdict.kind === 'keep') {
    const { question } = verdict;
    const kept = question === null ? absent : [];
    return { ...none, kept, retained: absent.length, questions: question === null ? [] : [question] };
  }
  if (read) return { ...none, gone: absent };
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
