import type { Document } from 'yaml';
import type { ObjectDescription } from '../source/connector.ts';
import type { Builder } from './builder.ts';
import type { Path } from './finding.ts';
import type { ProposalDecision } from './propose.ts';
import { knownColumn } from './propose-known.ts';
import { foldKey } from './values.ts';
import { addTo, listAt } from './yaml-edit.ts';

const PIPELINE = ['pipeline', 'deal pipeline', 'satış hunisi', 'huni'].map(foldKey);
const STAGE = ['stage', 'deal stage', 'pipeline stage', 'aşama'].map(foldKey);
/** Composite fields that take several columns. */
const GATHERING = ['emails', 'phones'] as const;
const CURRENCY = ['currency', 'currency code', 'para birimi'].map(foldKey);

/** Columns that only mean something together: an amount and its currency, a pipeline and its stage. */
export function proposePairs(
  document: Document,
  builder: Builder,
  object: ObjectDescription,
  path: Path,
  used: ReadonlySet<string>,
  decisions: ProposalDecision[],
): { readonly columns: ReadonlySet<string>; readonly targets: readonly string[] } {
  const target = builder.objects.moved.get(object.name)?.spec.target ?? '';
  const columns = new Set<string>();
  const targets: string[] = [];
  const named = (names: readonly string[]): string | null =>
    object.fields.find((field) => !used.has(field.name) && names.includes(foldKey(field.name)))?.name ?? null;
  const add = (
    rule: {
      readonly to: string;
      readonly from: string | readonly string[];
      readonly transform?: readonly unknown[];
      readonly create?: 'shared';
    },
    reason: string,
  ): void => {
    addTo(document, listAt(document, [...path, 'fields']), rule, `0.9: ${reason}`);
    targets.push(rule.to);
    for (const column of [rule.from].flat()) {
      columns.add(column);
      decisions.push({ object: object.name, field: column, proposal: `${target}.${rule.to}`, confidence: 0.9, reason });
    }
  };
  const money = object.fields.find(
    (field) => !used.has(field.name) && knownColumn(target, field.name)?.transform?.[0] === 'currency',
  );
  const currency = named(CURRENCY);
  if (money !== undefined && currency !== null) {
    add(
      { to: knownColumn(target, money.name)?.to ?? '', from: [money.name, currency], transform: ['currency'] },
      'an amount with its currency',
    );
  }
  for (const to of GATHERING) {
    const same = object.fields.filter((field) => !used.has(field.name) && knownColumn(target, field.name)?.to === to);
    const known = knownColumn(target, same[0]?.name ?? '');
    if (known === null || same.length < 2) continue;
    const { names: _names, ...rule } = known;
    add({ ...rule, from: same.map((field) => field.name) }, `all ${to} of the record`);
  }
  const stage = named(STAGE);
  if (target === 'opportunity' && stage !== null && builder.stages !== null) {
    const pipeline = named(PIPELINE);
    const from = pipeline === null ? stage : [pipeline, stage];
    add({ to: 'stage', from, transform: ['stage'] }, 'the stage, as the pipelines list it');
    if (pipeline !== null && builder.stages.pipelineField !== null)
      add({ to: 'pipeline', from: pipeline, transform: ['pipeline'] }, 'the pipeline');
    add({ to: 'probability', from, transform: ['probability'], create: 'shared' }, 'the probability of the stage');
  }
  return { columns, targets };
}
