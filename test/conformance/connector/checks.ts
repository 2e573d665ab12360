import assert from 'node:assert/strict';
import { ChangeoverError } from '../../../src/core/errors.ts';
import { Follower } from './follower.ts';
import type { Arrangements, Candidate, Circumstances, World } from './world.ts';

/** A part of the contract. Fails by an assertion, so that it can itself be tried on connectors that break it. */
export interface Check {
  /** What holds, as a sentence about the connector. */
  readonly promise: string;
  /** What the source must be able to do for it; null where every source is. */
  readonly needs: keyof Arrangements<World> | null;
  run<W extends World>(candidate: Candidate<W>): Promise<void>;
}

const USUAL: Circumstances = { aheadMs: 0, ignoresPageSize: false, reusesIds: false };
/** Polls after which everything that was done must have been seen. */
const POLLS = 4;
/** More than any connector deletes without asking. */
const MANY = 30;
const HOUR_MS = 3_600_000;
/** Pages at which a reader dies, each in two ways: kept, and lost on its way. */
const DEATHS = 2 * 5;

interface Scene<W extends World> {
  readonly world: W;
  /** Somebody new, who has read nothing yet. */
  follower(): Follower;
}

async function play<W extends World>(
  candidate: Candidate<W>,
  act: (scene: Scene<W>) => Promise<void>,
  circumstances: Partial<Circumstances> = {},
): Promise<void> {
  const world = await candidate.open({ ...USUAL, ...circumstances });
  const followers: Follower[] = [];
  try {
    for (let at = 1; at <= candidate.records; at += 1) world.create(`Record ${at}`);
    await world.pass();
    await act({
      world,
      follower: () => {
        const follower = new Follower(world);
        followers.push(follower);
        return follower;
      },
    });
  } finally {
    for (const follower of followers) await follower.close();
    await world.close();
  }
}

function same(world: World, follower: Follower): boolean {
  const read = follower.names();
  return read.size === world.contents().size && [...world.contents()].every(([id, name]) => read.get(id) === name);
}

function assertSame(world: World, follower: Follower): void {
  const sorted = (names: ReadonlyMap<string, unknown>) => [...names].sort(([one], [other]) => (one < other ? -1 : 1));
  assert.deepEqual(sorted(follower.names()), sorted(world.contents()), 'what was read differs from the source');
}

/** Polls until the source is known as it is now. */
async function catchUp(world: World, follower: Follower): Promise<void> {
  for (let poll = 1; poll <= POLLS; poll += 1) {
    await world.pass();
    await follower.persist();
    if (same(world, follower)) return;
  }
  assertSame(world, follower);
}

const idsOf = (world: World): readonly string[] => [...world.contents().keys()];

function idAt(world: World, at: number): string {
  const id = idsOf(world).at(at);
  assert.ok(id !== undefined, 'the world has too few records');
  return id;
}

/** Records come, change and go. */
function work(world: World): void {
  world.remove(idAt(world, 1));
  world.remove(idAt(world, -2));
  world.rename(idAt(world, 0), 'Renamed, the first');
  world.rename(idAt(world, -1), 'Renamed, the last');
  world.create('New, one');
  world.create('New, two');
}

/** Nobody deleted anything here, so nothing may have been told as deleted. */
function assertNothingDeleted(follower: Follower): void {
  assert.deepEqual(follower.deleted, [], 'records were told as deleted that are still there');
}

function arranged<W extends World, K extends keyof Arrangements<W>>(
  candidate: Candidate<W>,
  name: K,
): Exclude<Arrangements<W>[K], { readonly because: string }> {
  const arrangement = candidate.arrangements[name];
  if (typeof arrangement === 'object' && 'because' in arrangement) throw new Error(`${name} does not apply`);
  return arrangement as Exclude<Arrangements<W>[K], { readonly because: string }>;
}

/** Reads, and expects the object to stop or to go on; either way nothing that was read may go. */
async function mayStop(follower: Follower): Promise<void> {
  await follower.follow().catch((thrown: unknown) => {
    assert.ok(isTold(thrown), `an error without a code: ${String(thrown)}`);
  });
}

/** Whether an error says what happened, in a code that stands in the table. */
function isTold(thrown: unknown): boolean {
  return thrown instanceof ChangeoverError && thrown.code !== 'INTERNAL';
}

/** Dies after each page in turn, each time as somebody else; `prepare` brings everybody to where the read begins. */
async function dieEverywhere<W extends World>(
  { world, follower }: Scene<W>,
  prepare: (follower: Follower) => Promise<void>,
  change: () => Promise<void>,
  come: (follower: Follower) => void,
): Promise<number> {
  const counting = follower();
  const dying = Array.from({ length: DEATHS }, () => follower());
  for (const one of [counting, ...dying]) await prepare(one);
  await change();
  const pages = await counting.persist();
  assertSame(world, counting);
  for (const [at, one] of dying.entries()) {
    if (at / 2 >= pages) break;
    await one.persist(at % 2 === 0 ? { pages: at / 2 + 1 } : { pages: (at - 1) / 2, losesNext: true });
    come(one);
    one.restart();
    await one.persist();
    if (!same(world, one)) await catchUp(world, one);
  }
  return pages;
}

export type CheckName =
  | 'resume'
  | 'resumeChanges'
  | 'lostWorkFolder'
  | 'duplicates'
  | 'deletes'
  | 'changesWhilePaging'
  | 'clockSkew'
  | keyof Arrangements<World>;

/** Every part of the contract. */
export const CHECKS: Readonly<Record<CheckName, Check>> = {
  resume: {
    promise: 'a first read that dies after any page, or loses it, goes on from the stored checkpoint, and counts right',
    needs: null,
    run: (candidate) =>
      play(candidate, async (scene) => {
        const nothing = () => Promise.resolve();
        const pages = await dieEverywhere(scene, nothing, nothing, () => undefined);
        assert.ok(pages >= 3, `the world fills ${pages} pages only: its candidate must make more records`);
        const one = scene.follower();
        await one.persist();
        const [end] = one.ends;
        assert.ok(end !== undefined, 'a first read ends with the count of the source');
        assert.equal(end.rows - end.rejected, scene.world.contents().size, 'the count of the source');
      }),
  },
  resumeChanges: {
    promise: 'a read of changes that dies after any page, or loses it, goes on from the stored checkpoint',
    needs: null,
    run: (candidate) =>
      play(candidate, async (scene) => {
        const change = async () => {
          work(scene.world);
          await scene.world.pass();
        };
        await dieEverywhere(
          scene,
          async (one) => void (await one.persist()),
          change,
          () => undefined,
        );
      }),
  },
  lostWorkFolder: {
    promise: 'a work folder that is lost at any page costs work, and no record',
    needs: null,
    run: (candidate) =>
      play(candidate, async (scene) => {
        const change = async () => {
          work(scene.world);
          await scene.world.pass();
        };
        const prepare = async (one: Follower) => void (await one.persist());
        await dieEverywhere(scene, prepare, change, (one) => one.loseWorkFolder());
      }),
  },
  duplicates: {
    promise: 'a record that is read again is the same record, and a quiet source tells nothing new',
    needs: null,
    run: (candidate) =>
      play(candidate, async ({ world, follower }) => {
        const one = follower();
        await one.persist();
        const before = one.hashes();
        for (let poll = 1; poll <= 2; poll += 1) {
          await world.pass();
          await one.persist();
        }
        one.loseCheckpoint();
        one.restart();
        await one.persist();
        assert.deepEqual(one.hashes(), before, 'the same records were read with another content');
        assertNothingDeleted(one);
      }),
  },
  deletes: {
    promise: 'what is deleted in the source is found, also while nobody looked, and nothing else is',
    needs: null,
    run: (candidate) =>
      play(candidate, async ({ world, follower }) => {
        const one = follower();
        await one.persist();
        const first = idAt(world, 0);
        world.remove(first);
        await catchUp(world, one);
        const second = idAt(world, -1);
        world.remove(second);
        const shortLived = new Set(idsOf(world));
        world.create('Short-lived');
        const third = idsOf(world).find((id) => !shortLived.has(id)) ?? '';
        world.remove(third);
        one.restart();
        await catchUp(world, one);
        const others = one.deleted.filter((id) => ![first, second, third].includes(id));
        assert.deepEqual(others, [], 'records were told as deleted that are still there');
      }),
  },
  massDelete: {
    promise: 'many records that are missing at once stay until a person agreed that they go',
    needs: 'massDelete',
    run: (candidate) =>
      play(candidate, async ({ world, follower }) => {
        for (let at = 1; at <= MANY; at += 1) world.create(`One of many ${at}`);
        await world.pass();
        const one = follower();
        await one.persist();
        assertSame(world, one);
        for (const id of idsOf(world).slice(1)) world.remove(id);
        for (let poll = 1; poll <= POLLS; poll += 1) {
          await world.pass();
          await one.persist();
          if (poll === 2) one.restart();
          assert.deepEqual(one.deleted, [], 'records went before anybody said so');
        }
        const asked = () => one.questions.filter(({ object }) => object === world.object);
        assert.ok(asked().length > 0, 'nobody was asked');
        for (let poll = 1; poll <= POLLS && !same(world, one); poll += 1) {
          for (const { id, choices } of asked()) one.answers.set(id, choices[0] ?? '');
          await world.pass();
          await one.persist();
        }
        assertSame(world, one);
      }),
  },
  changesWhilePaging: {
    promise: 'records and totals that change between pages are read as they are in the end',
    needs: null,
    run: (candidate) =>
      play(candidate, async ({ world, follower }) => {
        const one = follower();
        const turn = (at: number): void => {
          if (at > 3) return;
          world.create(`Between ${at}`);
          world.remove(idAt(world, 0));
          world.rename(idAt(world, at), `Renamed between ${at}`);
        };
        await one.persist({ after: turn });
        await catchUp(world, one);
        work(world);
        await world.pass();
        await one.persist({ after: turn });
        await catchUp(world, one);
      }),
  },
  clockSkew: {
    promise: 'clocks that are an hour apart, either way, lose and repeat nothing',
    needs: null,
    run: async (candidate) => {
      for (const aheadMs of [-HOUR_MS, HOUR_MS]) {
        await play(
          candidate,
          async ({ world, follower }) => {
            const one = follower();
            await one.persist();
            for (let round = 1; round <= 2; round += 1) {
              work(world);
              await catchUp(world, one);
            }
          },
          { aheadMs },
        );
      }
    },
  },
  newField: {
    promise: 'a field that appears while it runs is read and described',
    needs: 'newField',
    run: (candidate) =>
      play(candidate, async ({ world, follower }) => {
        const one = follower();
        await one.persist();
        const { field, id, value } = await arranged(candidate, 'newField')(world);
        await catchUp(world, one);
        assert.equal(one.records.get(id)?.[field], value, `the value of ${field}`);
        const { objects } = await one.connector.describe();
        const described = objects.find(({ name }) => name === world.object)?.fields.map(({ name }) => name);
        assert.ok(described?.includes(field), `${field} is not described`);
        assertNothingDeleted(one);
      }),
  },
  expiredCredentials: {
    promise: 'credentials that expire in the middle of a read are renewed, and nothing is missing',
    needs: 'expiredCredentials',
    run: (candidate) =>
      play(candidate, async ({ world, follower }) => {
        const expire = arranged(candidate, 'expiredCredentials');
        const one = follower();
        await one.persist({ after: () => expire(world) });
        assertSame(world, one);
        work(world);
        expire(world);
        await catchUp(world, one);
      }),
  },
  throttling: {
    promise: 'no call is made before the time that a refusal told is over, and the wait is shown',
    needs: 'throttling',
    run: (candidate) =>
      play(candidate, async ({ world, follower }) => {
        const throttle = arranged(candidate, 'throttling');
        const one = follower();
        await one.persist({ after: (pages) => (pages === 1 ? throttle(world) : undefined) });
        // A new login counts against the limit, too.
        work(world);
        arranged(candidate, 'expiredCredentials')(world);
        throttle(world);
        await catchUp(world, one);
        const refused = world.calls().filter(({ status }) => status === 429);
        assert.ok(refused.length > 0, 'no call was refused: the world does not throttle');
        for (const { answeredAt, retryAfter } of refused) {
          assert.ok(retryAfter !== null, 'the world must tell how long to wait');
          const early = world
            .calls()
            .filter(({ beganAt }) => beganAt > answeredAt && beganAt < answeredAt + retryAfter * 1000);
          assert.deepEqual(early, [], `calls within ${retryAfter} s of a refusal`);
        }
        assert.ok(
          one.waits.some((seconds) => seconds > 0),
          'the wait was not told',
        );
      }),
  },
  garbledPages: {
    promise: 'broken pages give nothing, move no checkpoint, delete nothing, and are read once they are whole',
    needs: 'garbledPages',
    run: async (candidate) => {
      const { garble, mend } = arranged(candidate, 'garbledPages');
      for (const after of [0, 1]) {
        await play(candidate, async ({ world, follower }) => {
          const reader = follower();
          await reader.persist();
          work(world);
          const fresh = follower();
          for (const one of [fresh, reader]) {
            await world.pass();
            const before = one.checkpoint;
            const names = one.names();
            await garble(world, after);
            let kept = 0;
            const error: unknown = await one.follow({ after: (pages) => (kept = pages) }).then(
              () => null,
              (thrown: unknown) => thrown,
            );
            const met = after === 0 || error !== null;
            assert.ok(!met || isTold(error), `a broken page was taken for a whole one (${String(error)})`);
            // Where everything came before the page that would be broken.
            if (!met && one === fresh) assertSame(world, one);
            assert.ok(after > 0 || kept === 0, 'a page was made of a broken answer');
            if (kept === 0) assert.deepEqual(one.checkpoint, before, 'the checkpoint moved');
            if (kept === 0) assert.deepEqual(one.names(), names, 'records changed');
            await mend(world);
            one.restart();
            await catchUp(world, one);
          }
          assertNothingDeleted(fresh);
        });
      }
    },
  },
  repeatedRecord: {
    promise: 'a record that stands on two pages is one record, and is counted once',
    needs: 'repeatedRecord',
    run: (candidate) =>
      play(candidate, async ({ world, follower }) => {
        await arranged(candidate, 'repeatedRecord')(world);
        const one = follower();
        await one.persist();
        if (!same(world, one)) await catchUp(world, one);
        const [end] = one.ends;
        assert.equal((end?.rows ?? 0) - (end?.rejected ?? 0), world.contents().size, 'the count of the source');
        assertNothingDeleted(one);
      }),
  },
  emptyPage: {
    promise: 'an empty page in the middle is not the end',
    needs: 'emptyPage',
    run: (candidate) =>
      play(candidate, async ({ world, follower }) => {
        const one = follower();
        const empty = arranged(candidate, 'emptyPage');
        await empty(world);
        await one.persist();
        if (!same(world, one)) await catchUp(world, one);
        work(world);
        await world.pass();
        await empty(world);
        await one.persist();
        if (!same(world, one)) await catchUp(world, one);
      }),
  },
  reusedId: {
    promise: 'an id that is used again after its deletion is the new record',
    needs: 'reusedId',
    run: (candidate) =>
      play(
        candidate,
        async ({ world, follower }) => {
          const one = follower();
          await one.persist();
          const ids = [idAt(world, 1), idAt(world, 2)] as const;
          for (const id of ids) world.remove(id);
          // The one with a look in between, the other without.
          const reuse = arranged(candidate, 'reusedId');
          await world.clock.advance(5_000);
          reuse(world, ids[0], 'Another under the first id');
          await catchUp(world, one);
          reuse(world, ids[1], 'Another under the second id');
          await catchUp(world, one);
        },
        { reusesIds: true },
      ),
  },
  ignoredPageSize: {
    promise: 'pages of another size than was asked for are read to the end',
    needs: 'ignoredPageSize',
    run: (candidate) =>
      play(
        candidate,
        async ({ world, follower }) => {
          const one = follower();
          await one.persist();
          assertSame(world, one);
          work(world);
          await catchUp(world, one);
        },
        { ignoresPageSize: true },
      ),
  },
  renamedObject: {
    promise: 'an object that is renamed while it runs goes on or stops with a code, and loses nothing',
    needs: 'renamedObject',
    run: (candidate) => vanishing(candidate, (world) => arranged(candidate, 'renamedObject')(world)),
  },
  removedObject: {
    promise: 'an object that is removed while it runs stops with a code, and deletes nothing',
    needs: 'removedObject',
    run: (candidate) => vanishing(candidate, (world) => arranged(candidate, 'removedObject')(world)),
  },
};

function vanishing<W extends World>(candidate: Candidate<W>, vanish: (world: W) => Promise<void> | void) {
  return play(candidate, async ({ world, follower }) => {
    const atRest = follower();
    await atRest.persist();
    const reading = follower();
    await reading.persist({ pages: 2 });
    const before = [atRest.names(), [...reading.names().keys()]] as const;
    await vanish(world);
    for (const one of [atRest, reading]) {
      for (let poll = 1; poll <= 2; poll += 1) await mayStop(one);
      one.restart();
      await mayStop(one);
      assertNothingDeleted(one);
    }
    assert.deepEqual(atRest.names(), before[0], 'records went or changed');
    const gone = before[1].filter((id) => !reading.names().has(id));
    assert.deepEqual(gone, [], 'records went');
  });
}
