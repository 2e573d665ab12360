import process from 'node:process';
import { expect, test } from 'vitest';
import { embeddedGround } from './embedded.ts';
import { tryMatrix } from './matrix.ts';
import { courseOfPlaces } from './trials.ts';

/** Any will do; the environment variable SEED takes other cells and other records. `npm run test:crash` takes all cells. */
const SEED = Number(process.env.SEED ?? 1);

test('whatever happens to a process at whichever step, the contents are those of an undisturbed run, or it stops with the code that the table says', {
  timeout: 600_000,
}, async () => {
  const trials = courseOfPlaces('embedded', SEED);
  const tried = await tryMatrix({ seed: SEED, trials, ground: embeddedGround, atOnce: 2 });
  for (const { place, fault, outcome } of tried)
    expect(outcome.kind === 'broken' ? outcome.why : [], `${fault} ${place}`).toEqual([]);
  expect(tried).toHaveLength(trials.length);
});
