import { createHash } from 'node:crypto';
import type { PipelineDescription, SourceQuestion, StageDescription } from './connector.ts';

/** Pipeline → stage → deals. */
export type StagesInUse = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** How ids of such questions begin. */
export const STAGE_MAP = 'stage-map/';

/** One stage of the source, with its deals. */
export interface StageInUse {
  readonly pipeline: string;
  readonly stage: string;
  readonly order: number | null;
  readonly probability: number | null;
  readonly outcome: StageDescription['outcome'];
  readonly deals: number;
}

/**
 * The question that holds deals back until somebody approved where every stage goes (SMD-5). Its id carries the stages, so
 * that a stage that appears later asks anew; how many deals stand in each does not, as it changes daily. What each becomes in
 * Twenty is added where the mapping is known.
 */
export function stageMapQuestion(pipelines: readonly PipelineDescription[], inUse: StagesInUse): SourceQuestion | null {
  const stages = pipelines.flatMap(({ name: pipeline, stages: all }) =>
    all.map(
      ({ name, order, probability, outcome }): StageInUse => ({
        pipeline,
        stage: name,
        order,
        probability,
        outcome,
        deals: inUse.get(pipeline)?.get(name) ?? 0,
      }),
    ),
  );
  if (stages.length === 0) return null;
  const named = stages.map(({ pipeline, stage }) => `${pipeline}\n${stage}`).sort();
  const hash = createHash('sha256').update(named.join('\0')).digest('hex').slice(0, 12);
  const deals = stages.reduce((sum, stage) => sum + stage.deals, 0);
  return {
    id: `${STAGE_MAP}${hash}`,
    object: 'deal',
    question: `Is the stage map right: ${stages.length} stages in ${pipelines.length} pipelines, ${deals} deals? Deals move once it is approved.`,
    detail: { stages, how: 'change `pipelines` in the mapping where it is wrong' },
    choices: ['approved'],
    blocking: true,
  };
}
