import { type Document, isMap } from 'yaml';
import type { SourceDescription } from '../source/connector.ts';
import type { FieldWrite } from './builder.ts';
import type { Compilation } from './compile.ts';
import type { OptionSpec } from './file.ts';
import type { Path } from './finding.ts';
import { runStep } from './pipeline.ts';
import type { ProposalDecision } from './propose.ts';
import { MOST_OPTIONS } from './propose-field.ts';
import type { Value } from './values.ts';
import { nodeAt } from './yaml-edit.ts';

/** Adds the values that were seen to the options that a rule of the base creates. Options that nobody uses stay. */
export function proposeOptions(
  document: Document,
  { builder }: Compilation,
  description: SourceDescription,
): readonly ProposalDecision[] {
  const decisions: ProposalDecision[] = [];
  for (const write of builder.writes) {
    const unknown = unknownValues(builder, write, description);
    if (unknown.length === 0) continue;
    const create = nodeAt(document, [...(write.path.slice(0, -1) as Path), 'create']);
    if (!isMap(create)) continue;
    const options = (nodeAt(document, [...write.path.slice(0, -1), 'create', 'options'])?.toJSON() ??
      []) as readonly OptionSpec[];
    const labels = new Set(options.map((option) => (typeof option === 'string' ? option : option.label)));
    create.set(
      'options',
      document.createNode([...options, ...unknown.filter((label) => !labels.has(label))], { flow: true }),
    );
    decisions.push({
      object: write.object,
      field: write.columns[0] ?? null,
      proposal: `options ${unknown.join(', ')}`,
      confidence: 0.7,
      reason: 'values of the column that the base mapping does not list',
    });
  }
  return decisions;
}

function unknownValues(
  builder: Compilation['builder'],
  write: FieldWrite,
  description: SourceDescription,
): readonly string[] {
  const [column, ...more] = write.columns;
  const choice = write.steps.find((step) => step.name === 'select' || step.name === 'multi-select');
  if (choice === undefined || column === undefined || more.length > 0) return [];
  const field = description.objects
    .find((object) => object.name === write.object)
    ?.fields.find((one) => one.name === column);
  const options = builder.options(write.twentyObject, write.target.field);
  const { map, table } = choice.settings as { readonly map?: Record<string, string>; readonly table?: string };
  const context = { ...builder.context(options), lose: () => undefined };
  const seen = new Set<string>();
  for (const { value } of field?.values ?? []) {
    let pieces: Value = value;
    for (const step of write.steps) {
      if (step === choice) break;
      pieces = runStep(step, pieces, context);
    }
    for (const piece of Array.isArray(pieces) ? pieces : [pieces])
      if (typeof piece === 'string' && piece.trim() !== '') seen.add(piece.trim());
  }
  const named = (text: string): string =>
    map?.[text] ?? (table === undefined ? undefined : builder.file.tables?.[table]?.[text]) ?? text;
  const unknown = [...seen]
    .filter((text) => options === null || options.find(named(text)) === null)
    .sort((a, b) => (a < b ? -1 : 1));
  return unknown.length > MOST_OPTIONS ? [] : unknown;
}
