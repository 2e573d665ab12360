import type { DesiredField } from './desired.ts';

/** What a change of the data model does to what is there already. */
export type Risk =
  /** Nothing: `provision revert` takes it away again while nobody uses it. */
  | { readonly kind: 'none' }
  /** What it may touch, if only for a moment. `provision revert` takes it away again while nobody uses it. */
  | { readonly kind: 'touches'; readonly what: string }
  /** What of it cannot be taken back. */
  | { readonly kind: 'lasting'; readonly what: string };

type Wanted =
  | { readonly kind: 'create-object' }
  /** `isThere`: the object that gets the field is there already, perhaps with records. */
  | { readonly kind: 'create-field'; readonly field: DesiredField; readonly isThere: boolean }
  | { readonly kind: 'add-options'; readonly object: string; readonly field: string };

/** The risk of a change (twenty.md O6 and §5). */
export function riskOf(change: Wanted): Risk {
  switch (change.kind) {
    case 'create-object':
      return {
        kind: 'touches',
        what: 'timelineActivity, attachment, noteTarget and taskTarget each get a relation to it',
      };
    case 'create-field':
      return fieldRisk(change.field, change.isThere);
    case 'add-options':
      return {
        kind: 'lasting',
        what: `${change.object} waits while the column of ${change.field} is rebuilt, its values stay; an option that a record has by then cannot be taken back, since its records would fall to the default`,
      };
  }
}

function fieldRisk(field: DesiredField, isThere: boolean): Risk {
  const { object, relation } = field;
  if (relation !== undefined) {
    return {
      kind: 'touches',
      what: `${isThere ? `${object} and ${relation.target} wait` : `${relation.target} waits`} for a moment, and ${relation.target} shows "${relation.reverseLabel}"`,
    };
  }
  if (field.isUnique === true && isThere) {
    return {
      kind: 'touches',
      what: `${object} waits while the index is built; from then on no two of its records may have the same ${field.name}`,
    };
  }
  return { kind: 'none' };
}

/** How many of the changes are of each kind. */
export function countRisks(changes: readonly { readonly risk: Risk }[]): Readonly<Record<Risk['kind'], number>> {
  const counts = { none: 0, touches: 0, lasting: 0 };
  for (const { risk } of changes) counts[risk.kind] += 1;
  return counts;
}
