import type { SourceQuestion } from '../connector.ts';
import type { PlanFacts } from './plan.ts';
import type { ExportLimits, ExportObjectProfile } from './profile.ts';

/** What a person may answer about an export's deletes. */
export const DELETE_CHOICES = ['accept', 'refuse'] as const;
export const MISSING_CHOICES = ['supplied', 'not needed'] as const;

export function missingObjectId(object: string): string {
  return `export/${object}/missing`;
}

export function missingColumnId(object: string, column: string): string {
  return `export/${object}/column/${column}`;
}

/** The same for the same export, so that an answer is found again; another export asks anew. */
export function deletesId(object: string, exportId: string): string {
  return `export/${object}/deletes/${exportId.slice(0, 16)}`;
}

/** Required columns of which someone said that they are not needed. */
export function waivedColumns(object: ExportObjectProfile, answers: ReadonlyMap<string, string>): ReadonlySet<string> {
  const waived = object.columns.filter(
    (column) => answers.get(missingColumnId(object.name, column.name)) === 'not needed',
  );
  return new Set(waived.map((column) => column.name));
}

/**
 * The question that an export's deletes raise; null where they may go. Requirement SCO-S2: a row that left the export is a
 * delete candidate, and an export that was cut off looks like many of them.
 */
export function deletesQuestion(
  object: string,
  facts: PlanFacts,
  sample: readonly string[],
  limits: ExportLimits,
): SourceQuestion | null {
  if (facts.removals === 0) return null;
  const share = facts.removals / facts.live;
  const reasons: string[] = [];
  const doubtful = facts.rejected - facts.harmless;
  if (doubtful > 0) reasons.push(`${doubtful} of its rows were rejected, and a record among them would look deleted`);
  const many = facts.removals > (limits.deleteRows ?? 20) && share > (limits.deleteShare ?? 0.05);
  if (many || (share > 0.5 && facts.removals > 2)) {
    reasons.push(
      `it lacks ${facts.removals} of ${facts.live} live records (${(share * 100).toFixed(1)} %), as a cut-off export would`,
    );
  }
  if (reasons.length === 0) return null;
  return {
    id: deletesId(object, facts.exportId),
    object,
    question: `Delete the ${facts.removals} records of ${object} that are not in the export ${facts.set}?`,
    detail: {
      reasons,
      set: facts.set,
      file: facts.staged.name,
      takenAt: facts.takenAt,
      rows: facts.rows,
      rejected: facts.rejected,
      liveBefore: facts.live,
      deletes: facts.removals,
      sample,
    },
    choices: DELETE_CHOICES,
    // Upserts of this export, and later exports, are read meanwhile; only these deletes wait.
    blocking: false,
  };
}
