import { afterEach, describe, expect, it } from 'vitest';
import { mappingOf, SinkWorld, SOURCE, type TestObject, type WorldOptions } from '../../test/support/sink-world.ts';
import { recordKey } from '../core/identifiers.ts';
import { NO_STEPS } from '../core/ports.ts';
import type { StateEngine } from '../state/engine.ts';
import type { StateStore, StateTransaction } from '../state/state.ts';
import { closeBreaker } from './breaker-gate.ts';

let world: SinkWorld;
afterEach(() => world.close());

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const contact: TestObject = {
  target: 'person',
  tier: 'person',
  policies: { duplicate: 'merge' },
  draft: ({ after }) =>
    after.name === '?'
      ? { kind: 'refused', field: 'name', code: 'TEST', reason: 'not a name' }
      : {
          fields: {
            name: { firstName: text(after.name), lastName: '' },
            emails: { primaryEmail: text(after.email), additionalEmails: [] },
          },
        },
};

async function open(options: Partial<WorldOptions> = {}): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf({ contact, lead: contact }), ...options });
}

/** As intake does it, in whichever process. */
const stop = (object: string) =>
  world.state.transaction((tx) =>
    tx.breakers.put([
      {
        source: SOURCE,
        object,
        recent: '',
        mapping: 'one',
        decided: 10,
        known: [],
        openings: 1,
        open: { number: 1, at: 1, intake: false, reason: { code: 'SINK_BREAKER_OPEN', message: 'test' } },
      },
    ]),
  );

/** As a person does it, in whichever process. */
const resume = (object: string) => world.state.transaction((tx) => closeBreaker(tx, SOURCE, object, 'Jo', 1));

/** The names in the rows that stand in Twenty. */
const names = () =>
  world
    .rows('person')
    .map(({ name }) => (name as { firstName: string }).firstName)
    .sort();

/** A state that does something once breakers were read, before whoever read them knows what they say. */
function afterReadingBreakers(state: StateEngine, then: () => Promise<unknown>): StateStore {
  return {
    close: () => state.close(),
    transaction: (work) => state.transaction(work),
    read: async (work) => {
      let asked = false;
      const watched = (tx: StateTransaction): StateTransaction => ({
        ...tx,
        breakers: {
          ...tx.breakers,
          open: (source) => {
            asked = true;
            return tx.breakers.open(source);
          },
        },
      });
      const result = await state.read((tx) => work(watched(tx)));
      if (asked) await then();
      return result;
    },
  };
}

describe('an object that is stopped between two steps of the writer (SPEC.md I19)', () => {
  it('while the gates are read: nothing of it is decided, and all of it goes once it is open again', async () => {
    let stopped = false;
    await open({
      more: () => ({
        state: afterReadingBreakers(world.state, async () => {
          if (stopped) return;
          stopped = true;
          await stop('contact');
        }),
      }),
    });
    await world.take(
      world.event('contact', '1', { name: 'Ada', email: 'ada@example.com' }),
      world.event('contact', '2', { name: '?', email: 'nobody@example.com' }),
      world.event('lead', '1', { name: 'Bob', email: 'bob@example.com' }),
    );
    await world.rest();
    expect(stopped).toBe(true);
    expect(names()).toEqual(['Bob']);
    expect(await world.classes()).toEqual({
      'contact/1': 'on-the-way',
      'contact/2': 'on-the-way',
      'lead/1': 'applied',
    });
    await resume('contact');
    world.wake();
    await world.rest();
    expect(names()).toEqual(['Ada', 'Bob']);
    expect(await world.classes()).toMatchObject({
      'contact/1': 'applied',
      'contact/2': 'dead-lettered SINK_MAPPING_REFUSED',
    });
  });

  it('once its writes are queued: none of them is sent', async () => {
    let stopping: Promise<unknown> | null = null;
    await open({
      steps: {
        ...NO_STEPS,
        // Transactions come one after the other: this one before that of the intent.
        reached: (step) => {
          if (step === 'before-intent') stopping ??= stop('contact');
        },
      },
    });
    await world.put('contact', '1', { name: 'Ada', email: 'ada@example.com' });
    await world.rest();
    expect(stopping).not.toBeNull();
    expect(world.writes()).toEqual([]);
    expect(await world.classes()).toEqual({ 'contact/1': 'on-the-way' });
    await resume('contact');
    world.wake();
    await world.rest();
    expect(names()).toEqual(['Ada']);
  });
});

describe('a record that shares its row with one of a stopped object', () => {
  it('is written while that one is at rest', async () => {
    await open();
    const older = { sourceCreated: 1 };
    await world.put('contact', '1', { name: 'Ada', email: 'ada@example.com' }, older);
    await world.put('lead', '1', { name: 'Countess', email: 'ada@example.com' });
    await world.rest();
    expect(await world.classes()).toEqual({ 'contact/1': 'applied', 'lead/1': 'merged SINK_MERGED' });
    await stop('lead');
    await world.put('contact', '1', { name: 'Ada Lovelace', email: 'ada@example.com' }, older);
    await world.rest();
    expect(names()).toEqual(['Ada Lovelace']);
  });

  it('goes once it shares it no more, though that one is still stopped', async () => {
    await open();
    await world.put('lead', '1', { name: 'Countess', email: 'ada@example.com' });
    await world.rest();
    await stop('lead');
    await world.take(
      world.event('lead', '1', { name: 'Countess of Lovelace', email: 'ada@example.com' }),
      world.event('contact', '1', { name: 'Ada', email: 'ada@example.com' }),
    );
    await world.rest();
    expect(await world.classes()).toEqual({ 'contact/1': 'on-the-way', 'lead/1': 'on-the-way' });
    await world.put('contact', '1', { name: 'Ada', email: 'byron@example.com' });
    await world.rest();
    expect(await world.classes()).toEqual({ 'contact/1': 'applied', 'lead/1': 'on-the-way' });
    expect(names()).toEqual(['Ada', 'Countess']);
  });

  it('is not forgotten where the object is opened while a plan that left it behind is still to be told', async () => {
    const committed = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    let step: 'before' | 'called' | 'answered' | 'held' = 'before';
    await open({
      steps: {
        ...NO_STEPS,
        reached: (name) => {
          if (step === 'called' && name === 'after-answer') step = 'answered';
        },
      },
      more: () => ({
        state: {
          close: () => world.state.close(),
          read: (work) => world.state.read(work),
          transaction: async (work) => {
            if (step !== 'answered') return world.state.transaction(work);
            step = 'held';
            // With these events, the plan after the first write finds that the contact shares its row with a lead.
            await world.take(
              world.event('lead', '1', { name: 'The Countess', email: 'countess@example.com' }),
              world.event('contact', '1', { name: 'Ada', email: 'countess@example.com' }),
            );
            const outcome = await world.state.transaction(work);
            committed.resolve();
            await told.promise;
            return outcome;
          },
        },
      }),
    });
    await world.put('lead', '1', { name: 'Countess', email: 'countess@example.com' });
    await world.rest();
    await stop('lead');
    step = 'called';
    await world.put('contact', '1', { name: 'Ada', email: 'ada@example.com' });
    const rest = world.rest();
    await committed.promise;
    await resume('lead');
    world.wake();
    await expect.poll(() => world.classes()).toMatchObject({ 'lead/1': 'applied', 'contact/1': 'merged SINK_MERGED' });
    told.resolve();
    await rest;
    await world.state.transaction((tx) => tx.records.touch([recordKey(SOURCE, 'contact', '1')]));
    world.wake();
    await world.rest();
    expect(await world.state.read((tx) => tx.records.dueCount(SOURCE, ['contact', 'lead'], world.clock.now()))).toBe(0);
  });
});
