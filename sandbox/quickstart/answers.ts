import type { Application } from '../../src/app/application.ts';
import { questionIdOf } from '../../src/source/question-ids.ts';
import { STAGE_MAP } from '../../src/source/stage-map.ts';

/** The sample's own answers to questions that a person would be asked about it. Nothing else is ever answered here. */
const ANSWERS: Readonly<Record<string, string>> = {
  // The sample shows the second export as a delta, so the first is loaded without waiting for it.
  'second-export': 'go on with one',
  'archived-only/company/Old Fax': 'drop',
  'archived-only/contact/Old Loyalty No': 'keep',
};

/** Answers what the sample raises, by the name of the quickstart, so that it shows who answered. */
export async function answerSampleQuestions(app: Application): Promise<void> {
  const open = await app.state.read((tx) => tx.reviews.list({ queue: 'source', status: 'open', limit: 1000 }));
  for (const row of open) {
    // The stages of the sample stand in the mapping that comes with the connector.
    const id = questionIdOf(row.source, row.id);
    const answer = id.startsWith(STAGE_MAP) ? 'approved' : ANSWERS[id];
    if (answer !== undefined)
      await app.state.transaction((tx) => tx.reviews.answer(row.id, answer, 'quickstart', app.ports.clock.now()));
  }
}
