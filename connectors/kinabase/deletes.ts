import type { SourceQuestion } from '../../src/source/connector.ts';
import type { Settings } from './settings.ts';

export type Verdict =
  /** So few that they may be looked into and deleted. */
  | { readonly kind: 'look' }
  /** So many that a person must say so first. */
  | { readonly kind: 'ask'; readonly question: SourceQuestion | null };

/** Whether records that a whole read lacks may be deleted: a key that sees less than before looks the same as deletes. */
export async function judgeMissing(
  object: string,
  missing: number,
  known: number,
  settings: Settings,
  answers: () => Promise<ReadonlyMap<string, string>>,
): Promise<Verdict> {
  if (missing <= Math.max(settings.deleteRows, known * settings.deleteShare)) return { kind: 'look' };
  const question: SourceQuestion = {
    id: `mass-delete/${object}/${missing}`,
    object,
    question: `${missing} of ${known} records of ${object} are no longer in the source. Delete them in Twenty too, or keep them?`,
    detail: { missing, known, how: 'a key that sees less than before looks the same as deletes' },
    choices: ['delete', 'keep'],
    blocking: false,
  };
  const answer = (await answers()).get(question.id);
  if (answer === 'delete') return { kind: 'look' };
  return { kind: 'ask', question: answer === undefined ? question : null };
}
