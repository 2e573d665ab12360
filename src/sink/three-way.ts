import type { EditRule } from '../mapping/model.ts';
import { type Normal, sameValue } from './image.ts';

/** Which of two sides left what was written last (SPEC.md §12). */
export type Movement = 'neither' | 'source' | 'twenty' | 'alike' | 'apart';

/** What comes of a field. `overwrite` writes over a person's edit, which is listed; `ask` keeps the edit until somebody answers. */
export type Resolution = 'nothing' | 'write' | 'overwrite' | 'keep' | 'ask' | 'agree';

/** The three values of one field: written last, standing in Twenty now, wanted by the source now. */
export interface ThreeValues {
  readonly base: unknown;
  readonly twenty: unknown;
  readonly source: unknown;
}

/** What a person may answer to an edit that both sides left apart. */
export const EDIT_CHOICES = ['source', 'keep'] as const;
export type EditAnswer = (typeof EDIT_CHOICES)[number];

/** The rule of the mapping, or for `ask` what was answered. */
type Word = EditRule | `ask, answered ${EditAnswer}`;

const alike = (resolution: Resolution): Readonly<Record<Word, Resolution>> => ({
  source: resolution,
  keep: resolution,
  ask: resolution,
  'ask, answered source': resolution,
  'ask, answered keep': resolution,
});

/** The table of SPEC.md §12. */
export const RESOLUTIONS: Readonly<Record<Movement, Readonly<Record<Word, Resolution>>>> = {
  neither: alike('nothing'),
  source: alike('write'),
  // Nothing is in conflict: the source did not move. Only a rule that the source always wins puts its value back.
  twenty: { ...alike('keep'), source: 'overwrite' },
  alike: alike('agree'),
  apart: {
    source: 'overwrite',
    keep: 'keep',
    ask: 'ask',
    'ask, answered source': 'overwrite',
    'ask, answered keep': 'keep',
  },
};

/** Compared as the server compares; nothing is nothing, however it is spelt. Pure. */
export function movementOf(field: string, { base, twenty, source }: ThreeValues, normal: Normal): Movement {
  const edited = !sameValue(field, base, twenty, normal);
  const changed = !sameValue(field, base, source, normal);
  if (!edited) return changed ? 'source' : 'neither';
  if (!changed) return 'twenty';
  return sameValue(field, twenty, source, normal) ? 'alike' : 'apart';
}

/** `answer`: null while nobody answered. Pure. */
export function resolutionOf(movement: Movement, rule: EditRule, answer: EditAnswer | null): Resolution {
  const word: Word = rule === 'ask' && answer !== null ? `ask, answered ${answer}` : rule;
  return RESOLUTIONS[movement][word];
}

/** The value that stands in the row once everything planned is through. */
export function outcomeOf(resolution: Resolution, { twenty, source }: ThreeValues): unknown {
  return resolution === 'write' || resolution === 'overwrite' ? source : twenty;
}
