import { contentHash } from '../core/identifiers.ts';
import type { Capabilities, SourceQuestion } from './connector.ts';

export interface DeleteLimits {
  /** Share of an object's records that may go without asking, 0 to 1. */
  readonly deleteShare: number;
  /** So many deletes never ask, whatever their share. */
  readonly deleteRows: number;
}

export interface Vanished {
  readonly missing: readonly string[];
  /** All that there were, the missing ones included. */
  readonly known: number;
  /** So many others were deleted without asking a short while ago: many small answers are one large one. */
  readonly lately?: number;
}

export type DeleteVerdict =
  /** So few that they may be looked into and deleted; `agreed`: so many, and a person said so, maybe a while ago. */
  | { readonly kind: 'delete'; readonly agreed: boolean }
  /** So many that a person must say so first; the question is null once it was answered with no. */
  | { readonly kind: 'keep'; readonly question: SourceQuestion | null };

/** Whether so many of all that are known are more than may go without asking. */
export function isMany(count: number, known: number, { deleteShare, deleteRows }: DeleteLimits): boolean {
  return count > Math.max(deleteRows, known * deleteShare);
}

/**
 * Whether records that a source no longer shows may be deleted: access that sees less than before looks the same as deletes.
 * An answer is for the very records that were asked about.
 */
export function judgeDeletes(
  object: string,
  { missing, known, lately = 0 }: Vanished,
  limits: DeleteLimits,
  answers: ReadonlyMap<string, string>,
): DeleteVerdict {
  const count = missing.length;
  if (!isMany(count + lately, known, limits)) return { kind: 'delete', agreed: false };
  const question: SourceQuestion = {
    id: `mass-delete/${object}/${count}-${contentHash([...missing].sort()).slice(0, 12)}`,
    object,
    question: `${count} of ${known} records of ${object} are no longer in the source. Delete them in Twenty too, or keep them?`,
    detail: { missing: count, known, how: 'access that sees less than before looks the same as deletes' },
    choices: ['delete', 'keep'],
    blocking: false,
  };
  const answer = answers.get(question.id);
  if (answer === 'delete') return { kind: 'delete', agreed: true };
  return { kind: 'keep', question: answer === undefined ? question : null };
}

/**
 * Whether the connector itself asks before many records go. Whoever finds deletes by comparing does, as the contract suite
 * demands (`massDelete`); what a source tells one by one is asked about by the sink (src/sink/SPEC.md §13).
 */
export function asksOfDeletes({ deltas }: Capabilities): boolean {
  return deltas !== 'change-tracking';
}
