import { ChangeoverError } from '../../src/core/errors.ts';
import type { ExportRow, ExportSource } from '../../src/source/export/export-source.ts';
import type { StagesInUse } from '../../src/source/stage-map.ts';
import { OBJECTS, OWNER_COLUMN } from './profile.ts';

/** What one pass over all rows of an export tells that no single column does. */
export interface Survey {
  /** Owners, assignees and authors as records name them. */
  readonly owners: ReadonlySet<string>;
  readonly stages: StagesInUse;
}

export async function survey(source: ExportSource): Promise<Survey> {
  const owners = new Set<string>();
  const stages = new Map<string, Map<string, number>>();
  for (const object of OBJECTS) {
    const column = OWNER_COLUMN[object];
    if (column === null) continue;
    for await (const { fields } of readable(source.rows(object))) {
      const owner = (fields[column] ?? '').trim();
      if (owner !== '') owners.add(owner);
      if (object !== 'deal') continue;
      const pipeline = (fields.Pipeline ?? '').trim();
      const stage = (fields.Stage ?? '').trim();
      const known = stages.get(pipeline) ?? new Map<string, number>();
      stages.set(pipeline, known.set(stage, (known.get(stage) ?? 0) + 1));
    }
  }
  return { owners, stages };
}

/** Rows of a file that may lack a column: that is asked elsewhere, and ends the survey of this file, not the description. */
async function* readable(rows: AsyncIterable<ExportRow>): AsyncGenerator<ExportRow> {
  try {
    yield* rows;
  } catch (thrown) {
    if (!(thrown instanceof ChangeoverError) || thrown.code !== 'EXPORT_COLUMN_MISSING') throw thrown;
  }
}
