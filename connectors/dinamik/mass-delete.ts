import type { SourceQuestion } from '../../src/source/connector.ts';

/** Asked where more is missing than a sweep may delete unasked. */
export function massDelete(object: string, missing: number, known: number): SourceQuestion {
  return {
    id: `mass-delete/${object}/${missing}`,
    object,
    question: `${missing} of ${known} records of ${object} are no longer in the source. Delete them in Twenty too, or keep them?`,
    detail: { missing, known, how: 'a key that sees less than before looks the same as deletes' },
    choices: ['delete', 'keep'],
    blocking: false,
  };
}
