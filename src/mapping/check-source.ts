import type {
  ColumnFormat,
  FieldDescription,
  ObjectDescription,
  PlainKind,
  SourceDescription,
} from '../source/connector.ts';
import type { Builder, FieldWrite } from './builder.ts';
import type { ObjectSpec } from './file.ts';
import type { Path } from './finding.ts';
import { didYouMean } from './suggest.ts';

/** Compares the mapping with what was discovered: everything is mapped or skipped by a person (ALL-7), nothing is made up. */
export function checkAgainstSource(builder: Builder, description: SourceDescription): void {
  const described = new Map(description.objects.map((object) => [object.name, object]));
  checkObjects(builder, described);
  checkColumns(builder, described);
  for (const { name, spec, path } of builder.objects.moved.values()) {
    const object = described.get(name);
    if (object === undefined) continue;
    checkCoverage(builder, object, spec, path);
    checkFormats(builder, object, spec, path);
  }
  checkValues(builder, described);
  checkPipelines(builder, description);
}

function checkObjects(builder: Builder, described: ReadonlyMap<string, ObjectDescription>): void {
  for (const name of Object.keys(builder.file.objects)) {
    if (described.has(name)) continue;
    const near = didYouMean(
      name,
      [...described.keys()].filter((other) => builder.file.objects[other] === undefined),
    );
    builder.findings.error('MAPPING_UNKNOWN_OBJECT', `the source has no object ${JSON.stringify(name)}.${near}`, [
      'objects',
      name,
    ]);
  }
  for (const name of described.keys()) {
    if (builder.file.objects[name] === undefined) {
      builder.findings.error(
        'MAPPING_UNMAPPED',
        `the object ${JSON.stringify(name)} is neither mapped nor skipped`,
        ['objects'],
        'Map it, or write `skip` with a reason.',
      );
    }
  }
}

function checkColumns(builder: Builder, described: ReadonlyMap<string, ObjectDescription>): void {
  for (const use of builder.columns) {
    const object = described.get(use.object);
    if (object === undefined || object.fields.some((field) => field.name === use.column)) continue;
    const near = didYouMean(
      use.column,
      object.fields.map((field) => field.name),
    );
    builder.findings.error(
      'MAPPING_UNKNOWN_COLUMN',
      `${use.object} has no column ${JSON.stringify(use.column)}.${near}`,
      use.path,
    );
  }
}

/** Parts of a mapping that look at a column without moving its value. */
const ONLY_LOOKS: ReadonlySet<string | number> = new Set(['when', 'exclude', 'quality', 'questions', 'lookups']);

/** The columns whose values the mapping moves, or that a person skipped: a condition or an index alone moves nothing. */
export function columnsUsed(builder: Builder, object: string): ReadonlySet<string> {
  const uses = builder.columns.filter(
    (use) => use.object === object && !use.path.some((segment) => ONLY_LOOKS.has(segment)),
  );
  return new Set(uses.map((use) => use.column));
}

function checkCoverage(builder: Builder, object: ObjectDescription, spec: ObjectSpec, path: Path): void {
  const used = columnsUsed(builder, object.name);
  const undecided = new Map((spec.undecided ?? []).map((entry, index) => [entry.column, { entry, index }]));
  for (const field of object.fields) {
    const open = undecided.get(field.name);
    if (open !== undefined) {
      const message = `${object.name}: nobody decided about the column ${JSON.stringify(field.name)} (recommended: ${open.entry.recommendation}; ${open.entry.reason})`;
      builder.findings.error('MAPPING_UNDECIDED', message, [...path, 'undecided', open.index]);
    } else if (!used.has(field.name)) {
      const filled =
        field.profile === null ? '' : ` (${field.profile.filled} of ${field.profile.rows} rows have a value)`;
      builder.findings.error(
        'MAPPING_UNMAPPED',
        `${object.name}: the column ${JSON.stringify(field.name)} is neither mapped nor skipped${filled}`,
        path,
      );
    }
  }
}

function checkFormats(builder: Builder, object: ObjectDescription, spec: ObjectSpec, path: Path): void {
  const plain = builder.plain[object.name] ?? {};
  for (const field of object.fields) {
    const kind = Object.hasOwn(plain, field.name) ? plain[field.name] : undefined;
    if (kind !== undefined) checkPlain(builder, object, field, kind, path);
    else if (spec.formats?.[field.name] === undefined) checkMissingFormat(builder, object, field);
  }
  for (const [column, format] of Object.entries(builder.formatsOf(object.name, spec))) {
    const field = object.fields.find((one) => one.name === column);
    if (field === undefined) {
      const near = didYouMean(
        column,
        object.fields.map((one) => one.name),
      );
      builder.findings.error(
        'MAPPING_UNKNOWN_COLUMN',
        `${object.name} has no column ${JSON.stringify(column)}.${near}`,
        [...path, 'formats', column],
      );
    } else if (field.proposal?.decided === true && !agree(field.proposal.format, format)) {
      const message = `${object.name}.${column} is read as ${words(format)}, but its values look like ${words(field.proposal.format)}: ${field.proposal.reason}`;
      const at = [...path, 'formats', column];
      if (misreads(field.proposal.format, format)) {
        const hint = 'Mend the format: values would be read as something else than they are.';
        builder.findings.error('MAPPING_TYPE_MISMATCH', message, at, hint);
      } else {
        const hint = 'Check the format: values that do not fit it are refused.';
        builder.findings.warning('MAPPING_TYPE_MISMATCH', message, at, hint);
      }
    }
  }
}

const PLAINLY: Readonly<Record<PlainKind, string>> = {
  number: 'numbers with a point',
  day: 'days as yyyy-MM-dd',
  time: 'times as ISO 8601 has them',
};

/** Whether a format is how programs write a value of this kind: then nothing reads it otherwise. */
const WRITES_PLAINLY: Readonly<Record<PlainKind, (format: ColumnFormat) => boolean>> = {
  number: (format) => format.type === 'integer' || (format.type === 'decimal' && format.decimalMark === '.'),
  day: isIso,
  time: isIso,
};

function isIso(format: ColumnFormat): boolean {
  return isDated(format) && format.pattern.startsWith('yyyy-MM-dd');
}

/** A column that should come as programs write it, and does not: no format of the mapping would help. */
function checkPlain(
  builder: Builder,
  object: ObjectDescription,
  { name, proposal }: FieldDescription,
  kind: PlainKind,
  path: Path,
): void {
  if (proposal === null) return;
  const found = proposal.decided ? [proposal.format] : proposal.candidates;
  const fits = WRITES_PLAINLY[kind];
  // Whole numbers may be yes and no, or a spreadsheet's days, as well: where a number is expected they are none of these.
  const whole = kind === 'number' && found.some(({ type }) => type === 'integer');
  // Single values that do not fit are refused one by one, as everywhere.
  if (whole || (proposal.decided && (fits(proposal.format) || proposal.format.type === 'text'))) return;
  const ways = found.map(words).join(' or ');
  const message = `${object.name}.${name} is read as ${PLAINLY[kind]}, but its values look like ${ways}: ${proposal.reason}`;
  const hint = 'Say in the settings of the source how its texts are written (the connector’s page names the setting).';
  builder.findings.error('MAPPING_TYPE_MISMATCH', message, path, hint);
}

/** A column without a format is text: that is wrong only where a transform would have to guess. */
function checkMissingFormat(builder: Builder, object: ObjectDescription, field: FieldDescription): void {
  const { proposal } = field;
  if (proposal === null || field.type.kind !== 'string') return;
  const reader = builder.writes.find(
    (write) => write.object === object.name && write.columns.includes(field.name) && needsFormat(write),
  );
  if (reader === undefined) return;
  if (!proposal.decided) {
    const ways = proposal.candidates.map(words).join(' or ');
    const message = `${object.name}.${field.name} can be read as ${ways}: ${proposal.reason}`;
    builder.findings.error(
      'MAPPING_AMBIGUOUS_FORMAT',
      message,
      reader.path,
      `Add ${JSON.stringify(field.name)} to \`formats\` of ${object.name}.`,
    );
  } else if (!isPlain(proposal.format)) {
    const message = `${object.name}.${field.name} holds ${words(proposal.format)}, and the mapping does not say so`;
    builder.findings.error(
      'MAPPING_AMBIGUOUS_FORMAT',
      message,
      reader.path,
      `Add to \`formats\`: { ${JSON.stringify(field.name)}: ${JSON.stringify(proposal.format)} }.`,
    );
  }
}

/** Whether the transforms read a number, a date or a time, and do not say themselves how. */
function needsFormat(write: FieldWrite): boolean {
  return write.steps.some((step) => {
    const settings = step.settings as { readonly pattern?: unknown; readonly decimalMark?: unknown };
    return READERS.has(step.name) && settings.pattern === undefined && settings.decimalMark === undefined;
  });
}

const READERS: ReadonlySet<string> = new Set([
  'number',
  'integer',
  'decimal',
  'round',
  'currency',
  'date',
  'timestamp',
]);

/** Formats that the transforms read without being told. */
function isPlain(format: ColumnFormat): boolean {
  switch (format.type) {
    case 'text':
    case 'integer':
    case 'boolean':
      return true;
    case 'decimal':
      return format.decimalMark === '.';
    case 'date':
    case 'timestamp':
      return format.pattern.startsWith('yyyy-MM-dd');
  }
}

function agree(a: ColumnFormat, b: ColumnFormat): boolean {
  if (b.type === 'text' || JSON.stringify(a) === JSON.stringify(b)) return true;
  if (a.type === 'boolean' && b.type === 'boolean') return true;
  const whole = (format: ColumnFormat): boolean => format.type === 'integer' || format.type === 'decimal';
  if (a.type === 'integer' && whole(b)) return true;
  if ((a.type === 'date' || a.type === 'timestamp') && (b.type === 'date' || b.type === 'timestamp')) {
    const loose = (pattern: string): string => pattern.replace(/MM?/, 'M').replace(/dd?/, 'd').replace(/HH?/, 'H');
    return loose(a.pattern) === loose(b.pattern);
  }
  return false;
}

/** Whether values would pass for something else: `12.345` is a dozen to the one, and thousands to the other; 02/03 is a day of March or of February. */
function misreads(looks: ColumnFormat, said: ColumnFormat): boolean {
  if (looks.type === 'decimal' && said.type === 'decimal') return looks.decimalMark !== said.decimalMark;
  if (!isDated(looks) || !isDated(said)) return false;
  const shape = (pattern: string): string => pattern.replace(/MM?|dd?/g, 'D').replace(/HH?/, 'H');
  return shape(looks.pattern) === shape(said.pattern);
}

function isDated(format: ColumnFormat): format is Extract<ColumnFormat, { type: 'date' | 'timestamp' }> {
  return format.type === 'date' || format.type === 'timestamp';
}

export function words(format: ColumnFormat): string {
  switch (format.type) {
    case 'decimal':
      return `decimals with ${JSON.stringify(format.decimalMark)}`;
    case 'boolean':
      return `${format.yes.join('/')} and ${format.no.join('/')}`;
    case 'date':
      return `dates as ${format.pattern}`;
    case 'timestamp':
      return `times as ${format.pattern}`;
    default:
      return format.type;
  }
}

/** Values that were seen and mean no option: their records would be held. */
function checkValues(builder: Builder, described: ReadonlyMap<string, ObjectDescription>): void {
  for (const write of builder.writes) {
    const [column, ...more] = write.columns;
    const step = write.steps.find((one) => one.name === 'select');
    if (step === undefined || column === undefined || more.length > 0 || write.steps[0] !== step) continue;
    const values = described.get(write.object)?.fields.find((field) => field.name === column)?.values ?? [];
    const { map, table } = step.settings as { readonly map?: Record<string, string>; readonly table?: string };
    const options = builder.options(write.twentyObject, write.target.field);
    const renamed = (value: string): string | undefined =>
      map?.[value] ?? (table === undefined ? undefined : builder.file.tables?.[table]?.[value]);
    const unknown = values.filter(({ value }) => {
      const text = value.trim();
      return (
        text !== '' && (options === null ? renamed(text) === undefined : options.find(renamed(text) ?? text) === null)
      );
    });
    if (unknown.length === 0) continue;
    const records = unknown.reduce((sum, { count }) => sum + count, 0);
    const named = unknown.slice(0, 5).map(({ value }) => JSON.stringify(value));
    const message = `${write.object}.${column}: ${named.join(', ')}${unknown.length > 5 ? ' …' : ''} mean no option of ${write.twentyObject}.${write.target.field} (${records} records)`;
    builder.findings.warning(
      'MAPPING_UNKNOWN_OPTION',
      message,
      write.path,
      'Add the options or a rename table; until then these records are held or left, as `unknown` says.',
    );
  }
}

function checkPipelines(builder: Builder, description: SourceDescription): void {
  const { stages } = builder;
  if (stages === null) return;
  const [staged] = stages.stageField.split('.');
  for (const pipeline of description.pipelines) {
    // Its records have stages of another field, or none.
    if (pipeline.object !== undefined && builder.objects.moved.get(pipeline.object)?.spec.target !== staged) continue;
    const missing = pipeline.stages.filter((stage) => stages.find(pipeline.name, stage.name) === null);
    if (missing.length === 0) continue;
    const names = missing.map((stage) => JSON.stringify(stage.name)).join(', ');
    const message = `the pipeline ${JSON.stringify(pipeline.name)} has stages that the mapping does not list: ${names}`;
    builder.findings.error(
      'MAPPING_UNKNOWN_OPTION',
      message,
      ['pipelines', 'list'],
      'List them in their order; records in other stages are held.',
    );
  }
}
