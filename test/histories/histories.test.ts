import process from 'node:process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type TwentyVersion, VERSIONS } from '../../sandbox/twenty/index.ts';
import { Player } from './play.ts';
import { histories } from './steps.ts';

const RUNS = Number(process.env.HISTORIES ?? 1000);
/** The same ones every time, so that what fails was broken by what changed. New ones: `npm run test:histories`, or another seed. */
const SEED = Number(process.env.HISTORIES_SEED ?? 20261128);

/** 2.21 is the recorded one, and most are played there; the others differ from it in names, sizes and forms of values. */
const PLAYED: Readonly<Record<TwentyVersion, number>> = {
  '1.x': Math.ceil(RUNS / 20),
  '2.21': RUNS,
  '2.43': Math.ceil(RUNS / 20),
};

describe.each(VERSIONS)(
  'in a workspace of version %s, any history of creates, updates, deletes, people, conflicts, refusals, lost and late answers, deaths',
  (version) => {
    let player: Player;
    beforeAll(async () => {
      player = await Player.open(version);
    });
    afterAll(() => player.close());

    it('ends with Twenty as the newest events say, nothing lost on the way, and no write left', async () => {
      await fc.assert(
        fc.asyncProperty(histories, (history) => player.play(history)),
        { numRuns: PLAYED[version], seed: SEED },
      );
    }, 1_800_000);
  },
);
