import { afterEach, describe, expect, it } from 'vitest';
import { mappingOf, SinkWorld, type TestObject, type WorldOptions } from '../../test/support/sink-world.ts';
import type { Step } from '../core/ports.ts';

let world: SinkWorld;
afterEach(() => world.close());

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) => ({ fields: { name: text(after.name) } }),
};

async function open(options: Partial<WorldOptions> = {}): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf({ company }), ...options });
}

const names = () =>
  world
    .rows('company')
    .map((row) => row.name)
    .sort();

describe('a call whose answer never comes (SPEC.md I11)', () => {
  it('is read back after its deadline: what arrived is not written twice', async () => {
    await open({ writer: { deadlineMs: 1500 } });
    world.sandbox.fault({ match: { operation: 'createMany' }, fail: 'answerLost', count: 1 });
    await world.put('company', '1', { name: 'One' });
    await world.rest();
    expect(names()).toEqual(['One']);
    expect(world.writes()).toHaveLength(1);
    expect(await world.classes()).toEqual({ 'company/1': 'applied' });
    expect(await world.state.read((tx) => tx.intents.all())).toEqual([]);
  });

  it('gets no other write meanwhile, and the newest state wins afterwards', async () => {
    await open({ writer: { deadlineMs: 1500 } });
    await world.put('company', '1', { name: 'Zero' });
    await world.rest();
    world.sandbox.clearCalls();
    world.sandbox.fault({ match: { operation: 'createMany' }, fail: 'drop', count: 1 });
    await world.put('company', '1', { name: 'One' });
    const resting = world.rest();
    await world.put('company', '1', { name: 'Two' });
    await resting;
    await world.rest();
    expect(names()).toEqual(['Two']);
    const intents = await world.state.read((tx) => tx.intents.all());
    expect(intents).toEqual([]);
  });
});

/** Ends the writer as a killed process would: at a step, with nothing tidied up. */
class Died extends Error {}

const STEPS: readonly Step[] = ['before-intent', 'before-call', 'in-flight', 'after-answer', 'after-outcome'];

describe('the writer dies and another one takes over (SPEC.md I10)', () => {
  it.each(STEPS)('at the step %s: no record is lost, doubled or stale', async (step) => {
    let armed = true;
    await open({
      writer: { deadlineMs: 800, leaseMs: 1000 },
      steps: {
        reached: (reached) => {
          if (armed && reached === step) throw new Died(step);
        },
      },
    });
    await world.put('company', '1', { name: 'One' });
    await world.put('company', '2', { name: 'Two' });
    const dead = world.writer();
    await expect(dead.run(new AbortController().signal)).rejects.toThrow();
    armed = false;
    await world.put('company', '1', { name: 'Eins' });
    await world.rest();
    expect(names()).toEqual(['Eins', 'Two']);
    expect(world.sandbox.dump('company')).toHaveLength(2);
    expect(await world.classes()).toEqual({ 'company/1': 'applied', 'company/2': 'applied' });
    expect(await world.state.read((tx) => tx.intents.all())).toEqual([]);
  });

  it('a second writer waits for the lease of the first', async () => {
    await open({ writer: { leaseMs: 600 } });
    await world.put('company', '1', { name: 'One' });
    await world.rest();
    const second = world.writer({ holder: 'other' });
    const running = second.run(new AbortController().signal);
    await world.put('company', '2', { name: 'Two' });
    await world.rest();
    expect(second.status().state).toBe('waiting-for-lease');
    await world.stopWriter();
    await world.put('company', '3', { name: 'Three' });
    await second.idle();
    expect(names()).toEqual(['One', 'Three', 'Two']);
    await second.stop();
    await running;
  });
});
