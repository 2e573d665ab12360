import { afterEach, describe, expect, it } from 'vitest';
import { refuse } from '../../test/support/refusing.ts';
import { contactWithEmail } from '../../test/support/sink/objects.ts';
import { text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, SOURCE, type TestObject, type WorldOptions } from '../../test/support/sink-world.ts';
import { closeBreaker } from './breaker-gate.ts';

let world: SinkWorld;
afterEach(() => world.close());

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after }) =>
    text(after.name).startsWith('?')
      ? { kind: 'refused', field: 'name', code: 'TEST', reason: 'not a name' }
      : { fields: { name: text(after.name) } },
};

const contact = contactWithEmail({ duplicate: 'merge' });
const lead = contactWithEmail({ duplicate: 'merge' });

async function open(options: Partial<WorldOptions> = {}): Promise<void> {
  world = await SinkWorld.open({
    mapping: mappingOf({ company, contact, lead }),
    batchSize: 5,
    ...options,
    writer: { breaker: { window: 10, limit: 3 }, passSize: 5, ...options.writer },
  });
}

const companies = (from: number, to: number, name: (id: number) => string) =>
  Array.from({ length: to - from + 1 }, (_, index) =>
    world.event('company', String(from + index).padStart(3, '0'), { name: name(from + index) }),
  );
const counted = async () => (await world.balances()).find(({ object }) => object === 'company');

describe('too many refusals of an object (SPEC.md I19)', () => {
  it('stop the object and not the others, with a question, until somebody answers', async () => {
    await open();
    await world.take(...companies(1, 40, (id) => (id <= 3 ? '?' : `Company ${id}`)));
    await world.take(world.event('contact', '1', { name: 'Ada', email: '' }));
    await world.rest();
    // The pass in which it opened is the last one.
    expect(await counted()).toMatchObject({ deadLettered: 3, onTheWay: 37, residueA: 0 });
    expect((await world.classes())['contact/1']).toBe('applied');
    expect(world.running.status().closed).toMatchObject([
      { source: 'crm', object: 'company', reason: { code: 'SINK_BREAKER_OPEN' } },
    ]);
    const [question, ...others] = await world.openQuestions();
    expect(others).toEqual([]);
    expect(question).toMatchObject({
      id: 'breaker:crm/company/1',
      queue: 'quality',
      blocking: true,
      choices: ['resume'],
    });
    expect(question?.question).toContain('3 of the last 3 records of crm/company were refused');
    await world.state.transaction((tx) => tx.reviews.answer('breaker:crm/company/1', 'resume', 'Jo', 1));
    world.running.wake();
    await world.rest();
    expect(await counted()).toMatchObject({ deadLettered: 3, applied: 37, onTheWay: 0, residueA: 0 });
    expect(await world.openQuestions()).toEqual([]);
  });

  it('stay stopped for the next process', async () => {
    await open();
    await world.take(...companies(1, 20, (id) => (id <= 3 ? '?' : `Company ${id}`)));
    await world.rest();
    await world.stopWriter();
    world.sandbox.clearCalls();
    await world.take(world.event('company', '999', { name: 'New' }));
    await world.rest();
    expect(world.writes()).toEqual([]);
    expect(await counted()).toMatchObject({ onTheWay: 18 });
    expect(await world.state.transaction((tx) => closeBreaker(tx, SOURCE, 'company', 'Jo', 1))).toBe(true);
    expect(await world.state.transaction((tx) => closeBreaker(tx, SOURCE, 'company', 'Jo', 1))).toBe(false);
    world.running.wake();
    await world.rest();
    expect(await counted()).toMatchObject({ onTheWay: 0, applied: 18 });
    expect(await world.openQuestions()).toEqual([]);
  });

  it('spare the calls of everything that was still to be sent', async () => {
    await open({ writer: { passSize: 200, parallel: 1 } });
    const refusing = refuse(world.client, (object) => (object === 'company' ? 'bad-value' : null));
    await world.take(...companies(1, 100, (id) => `Company ${id}`));
    await world.rest();
    const after = await counted();
    expect(after?.deadLettered).toBeGreaterThanOrEqual(3);
    expect(after?.deadLettered).toBeLessThanOrEqual(5);
    expect(after).toMatchObject({ live: 100, residueA: 0 });
    // Three searches in batches of five are all that was spent on it.
    expect(refusing.calls()).toBeLessThanOrEqual(12);
    refusing.stop();
    await world.state.transaction((tx) => closeBreaker(tx, SOURCE, 'company', 'Jo', 1));
    world.running.wake();
    await world.rest();
    expect(await counted()).toMatchObject({ applied: 100 - (after?.deadLettered ?? 0), onTheWay: 0 });
  });

  it('are a new question each time', async () => {
    await open();
    await world.take(...companies(1, 3, () => '?'));
    await world.rest();
    await world.state.transaction((tx) => tx.reviews.answer('breaker:crm/company/1', 'resume', 'Jo', 1));
    await world.take(...companies(4, 6, () => '?'));
    await world.rest();
    expect((await world.openQuestions()).map(({ id }) => id)).toEqual(['breaker:crm/company/2']);
  });

  it('keep nobody else’s row from moving but where it is shared with a record that is due', async () => {
    await open();
    await world.take(
      world.event('lead', '1', { name: 'Ada', email: 'a@example.com' }),
      world.event('contact', '9', { name: 'Bob', email: 'b@example.com' }),
    );
    await world.rest();
    await world.state.transaction((tx) =>
      tx.breakers.put([
        {
          source: SOURCE,
          object: 'lead',
          recent: '',
          mapping: 'one',
          decided: 10,
          known: [],
          openings: 1,
          open: { number: 1, at: 1, intake: false, reason: { code: 'SINK_BREAKER_OPEN', message: 'test' } },
        },
      ]),
    );
    await world.take(
      world.event('lead', '1', { name: 'Ada Lovelace', email: 'a@example.com' }),
      world.event('contact', '1', { name: 'Countess', email: 'a@example.com' }),
      world.event('contact', '9', { name: 'Robert', email: 'b@example.com' }),
    );
    await world.rest();
    expect(await world.classes()).toEqual({
      'lead/1': 'on-the-way',
      'contact/1': 'on-the-way',
      'contact/9': 'applied',
    });
    await world.state.transaction((tx) => closeBreaker(tx, SOURCE, 'lead', 'Jo', 1));
    world.running.wake();
    await world.rest();
    expect(Object.values(await world.classes()).sort()).toEqual(['applied', 'applied', 'merged SINK_MERGED']);
  });
});

describe('a refusal of a new kind after the mapping changed', () => {
  it('stops the object at once; what was known before does not', async () => {
    await open();
    await world.take(...companies(1, 10, (id) => (id === 1 ? '?' : `Company ${id}`)));
    await world.rest();
    const stricter: TestObject = {
      ...company,
      draft: (view) =>
        view.after.name === 'Company 5'
          ? { kind: 'refused', field: 'domainName', code: 'TEST', reason: 'no domain' }
          : company.draft(view),
    };
    await world.confirm(mappingOf({ company: stricter, contact, lead }, { hash: 'two' }));
    await world.planAgain();
    const [question] = await world.openQuestions();
    expect(question?.question).toContain('after the mapping changed');
    expect(question?.question).toContain('domainName');
  });
});
