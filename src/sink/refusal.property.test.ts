import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refuse } from '../../test/support/refusing.ts';
import { mappingOf, SinkWorld, type TestObject } from '../../test/support/sink-world.ts';
import { SimulatedClock } from '../core/clock.ts';
import { seededRandom } from '../core/random.ts';

/** What every version of Twenty takes. */
const BATCH = 60;
const GUILTY = 'guilty';

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) => ({ fields: { name: String(after.name) } }),
};

/**
 * The fewest calls. Every answer is one bit, "all written" or "refused": a refusal, and log2 of the batch's rows, rounded
 * up, for each guilty row; and the innocent in full batches.
 */
function fewest(rows: number, guilty: number): number {
  return Math.ceil((rows - guilty) / BATCH) + guilty * (1 + Math.ceil(Math.log2(BATCH)));
}

let world: SinkWorld;
let round = 0;
beforeAll(async () => {
  world = await SinkWorld.open({
    mapping: mappingOf({ company }),
    clock: new SimulatedClock(),
    random: seededRandom(1),
    batchSize: BATCH,
    writer: { breaker: { window: 100_000, limit: 100_000 } },
  });
  await world.rest();
});
afterAll(() => world.close());

describe('rows refused in words that name nothing (SPEC.md §5)', () => {
  it('whoever is guilty: the innocent are all applied, the guilty alone are dead letters, within 1.25 times the fewest calls', async () => {
    const places = fc.integer({ min: 1, max: 200 }).chain((rows) => {
      const all = Array.from({ length: rows }, (_, index) => index);
      return fc.record({
        rows: fc.constant(rows),
        guilty: fc.oneof(
          fc.subarray(all, { maxLength: Math.min(4, rows) }),
          fc.subarray(all, { maxLength: Math.ceil(rows / 10) }),
          fc.subarray(all),
          fc.tuple(fc.nat(rows - 1), fc.nat(6)).map(([at, more]) => all.slice(at, at + more)),
        ),
      });
    });
    await fc.assert(
      fc.asyncProperty(places, async ({ rows, guilty }) => {
        round += 1;
        const bad = new Set(guilty);
        const keys = Array.from({ length: rows }, (_, index) => `${round}-${index}`);
        const events = keys.map((key, index) =>
          world.event('company', key, { name: bad.has(index) ? GUILTY : `Company ${key}` }),
        );
        const calls = counted(world);
        const refusing = refuse(world.client, (_object, fields) => (fields.name === GUILTY ? 'bad-value' : null));
        await world.take(...events);
        await world.rest();
        // The next one knows nothing of what was refused here.
        await world.stopWriter();
        const sent = refusing.calls() + calls.stop();
        refusing.stop();
        const classes = await world.state.read((tx) => tx.records.get(events.map((event) => event.key)));
        expect(events.map((event) => classes.get(event.key)?.class)).toEqual(
          keys.map((_, index) => (bad.has(index) ? 'dead-lettered' : 'applied')),
        );
        expect(sent).toBeLessThanOrEqual(1.25 * fewest(rows, bad.size));
      }),
      { numRuns: 20 },
    );
  }, 180_000);
});

/** Calls of create that reach the server. */
function counted({ client }: SinkWorld): { stop(): number } {
  const { create } = client;
  let calls = 0;
  client.create = (...given) => {
    calls += 1;
    return create.apply(client, given);
  };
  return {
    stop: () => {
      client.create = create;
      return calls;
    },
  };
}
