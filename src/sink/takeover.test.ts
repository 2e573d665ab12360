import { afterEach, describe, expect, it } from 'vitest';
import { company } from '../../test/support/sink/objects.ts';
import { namesOf } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type WorldOptions } from '../../test/support/sink-world.ts';
import { SimulatedClock, systemClock } from '../core/clock.ts';
import type { Step } from '../core/ports.ts';
import type { Intent } from '../state/state.ts';

let world: SinkWorld;
afterEach(() => world.close());

async function open(options: Partial<WorldOptions> = {}): Promise<void> {
  // Leases and deadlines end by this clock: how long the machine takes for a step decides nothing.
  world = await SinkWorld.open({ mapping: mappingOf({ company }), clock: new SimulatedClock(), ...options });
}

const names = () => namesOf(world.rows('company'));

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

  it('made its row, whatever a person has made of it by the time it is looked for: that is an edit, and kept', async () => {
    const edits = { otherwise: 'keep', fields: {} } as const;
    // Somebody comes between the call and its deadline: that takes a clock that goes by itself.
    await open({
      mapping: mappingOf({ company: { ...company, policies: { edits } } }),
      writer: { deadlineMs: 1500 },
      clock: systemClock(),
    });
    world.sandbox.fault({ match: { operation: 'createMany' }, fail: 'answerLost', count: 1 });
    await world.put('company', '1', { name: 'One' });
    const resting = world.rest();
    await until(() => names().length === 1);
    const id = String(world.rows('company')[0]?.id);
    world.sandbox.person({ person: 'Eve', action: 'update', object: 'company', id, data: { name: 'Uno' } });
    // To a poll that comes by now, the row is nobody's yet.
    await world.running.pollEdits();
    await resting;
    await world.put('company', '1', { name: 'Two' });
    await world.rest();
    expect(names()).toEqual(['Uno']);
    expect(await world.state.read((tx) => tx.edits.list({ limit: 10 }))).toMatchObject([
      { field: 'name', base: 'One', value: 'Uno', by: 'Eve', status: 'open' },
    ]);
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

async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise((resolve) => setTimeout(resolve, 5));
}

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

describe('a call whose answer nobody waits for any more, where a clock was put right meanwhile (SPEC.md §4)', () => {
  const DEADLINE = 60_000;
  const HOUR = 3_600_000;

  /** A writer dies while its call is under way; what it left says another time. Returns how long the next one takes, milliseconds. */
  async function takeOver(change: (intent: Intent) => Intent): Promise<number> {
    let armed = true;
    await open({
      writer: { deadlineMs: DEADLINE, leaseMs: 1_000 },
      steps: {
        reached: (reached) => {
          if (armed && reached === 'in-flight') throw new Died();
        },
      },
    });
    await world.put('company', '1', { name: 'One' });
    await expect(world.writer().run(new AbortController().signal)).rejects.toThrow();
    armed = false;
    await world.state.transaction(async (tx) => {
      const [intent] = await tx.intents.all();
      if (intent === undefined) throw new Error('the writer left no intent');
      await tx.intents.settle([intent.id]);
      await tx.intents.open(change(intent));
    });
    await world.put('company', '1', { name: 'Eins' });
    const begun = world.clock.monotonic();
    await world.rest();
    expect(names()).toEqual(['Eins']);
    expect(await world.state.read((tx) => tx.intents.all())).toEqual([]);
    return world.clock.monotonic() - begun;
  }

  it('is read back once the call cannot be under way any more, and its record written then', async () => {
    const took = await takeOver((intent) => intent);
    expect(took).toBeGreaterThan(DEADLINE - 2_000);
    expect(took).toBeLessThan(DEADLINE + 5_000);
  });

  it('is waited for no longer than the call was given, though its maker said it an hour late', async () => {
    const took = await takeOver((intent) => ({
      ...intent,
      createdAt: intent.createdAt + HOUR,
      deadline: intent.deadline + HOUR,
    }));
    expect(took).toBeGreaterThanOrEqual(DEADLINE);
    expect(took).toBeLessThan(DEADLINE + 5_000);
  });
});
