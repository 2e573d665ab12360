import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { text } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, type TestObject, type WorldOptions } from '../../test/support/sink-world.ts';
import type { TwentyFields } from '../twenty/model.ts';
import { loadOrder } from './load-order.ts';

let world: SinkWorld;
afterEach(() => world.close());

/** Records of the object point at nobody: what waits is the object, not the record. */
function plain(target: string, links: readonly string[] = []): TestObject {
  const fieldsOf = (name: string): TwentyFields => {
    if (target === 'person') return { name: { firstName: name, lastName: '' } };
    return target === 'note' || target === 'task' ? { title: name } : { name };
  };
  return { target, tier: 'custom', links, draft: ({ after }) => ({ fields: fieldsOf(text(after.name)) }) };
}

async function open(objects: Record<string, TestObject>, options: Partial<WorldOptions> = {}): Promise<void> {
  world = await SinkWorld.open({ mapping: mappingOf(objects), batchSize: 2, ...options });
}

async function take(object: string, rows: number, from = 0): Promise<void> {
  const ids = Array.from({ length: rows }, (_, index) => String(from + index));
  await world.take(...ids.map((id) => world.event(object, id, { name: `${object} ${id}` })));
}

/** The Twenty objects in the order of the calls. */
const called = () => world.events.flatMap((one) => /^called create (\S+)/.exec(one)?.[1] ?? []);
const phases = () => world.running.status().phases.map(({ object, reason }) => `${object}: ${reason.message}`);

describe('objects are loaded in phases', () => {
  it('nothing of an object is written before what it points at is through, whatever came first', async () => {
    await open({ contact: plain('person', ['firm']), firm: plain('company') });
    await take('contact', 5);
    await take('firm', 5);
    await world.rest();
    expect(called()).toEqual(['company', 'company', 'company', 'person', 'person', 'person']);
    expect(phases()).toEqual([]);
  });

  it('says for whom it waits and how many are left, and begins by itself', async () => {
    let coming = true;
    await open(
      { contact: plain('person', ['firm']), firm: plain('company') },
      { moreComing: (_source, object) => coming && object === 'firm' },
    );
    await take('contact', 3);
    await take('firm', 2);
    await world.rest();
    expect(phases()).toEqual(['contact: waiting for firm: still being read, 0 of 2 left so far']);
    expect(world.rows('person')).toEqual([]);
    coming = false;
    world.wake();
    await world.rest();
    expect(world.rows('person')).toHaveLength(3);
  });

  it('waits for nobody of whom only held and refused ones are left', async () => {
    const firm: TestObject = {
      ...plain('company'),
      draft: ({ after }) =>
        after.name === 'firm 0'
          ? { kind: 'refused', field: 'name', code: 'BAD', reason: 'no name' }
          : {
              fields: { name: text(after.name) },
              questions: [
                { id: 'question/any', queue: 'record', question: 'Load it?', choices: ['load'], blocking: true },
              ],
            },
    };
    await open({ contact: plain('person', ['firm']), firm });
    await take('contact', 2);
    await take('firm', 2);
    await world.rest();
    expect(world.rows('person')).toHaveLength(2);
    expect(await world.classes()).toMatchObject({
      'firm/0': 'dead-lettered SINK_MAPPING_REFUSED',
      'firm/1': 'held SINK_QUESTION_OPEN',
    });
  });

  it('holds nothing back once the first load has begun', async () => {
    let coming = false;
    await open(
      { contact: plain('person', ['firm']), firm: plain('company') },
      { moreComing: (_source, object) => coming && object === 'firm' },
    );
    await take('firm', 2);
    await take('contact', 2);
    await world.rest();
    coming = true;
    await take('firm', 1, 2);
    await take('contact', 1, 2);
    await world.rest();
    expect(world.rows('person')).toHaveLength(3);
    expect(phases()).toEqual([]);
  });

  it('of any mapping comes to an end, circles, empty objects and all, and every phase after those that it points at', async () => {
    const targets = ['company', 'person', 'opportunity', 'note', 'task'] as const;
    await open(Object.fromEntries(targets.map((target) => [target, plain(target)])));
    const graph = fc.record({
      links: fc.array(fc.tuple(fc.constantFrom(...targets), fc.constantFrom(...targets)), { maxLength: 8 }),
      rows: fc.tuple(...targets.map(() => fc.integer({ min: 0, max: 3 }))),
      first: fc.shuffledSubarray([...targets], { minLength: 5 }),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(graph, async ({ links, rows, first }) => {
        await world.reset();
        const linksOf = (target: string) => links.flatMap(([from, to]) => (from === target && to !== from ? [to] : []));
        run += 1;
        await world.confirm(
          mappingOf(Object.fromEntries(targets.map((target) => [target, plain(target, linksOf(target))])), {
            hash: `run ${run}`,
          }),
        );
        for (const target of first) await take(target, rows[targets.indexOf(target)] ?? 0);
        await world.rest();
        const classes = Object.values(await world.classes());
        expect(classes.every((one) => one === 'applied')).toBe(true);
        const { parents } = loadOrder(world.mapping, world.client.workspace());
        const calls = called();
        for (const [object, needed] of parents) {
          for (const parent of needed) {
            if (!calls.includes(object) || !calls.includes(parent)) continue;
            expect(calls.lastIndexOf(parent)).toBeLessThan(calls.indexOf(object));
          }
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('the order of objects', () => {
  it("follows the workspace's own relations where the mapping links nothing, custom objects too", async () => {
    const object = (nameSingular: string) => ({
      nameSingular,
      namePlural: `${nameSingular}s`,
      labelSingular: nameSingular,
      labelPlural: `${nameSingular}s`,
      icon: 'IconBox',
      description: '',
    });
    const parts = { alpha: plain('alpha'), zeta: plain('zeta'), deal: plain('opportunity'), firm: plain('company') };
    world = await SinkWorld.open({
      mapping: mappingOf(parts, {
        desired: {
          objects: [object('alpha'), object('zeta')],
          fields: [
            {
              object: 'alpha',
              name: 'owner',
              label: 'Owner',
              type: 'RELATION',
              relation: { target: 'zeta', reverseLabel: 'Alphas' },
              because: 'test',
            },
          ],
        },
      }),
    });
    const { objects } = loadOrder(world.mapping, world.client.workspace());
    expect(objects.indexOf('zeta')).toBeLessThan(objects.indexOf('alpha'));
    expect(objects.indexOf('firm')).toBeLessThan(objects.indexOf('deal'));
    const linked = mappingOf({ ...parts, zeta: plain('zeta', ['alpha']) });
    const turned = loadOrder(linked, world.client.workspace()).objects;
    expect(turned.indexOf('alpha')).toBeLessThan(turned.indexOf('zeta'));
  });

  it('loads side by side what may share a row, and what points at each other in a circle', async () => {
    await open({ firm: plain('company') });
    const mapping = mappingOf({
      lead: plain('person', ['campaign']),
      contact: plain('person', ['firm']),
      firm: plain('company'),
      campaign: plain('campaign', ['contact']),
    });
    const { parents, objects } = loadOrder(mapping, world.client.workspace());
    expect(Object.fromEntries(parents)).toEqual({ lead: ['firm'], contact: ['firm'], firm: [], campaign: ['firm'] });
    expect(objects).toEqual(['firm', 'contact', 'campaign', 'lead']);
  });
});
