import { ChangeoverError } from '../core/errors.ts';
import { compileSourceFile } from '../mapping/compile.ts';
import { readMapping } from '../mapping/parse.ts';
import type { SourceDescription, SourceQuestion } from '../source/connector.ts';
import { reviewIdOf } from '../source/question-ids.ts';
import { STAGE_MAP, type StageInUse } from '../source/stage-map.ts';
import type { Twenty } from '../twenty/twenty.ts';
import type { Application } from './application.ts';
import { mappingText, type SourceUnit } from './source-unit.ts';

/** A stage beside what becomes of it. */
interface StageBeside extends StageInUse {
  /** The option that the mapping gives it; null: the mapping does not list it, and its deals would be held. */
  readonly becomes: string | null;
  readonly value: string | null;
  /** `exists`, or `to be made` by provisioning; null where the workspace could not be asked. */
  readonly option: 'exists' | 'to be made' | null;
  /** Rows of the workspace that stand there now; null where it could not be asked. */
  readonly inTwenty: number | null;
}

type Counterpart = Pick<StageBeside, 'becomes' | 'value'>;
type InTwenty = Pick<StageBeside, 'option' | 'inTwenty'>;

const NOWHERE: Counterpart = { becomes: null, value: null };
const UNKNOWN: InTwenty = { option: null, inTwenty: null };

/**
 * Says in the question about stages what each becomes, which stages are to be made, and how many rows stand on either side
 * (SMD-5). A call per stage, until somebody answered.
 */
export async function withStageMaps(
  app: Application,
  unit: SourceUnit,
  description: SourceDescription,
): Promise<SourceDescription> {
  const ids = description.questions.map(({ id }) => id).filter((id) => id.startsWith(STAGE_MAP));
  if (ids.length === 0) return description;
  const reviewId = (id: string) => reviewIdOf(unit.configuration.name, id);
  const known = await app.state.read((tx) => tx.reviews.get(ids.map(reviewId)));
  const questions = await Promise.all(
    description.questions.map((question) =>
      question.id.startsWith(STAGE_MAP) && known.get(reviewId(question.id))?.status !== 'answered'
        ? withCounterparts(app, unit, question)
        : question,
    ),
  );
  return { ...description, questions };
}

async function withCounterparts(app: Application, unit: SourceUnit, question: SourceQuestion): Promise<SourceQuestion> {
  const { builder } = compileSourceFile(readMapping(mappingText(unit), unit.mappingFile, unit.connector.plain));
  const { stages: mapped } = builder;
  const ask = mapped === null ? async () => UNKNOWN : await asker(app, mapped.stageField);
  const stages: StageBeside[] = [];
  for (const stage of question.detail.stages as readonly StageInUse[]) {
    const option = mapped?.find(stage.pipeline, stage.stage)?.option;
    const counterpart = option === undefined ? NOWHERE : { becomes: option.desired.label, value: option.desired.value };
    const { option: state, inTwenty } = option === undefined ? UNKNOWN : await ask(option.desired.value);
    stages.push({ ...stage, ...counterpart, option: state, inTwenty });
  }
  const made = stages.filter(({ option }) => option === 'to be made').length;
  const lost = stages.filter(({ becomes }) => becomes === null).map(({ stage }) => stage);
  const facts = [
    ...(made === 0 ? [] : [`${made} to be made in Twenty`]),
    ...(lost.length === 0 ? [] : [`the mapping does not list ${lost.join(', ')}`]),
  ];
  return {
    ...question,
    question: [question.question, ...(facts.length === 0 ? [] : [`${facts.join('; ')}.`])].join(' '),
    detail: { ...question.detail, stages },
  };
}

/** What the workspace has of an option of the stage field. */
async function asker(app: Application, stageField: string): Promise<(value: string) => Promise<InTwenty>> {
  const [object = '', field = ''] = stageField.split('.');
  const client = await reached(app);
  const options = client?.workspace().objects.get(object)?.fields.get(field)?.options ?? null;
  if (client === null || options === null) return async () => UNKNOWN;
  const existing = new Set(options.map(({ value }) => value));
  return async (value) => {
    if (!existing.has(value)) return { option: 'to be made', inTwenty: 0 };
    const counted = await unlessOut(() => client.count(object, { lane: 'verify', where: { [field]: { eq: value } } }));
    return { option: 'exists', inTwenty: counted };
  };
}

function reached(app: Application): Promise<Twenty | null> {
  return unlessOut(async () => (await app.twenty()).client);
}

/** A source is described also while the workspace is out of reach. */
async function unlessOut<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof ChangeoverError)) throw thrown;
    return null;
  }
}
