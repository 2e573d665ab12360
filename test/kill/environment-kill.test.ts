import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { environmentRun } from './environment-run.ts';

/** Any will do; the environment variable SEED takes another course. */
const SEED = 365;
const KILLS = 5;

describe('OPX-S1, OPX-S2 an environment of Dataverse at its worst', () => {
  it('ends equal to the source, record by record: throttled, short tokens, expired deltas, a new column, kill -9', {
    timeout: 15 * 60_000,
  }, async () => {
    // The whole run, with 20 kills: npm run test:dataverse.
    const run = await environmentRun({
      seed: Number(process.env.SEED ?? SEED),
      kills: KILLS,
      size: 0.02,
      shorten: 300,
      say: () => undefined,
    });
    expect(run.differences).toEqual([]);
    expect(run.residue).toBe(0);
    expect(run.kills).toHaveLength(KILLS);
    // It was as bad as it is said to be.
    expect(run.throttled / run.calls).toBeGreaterThan(0.25);
    expect(run.expired).toBeGreaterThanOrEqual(2);
    expect(run.tokens).toBeGreaterThan(2 * KILLS);
    expect(run.records).toBeGreaterThan(200);
  });
});
