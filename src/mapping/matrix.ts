import type { ColumnFormat, FieldDescription, SourceDescription } from '../source/connector.ts';
import type { Builder, FieldWrite } from './builder.ts';
import { columnsUsed, words } from './check-source.ts';
import type { Compilation } from './compile.ts';
import type { ObjectSpec } from './file.ts';
import type { Path } from './finding.ts';
import { optionSet } from './options.ts';

/** One line of the mapping matrix (ALL-7): what becomes of one column. */
export interface MatrixRow {
  readonly object: string;
  readonly field: string;
  /** Type in the source, and its format where the mapping says one. */
  readonly type: string;
  /** `812 of 3000`; empty where nobody counted. */
  readonly filled: string;
  /** `person.jobTitle`; several are separated by `; `. */
  readonly target: string;
  readonly conversion: string;
  readonly loss: string;
  readonly recommendation: string;
  readonly decision: string;
}

export const MATRIX_COLUMNS = [
  'object',
  'field',
  'type',
  'filled',
  'target',
  'conversion',
  'loss',
  'recommendation',
  'decision',
] as const satisfies readonly (keyof MatrixRow)[];

/** Every discovered column, in the order of the source; then those that the mapping names and the source lacks. */
export function matrixRows({ builder }: Compilation, description: SourceDescription): readonly MatrixRow[] {
  return description.objects.flatMap((object) => {
    const moved = builder.objects.moved.get(object.name);
    const reason = builder.objects.skipped.get(object.name);
    return object.fields.map((field): MatrixRow => {
      const base = {
        object: object.name,
        field: field.name,
        type: typeOf(field, moved === undefined ? {} : builder.formatsOf(object.name, moved.spec)),
        filled: filledOf(field),
      };
      if (moved === undefined) {
        const decision = reason === undefined ? 'not mapped' : `skipped with its object: ${reason}`;
        return { ...base, target: '', conversion: '', loss: 'everything', recommendation: 'skip', decision };
      }
      return { ...base, ...rowOf(builder, object.name, field, moved.spec) };
    });
  });
}

type Rest = Pick<MatrixRow, 'target' | 'conversion' | 'loss' | 'recommendation' | 'decision'>;

function rowOf(builder: Builder, object: string, field: FieldDescription, spec: ObjectSpec): Rest {
  const skipped = (spec.skip ?? []).find((entry) => entry.column === field.name);
  const writes = builder.writes.filter(
    (write) => write.object === object && write.columns.includes(field.name) && write.path.at(-1) !== 'onInvalid',
  );
  const uses = builder.columns
    .filter((use) => use.object === object && use.column === field.name)
    .map((use) => purposeOf(use.path, builder))
    .filter((purpose) => purpose !== null);
  const targets = [...new Set([...writes.map((write) => `${write.twentyObject}.${write.to}`), ...uses])];
  if (targets.length > 0 && (writes.length > 0 || columnsUsed(builder, object).has(field.name))) {
    return {
      target: targets.join('; '),
      conversion:
        [...new Set(writes.map(conversionOf).filter((text) => text !== ''))].join('; ') ||
        (writes.length > 0 ? 'as it is' : ''),
      loss: lossesOf(builder, writes),
      recommendation: writes.some((write) => write.created) ? 'custom field' : 'standard field',
      decision: skipped === undefined ? 'mapped' : `mapped; values not moved: ${skipped.reason}`,
    };
  }
  if (skipped !== undefined) {
    const by = skipped.by === undefined ? '' : ` (${skipped.by})`;
    return {
      target: '',
      conversion: '',
      loss: 'everything',
      recommendation: 'skip',
      decision: `skipped: ${skipped.reason}${by}`,
    };
  }
  const open = (spec.undecided ?? []).find((entry) => entry.column === field.name);
  if (open !== undefined) {
    return {
      target: '',
      conversion: '',
      loss: 'everything',
      recommendation: `${open.recommendation}: ${open.reason}`,
      decision: 'undecided',
    };
  }
  return {
    target: targets.join('; '),
    conversion: '',
    loss: 'everything',
    recommendation: 'custom field',
    decision: 'not mapped',
  };
}

/** What a column is used for besides fields; null for a field itself, and for `skip`. */
function purposeOf(path: Path, builder: Builder): string | null {
  const at = (name: string): number => path.indexOf(name);
  const named = (name: string): string => {
    const found = memberAt(builder.file, path.slice(0, at(name) + 2));
    return String(found?.name ?? found?.index ?? found?.object ?? found?.to ?? found?.rule ?? found?.id ?? '');
  };
  if (at('skip') >= 0) return null;
  if (at('files') >= 0) return `file ${named('files')}`;
  if (at('links') >= 0) return `link ${named('links')}`;
  if (at('owners') >= 0) return `owner ${named('owners')}`;
  if (at('lookups') >= 0) return `index ${named('lookups')}`;
  if (at('sameAs') >= 0) return `the same as a ${named('sameAs')}`;
  if (at('exclude') >= 0) return `rule ${named('exclude')}`;
  if (at('quality') >= 0) return `quality ${named('quality')}`;
  if (at('questions') >= 0) return `question ${named('questions')}`;
  if (at('when') >= 0) return 'condition';
  if (at('each') >= 0) return `children ${named('children')}`;
  return null;
}

function memberAt(file: unknown, path: Path): Readonly<Record<string, unknown>> | null {
  let found: unknown = file;
  for (const segment of path)
    found = found !== null && typeof found === 'object' ? (found as Record<string | number, unknown>)[segment] : null;
  return found !== null && typeof found === 'object' ? (found as Record<string, unknown>) : null;
}

function conversionOf(write: FieldWrite): string {
  return write.steps.map((step) => step.name).join(' → ');
}

function lossesOf(builder: Builder, writes: readonly FieldWrite[]): string {
  const losses = new Set<string>();
  for (const write of writes) {
    for (const step of write.steps) if (step.lossy !== null) losses.add(step.lossy);
    const plan = builder.plans.get(`${write.twentyObject}.${write.target.field}`);
    for (const option of plan === undefined ? [] : optionSet(plan.options).all) {
      if (option.lost !== null)
        losses.add(`option ${JSON.stringify(option.lost.before)} becomes ${JSON.stringify(option.lost.after)}`);
    }
  }
  return [...losses].join('; ');
}

function typeOf(field: FieldDescription, formats: Readonly<Record<string, ColumnFormat>>): string {
  const format = formats[field.name];
  if (format !== undefined) return words(format);
  return field.proposal?.decided === true ? words(field.proposal.format) : field.type.kind;
}

function filledOf(field: FieldDescription): string {
  return field.profile === null ? '' : `${field.profile.filled} of ${field.profile.rows}`;
}
