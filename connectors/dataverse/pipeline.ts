import type { PipelineDescription, StageDescription } from '../../src/source/connector.ts';
import type { Client } from './client.ts';
import type { Table } from './metadata.ts';

/** Column of the opportunity that says at which step of the sales process it is (OPX-11). */
export const STAGE_COLUMN = 'salesstage';
export const PIPELINE = 'Sales';

/**
 * The sales pipeline: steps in their order as the definitions have them, then the ends. The platform keeps a probability
 * per opportunity and none per step, so a step has the most frequent one of its open opportunities.
 */
export async function describePipeline(client: Client, table: Table | null): Promise<readonly PipelineDescription[]> {
  const reading = table?.columns.find(({ name }) => name === STAGE_COLUMN)?.reading;
  if (table === null || reading?.kind !== 'option') return [];
  const usual = await usualProbabilities(client);
  const steps = reading.options.map(
    ({ label, value }, order): StageDescription => ({
      name: label,
      order,
      probability: usual.get(value) ?? null,
      outcome: 'open',
    }),
  );
  const ends: readonly StageDescription[] = [
    { name: 'Won', order: steps.length, probability: 100, outcome: 'won' },
    { name: 'Lost', order: steps.length + 1, probability: 0, outcome: 'lost' },
  ];
  return [{ name: PIPELINE, stages: [...steps, ...ends] }];
}

async function usualProbabilities(client: Client): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, Map<number, number>>();
  const query = `opportunities?$select=${STAGE_COLUMN},closeprobability&$filter=statecode%20eq%200`;
  for await (const row of client.rows(query, { prefer: 'odata.maxpagesize=5000' })) {
    const { [STAGE_COLUMN]: stage, closeprobability: probability } = row;
    if (typeof stage !== 'number' || typeof probability !== 'number') continue;
    const of = counts.get(stage) ?? new Map<number, number>();
    counts.set(stage, of.set(probability, (of.get(probability) ?? 0) + 1));
  }
  return new Map([...counts].map(([stage, of]) => [stage, [...of].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0]));
}
