import { afterEach, describe, expect, it } from 'vitest';
import { companies, company } from '../../test/support/sink/objects.ts';
import { namesOf, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject, type WorldOptions } from '../../test/support/sink-world.ts';
import { SimulatedClock } from '../core/clock.ts';

let world: SinkWorld;
afterEach(() => world.close());

async function open(options: Partial<WorldOptions> = {}): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf({ company }), ...options });
}

describe('the writer', () => {
  it('creates what is new, in full batches, and answers for it', async () => {
    await open({ batchSize: 60 });
    await world.take(...companies(world, 150));
    await world.rest();
    expect(world.writes()).toEqual([
      'createMany company 60 201',
      'createMany company 60 201',
      'createMany company 30 201',
    ]);
    const rows = world.rows('company');
    expect(rows).toHaveLength(150);
    const seven = rows.find((row) => row.sourceKey === 'crm/company/7');
    expect(seven).toMatchObject({
      name: 'Company 7',
      sourceKeys: ['crm/company/7'],
      sourceModifiedAt: expect.stringMatching(/^2023-11-14T22:13:20/),
    });
    const [balance] = await world.balances();
    expect(balance).toMatchObject({ live: 150, applied: 150, onTheWay: 0, residue: 0 });
  });

  it('leaves a field empty where the source says nothing, though the workspace has a default for it', async () => {
    const consenting: TestObject = {
      ...company,
      draft: ({ after }) => ({ fields: { name: text(after.name), consent: after.consent === 'yes' ? true : null } }),
    };
    const consent = { object: 'company', name: 'consent', label: 'Consent', type: 'BOOLEAN', because: 'test' } as const;
    world = await SinkWorld.open({ mapping: mappingOf({ company: consenting }, { desired: { fields: [consent] } }) });
    expect(world.client.workspace().objects.get('company')?.fields.get('consent')?.defaultValue).toBe(false);
    await world.put('company', '1', { name: 'Silent', consent: '' });
    await world.put('company', '2', { name: 'Agreed', consent: 'yes' });
    await world.rest();
    expect(new Map(world.rows('company').map((row) => [row.name, row.consent]))).toEqual(
      new Map<string, unknown>([
        ['Silent', null],
        ['Agreed', true],
      ]),
    );
  });

  it('keeps what the mapping leaves as it is, and empties it once the source does, whatever came in between', async () => {
    const leaving: TestObject = {
      ...company,
      draft: ({ after }) => ({
        fields: {
          name: text(after.name),
          ...(after.website === 'left' ? {} : { tagline: text(after.website) || null }),
        },
      }),
    };
    const tagline = { object: 'company', name: 'tagline', label: 'Tagline', type: 'TEXT', because: 'test' } as const;
    world = await SinkWorld.open({ mapping: mappingOf({ company: leaving }, { desired: { fields: [tagline] } }) });
    const stands = async (name: string, website: string) => {
      await world.put('company', '1', { name, website });
      await world.rest();
      return world.rows('company').map((row) => [row.name, row.tagline]);
    };
    expect(await stands('Acme', 'We build')).toEqual([['Acme', 'We build']]);
    expect(await stands('Acme', 'left')).toEqual([['Acme', 'We build']]);
    expect(await stands('Acme Ltd', 'left')).toEqual([['Acme Ltd', 'We build']]);
    expect(await stands('Acme Ltd', '')).toEqual([['Acme Ltd', '']]);
    world.sandbox.clearCalls();
    expect(await stands('Acme Ltd', 'left')).toEqual([['Acme Ltd', '']]);
    expect(await stands('Acme Ltd', '')).toEqual([['Acme Ltd', '']]);
    expect(world.writes()).toEqual([]);
  });

  it('upserts what is known, and spends no call on what is equal (SPEC.md I2)', async () => {
    await open();
    await world.put('company', '1', { name: 'One' });
    await world.put('company', '2', { name: 'Two' });
    await world.rest();
    world.sandbox.clearCalls();
    await world.put('company', '1', { name: 'Eins' });
    await world.put('company', '2', { name: 'Two', unmapped: 'changed' });
    await world.rest();
    expect(world.writes()).toEqual(['createMany company 1 201']);
    expect(namesOf(world.rows('company'))).toEqual(['Eins', 'Two']);
    world.sandbox.clearCalls();
    await world.state.transaction((tx) => tx.records.touchAll('crm', null));
    await world.rest();
    expect(world.writes()).toEqual([]);
  });

  it('looks at the state now and then, not all the time, while every call that it may make is under way', async () => {
    const clock = new SimulatedClock();
    await open({ clock, batchSize: 5, writer: { parallel: 1 } });
    const { client, state } = world;
    const create = client.create.bind(client);
    client.create = async (...given) => {
      await clock.sleep(30_000);
      return create(...given);
    };
    const read = state.read.bind(state);
    let looks = 0;
    state.read = (work) => {
      looks += 1;
      return read(work);
    };
    await world.take(...companies(world, 10));
    await world.rest();
    expect(world.writes()).toEqual(['createMany company 5 201', 'createMany company 5 201']);
    expect(looks).toBeLessThan(500);
  });

  it('keeps a journal of every write, with before and after (SPEC.md I9)', async () => {
    await open();
    await world.put('company', '1', { name: 'One' });
    await world.rest();
    await world.put('company', '1', { name: 'Eins' });
    await world.rest();
    const journal = await world.state.read((tx) => tx.journal.of('crm/company/1'));
    expect(journal.map((entry) => [entry.operation, entry.before?.name, entry.after?.name])).toEqual([
      ['create', undefined, 'One'],
      ['upsert', 'One', 'Eins'],
    ]);
  });

  it('removes what the source deleted, as the mapping says', async () => {
    await open();
    await world.put('company', '1', { name: 'One' });
    await world.put('company', '2', { name: 'Two' });
    await world.rest();
    await world.put('company', '1', null);
    await world.rest();
    expect(world.rows('company').map((row) => row.name)).toEqual(['Two']);
    expect(await world.classes()).toEqual({ 'company/1': 'deleted', 'company/2': 'applied' });
    await world.put('company', '1', { name: 'One again' });
    await world.rest();
    expect(namesOf(world.rows('company'))).toEqual(['One again', 'Two']);
  });

  it('moves nothing under a mapping that nobody confirmed (SPEC.md I8)', async () => {
    await open();
    world.mapping = mappingOf({ company }, { hash: 'another' });
    await world.put('company', '1', { name: 'One' });
    await world.rest();
    expect(world.writes()).toEqual([]);
    expect(world.running.status()).toMatchObject({ state: 'unconfirmed' });
    await world.confirm(world.mapping);
    world.running.wake();
    await world.rest();
    expect(world.rows('company')).toHaveLength(1);
  });
});
