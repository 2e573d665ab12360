import { afterEach, describe, expect, it } from 'vitest';
import { namesOf } from '../../test/support/sink/values.ts';
import { mappingOf, SinkWorld, SOURCE, type TestObject } from '../../test/support/sink-world.ts';
import { SimulatedClock } from '../core/clock.ts';
import type { ObjectMapping } from '../mapping/model.ts';
import { recordReviewId } from './names.ts';

let world: SinkWorld;
afterEach(() => world.close());

const company: TestObject = {
  target: 'company',
  tier: 'company',
  draft: ({ after, answers }) =>
    after.name === '' && answers?.['quality/name'] !== 'load'
      ? { kind: 'question', question: nameless }
      : { fields: { name: String(after.name) } },
};

const nameless = {
  id: 'quality/name',
  queue: 'quality',
  question: 'This company has no name. Load it?',
  choices: ['load', 'fix', 'exclude'],
  blocking: true,
} as const;

const person: TestObject = {
  target: 'person',
  tier: 'person',
  draft: ({ after }) => ({ fields: { name: { firstName: String(after.name), lastName: '' } } }),
};

const quality: ObjectMapping['quality'] = {
  thresholds: [{ rule: 'name', field: 'name', share: 0.75 }],
  failures: ({ after, answers }) => {
    if (after.name === 'left out') return null;
    const decided = answers?.['quality/name'] === 'load' || answers?.['quality/name'] === 'exclude';
    return after.name !== '' || decided ? [] : [{ rule: 'name', question: nameless }];
  },
};

async function open(): Promise<SimulatedClock> {
  const clock = new SimulatedClock({ start: 1_700_000_000_000 });
  const plain = mappingOf({ company, person });
  const guarded = plain.objects.get('company');
  if (guarded === undefined) throw new Error('no mapping of companies');
  world = await SinkWorld.open({
    mapping: { ...plain, objects: new Map([...plain.objects, ['company', { ...guarded, quality }]]) },
    clock,
  });
  return clock;
}

async function load(names: readonly string[], snapshot: string): Promise<void> {
  await world.take(...names.map((name, index) => world.event('company', String(index), { name })));
  await endSnapshot(snapshot, names.length);
}

async function endSnapshot(snapshot: string, rows: number): Promise<void> {
  const { order } = world.event('company', 'none', null);
  await world.state.transaction((tx) =>
    tx.watermarks.put({
      source: SOURCE,
      object: 'company',
      snapshot,
      order,
      rows,
      rejected: 0,
      retained: 0,
      observedAt: 0,
    }),
  );
  world.running.wake();
}

async function answer(id: string, choice: string): Promise<void> {
  await world.state.transaction((tx) => tx.reviews.answer(id, choice, 'test', 0));
  world.running.wake();
}

const gateId = (snapshot: string) => `quality:${SOURCE}/company/name/${snapshot}`;
const namesLoaded = () => namesOf(world.rows('company'));
const openItems = () =>
  world.state.read(async (tx) =>
    (await tx.reviews.list({ queue: 'quality', status: 'open', limit: 100 })).map(({ id }) => id).sort(),
  );

describe('ALL-12 quality thresholds', () => {
  it('nothing of the object is written before its first snapshot is complete; other objects go on', async () => {
    await open();
    await world.put('company', '1', { name: 'One' });
    await world.put('person', '1', { name: 'Ada' });
    await world.rest();
    expect(namesLoaded()).toEqual([]);
    expect(world.rows('person')).toHaveLength(1);
    expect(world.running.status().closed).toMatchObject([
      { object: 'company', reason: { code: 'SINK_QUALITY_UNKNOWN' } },
    ]);
    await endSnapshot('first', 1);
    await world.rest();
    expect(namesLoaded()).toEqual(['One']);
    expect(world.running.status().closed).toEqual([]);
  });

  it('too many failing records close the object and are asked about, each and as a whole; "load" opens it', async () => {
    await open();
    await world.rest();
    await load(['One', '', '', 'Four', 'left out'], 'first');
    await world.rest();
    expect(namesLoaded()).toEqual([]);
    expect(await openItems()).toEqual([
      recordReviewId(`${SOURCE}/company/1`, 'quality/name'),
      recordReviewId(`${SOURCE}/company/2`, 'quality/name'),
      gateId('first'),
    ]);
    const [item] = await world.state.read((tx) =>
      tx.reviews.list({ queue: 'quality', status: 'open', limit: 1, after: `${SOURCE}/company/2?z` }),
    );
    expect(item?.detail).toEqual({
      rule: 'name',
      field: 'name',
      records: 4,
      failed: 2,
      wanted: 0.75,
      snapshot: 'first',
    });
    expect(await world.balances()).toMatchObject([{ live: 5, onTheWay: 5, residue: 0 }]);
    await answer(gateId('first'), 'load');
    await world.rest();
    expect(namesLoaded()).toEqual(['Four', 'One', 'left out']);
    expect(await world.classes()).toMatchObject({ 'company/1': 'held SINK_QUESTION_OPEN' });
  });

  it('deciding about enough single records opens it, and withdraws the question about the whole', async () => {
    await open();
    await world.rest();
    await load(['One', '', '', 'Four'], 'first');
    await world.rest();
    await answer(recordReviewId(`${SOURCE}/company/1`, 'quality/name'), 'load');
    await world.rest();
    expect(namesLoaded()).toEqual(['', 'Four', 'One']);
    expect(await openItems()).toEqual([recordReviewId(`${SOURCE}/company/2`, 'quality/name')]);
  });

  it('records mended in the source open it by themselves', async () => {
    const clock = await open();
    await world.rest();
    await load(['One', '', '', 'Four'], 'first');
    await world.rest();
    await world.put('company', '1', { name: 'Two' });
    await clock.advance(11_000);
    await world.rest();
    expect(namesLoaded()).toEqual(['Four', 'One', 'Two']);
  });

  it('"wait" holds until the next snapshot, which is judged anew', async () => {
    await open();
    await world.rest();
    await load(['', '', '', 'Four'], 'first');
    await world.rest();
    await answer(gateId('first'), 'wait');
    await world.rest();
    expect(namesLoaded()).toEqual([]);
    await load(['One', 'Two', 'Three', 'Four'], 'second');
    await world.rest();
    expect(namesLoaded()).toEqual(['Four', 'One', 'Three', 'Two']);
  });

  it('a question about a snapshot that a better one followed is withdrawn', async () => {
    await open();
    await world.rest();
    await load(['', '', '', 'Four'], 'first');
    await world.rest();
    expect(await openItems()).toContain(gateId('first'));
    await load(['One', 'Two', 'Three', 'Four'], 'second');
    await world.rest();
    expect(namesLoaded()).toEqual(['Four', 'One', 'Three', 'Two']);
    expect(await openItems()).not.toContain(gateId('first'));
  });
});
