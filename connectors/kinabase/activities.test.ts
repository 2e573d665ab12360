import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KinabaseSandbox, startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import type { Switches } from '../../sandbox/kinabase/switches.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { SourceQuestion } from '../../src/source/connector.ts';
import { Follower } from './testing.ts';

/** Activities on records cost a call for each record: told beforehand, paid once, and afterwards only for what changed. */

const ACTIVITY = 'activity';

let clock: SimulatedClock;
let sandbox: KinabaseSandbox;
let follower: Follower;

async function start(
  switches: Partial<Switches> = {},
  settings: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  sandbox = await startKinabaseSandbox({ clock, random: seededRandom(3), switches, callsPerMinute: null });
  for (const [slug, name] of [
    ['deals', 'Deals'],
    ['people', 'People'],
  ] as const)
    sandbox.workspace.define({ slug, name });
  follower = new Follower(sandbox, clock, settings);
}

async function stop(): Promise<void> {
  await follower.close();
  await sandbox.close();
}

async function again(
  switches: Partial<Switches> = {},
  settings: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await stop();
  await start(switches, settings);
}

beforeEach(() => start());
afterEach(stop);

const say = (id: string, content: string, type = 'comment'): string =>
  sandbox.workspace.addActivity('deals', id, { type, content, timestamp: clock.now() }).id;
const deal = (...contents: readonly string[]): string => {
  const { id } = sandbox.workspace.create('deals', { name: 'Deal' });
  for (const content of contents) say(id, content);
  return id;
};

/** So old that no read of changes goes back to them. */
async function deals(count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, at) => deal(`Number ${at}`));
  await clock.advance(600_000);
  return ids;
}

/** What stands on the source's records now, by record and text. */
const sourceHas = (): string[] =>
  sandbox.workspace
    .records('deals')
    .flatMap(({ id }) => sandbox.workspace.activities('deals', id).map(({ content }) => `${id} ${String(content)}`))
    .sort();
const arrived = (): string[] =>
  [...follower.of(ACTIVITY).values()].map(({ record, content }) => `${String(record)} ${String(content)}`).sort();
/** Calls for the activities of a record since the calls were cleared. */
const paid = (): number => sandbox.calls().filter(({ url }) => url.includes('/activities/')).length;

async function follow(): Promise<void> {
  await follower.connector.describe();
  await follower.follow('deals');
  await follower.follow(ACTIVITY);
}

/** Later, so that what was changed is seen as changed, and what was deleted has been looked for. */
async function followLater(): Promise<void> {
  await clock.advance(1_000_000);
  await follow();
  await follow();
}

describe('KIN-7 the cost of activities', () => {
  it('is told before anybody pays it, per collection that has records, and without an answer nothing is asked', async () => {
    await deals(3);
    const { questions } = await follower.connector.describe();
    expect(questions).toEqual([
      expect.objectContaining({
        id: 'activities/deals',
        question: expect.stringContaining('cost 3 calls'),
        detail: expect.objectContaining({ calls: 3 }),
        choices: ['read', 'leave'],
        blocking: false,
      }),
    ]);
    await follow();
    expect(paid()).toBe(0);
    expect(arrived()).toEqual([]);
  });

  it('is what is paid then, once for each record', async () => {
    await deals(45);
    const { questions } = await follower.connector.describe();
    follower.answers.set('activities/deals', 'read');
    await follow();
    expect(paid()).toBe(45);
    expect(questions.map(({ detail }) => detail)).toEqual([expect.objectContaining({ calls: 45 })]);
    expect(arrived()).toEqual(sourceHas());
    sandbox.clearCalls();
    await followLater();
    expect(paid()).toBe(0);
  });

  it.each(['read', 'leave'] as const)('is not asked about where the settings say: %s', async (setting) => {
    await again({}, { activities: { deals: setting } });
    await deals(2);
    expect((await follower.connector.describe()).questions).toEqual([]);
    await follow();
    expect(paid()).toBe(setting === 'read' ? 2 : 0);
  });

  it('is told in minutes, at the calls a minute that the source may make', async () => {
    await again({}, { callsPerMinute: 10 });
    await deals(45);
    const { questions } = await follower.connector.describe();
    expect(questions.map(({ question }) => question)).toEqual([
      expect.stringContaining('about 5 minutes at 10 calls a minute'),
    ]);
  });
});

describe('KIN-7 activities on records', () => {
  beforeEach(() => again({}, { activities: { deals: 'read' } }));

  it('say which record of which collection they stand on', async () => {
    const id = deal('They want a discount');
    await follow();
    expect([...follower.of(ACTIVITY).values()]).toEqual([
      { type: 'comment', content: 'They want a discount', collection: 'deals', record: id },
    ]);
  });

  it.each([
    ['with times of change', true, true],
    ['with times of change, page by page', true, false],
    ['without times of change', false, true],
  ])('that are new are found at the price of their record alone (records come %s)', async (_how, recordTimes, all) => {
    await again({ recordTimes, all }, { activities: { deals: 'read' } });
    const [one = ''] = await deals(30);
    await follow();
    await clock.advance(5_000);
    say(one, 'Another');
    sandbox.clearCalls();
    await followLater();
    expect(arrived()).toEqual(sourceHas());
    // Where nothing tells one change from the next, each read of changes that has the record asks again.
    expect(paid()).toBeLessThanOrEqual(recordTimes ? 1 : 2);
    expect(follower.repeated).toBe(0);
  });

  it('that are new are found between two sweeps, too', async () => {
    const [one = ''] = await deals(30);
    await follow();
    await clock.advance(5_000);
    say(one, 'Another');
    sandbox.clearCalls();
    for (let polls = 0; polls < 4; polls += 1) {
      await clock.advance(15_000);
      await follow();
    }
    expect(arrived()).toEqual(sourceHas());
    expect(paid()).toBe(1);
  });

  it('that are removed go, and so do those of a removed record', async () => {
    const one = deal('Stays');
    const removed = say(one, 'Goes');
    const two = deal('Goes with its record');
    await follow();
    expect(arrived()).toHaveLength(3);
    await clock.advance(5_000);
    sandbox.workspace.removeActivity('deals', one, removed);
    sandbox.workspace.remove('deals', two);
    await followLater();
    expect(arrived()).toEqual([`${one} Stays`]);
    expect(follower.deleted.length).toBeGreaterThanOrEqual(2);
  });

  it('that changed while no process ran are found after a restart, at the price of their records alone', async () => {
    const [one = ''] = await deals(30);
    await follow();
    await clock.advance(1_000_000);
    say(one, 'While nobody looked');
    await clock.advance(1_000);
    follower.restart();
    sandbox.clearCalls();
    await follow();
    expect(arrived()).toEqual(sourceHas());
    expect(paid()).toBe(1);
  });

  it('are found, too, where nobody reads the records that they stand on', async () => {
    const [one = '', two = ''] = await deals(30);
    await follower.follow(ACTIVITY);
    for (const id of [one, two]) {
      await clock.advance(5_000);
      say(id, 'Another');
      sandbox.clearCalls();
      await clock.advance(15_000);
      await follower.follow(ACTIVITY);
      await clock.advance(15_000);
      await follower.follow(ACTIVITY);
      expect(arrived()).toEqual(sourceHas());
      expect(paid()).toBe(1);
    }
  });

  it('are asked for again where a call failed in between', async () => {
    const [one = ''] = await deals(3);
    await follow();
    await clock.advance(5_000);
    say(one, 'Another');
    sandbox.fault({ fault: { kind: 'truncated' }, match: /activities/ });
    await clock.advance(15_000);
    await expect(follow()).rejects.toMatchObject({ code: 'KINABASE_BAD_ANSWER' });
    sandbox.clearFaults();
    await follow();
    expect(arrived()).toEqual(sourceHas());
  });

  it.each([
    ['an hour ahead of', 3_600_000],
    ['an hour behind', -3_600_000],
  ])('are found after a restart where the service’s clock is %s ours', async (_how, aheadMs) => {
    await stop();
    clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
    const theirs = {
      monotonic: () => clock.monotonic(),
      sleep: clock.sleep.bind(clock),
      now: () => clock.now() + aheadMs,
    };
    sandbox = await startKinabaseSandbox({ clock: theirs, random: seededRandom(3), callsPerMinute: null });
    sandbox.workspace.define({ slug: 'deals', name: 'Deals' });
    follower = new Follower(sandbox, clock, { activities: { deals: 'read' } });
    const [one = '', two = ''] = await deals(5);
    await follow();
    for (const id of [one, two, one]) {
      await clock.advance(5_000);
      say(id, 'Another');
      await clock.advance(200_000);
      await follow();
      await clock.advance(200_000);
      say(id, 'While nobody looked');
      follower.restart();
      sandbox.clearCalls();
      await follow();
      expect(arrived()).toEqual(sourceHas());
      expect(paid()).toBeLessThanOrEqual(2);
    }
  });

  it.each([
    ['arrived', false],
    ['was lost', true],
  ] as const)('go on where a process died, at any page, whether that page %s', async (_how, lost) => {
    const records = 50;
    for (let pages = 1; pages <= 7; pages += 1) {
      await again({}, { activities: { deals: 'read' } });
      await deals(records);
      await follower.connector.describe();
      await follower.follow('deals');
      await follower.follow(ACTIVITY, pages, lost);
      follower.restart();
      await follow();
      expect(arrived(), `after page ${pages}`).toEqual(sourceHas());
      expect(follower.ends.length, `after page ${pages}`).toBe(2);
      // Nothing is paid twice but for the page that was lost.
      expect(paid(), `after page ${pages}`).toBeLessThanOrEqual(records + (lost ? 20 : 0));
    }
  });

  it('that are no change of their record are asked for again at the interval of the settings, not before', async () => {
    await again(
      { activitiesTouch: false },
      { activities: { deals: 'read' }, activitiesTouch: false, activitiesSeconds: 3_600 },
    );
    const [one = ''] = await deals(5);
    await follow();
    say(one, 'Silent');
    sandbox.clearCalls();
    await clock.advance(1_800_000);
    await follow();
    expect(paid()).toBe(0);
    await clock.advance(1_800_000);
    await follow();
    expect(paid()).toBe(5);
    expect(arrived()).toEqual(sourceHas());
  });
});

describe('activities that vanish in mass', () => {
  const records = 30;
  const missing = (): readonly SourceQuestion[] => follower.questions.filter(({ object }) => object === ACTIVITY);
  /** As an outage shows them: no activity on any record, and records count as changed. */
  async function vanish(): Promise<void> {
    for (const { id } of sandbox.workspace.records('deals')) {
      await clock.advance(100);
      for (const activity of sandbox.workspace.activities('deals', id))
        sandbox.workspace.removeActivity('deals', id, activity.id);
    }
  }
  async function begin(): Promise<void> {
    await again({}, { activities: { deals: 'read' } });
    await deals(records);
    await follow();
    await clock.advance(200_000);
  }

  it('are asked about once, and none is deleted before the answer, whatever is restarted or polled', async () => {
    await begin();
    await vanish();
    await followLater();
    follower.restart();
    await followLater();
    expect(arrived()).toHaveLength(records);
    expect(new Set(missing().map(({ id }) => id)).size).toBe(1);
    expect(missing()[0]).toMatchObject({
      question: expect.stringContaining('30 of 30 records of activity'),
      choices: ['delete', 'keep'],
    });
  });

  it.each([
    ['delete', 0],
    ['keep', records],
  ] as const)('are dealt with as answered: %s', async (answer, left) => {
    await begin();
    await vanish();
    await followLater();
    follower.answers.set(missing()[0]?.id ?? '', answer);
    await followLater();
    expect(arrived()).toHaveLength(left);
    // What was decided is not asked about again, and what comes after it goes on as before.
    const id = deal('New');
    await followLater();
    follower.restart();
    await followLater();
    expect(arrived().filter((text) => text.startsWith(id))).toEqual([`${id} New`]);
    expect(new Set(missing().map(({ id: question }) => question)).size).toBe(1);
    expect(follower.repeated).toBe(0);
  });

  it('are looked for once more before an agreed delete, as the outage may be over', async () => {
    await begin();
    await vanish();
    await followLater();
    const back = sandbox.workspace.records('deals').slice(0, 10);
    for (const { id } of back) say(id, 'There all along');
    follower.answers.set(missing()[0]?.id ?? '', 'delete');
    await follower.follow(ACTIVITY);
    await followLater();
    expect(arrived()).toEqual(sourceHas());
  });

  it('a few at a time are asked about, too, once they are many', async () => {
    await begin();
    for (const { id } of sandbox.workspace.records('deals')) {
      await clock.advance(5_000);
      for (const activity of sandbox.workspace.activities('deals', id))
        sandbox.workspace.removeActivity('deals', id, activity.id);
      await clock.advance(10_000);
      await follow();
    }
    // Not a question a poll: the first one waits for its answer, and the others for theirs.
    expect(arrived()).toHaveLength(10);
    expect(new Set(missing().map(({ id }) => id)).size).toBe(1);
    follower.restart();
    await followLater();
    expect(arrived()).toHaveLength(10);
    follower.answers.set(missing()[0]?.id ?? '', 'delete');
    await followLater();
    await followLater();
    expect(arrived()).toEqual([]);
  });

  it('are asked about where the fingerprints were lost as well', async () => {
    await begin();
    await vanish();
    follower.loseWorkFolder();
    follower.restart();
    await followLater();
    expect(arrived()).toHaveLength(records);
    follower.answers.set(missing()[0]?.id ?? '', 'delete');
    await followLater();
    expect(arrived()).toEqual([]);
  });
});
