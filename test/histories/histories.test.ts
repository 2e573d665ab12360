import process from 'node:process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Player } from './play.ts';
import { histories } from './steps.ts';

const RUNS = Number(process.env.HISTORIES ?? 1000);

let player: Player;
beforeAll(async () => {
  player = await Player.open();
});
afterAll(() => player.close());

describe('any history of creates, updates, deletes, people, conflicts, refusals, lost and late answers, deaths', () => {
  it('ends with Twenty as the newest events say, nothing lost on the way, and no write left', async () => {
    await fc.assert(
      fc.asyncProperty(histories, (history) => player.play(history)),
      { numRuns: RUNS },
    );
  }, 1_800_000);
});
