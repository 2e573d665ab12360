import type { PipelineDescription, SourceQuestion, StageDescription } from '../connector.ts';
import type { ExportRow } from './profile.ts';

/**
 * Order and probability of stages come from the stages file or from a person, never from the order in which deals happen to
 * name them (SCO-4): an export may be sorted by anything.
 */
export interface Stages {
  readonly pipelines: readonly PipelineDescription[];
  readonly questions: readonly SourceQuestion[];
}

type StagesInUse = ReadonlyMap<string, ReadonlyMap<string, number>>;

const OUTCOMES: ReadonlyMap<string, 'open' | 'won' | 'lost'> = new Map([
  ['open', 'open'],
  ['açık', 'open'],
  ['won', 'won'],
  ['kazanıldı', 'won'],
  ['lost', 'lost'],
  ['kaybedildi', 'lost'],
]);

export async function describeStages(
  rows: AsyncIterable<ExportRow>,
  inUse: StagesInUse,
  answers: ReadonlyMap<string, string>,
): Promise<Stages> {
  const listed = await readStages(rows);
  const questions: SourceQuestion[] = [];
  const pipelines: PipelineDescription[] = [];
  for (const pipeline of [...new Set([...listed.keys(), ...inUse.keys()])].sort()) {
    const used = [...(inUse.get(pipeline) ?? [])].map(([stage]) => stage).filter((stage) => stage !== '');
    const question = stageQuestion(pipeline, used);
    const told = parseStages(answers.get(question.id) ?? '');
    const known = told ?? listed.get(pipeline) ?? [];
    const names = new Set(known.map(({ name }) => name));
    const missing = used.filter((stage) => !names.has(stage)).sort();
    const incomplete = known
      .filter(({ order, probability }) => order === null || probability === null)
      .map(({ name }) => name);
    if (missing.length > 0 || incomplete.length > 0) {
      questions.push({ ...question, detail: { ...question.detail, missing, incomplete } });
    }
    pipelines.push({ name: pipeline, stages: [...known, ...missing.map(unknownStage)] });
  }
  return { pipelines, questions };
}

function unknownStage(name: string): StageDescription {
  return { name, order: null, probability: null, outcome: null };
}

function stageQuestion(pipeline: string, used: readonly string[]): SourceQuestion {
  const named = pipeline === '' ? 'of the pipeline' : `of the pipeline ${pipeline}`;
  return {
    id: `stages/${pipeline === '' ? '-' : pipeline}`,
    object: 'deal',
    question: `In which order do the stages ${named} stand, and how probable is each? Add them to stages.csv, or answer with one line a stage: name | probability | open, won or lost.`,
    detail: { pipeline, used: [...used].sort(), example: 'New enquiry | 10 | open' },
    choices: [],
    blocking: true,
  };
}

/** Stages by pipeline, by the file's order numbers. */
async function readStages(rows: AsyncIterable<ExportRow>): Promise<Map<string, StageDescription[]>> {
  const found = new Map<string, StageDescription[]>();
  for await (const { id, fields } of rows) {
    const pipeline = (fields.Pipeline ?? '').trim();
    const stage: StageDescription = {
      name: (fields.Stage ?? id).trim(),
      order: number(fields.Order),
      probability: number(fields.Probability),
      outcome: OUTCOMES.get((fields.Outcome ?? '').trim().toLowerCase()) ?? null,
    };
    found.set(pipeline, [...(found.get(pipeline) ?? []), stage]);
  }
  for (const [pipeline, stages] of found) {
    found.set(
      pipeline,
      stages.toSorted((a, b) => (a.order ?? Number.POSITIVE_INFINITY) - (b.order ?? Number.POSITIVE_INFINITY)),
    );
  }
  return found;
}

/** An answer as lines of `name | probability | outcome`, in order. Null where it is none, so that the question stays open. */
export function parseStages(answer: string): StageDescription[] | null {
  const lines = answer.split(/\r?\n/).filter((line) => line.trim() !== '');
  const stages = lines.map((line, index): StageDescription | null => {
    const [name = '', probability = '', outcome = ''] = line.split('|').map((part) => part.trim());
    const value = number(probability);
    if (name === '' || value === null) return null;
    return { name, order: index + 1, probability: value, outcome: OUTCOMES.get(outcome.toLowerCase()) ?? null };
  });
  return stages.length === 0 || stages.includes(null) ? null : stages.filter((stage) => stage !== null);
}

/** `10`, `92,5`, `92.5 %`; null for anything else. */
function number(cell: string | null | undefined): number | null {
  const match = /^(\d{1,6})(?:[.,](\d{1,6}))?\s*%?$/.exec((cell ?? '').trim());
  return match === null ? null : Number(`${match[1]}.${match[2] ?? 0}`);
}
