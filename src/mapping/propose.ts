import { Document, isMap, parseDocument } from 'yaml';
import type { ColumnFormat, FieldDescription, ObjectDescription, SourceDescription } from '../source/connector.ts';
import type { Workspace } from '../twenty/model.ts';
import { objectNames } from '../twenty/names.ts';
import { columnsUsed } from './check-source.ts';
import { type Compilation, compileSourceFile } from './compile.ts';
import type { Path } from './finding.ts';
import { throwFirst } from './finding.ts';
import { parseMapping, readMapping } from './parse.ts';
import { suggestField } from './propose-field.ts';
import { fitToWorkspace } from './propose-fit.ts';
import { type Classification, classify } from './propose-known.ts';
import { proposeLinks, proposeNameIndex } from './propose-links.ts';
import { proposeOptions } from './propose-options.ts';
import { proposePairs } from './propose-pairs.ts';
import { proposePipelines } from './propose-pipelines.ts';
import { pruneObject } from './propose-prune.ts';
import { foldKey } from './values.ts';
import { addTo, listAt, mapAt, nodeAt, removeKey } from './yaml-edit.ts';

/** What is proposed for one column or object, for a person to look at (LIFE-2). */
export interface ProposalDecision {
  readonly object: string;
  /** Null for the object as a whole. */
  readonly field: string | null;
  readonly proposal: string;
  /** 0 to 1. */
  readonly confidence: number;
  readonly reason: string;
}

export interface Proposal {
  /** A mapping file; what a person has to decide stands under `undecided`, and `map check` fails on it. */
  readonly text: string;
  readonly decisions: readonly ProposalDecision[];
}

/** How sure a rule of the connector's default mapping is: someone wrote it for this system. */
const BASE_CONFIDENCE = 0.95;

/**
 * Proposes a mapping: from a base (the connector's default mapping, or the customer's own) fitted to what was discovered,
 * or from nothing. The base keeps its comments. Nothing is skipped by the proposal: that is for a person.
 */
export function proposeMapping(
  description: SourceDescription,
  workspace: Workspace | null,
  base: string | null = null,
): Proposal {
  const document = base === null ? emptyMapping(description.source) : parseDocument(base, { merge: true });
  const decisions: ProposalDecision[] = [];
  if (base !== null) {
    const parsed = parseMapping(base, 'base mapping');
    if (!parsed.ok) throwFirst(parsed.findings);
    pruneBase(document, description, decisions);
  }
  decisions.push(...proposePipelines(document, description));
  for (const object of description.objects)
    if (nodeAt(document, ['objects', object.name]) === null) addObject(document, object, decisions);
  decisions.push(...proposeOptions(document, compileText(document), description));
  const compiled = compileText(document);
  for (const object of description.objects) proposeFields(document, compiled, object, workspace, decisions);
  fitToWorkspace(
    document,
    workspace,
    description.objects.flatMap(({ name }) => variantPaths(document, name).map((path) => ({ name, path }))),
    decisions,
  );
  return { text: textOf(document), decisions };
}

function emptyMapping(source: string): Document {
  const document = new Document({ version: 1, source, defaults: {}, objects: {} });
  document.commentBefore = ' Proposed from what was discovered. docs/guide/mapping.md explains the language.';
  return document;
}

function textOf(document: Document): string {
  return document.toString({ lineWidth: 120, flowCollectionPadding: true });
}

function compileText(document: Document): Compilation {
  return compileSourceFile(readMapping(textOf(document), 'proposed mapping'));
}

function pruneBase(document: Document, description: SourceDescription, decisions: ProposalDecision[]): void {
  const objects = mapAt(document, ['objects']);
  for (const name of Object.keys(objects.toJSON() as Record<string, unknown>)) {
    const object = description.objects.find((one) => one.name === name);
    if (object === undefined) {
      removeKey(document, objects, name);
      decisions.push({
        object: name,
        field: null,
        proposal: 'taken out',
        confidence: 0.9,
        reason: 'the source does not have it',
      });
      continue;
    }
    for (const path of variantPaths(document, name)) {
      for (const field of pruneObject(document, path, object)) {
        if (decisions.some((decision) => decision.object === name && decision.field === field)) continue;
        decisions.push({
          object: name,
          field,
          proposal: 'taken out',
          confidence: 0.9,
          reason: 'the source does not have it',
        });
      }
    }
  }
  dropDanglingLinks(document, description);
}

/** Attempts that look among objects that are gone. */
function dropDanglingLinks(document: Document, description: SourceDescription): void {
  const compiled = compileText(document);
  const known = new Set(description.objects.map((object) => object.name));
  const gone = compiled.builder.links.filter(
    (use) => !known.has(use.towards) && !compiled.builder.sharedObjects.has(use.towards),
  );
  for (const use of [...gone].reverse()) {
    const attempts = use.path.slice(0, -2);
    const list = listAt(document, attempts);
    const index = Number(use.path.at(-2));
    if (list.items.length > 1) list.items.splice(index, 1);
  }
}

/** An object, or each of the variants that a choice picks from. */
function variantPaths(document: Document, name: string): readonly Path[] {
  const path = ['objects', name];
  const variants = nodeAt(document, [...path, 'variants']);
  if (!isMap(variants)) return [path];
  return Object.keys(variants.toJSON() as Record<string, unknown>).map((variant) => [...path, 'variants', variant]);
}

function addObject(document: Document, object: ObjectDescription, decisions: ProposalDecision[]): void {
  const kind = kindOf(object);
  const custom = objectNames(object.label, `${object.label}s`);
  const target = kind.target === '' ? custom.nameSingular : kind.target;
  const spec: Record<string, unknown> = { target, fields: [] };
  const node = document.createNode(spec);
  node.commentBefore = ` ${kind.confidence}: ${kind.reason}`;
  mapAt(document, ['objects']).set(object.name, node);
  if (kind.target === '') {
    mapAt(document, ['provision', 'objects']).set(custom.nameSingular, {
      plural: custom.namePlural,
      label: object.label.slice(0, 63),
      labelPlural: `${object.label}s`.slice(0, 63),
    });
  }
  if (kind.activity !== null) {
    addTo(
      document,
      listAt(document, ['objects', object.name, 'fields']),
      { to: 'activityType', value: kind.activity, transform: ['select'], create: 'shared' },
      null,
    );
  }
  proposeNameIndex(document, object, target, ['objects', object.name]);
  decisions.push({
    object: object.name,
    field: null,
    proposal: target,
    confidence: kind.confidence,
    reason: kind.reason,
  });
}

/** What the source says that it is like, else what its names say (KIN-1 to KIN-3). */
function kindOf(object: ObjectDescription): Classification {
  const [best, second] = object.likeness ?? [];
  if (best === undefined) return classify(object);
  const next = second === undefined ? '' : `; ${second.score} as ${second.target || 'an object of its own'}`;
  return {
    target: best.target,
    activity: best.activity,
    confidence: best.score,
    reason: `${best.reasons.join(', ')}${next}`,
  };
}

function proposeFields(
  document: Document,
  { builder }: Compilation,
  object: ObjectDescription,
  workspace: Workspace | null,
  decisions: ProposalDecision[],
): void {
  const moved = builder.objects.moved.get(object.name);
  if (moved === undefined) return;
  const used = columnsUsed(builder, object.name);
  const { target } = moved.spec;
  const taken = new Set(
    builder.writes
      .filter((write) => write.twentyObject === target && write.object === object.name)
      .map((write) => write.to),
  );
  for (const relation of builder.relations) if (relation.object === object.name) taken.add(relation.column);
  const workspaceObject = workspace?.objects.get(target) ?? null;
  for (const field of workspaceObject?.fields.values() ?? []) {
    for (const column of Object.values(field.relation?.columns ?? {})) taken.add(column);
  }
  const linked = proposeLinks(document, builder, object, moved.path, used, decisions);
  const paired = proposePairs(document, builder, object, moved.path, used, decisions);
  for (const to of paired.targets) taken.add(to);
  for (const field of object.fields) {
    if (linked.has(field.name)) continue;
    if (paired.columns.has(field.name)) {
      addFormat(document, moved.path, field, decidedFormat(field));
      continue;
    }
    if (used.has(field.name)) {
      addFormat(document, moved.path, field, decidedFormat(field));
      decisions.push({
        object: object.name,
        field: field.name,
        proposal: targetsOf(builder, object.name, field.name),
        confidence: BASE_CONFIDENCE,
        reason: 'the base mapping says so',
      });
      continue;
    }
    const present = (moved.spec.undecided ?? []).some((entry) => entry.column === field.name);
    if (present) continue;
    if (isOwnId(object, field)) {
      const entry = {
        column: field.name,
        recommendation: 'skip',
        reason: 'the id of the record, kept as its sourceKey',
      };
      addTo(document, listAt(document, [...moved.path, 'undecided']), entry, null);
      decisions.push({
        object: object.name,
        field: field.name,
        proposal: 'skip',
        confidence: 0.9,
        reason: entry.reason,
      });
      continue;
    }
    decisions.push(
      addSuggestion(
        document,
        moved.path,
        object.name,
        target,
        field,
        suggestField(field, target, workspaceObject, taken),
        taken,
      ),
    );
  }
}

function addSuggestion(
  document: Document,
  path: Path,
  object: string,
  target: string,
  field: FieldDescription,
  suggestion: ReturnType<typeof suggestField>,
  taken: Set<string>,
): ProposalDecision {
  const { confidence, reason } = suggestion;
  const comment = `${confidence}: ${reason}`;
  const decision = { object, field: field.name, confidence, reason };
  switch (suggestion.kind) {
    case 'field':
      taken.add(suggestion.rule.to);
      addTo(document, listAt(document, [...path, 'fields']), suggestion.rule, comment);
      addFormat(document, path, field, suggestion.format);
      return { ...decision, proposal: `${target}.${suggestion.rule.to}` };
    case 'owner': {
      taken.add(suggestion.to);
      const owner = {
        to: suggestion.to,
        from: field.name,
        ...(suggestion.create === null ? {} : { create: suggestion.create }),
      };
      addTo(document, listAt(document, [...path, 'owners']), owner, comment);
      return { ...decision, proposal: `owner ${suggestion.to}` };
    }
    case 'undecided':
      addTo(
        document,
        listAt(document, [...path, 'undecided']),
        { column: field.name, recommendation: suggestion.recommendation, reason },
        null,
      );
      return { ...decision, proposal: suggestion.recommendation };
  }
}

/** The column that names the record itself: every record has it as `@id`. */
function isOwnId(object: ObjectDescription, field: FieldDescription): boolean {
  const name = foldKey(field.name).replace(/[\s_-]+/g, '');
  return ['', object.name, object.label].some((prefix) => name === `${foldKey(prefix).replace(/[\s_-]+/g, '')}id`);
}

function decidedFormat(field: FieldDescription): ColumnFormat | null {
  return field.proposal?.decided === true &&
    field.proposal.format.type !== 'text' &&
    field.proposal.format.type !== 'integer'
    ? field.proposal.format
    : null;
}

function addFormat(document: Document, path: Path, field: FieldDescription, format: ColumnFormat | null): void {
  if (format === null) return;
  const formats = mapAt(document, [...path, 'formats']);
  if (!formats.has(field.name)) formats.set(field.name, document.createNode(format, { flow: true }));
}

function targetsOf(builder: Compilation['builder'], object: string, column: string): string {
  const writes = builder.writes
    .filter((write) => write.object === object && write.columns.includes(column))
    .map((write) => `${write.twentyObject}.${write.to}`);
  return writes.length === 0 ? 'as the base mapping says' : [...new Set(writes)].join('; ');
}
