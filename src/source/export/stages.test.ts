import { describe, expect, it } from 'vitest';
import type { ExportRow } from './profile.ts';
import { describeStages, parseStages } from './stages.ts';

async function* rows(
  ...cells: readonly (readonly [string, string, string, string, string])[]
): AsyncGenerator<ExportRow> {
  for (const [index, [Pipeline, Stage, Order, Probability, Outcome]] of cells.entries()) {
    yield { id: `S${index}`, fields: { Pipeline, Stage, Order, Probability, Outcome } };
  }
}

const used = (stages: Record<string, readonly string[]>) =>
  new Map(Object.entries(stages).map(([pipeline, names]) => [pipeline, new Map(names.map((name) => [name, 1]))]));

describe('SCO-4 order and probability of stages', () => {
  it('come from the stages file, by its order numbers', async () => {
    const { pipelines, questions } = await describeStages(
      rows(
        ['Sales', 'Won', '3', '100', 'won'],
        ['Sales', 'New', '1', '10', 'open'],
        ['Sales', 'Offer', '2', '92,5 %', 'Açık'],
      ),
      used({ Sales: ['Won', 'Offer'] }),
      new Map(),
    );
    expect(questions).toEqual([]);
    expect(pipelines).toEqual([
      {
        name: 'Sales',
        stages: [
          { name: 'New', order: 1, probability: 10, outcome: 'open' },
          { name: 'Offer', order: 2, probability: 92.5, outcome: 'open' },
          { name: 'Won', order: 3, probability: 100, outcome: 'won' },
        ],
      },
    ]);
  });

  it('are asked for where there is no file, never taken from the order of appearance', async () => {
    const { pipelines, questions } = await describeStages(rows(), used({ Sales: ['Won', 'New'] }), new Map());
    expect(pipelines[0]?.stages.map(({ order }) => order)).toEqual([null, null]);
    expect(questions).toMatchObject([{ id: 'stages/Sales', blocking: true, detail: { missing: ['New', 'Won'] } }]);
  });

  it('are asked for where the file leaves out a stage that deals use, or its probability', async () => {
    const { questions } = await describeStages(
      rows(['Sales', 'New', '1', '', 'open']),
      used({ Sales: ['New', 'Lost'] }),
      new Map(),
    );
    expect(questions).toMatchObject([{ detail: { missing: ['Lost'], incomplete: ['New'] } }]);
  });

  it('are taken from a person’s answer', async () => {
    const answers = new Map([['stages/Sales', 'New | 10 | open\nWon | 100 | won']]);
    const { pipelines, questions } = await describeStages(rows(), used({ Sales: ['Won', 'New'] }), answers);
    expect(questions).toEqual([]);
    expect(pipelines[0]?.stages).toEqual([
      { name: 'New', order: 1, probability: 10, outcome: 'open' },
      { name: 'Won', order: 2, probability: 100, outcome: 'won' },
    ]);
  });

  it('keeps asking after an answer that does not say it', () => {
    expect(parseStages('I do not know')).toBeNull();
    expect(parseStages('New | ten')).toBeNull();
    expect(parseStages('')).toBeNull();
  });
});
