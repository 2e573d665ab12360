import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tryMatrix } from './matrix.ts';
import { scaledOutGround } from './scaled-out.ts';
import { type Servers, startServers } from './servers.ts';
import { courseOfFaults } from './trials.ts';

/** Any will do; the environment variable SEED takes other cells and other records. `npm run test:crash` takes all cells. */
const SEED = Number(process.env.SEED ?? 1);
const LANES = 2;

let servers: Servers;

beforeAll(async () => {
  servers = await startServers(LANES);
}, 240_000);
afterAll(() => servers.close(), 120_000);

test('on Kafka and PostgreSQL, whatever happens to a process, the contents are those of an undisturbed run, or it stops with the code that the table says', {
  timeout: 600_000,
}, async () => {
  const trials = courseOfFaults('scaled-out', SEED);
  const tried = await tryMatrix({
    seed: SEED,
    trials,
    ground: (folder, fault) => scaledOutGround(servers, folder, fault),
    atOnce: LANES,
  });
  for (const { place, fault, outcome } of tried)
    expect(outcome.kind === 'broken' ? outcome.why : [], `${fault} ${place}`).toEqual([]);
  expect(tried).toHaveLength(trials.length);
});
