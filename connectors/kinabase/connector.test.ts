import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type KinabaseSandbox,
  type KinabaseSandboxOptions,
  startKinabaseSandbox,
} from '../../sandbox/kinabase/index.ts';
import type { Data } from '../../sandbox/kinabase/store/model.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import { Follower } from './testing.ts';

/** The connector against the simulator: what arrives is what the source has, whatever happens in between. */

let clock: SimulatedClock;
/** How far the source's clock is ahead of ours. */
let aheadMs = 0;
const running = (of: SimulatedClock): Pick<Clock, 'monotonic' | 'sleep'> => ({
  monotonic: () => of.monotonic(),
  sleep: (ms, signal) => of.sleep(ms, signal),
});
let sandbox: KinabaseSandbox;
let follower: Follower;

async function start(
  options: KinabaseSandboxOptions = {},
  settings: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  clock = new SimulatedClock({ start: Date.UTC(2026, 2, 4, 9) });
  sandbox = await startKinabaseSandbox({
    clock: { ...running(clock), now: () => clock.now() + aheadMs },
    random: seededRandom(3),
    ...options,
  });
  for (const [slug, name] of [
    ['people', 'People'],
    ['companies', 'Companies'],
  ] as const)
    sandbox.workspace.define({ slug, name });
  follower = new Follower(sandbox, clock, settings);
}

async function stop(): Promise<void> {
  await follower.close();
  await sandbox.close();
}

async function again(options: KinabaseSandboxOptions, settings: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await stop();
  await start(options, settings);
}

beforeEach(() => {
  aheadMs = 0;
  return start();
});
afterEach(stop);

const person = (data: Data = {}): string => sandbox.workspace.create('people', { name: 'Ada', ...data }).id;
const people = (count: number): string[] => Array.from({ length: count }, (_, at) => person({ name: `Person ${at}` }));
const names = (): string[] => [...follower.of('people').values()].map(({ name }) => String(name)).sort();
const sourceNames = (): string[] =>
  sandbox.workspace
    .records('people')
    .map(({ data }) => String(data.name))
    .sort();
const urls = (pattern: RegExp): number => sandbox.calls().filter(({ url }) => pattern.test(url)).length;

const WAYS = [
  ['in one call', {}],
  ['page by page', { whole: 'never', pageSize: 3 }],
] as const;

describe.each(WAYS)('a collection read %s', (_way, settings) => {
  beforeEach(() => again({}, settings));

  it('gives everything, then changes and deletes, each once', async () => {
    const ids = people(10);
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
    expect(follower.ends).toMatchObject([{ rows: 10, rejected: 0, retained: 0 }]);
    sandbox.workspace.update('people', ids[0] ?? '', { name: 'Renamed' });
    sandbox.workspace.remove('people', ids[1] ?? '');
    person({ name: 'New' });
    await clock.advance(20_000);
    await follower.follow('people');
    await follower.follow('people');
    expect(names()).toContain('Renamed');
    await clock.advance(900_000);
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
    expect(follower.repeated).toBe(0);
  });

  it.each([1, 2, 3])('goes on after a death at page %i as if nothing had happened', async (dies) => {
    people(10);
    await follower.follow('people', dies);
    follower.restart();
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
    expect(follower.ends.at(-1)).toMatchObject({ rows: 10 });
  });

  it('tells a page again that was lost on its way to the log', async () => {
    const ids = people(4);
    await follower.follow('people');
    sandbox.workspace.update('people', ids[0] ?? '', { name: 'Renamed' });
    await follower.follow('people', 1, true);
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
    sandbox.workspace.update('people', ids[0] ?? '', { name: 'Again' });
    await follower.follow('people', 1, true);
    follower.restart();
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
  });

  it('finds what was deleted though its work folder was lost', async () => {
    const ids = people(6);
    await follower.follow('people');
    sandbox.workspace.remove('people', ids[3] ?? '');
    follower.loseWorkFolder();
    follower.restart();
    await clock.advance(900_000);
    await follower.follow('people');
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
  });
});

describe('updatedAfter', () => {
  it.each(['inclusive', 'exclusive'] as const)(
    'loses nothing where it is %s, or the clocks differ',
    async (updatedAfter) => {
      await again({ switches: { updatedAfter } });
      aheadMs = -7_200_000;
      people(3);
      await follower.follow('people');
      person({ name: 'New' });
      await clock.advance(15_000);
      await follower.follow('people');
      expect(names()).toEqual(sourceNames());
      expect(follower.repeated).toBe(0);
    },
  );

  it('is asked in one call, however many collections there are to read', async () => {
    people(700);
    await follower.follow('people');
    sandbox.clearCalls();
    await clock.advance(15_000);
    await follower.follow('people');
    expect(sandbox.calls()).toHaveLength(1);
  });
});

describe('deletes', () => {
  it('are believed only after the record itself was asked for', async () => {
    const [first = '', ...others] = people(5);
    await follower.follow('people');
    sandbox.fault({ fault: { kind: 'blind', ids: [first] }, match: /people|all/, count: 1 });
    await clock.advance(900_000);
    await follower.follow('people');
    expect(follower.of('people').size).toBe(5);
    expect(follower.deleted.length).toBe(0);
    sandbox.workspace.remove('people', others[0] ?? '');
    await clock.advance(900_000);
    await follower.follow('people');
    expect(follower.deleted.length).toBe(1);
    expect(names()).toEqual(sourceNames());
  });

  it('that would take more calls one by one are believed after a second whole read', async () => {
    const ids = people(10);
    await follower.follow('people');
    for (const id of ids.slice(0, 4)) sandbox.workspace.remove('people', id);
    sandbox.clearCalls();
    await clock.advance(900_000);
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
    expect(urls(/\/all/)).toBe(2);
    // And a page, which says that nothing was cut off.
    expect(sandbox.calls()).toHaveLength(3);
  });

  it.each([
    ['delete', 'known', 5],
    ['keep', 'known', 10],
    ['delete', 'lost', 5],
    ['keep', 'lost', 10],
  ] as const)(
    'are asked about where they are many, and dealt with as answered: %s (what was told is %s)',
    async (answer, told, left) => {
      await again({}, { deleteRows: 1, deleteShare: 0.1 });
      const ids = people(10);
      await follower.follow('people');
      for (const id of ids.slice(0, 5)) sandbox.workspace.remove('people', id);
      if (told === 'lost') {
        follower.loseWorkFolder();
        follower.restart();
      }
      const later = async (): Promise<void> => {
        await clock.advance(900_000);
        await follower.follow('people');
      };
      await later();
      expect(follower.of('people').size).toBe(10);
      expect(follower.questions).toMatchObject([{ object: 'people', choices: ['delete', 'keep'] }]);
      follower.answers.set(follower.questions[0]?.id ?? '', answer);
      await later();
      expect(follower.of('people').size).toBe(left);
      // What was decided stays decided, and another one goes as before.
      sandbox.workspace.remove('people', ids[5] ?? '');
      await later();
      expect(follower.of('people').size).toBe(left - 1);
      expect(new Set(follower.questions.map(({ id }) => id)).size).toBe(1);
    },
  );

  it.each([404, 400] as const)('are recognised by status %i', async (goneStatus) => {
    await again({ switches: { goneStatus } });
    const [first = ''] = people(3);
    await follower.follow('people');
    sandbox.workspace.remove('people', first);
    await clock.advance(900_000);
    await follower.follow('people');
    expect(names()).toEqual(sourceNames());
  });

  it('of an id that is used again are followed by the new record', async () => {
    const [first = ''] = people(3);
    await follower.follow('people');
    sandbox.workspace.remove('people', first);
    await clock.advance(5_000);
    sandbox.workspace.create('people', { name: 'Somebody else' }, { id: first });
    await clock.advance(5_000);
    await follower.follow('people');
    expect(follower.deleted.length).toBe(1);
    expect(follower.warnings).toContain('KINABASE_ID_REUSED');
    expect(names()).toEqual(sourceNames());
  });
});
