import type { ConnectorContext, FieldDescription, ObjectDescription, SourceQuestion } from '../connector.ts';
import type { Dialect } from '../delimited/dialect.ts';
import { ColumnScan } from '../delimited/infer.ts';
import { endsWithLineEnd } from '../delimited/lines.ts';
import { trimCell } from '../delimited/parse.ts';
import { compilePattern } from '../delimited/patterns.ts';
import { Zone } from '../delimited/zone.ts';
import type { ExportObjectProfile, ExportSourceOptions } from './profile.ts';
import { missingColumn, missingObject } from './questions.ts';
import { type ExportSet, fileOf, type SetFile } from './set.ts';
import { goodRows, type SurveyTally, withCopy } from './survey.ts';
import type { TableLayout } from './table.ts';

/** What the newest complete export says of itself. The connector adds owners, pipelines and automations. */
export interface ExportDescription {
  /** The set's name in the folder, and when it was taken (milliseconds; null where nothing says so). */
  readonly set: string;
  readonly takenAt: number | null;
  readonly objects: readonly ObjectDescription[];
  readonly questions: readonly SourceQuestion[];
  readonly notes: readonly string[];
}

interface SurveyedFile {
  readonly layout: TableLayout;
  readonly scans: readonly ColumnScan[];
  readonly tally: SurveyTally;
  readonly dialect: Dialect;
  readonly newest: number | null;
  /** Whether the last row has a line end. */
  readonly endsInLine: boolean;
}

/** Describes the newest set, and what it lacks beside the one before it (requirement SCO-S1). */
export async function describeSets(
  set: ExportSet,
  previous: ExportSet | null,
  context: ConnectorContext,
  options: ExportSourceOptions,
): Promise<ExportDescription> {
  const objects: ObjectDescription[] = [];
  const questions: SourceQuestion[] = [];
  const notes = [`Export ${set.name}, ${timeNote(set)}.`];
  const answers = await context.answers();
  for (const object of options.profile.objects) {
    const file = fileOf(set, object);
    const before = previous === null ? null : fileOf(previous, object);
    if (file === null) {
      if (object.presence === 'required' || before !== null)
        questions.push(missingObject(object, set.name, object.presence === 'required'));
      continue;
    }
    const surveyed = await surveyFile(set, file, object, context, options, true);
    const earlier =
      previous === null || before === null ? null : await surveyFile(previous, before, object, context, options, false);
    questions.push(...missingColumns(object, surveyed.layout, earlier?.layout ?? null, set));
    objects.push(describeObject(object, surveyed));
    notes.push(...fileNotes(object, file, surveyed), ...changeNotes(object, surveyed, earlier, previous));
  }
  return {
    set: set.name,
    takenAt: set.takenAt,
    objects,
    questions: questions.filter((question) => answers.get(question.id) !== 'not needed'),
    notes,
  };
}

function timeNote(set: ExportSet): string {
  if (set.takenAt === null) return 'taken at an unknown time';
  const time = new Date(set.takenAt).toISOString();
  const from = {
    manifest: 'as its manifest says',
    name: 'as its name says',
    'file-time': 'guessed from the newest file; a manifest.json would say it',
  };
  return `taken ${time}, ${from[set.takenFrom]}`;
}

/** `whole` says whether the cells matter, or only the header. */
async function surveyFile(
  set: ExportSet,
  file: SetFile,
  object: ExportObjectProfile,
  context: ConnectorContext,
  options: ExportSourceOptions,
  whole: boolean,
): Promise<SurveyedFile> {
  const longestCell = options.limits?.cellCharacters ?? 1_048_576;
  // What is missing is asked, not thrown, while describing.
  const waived = new Set(object.columns.map((column) => column.name));
  const results = withCopy(set, file, context, options, async function* (staged): AsyncGenerator<SurveyedFile> {
    let layout: TableLayout | null = null;
    let scans: ColumnScan[] = [];
    const tally: SurveyTally = { rows: 0, rejected: 0 };
    for await (const row of goodRows(staged, object, waived, longestCell, tally)) {
      if (!('cells' in row)) {
        layout = row;
        scans = row.columns.map((column) => new ColumnScan(column.header));
        if (!whole) break;
        continue;
      }
      for (const [i, scan] of scans.entries()) scan.add((row.cells[i] ?? '').normalize('NFC'));
    }
    if (layout === null) return;
    const zone = new Zone(options.profile.zone ?? 'UTC');
    const newest = whole ? await newestRecord(staged, object, layout, scans, zone, longestCell) : null;
    yield { layout, scans, tally, dialect: staged.dialect, newest, endsInLine: await endsWithLineEnd(staged) };
  });
  let found: SurveyedFile | null = null;
  for await (const result of results) found = result;
  return (
    found ?? {
      layout: { columns: [], idIndex: 0, idLike: [], missing: [] },
      scans: [],
      tally: { rows: 0, rejected: 0 },
      dialect: NO_DIALECT,
      newest: null,
      endsInLine: true,
    }
  );
}

const NO_DIALECT: Dialect = {
  encoding: 'utf-8',
  encodingFrom: 'utf-8',
  delimiter: ',',
  quote: '"',
  lineEnd: '\n',
  separatorLine: false,
};

/** The latest time in the object's `modified` column; needs a second look at the rows, as the pattern is known only after the first. */
async function newestRecord(
  staged: Parameters<typeof goodRows>[0],
  object: ExportObjectProfile,
  layout: TableLayout,
  scans: readonly ColumnScan[],
  zone: Zone,
  longestCell: number,
): Promise<number | null> {
  const index = layout.columns.findIndex((column) => column.name === object.modified?.column);
  const proposal = scans[index]?.propose();
  const format = proposal?.decided === true ? proposal.format : null;
  const pattern =
    object.modified?.pattern ?? (format?.type === 'date' || format?.type === 'timestamp' ? format.pattern : null);
  if (index < 0 || pattern === null) return null;
  const compiled = compilePattern(pattern);
  const waived = new Set(object.columns.map((column) => column.name));
  let newest: number | null = null;
  for await (const row of goodRows(staged, object, waived, longestCell, { rows: 0, rejected: 0 })) {
    if (!('cells' in row)) continue;
    const instant = compiled.parse(trimCell(row.cells[index] ?? ''), zone)?.instant ?? null;
    if (instant !== null && (newest === null || instant > newest)) newest = instant;
  }
  return newest;
}

function describeObject(object: ExportObjectProfile, { layout, scans, tally }: SurveyedFile): ObjectDescription {
  const profiles = new Map(object.columns.map((column) => [column.name, column]));
  const standard = object.standard ?? true;
  const fields = layout.columns.map((column): FieldDescription => {
    const known = profiles.get(column.name);
    const scan = scans[column.index];
    const isId = column.index === layout.idIndex;
    return {
      name: column.name,
      type: { kind: 'string' },
      label: known?.label ?? (column.header === '' ? column.name : column.header),
      standard: standard && column.known,
      required: isId || known?.required === true,
      profile: scan?.profile() ?? null,
      values: isId ? null : (scan?.values() ?? null),
      refersTo: known?.refersTo ?? [],
      proposal: isId ? { decided: true, format: { type: 'text' }, reason: 'the id' } : (scan?.propose() ?? null),
    };
  });
  return { name: object.name, label: object.label, standard, fields, count: tally.rows - tally.rejected };
}

/** Asks for required and link columns, and for any that the export before had. */
function missingColumns(
  object: ExportObjectProfile,
  now: TableLayout,
  before: TableLayout | null,
  set: ExportSet,
): SourceQuestion[] {
  const had = new Set(before?.columns.map((column) => column.name) ?? []);
  const has = new Set(now.columns.map((column) => column.name));
  const known = new Map(object.columns.map((column) => [column.name, column]));
  const names = new Set([...known.keys(), ...had]);
  return [...names]
    .filter(
      (name) =>
        !has.has(name) && (had.has(name) || known.get(name)?.required === true || known.get(name)?.link === true),
    )
    .map((name) => missingColumn(object, name, set.name, had.has(name), known.get(name)?.required === true));
}

const DELIMITER_NAMES = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' } as const;

function fileNotes(
  object: ExportObjectProfile,
  file: SetFile,
  { tally, dialect, newest, scans, layout, endsInLine }: SurveyedFile,
): string[] {
  const rejected = tally.rejected === 0 ? '' : `, ${tally.rejected} rejected`;
  const encoding = `${dialect.encoding} (${dialect.encodingFrom.replaceAll('-', ' ')})`;
  const notes = [
    `${object.label}: ${file.path}, ${tally.rows} rows${rejected}, ${encoding}, ${DELIMITER_NAMES[dialect.delimiter]}.`,
  ];
  if (newest !== null) notes.push(`${object.label}: newest record ${new Date(newest).toISOString()}.`);
  if (!endsInLine)
    notes.push(
      `${object.label}: ${file.path} does not end with a line end. Look at its last row: it may have been cut off.`,
    );
  for (const [i, column] of layout.columns.entries()) {
    const scan = scans[i];
    if (scan === undefined) continue;
    if (scan.mangled > 0)
      notes.push(
        `${object.label}: ${scan.mangled} values of ${column.name} were turned into numbers such as 1.23E+15 and are lost.`,
      );
    if (scan.guarded > 0)
      notes.push(`${object.label}: ${scan.guarded} values of ${column.name} carry an apostrophe against formulas.`);
  }
  return notes;
}

function changeNotes(
  object: ExportObjectProfile,
  now: SurveyedFile,
  before: SurveyedFile | null,
  previous: ExportSet | null,
): string[] {
  if (before === null || previous === null) return [];
  const had = new Set(before.layout.columns.map((column) => column.name));
  const added = now.layout.columns.filter((column) => !had.has(column.name)).map((column) => column.name);
  return added.length === 0
    ? []
    : [`${object.label}: columns that ${previous.name} did not have: ${added.join(', ')}.`];
}
