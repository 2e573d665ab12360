import type { Step } from '../../../src/core/ports.ts';
import type { SinkWorld } from '../sink-world.ts';

/** What a step throws where the process is to die: nothing is tidied up, as in one that is killed. */
export class Died extends Error {}

/** The steps of the writer; the others are intake's. */
export const WRITING: ReadonlySet<Step> = new Set<Step>([
  'before-intent',
  'before-call',
  'in-flight',
  'after-answer',
  'after-outcome',
  'parked',
  'before-publish',
  'after-publish',
  'before-release',
  'after-release',
]);

/** Counts steps, and lets the process die at some of them. */
export class Deaths {
  #left: readonly number[] = [];
  #until = 0;

  /** It dies after so many steps from here, the next one after so many more, and so on; nobody dies where there are none. */
  plan(after: readonly number[]): void {
    const [first = 0, ...left] = after;
    this.#until = first;
    this.#left = left;
  }

  reached(): void {
    this.#until -= 1;
    if (this.#until !== 0) return;
    this.plan(this.#left);
    throw new Died('died');
  }
}

/** Far more than any test's faults and deaths can spoil. */
const MOST = 300;

/** Comes to rest whatever happens to the writer: where one dies, the next takes over. */
export async function restThroughDeaths(world: SinkWorld): Promise<void> {
  for (let life = 0; life < MOST; life += 1) {
    try {
      return await world.rest();
    } catch (thrown) {
      if (!(thrown instanceof Died) && !/died/.test(String(thrown))) throw thrown;
      await world.stopWriter();
    }
  }
  throw new Error('does not come to rest');
}

/** Comes to rest for good: nothing is parked any more, and everything is told. */
export async function restForGood(world: SinkWorld): Promise<void> {
  for (let round = 0; round < MOST; round += 1) {
    await restThroughDeaths(world);
    const { parked, next, waiting } = await world.state.read(async (tx) => ({
      parked: await tx.retries.counts(null),
      next: await tx.records.nextDueAt(0),
      waiting: await tx.outbox.count(),
    }));
    if (parked.length === 0 && waiting === 0) return;
    if (next !== null) await world.clock.sleep(Math.max(1, next - world.clock.now()));
    world.wake();
  }
  throw new Error('does not come to rest');
}
