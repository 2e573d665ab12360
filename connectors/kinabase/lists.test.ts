import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KinabaseSandbox, startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import type { StoredRecord } from '../../sandbox/kinabase/store/model.ts';
import type { Switches } from '../../sandbox/kinabase/switches.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { SourceQuestion } from '../../src/source/connector.ts';
import { Follower } from './testing.ts';

/** Sub-records in lists of records, as records of their own. */

const CALLS = 'deals.calls';

let clock: SimulatedClock;
let sandbox: KinabaseSandbox;
let follower: Follower;

async function start(switches: Partial<Switches> = {}): Promise<void> {
  clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  sandbox = await startKinabaseSandbox({ clock, random: seededRandom(3), switches, callsPerMinute: null });
  sandbox.workspace.define({ slug: 'deals', name: 'Deals' });
  follower = new Follower(sandbox, clock);
}

async function stop(): Promise<void> {
  await follower.close();
  await sandbox.close();
}

beforeEach(() => start());
afterEach(stop);

type Items = NonNullable<StoredRecord['lists'][string]>;

const call = (id: string, about: string): Items[number] => ({
  id,
  data: { about, minutes: 5, by: { id: 'U1', name: 'Ann', email: 'ann@firm.example' } },
});
const deal = (...calls: Items): string => sandbox.workspace.create('deals', { name: 'Deal' }, { lists: { calls } }).id;

/** What the source has in its lists now, by parent and text. */
const sourceHas = (): string[] =>
  sandbox.workspace
    .records('deals')
    .flatMap(({ id, lists }) => (lists.calls ?? []).map(({ data }) => `${id} ${String(data.about)}`))
    .sort();
const arrived = (): string[] =>
  [...follower.of(CALLS).values()].map(({ parent, about }) => `${String(parent)} ${String(about)}`).sort();

async function follow(): Promise<void> {
  await follower.connector.describe();
  await follower.follow('deals');
  await follower.follow(CALLS);
}

describe('KIN-7 sub-records', () => {
  it('are records of their own that point at the one they stand on, with values typed as those of any record', async () => {
    const first = deal(call('1', 'Price'));
    await follow();
    expect([...follower.of(CALLS)]).toEqual([
      [`${first}:1`, { parent: first, about: 'Price', minutes: '5', by: 'ann@firm.example' }],
    ]);
  });

  it('are found in discovery, with the link, and told as what they are most like', async () => {
    deal(call('1', 'Price'));
    const { objects } = await follower.connector.describe();
    const calls = objects.find(({ name }) => name === CALLS);
    expect(calls).toMatchObject({ label: 'Deals: calls', count: null });
    expect(calls?.fields.find(({ name }) => name === 'parent')?.refersTo).toEqual(['deals']);
    expect(calls?.fields.map(({ name }) => name).sort()).toEqual(['about', 'by', 'minutes', 'parent']);
  });

  it.each([true, false])('follow every change of their list (one call gives lists too: %s)', async (listsInAll) => {
    await stop();
    await start({ listsInAll });
    const [one, two] = [deal(call('1', 'Price'), call('2', 'Date')), deal(call('1', 'Other'))];
    await follow();
    expect(arrived()).toEqual(sourceHas());
    await clock.advance(5_000);
    sandbox.workspace.setLists('deals', one, { calls: [call('2', 'Date moved'), call('3', 'New')] });
    sandbox.workspace.remove('deals', two);
    const three = deal(call('1', 'Late'));
    await clock.advance(1_000_000);
    await follow();
    await follow();
    expect(arrived()).toEqual(sourceHas());
    expect(arrived()).toContain(`${three} Late`);
    expect(follower.repeated).toBe(0);
  });

  it('of a list that is emptied between two sweeps are gone with the next poll', async () => {
    const one = deal(call('1', 'Price'));
    await follow();
    await clock.advance(5_000);
    sandbox.workspace.setLists('deals', one, { calls: [] });
    await clock.advance(5_000);
    await follow();
    expect(arrived()).toEqual([]);
  });

  it('go on where a process died, in any place, and end as the source has them', async () => {
    for (let at = 0; at < 20; at += 1) deal(call('1', `Call ${at}`), call('2', `Again ${at}`));
    await follower.connector.describe();
    for (const [pages, lost] of [
      [1, true],
      [1, false],
      [2, true],
      [2, false],
    ] as const) {
      await follower.follow(CALLS, pages, lost);
      follower.restart();
    }
    await follower.follow(CALLS);
    expect(arrived()).toEqual(sourceHas());
  });

  it('cost one call a poll and collection', async () => {
    deal(call('1', 'Price'));
    await follow();
    sandbox.clearCalls();
    await clock.advance(15_000);
    await follower.follow(CALLS);
    await clock.advance(15_000);
    await follower.follow(CALLS);
    expect(sandbox.calls()).toHaveLength(2);
  });

  it('with a field called as the link keep both', async () => {
    const id = sandbox.workspace.create(
      'deals',
      {},
      { lists: { calls: [{ id: '1', data: { parent: 'Mother' } }] } },
    ).id;
    await follow();
    expect([...follower.of(CALLS).values()]).toEqual([{ parent: id, parent_: 'Mother' }]);
  });
});

describe('sub-records that vanish in mass', () => {
  const records = 30;
  const missing = (): readonly SourceQuestion[] => follower.questions.filter(({ object }) => object === CALLS);
  async function begin(): Promise<readonly string[]> {
    const ids = Array.from({ length: records }, (_, at) => deal(call('1', `Call ${at}`)));
    await follow();
    await clock.advance(5_000);
    return ids;
  }
  const later = async (): Promise<void> => {
    await clock.advance(1_000_000);
    await follow();
  };

  it.each([
    ['delete', 0],
    ['keep', records],
  ] as const)('are asked about, none goes before, and they are dealt with as answered: %s', async (answer, left) => {
    for (const id of await begin()) sandbox.workspace.setLists('deals', id, { calls: [] });
    await clock.advance(5_000);
    await follow();
    follower.restart();
    await later();
    expect(arrived()).toHaveLength(records);
    expect(missing()[0]).toMatchObject({ choices: ['delete', 'keep'] });
    expect(new Set(missing().map(({ id }) => id)).size).toBe(1);
    follower.answers.set(missing()[0]?.id ?? '', answer);
    await clock.advance(5_000);
    await follow();
    expect(arrived()).toHaveLength(left);
    const late = deal(call('1', 'Late'));
    await later();
    follower.restart();
    await later();
    expect(arrived()).toHaveLength(left + 1);
    expect(arrived()).toContain(`${late} Late`);
    expect(new Set(missing().map(({ id }) => id)).size).toBe(1);
  });

  it('come back without a word where the source shows them again', async () => {
    const ids = await begin();
    for (const id of ids) sandbox.workspace.setLists('deals', id, { calls: [] });
    await later();
    for (const [at, id] of ids.entries()) sandbox.workspace.setLists('deals', id, { calls: [call('1', `Call ${at}`)] });
    follower.answers.set(missing()[0]?.id ?? '', 'delete');
    await later();
    expect(arrived()).toEqual(sourceHas());
    expect(follower.repeated).toBe(0);
    expect(follower.deleted.length).toBe(0);
  });

  it('count as the source has them where they were asked about in the first read', async () => {
    const ids = await begin();
    for (const id of ids) sandbox.workspace.setLists('deals', id, { calls: [] });
    follower.loseWorkFolder();
    follower.restart();
    await follower.again(CALLS);
    expect(arrived()).toHaveLength(records);
    expect(follower.ends.at(-1)).toMatchObject({ rows: 0, retained: records });
  });
});
