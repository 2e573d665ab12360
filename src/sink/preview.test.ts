import { afterEach, describe, expect, it } from 'vitest';
import { namesOf, text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, SOURCE, type TestObject } from '../../test/support/sink-world.ts';
import { type Preview, preview, touchPreviewed } from './preview.ts';

let world: SinkWorld;
afterEach(() => world.close());

/** The second mapping shortens long names, and leaves out what is called Spam. */
const company = (version: 1 | 2): TestObject => ({
  target: 'company',
  tier: 'company',
  draft: ({ after }) => {
    const name = text(after.name);
    if (version === 2 && name === 'Spam') return { kind: 'excluded', rule: 'spam' };
    return { fields: { name: version === 2 && name.startsWith('Long') ? name.slice(0, 4) : name } };
  },
});

const look = (mapping = world.mapping): Promise<Preview> =>
  preview(
    { state: world.state, twenty: world.client, mappings: [mapping], now: 0, callsPerMinute: 100 },
    { source: SOURCE },
  );

describe('the preview of a newly confirmed mapping', () => {
  it('names exactly the records that change, and what it costs; only they are written', async () => {
    world = await SinkWorld.open({ mapping: mappingOf({ company: company(1) }), batchSize: 2 });
    const names = ['Acme', 'Long One', 'Beta', 'Long Two', 'Long Three', 'Spam'];
    await world.take(...names.map((name, index) => world.event('company', String(index), { name })));
    await world.rest();
    world.sandbox.clearCalls();
    const second = mappingOf({ company: company(2) }, { hash: 'two' });
    const found = await look(second);
    expect(found.keys).toEqual(['crm/company/1', 'crm/company/3', 'crm/company/4', 'crm/company/5']);
    expect(found.writes.map((write) => `${write.operation} ${write.targetKey}`)).toEqual([
      'upsert crm/company/1',
      'upsert crm/company/3',
      'upsert crm/company/4',
      'soft-delete crm/company/5',
    ]);
    expect(found.writes[0]?.fields).toContain('name');
    expect({ calls: found.calls, minutes: found.minutes, looked: found.looked }).toEqual({
      calls: 3,
      minutes: 0.03,
      looked: 6,
    });
    // Nothing was stored, and nothing was sent.
    expect(world.writes()).toEqual([]);
    expect(new Set(Object.values(await world.classes()))).toEqual(new Set(['applied']));
    await world.confirm(second);
    expect(await touchPreviewed(world.state, found)).toBe(4);
    world.running.wake();
    await world.rest();
    expect(namesOf(world.rows('company'))).toEqual(['Acme', 'Beta', 'Long', 'Long', 'Long']);
    expect(
      world.sandbox
        .calls()
        .filter((call) => call.records > 0)
        .reduce((sum, call) => sum + call.records, 0),
    ).toBe(3);
    expect(await look()).toMatchObject({ keys: [], writes: [], calls: 0 });
  });
});
