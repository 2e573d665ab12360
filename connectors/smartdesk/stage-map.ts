import { createHash } from 'node:crypto';
import type { PipelineDescription, SourceQuestion } from '../../src/source/connector.ts';

/** Pipeline → stage → deals. */
export type StagesInUse = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * The question that holds deals back until somebody approved where every stage goes (SMD-5). Its id carries the stages, so
 * that a stage that appears later asks anew; how many deals stand in each does not, as it changes daily.
 */
export function stageMapQuestion(pipelines: readonly PipelineDescription[], inUse: StagesInUse): SourceQuestion | null {
  const stages = pipelines.flatMap(({ name: pipeline, stages: all }) =>
    all.map(({ name, order, probability, outcome }) => ({
      pipeline,
      stage: name,
      order,
      probability,
      outcome,
      deals: inUse.get(pipeline)?.get(name) ?? 0,
    })),
  );
  if (stages.length === 0) return null;
  const named = stages.map(({ pipeline, stage }) => `${pipeline}\n${stage}`).sort();
  const hash = createHash('sha256').update(named.join('\0')).digest('hex').slice(0, 12);
  const deals = stages.reduce((sum, stage) => sum + stage.deals, 0);
  return {
    id: `stage-map/${hash}`,
    object: 'deal',
    question: `Is the stage map right: ${stages.length} stages in ${pipelines.length} pipelines, ${deals} deals? Deals move once it is approved.`,
    detail: {
      stages,
      how: '`changeover map matrix` shows the stage that each becomes, `changeover provision plan` those that are made; change `pipelines` in the mapping where it is wrong',
    },
    choices: ['approved'],
    blocking: true,
  };
}
