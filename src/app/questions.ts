import { questionIdOf } from '../source/question-ids.ts';
import type { StateStore } from '../state/state.ts';

/** The answers that people gave to a source's questions, by the names that its connector gave them. */
export async function answersOf(state: StateStore, source: string): Promise<ReadonlyMap<string, string>> {
  const rows = await state.read((tx) =>
    tx.reviews.list({ source, queue: 'source', status: 'answered', limit: 100_000 }),
  );
  return new Map(
    rows.flatMap((row) => (row.answer === null ? [] : [[questionIdOf(source, row.id), row.answer] as const])),
  );
}
