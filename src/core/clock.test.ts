import { describe, expect, it } from 'vitest';
import { SimulatedClock, systemClock } from './clock.ts';
import { seededRandom, systemRandom } from './random.ts';

describe('simulated time', () => {
  it('jumps to the next sleeper once everybody waits, in order of time, then of arrival', async () => {
    const clock = new SimulatedClock({ start: 1000 });
    const seen: string[] = [];
    const worker = async (name: string, every: number) => {
      for (let turn = 0; turn < 3; turn += 1) {
        await clock.sleep(every);
        seen.push(`${name}@${clock.now() - 1000}`);
      }
    };
    await Promise.all([worker('a', 20), worker('b', 30), worker('c', 20)]);
    expect(seen).toEqual(['a@20', 'c@20', 'b@30', 'a@40', 'c@40', 'b@60', 'a@60', 'c@60', 'b@90']);
    expect(clock.monotonic()).toBe(90);
  });

  it('stands still while somebody waits for the real world', async () => {
    const clock = new SimulatedClock();
    let woken = false;
    const sleeping = clock.sleep(1000).then(() => {
      woken = true;
    });
    await clock.busy(() => new Promise((resolve) => setTimeout(resolve, 20)));
    expect(woken).toBe(false);
    await sleeping;
    expect(clock.monotonic()).toBe(1000);
  });

  it('by hand it moves only as far as told, and wakes all in between', async () => {
    const clock = new SimulatedClock({ automatic: false });
    const seen: number[] = [];
    const worker = async () => {
      for (;;) {
        await clock.sleep(10);
        seen.push(clock.monotonic());
      }
    };
    void worker();
    await clock.advance(35);
    expect(seen).toEqual([10, 20, 30]);
    expect(clock.monotonic()).toBe(35);
  });

  it.each([
    ['simulated', () => new SimulatedClock()],
    ['system', () => systemClock()],
  ])('a %s sleep ends with the reason of its signal', async (_name, make) => {
    const clock = make();
    const stop = new AbortController();
    const sleeping = clock.sleep(60_000, stop.signal);
    stop.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(clock.sleep(1, stop.signal)).rejects.toThrow('enough');
    await clock.sleep(1);
  });
});

describe('random numbers', () => {
  it('the same seed gives the same numbers and ids, another seed others', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return [random.next(), random.next(), random.uuid()];
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('are in [0, 1), and ids are version 4', () => {
    for (const random of [seededRandom(1), systemRandom()]) {
      for (let turn = 0; turn < 1000; turn += 1) {
        const value = random.next();
        expect(value >= 0 && value < 1).toBe(true);
      }
      expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });
});
