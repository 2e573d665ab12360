import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ChangeoverError } from '../../core/errors.ts';
import type { ConnectorContext } from '../connector.ts';
import { asWorkError } from '../delimited/files.ts';
import { judgeRow } from '../delimited/judge.ts';
import { readRows } from '../delimited/read.ts';
import { type StagedFile, stageFile } from '../delimited/stage.ts';
import type { ExportObjectProfile, ExportRow, ExportSourceOptions } from './profile.ts';
import { waivedColumns } from './questions.ts';
import { type ExportSet, fileOf, openSetFile, type SetFile } from './set.ts';
import { layoutOf, type TableLayout, toRow } from './table.ts';

/** One good row, as cells. */
export interface SurveyedRow {
  readonly cells: readonly string[];
  readonly layout: TableLayout;
}

/** Counts of what was left out while surveying. */
export interface SurveyTally {
  rows: number;
  rejected: number;
}

/** Runs `work` on a private copy of a file of the set, which is deleted afterwards. */
export async function* withCopy<T>(
  set: ExportSet,
  file: SetFile,
  context: ConnectorContext,
  options: ExportSourceOptions,
  work: (staged: StagedFile) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const folder = join(context.workFolder, 'surveys');
  const path = join(folder, context.random.uuid());
  try {
    await mkdir(folder, { recursive: true });
    const source = { name: file.path, open: () => openSetFile(set, file.path) };
    yield* work(await stageFile(source, path, options.profile.dialect ?? {}));
  } catch (thrown) {
    throw asWorkError(thrown, path);
  } finally {
    await rm(path, { force: true });
  }
}

/** Every good row of a copy. The first thing given is the layout alone, so that an empty file has one too. */
export async function* goodRows(
  staged: StagedFile,
  object: ExportObjectProfile,
  waived: ReadonlySet<string>,
  longestCell: number,
  tally: SurveyTally,
): AsyncGenerator<SurveyedRow | TableLayout> {
  let layout: TableLayout | null = null;
  for await (const batch of readRows(staged)) {
    tally.rows += batch.broken.length;
    tally.rejected += batch.broken.length;
    for (const cells of batch.cells) {
      if (layout === null) {
        layout = layoutOf(cells, object, staged.name, waived);
        yield layout;
        continue;
      }
      const verdict = judgeRow(cells, layout.columns.length, layout.idIndex, longestCell);
      if (verdict === 'blank') continue;
      tally.rows += 1;
      if (verdict === 'good') yield { cells, layout };
      else tally.rejected += 1;
    }
  }
  if (layout === null)
    throw new ChangeoverError('FILE_EMPTY', `${staged.name} has no rows`, { place: { file: staged.name } });
}

export async function* readSetRows(
  set: ExportSet,
  object: ExportObjectProfile,
  context: ConnectorContext,
  options: ExportSourceOptions,
): AsyncGenerator<ExportRow> {
  const file = fileOf(set, object);
  if (file === null) return;
  const waived = waivedColumns(object.name, await context.answers());
  const longestCell = options.limits?.cellCharacters ?? 1_048_576;
  const rows = withCopy(set, file, context, options, (staged) =>
    goodRows(staged, object, waived, longestCell, { rows: 0, rejected: 0 }),
  );
  for await (const row of rows) if ('cells' in row) yield toRow(row.cells, row.layout);
}
