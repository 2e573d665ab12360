import { type Document, isMap } from 'yaml';
import type { PipelineDescription, SourceDescription, StageDescription } from '../source/connector.ts';
import type { ProposalDecision } from './propose.ts';
import { foldKey } from './values.ts';
import { listAt, mapAt, nodeAt } from './yaml-edit.ts';

interface StageEntry {
  readonly name: string;
  readonly [more: string]: unknown;
}

interface PipelineEntry {
  readonly name: string;
  readonly stages: readonly StageEntry[];
  readonly [more: string]: unknown;
}

/**
 * Writes the discovered pipelines with their stages in the order that the source gives; what the base says of a stage
 * (option, value, colour) is kept. A stage whose order nobody knows is put last, and says so: never by order of
 * appearance (SCO-4).
 */
export function proposePipelines(document: Document, description: SourceDescription): readonly ProposalDecision[] {
  if (description.pipelines.length === 0) return [];
  const decisions: ProposalDecision[] = [];
  const present = (nodeAt(document, ['pipelines', 'list'])?.toJSON() ?? []) as readonly PipelineEntry[];
  const head = mapAt(document, ['pipelines']);
  if (!head.has('stage')) head.set('stage', 'opportunity.stage');
  if (!head.has('pipeline') && description.pipelines.length > 1) head.set('pipeline', 'opportunity.pipeline');
  const wanted = description.pipelines.map((pipeline) => merged(pipeline, present, decisions));
  if (JSON.stringify(wanted) === JSON.stringify(present)) return decisions;
  const list = listAt(document, ['pipelines', 'list']);
  list.items.length = 0;
  list.flow = false;
  for (const pipeline of wanted) {
    const node = document.createNode(pipeline);
    const stages = isMap(node) ? node.get('stages', true) : null;
    if (stages !== null && typeof stages === 'object' && 'items' in stages) {
      for (const stage of stages.items as { flow?: boolean }[]) stage.flow = true;
    }
    list.add(node);
  }
  return decisions;
}

function merged(
  pipeline: PipelineDescription,
  present: readonly PipelineEntry[],
  decisions: ProposalDecision[],
): PipelineEntry {
  const known = present.find((one) => foldKey(one.name) === foldKey(pipeline.name));
  const stages = [...pipeline.stages].sort(byOrder).map((stage): StageEntry => {
    const own = known?.stages.find((one) => foldKey(one.name) === foldKey(stage.name));
    const unordered = stage.order === null;
    decisions.push({
      object: 'pipelines',
      field: `${pipeline.name}: ${stage.name}`,
      proposal: String(own?.option ?? own?.value ?? stage.name),
      confidence: unordered ? 0.2 : own === undefined ? 0.8 : 0.95,
      reason: unordered
        ? 'the source does not say its place in the order: put it where it belongs'
        : 'as the source lists it',
    });
    return {
      ...own,
      name: stage.name,
      ...(stage.probability === null ? {} : { probability: stage.probability }),
      ...(stage.outcome === null ? {} : { outcome: stage.outcome }),
    };
  });
  return { ...known, name: pipeline.name, stages: stages.map(ordered) };
}

/** Name first, as people write it. */
function ordered({ name, ...more }: StageEntry): StageEntry {
  return { name, ...more };
}

function byOrder(a: StageDescription, b: StageDescription): number {
  return (a.order ?? Number.MAX_SAFE_INTEGER) - (b.order ?? Number.MAX_SAFE_INTEGER);
}
