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

/** Columns of which someone said that they are not needed. */
export function waivedColumns(object: string, answers: ReadonlyMap<string, string>): ReadonlySet<string> {
  const prefix = missingColumnId(object, '');
  const waived = [...answers].filter(([id, answer]) => id.startsWith(prefix) && answer === 'not needed');
  return new Set(waived.map(([id]) => id.slice(prefix.length)));
}

/** The question that a set without an object's file raises (requirement SCO-S1). */
export function missingObject(object: ExportObjectProfile, set: string, blocking: boolean): SourceQuestion {
  return {
    id: missingObjectId(object.name),
    object: object.name,
    question: `The export ${set} has no file for ${object.label}. Will it be supplied, or is it not needed?`,
    detail: { set, files: object.files },
    choices: MISSING_CHOICES,
    blocking,
  };
}

/** The question that a file without a column raises (requirement SCO-S1). */
export function missingColumn(
  object: ExportObjectProfile,
  column: string,
  set: string,
  hadBefore: boolean,
  blocking: boolean,
): SourceQuestion {
  const link = object.columns.find((one) => one.name === column)?.link === true;
  return {
    id: missingColumnId(object.name, column),
    object: object.name,
    question: `The file for ${object.label} has no column ${JSON.stringify(column)}. Will it be supplied, or is it not needed?`,
    detail: { set, column, link, inTheExportBefore: hadBefore },
    choices: MISSING_CHOICES,
    blocking,
  };
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
  const limit = limits.deleteShare ?? 0.05;
  const many = facts.removals > (limits.deleteRows ?? 20) && share > limit;
  // A small object cut off stays below any number of rows: losing most of it asks too.
  const most = facts.removals > 2 && share > Math.max(0.5, limit);
  if (many || most) {
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
