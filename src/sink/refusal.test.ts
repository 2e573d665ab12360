import { afterEach, describe, expect, it } from 'vitest';
import { refuse } from '../../test/support/refusing.ts';
import { companies, company, contactOfCompany, uniqueCode } from '../../test/support/sink/objects.ts';
import { oneEmail, personName, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject, type WorldOptions } from '../../test/support/sink-world.ts';
import { recordKey, targetId } from '../core/identifiers.ts';

let world: SinkWorld;
afterEach(() => world.close());

async function open(options: Partial<WorldOptions> = {}): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf({ company, contact: contactOfCompany }), ...options });
}

describe('what Twenty would refuse', () => {
  it('costs no call: the workspace’s own rules are asked first', async () => {
    await open();
    await world.put('company', '1', { name: 'NUL \u0000' });
    await world.put('company', '2', { name: 'Fine' });
    await world.rest();
    expect(world.writes()).toEqual(['createMany company 1 201']);
    expect(await world.classes()).toEqual({ 'company/1': 'dead-lettered SINK_VALUE_REFUSED', 'company/2': 'applied' });
  });
});

describe('a refused batch (SPEC.md §5)', () => {
  it('too many: the smaller size is learnt, and everything arrives', async () => {
    await open();
    world.sandbox.fault({ match: { operation: 'createMany' }, fail: 400, count: 1 });
    await world.take(...companies(world, 5));
    await world.rest();
    expect(new Set(Object.values(await world.classes()))).toEqual(new Set(['applied']));
    expect(world.rows('company')).toHaveLength(5);
  });

  it('a parent that a person destroyed is made anew, and the child follows', async () => {
    await open();
    await world.put('company', '1', { name: 'One' });
    await world.rest();
    const [row] = world.rows('company');
    world.sandbox.person({ person: 'Eve', action: 'destroy', object: 'company', id: String(row?.id) });
    await world.put('contact', '1', { name: 'Ada', company: '1' });
    await world.put('contact', '2', { name: 'Bob', company: '' });
    await world.rest();
    expect(await world.classes()).toEqual({ 'company/1': 'applied', 'contact/1': 'applied', 'contact/2': 'applied' });
    const [again] = world.rows('company');
    const ada = world.rows('person').find((one) => one.sourceKey === 'crm/contact/1');
    expect(ada?.companyId).toBe(again?.id);
  });

  it('a row refused alone is dead-lettered with Twenty’s words, its neighbours are written', async () => {
    await open();
    // The field is made required behind the client's back: the local check cannot know.
    await world.take(...companies(world, 7));
    let refused = 0;
    const { client } = world;
    const create = client.create.bind(client);
    client.create = async (object, rows, options) => {
      const guilty = rows.some((one) => one.fields.name === 'Company 3');
      if (!guilty) return create(object, rows, options);
      refused += 1;
      return { kind: 'refused', reason: 'bad-value', message: 'something is wrong', partial: false };
    };
    await world.rest();
    const classes = await world.classes();
    expect(classes['company/3']).toBe('dead-lettered SINK_TWENTY_REFUSED');
    expect(Object.values(classes).filter((one) => one === 'applied')).toHaveLength(6);
    expect(refused).toBeLessThanOrEqual(4);
    const [dead] = await world.state.read((tx) => tx.records.byClass('crm', 'company', 'dead-lettered', null, 1));
    expect(dead?.reason?.message).toContain('something is wrong');
  });

  it('a refusal that passes by itself makes nobody a dead letter', async () => {
    await open();
    await world.take(...companies(world, 7));
    const { client } = world;
    const create = client.create.bind(client);
    client.create = async () => {
      client.create = create;
      return { kind: 'refused', reason: 'bad-value', message: 'something is wrong', partial: false };
    };
    await world.rest();
    expect(new Set(Object.values(await world.classes()))).toEqual(new Set(['applied']));
  });

  it('a row that turns out to be there already is found by whoever waits for it', async () => {
    await open();
    await world.put('contact', '1', { name: 'Ada', company: '1' });
    await world.rest();
    // A call that nobody knows of any more wrote it.
    world.sandbox.seed('company', [{ id: targetId(recordKey('crm', 'company', '1'), 0), name: 'One' }]);
    await world.put('company', '1', { name: 'One' });
    await world.rest();
    expect(await world.classes()).toEqual({ 'company/1': 'applied', 'contact/1': 'applied' });
    const [one] = world.rows('company');
    expect(world.rows('person')).toMatchObject([{ companyId: one?.id }]);
  });

  it('one look-up shows every conflict of a batch, by whichever field', async () => {
    const deal: TestObject = {
      target: 'person',
      tier: 'person',
      policies: { duplicate: 'without-value' },
      draft: ({ after }) => ({
        fields: {
          name: personName(after.name),
          emails: oneEmail(after.email),
          code: text(after.code),
        },
      }),
    };
    await open({ mapping: mappingOf({ deal }, { desired: { fields: [uniqueCode('person')] } }) });
    await world.rest();
    world.sandbox.seed('person', [{ emails: oneEmail('ada@example.com') }, { code: 'B' }, { sourceKey: 'crm/deal/3' }]);
    const { client } = world;
    const find = client.find.bind(client);
    const asked: unknown[] = [];
    client.find = (options) => {
      asked.push(options.by);
      return find(options);
    };
    await world.take(
      world.event('deal', '1', { name: 'Ada', email: 'ada@example.com', code: 'A' }),
      world.event('deal', '2', { name: 'Bob', email: 'bob@example.com', code: 'B' }),
      world.event('deal', '3', { name: 'Cyd', email: 'cyd@example.com', code: 'C' }),
    );
    await world.rest();
    expect(await world.classes()).toEqual({ 'deal/1': 'applied', 'deal/2': 'applied', 'deal/3': 'applied' });
    expect(asked.filter((by) => typeof by === 'object' && by !== null && 'anyOf' in by)).toHaveLength(1);
  });

  it('a value that the message names is found without halving', async () => {
    await open();
    await world.take(...companies(world, 7));
    const { client } = world;
    const create = client.create.bind(client);
    let calls = 0;
    client.create = async (object, rows, options) => {
      calls += 1;
      if (!rows.some((one) => one.fields.name === 'Company 3')) return create(object, rows, options);
      return {
        kind: 'refused',
        reason: 'bad-value',
        message: 'Invalid value "Company 3" for field "name"',
        partial: false,
      };
    };
    await world.rest();
    expect(calls).toBe(2);
    expect((await world.classes())['company/3']).toBe('dead-lettered SINK_TWENTY_REFUSED');
  });
});

describe('a row that a person destroyed', () => {
  const full: TestObject = {
    target: 'person',
    tier: 'person',
    draft: ({ after }) => ({
      fields: { name: personName(after.name), jobTitle: text(after.job) },
    }),
  };

  it('comes back whole, though only what changed was sent', async () => {
    world = await SinkWorld.open({ mapping: mappingOf({ contact: full }) });
    await world.put('contact', '1', { name: 'Ada', job: 'Engineer' });
    await world.rest();
    const [row] = world.rows('person');
    world.sandbox.person({ person: 'Eve', action: 'destroy', object: 'person', id: String(row?.id) });
    await world.put('contact', '1', { name: 'Ada', job: 'Director' });
    await world.rest();
    expect(world.rows('person')).toMatchObject([
      { name: { firstName: 'Ada' }, jobTitle: 'Director', sourceKey: 'crm/contact/1' },
    ]);
    expect(await world.classes()).toEqual({ 'contact/1': 'applied' });
  });
});

describe('the lane waits', () => {
  it('an outage copies nothing and loses nothing', async () => {
    await open();
    world.sandbox.fault({ match: { operation: 'createMany' }, fail: 503, count: 2 });
    await world.take(...companies(world, 3));
    await world.rest();
    expect(world.rows('company')).toHaveLength(3);
    expect(world.events.filter((event) => event === 'waiting outage')).toHaveLength(2);
  });
});

describe('records planned together, of which Twenty refuses one', () => {
  const deal: TestObject = {
    target: 'opportunity',
    tier: 'opportunity',
    policies: { duplicate: 'hold' },
    draft: ({ after }) => ({ fields: { name: text(after.name), code: text(after.code) } }),
  };

  it('only that one is a dead letter, and it is not sent again for the sake of the others', async () => {
    await open({ mapping: mappingOf({ deal }, { desired: { fields: [uniqueCode('opportunity')] } }) });
    const refusing = refuse(world.client, (_object, fields) => (fields.name === 'Bad' ? 'bad-value' : null));
    await world.take(
      world.event('deal', '1', { name: 'Bad', code: 'X' }),
      world.event('deal', '2', { name: 'Fine', code: 'X' }),
    );
    await world.rest();
    expect(await world.classes()).toEqual({
      'deal/1': 'dead-lettered SINK_TWENTY_REFUSED',
      'deal/2': 'applied',
    });
    expect(refusing.calls()).toBe(1);
    await world.put('deal', '2', { name: 'Finer', code: 'X' });
    await world.rest();
    expect(refusing.calls()).toBe(1);
    await world.put('deal', '2', { name: 'Bad', code: 'X' });
    await world.rest();
    expect(refusing.calls()).toBe(2);
    await world.put('deal', '1', null);
    await world.rest();
    expect(await world.classes()).toEqual({ 'deal/1': 'deleted', 'deal/2': 'dead-lettered SINK_TWENTY_REFUSED' });
    refusing.stop();
  });
});
