import { describe, expect, it } from 'vitest';
import { codeOf, key, upsert } from '../../../test/conformance/state/samples.ts';
import { killAfter } from '../../../test/support/kill-state-child.ts';
import { ask, emptyDatabase, openState } from '../../../test/support/state-on-postgresql.ts';
import { SimulatedClock, systemClock } from '../../core/clock.ts';
import type { Intent, Lease, StateStore } from '../state.ts';

const HOUR = 3_600_000;

describe('several processes on one state', () => {
  it('write one after the other: what one reads, no other changes before it has committed', async () => {
    const url = await emptyDatabase();
    const stores = await Promise.all([openState({ url }), openState({ url }), openState({ url })]);
    const increment = (store: StateStore) =>
      store.transaction(async (state) => {
        const before = ((await state.settings.get('count')) ?? 0) as number;
        await new Promise<void>((resolve) => setImmediate(resolve));
        await state.settings.set('count', before + 1);
      });
    await Promise.all(Array.from({ length: 60 }, (_, index) => increment(stores[index % 3] as StateStore)));
    expect(await stores[0]?.read((state) => state.settings.get('count'))).toBe(60);
  });

  it('never see a ledger that does not equal the records, whatever they write at once (ALL-3 identity A)', async () => {
    const url = await emptyDatabase();
    const [writer, other, reader] = [await openState({ url }), await openState({ url }), await openState({ url })];
    const writing = Promise.all(
      [writer, other].map(async (store, which) => {
        for (let round = 1; round <= 40; round += 1) {
          const events = ['1', '2', '3'].map((id) =>
            upsert({ id, sequence: round * 2 + which, after: { round, which } }),
          );
          await store.transaction((state) => state.records.take(events, round));
        }
      }),
    );
    let done = false;
    void writing.finally(() => {
      done = true;
    });
    let looks = 0;
    while (!done) {
      const [rows, recount] = await reader.read(async (state) => [
        await state.ledger.rows(null),
        await state.ledger.recount(null),
      ]);
      expect(rows).toEqual(recount);
      looks += 1;
    }
    await writing;
    expect(looks).toBeGreaterThan(1);
    expect(await reader.read((state) => state.ledger.rows(null))).toMatchObject([
      { live: 3, classes: { 'on-the-way': 3 } },
    ]);
    expect((await reader.read((state) => state.records.get([key('1')]))).get(key('1'))?.event.order.sequence).toBe(81);
  });

  it('may be killed at any moment: committed is kept, half is not, and the sum stays right', async () => {
    const url = await emptyDatabase();
    const names = ['one', 'two', 'three'];
    for (const commits of [2, 15]) {
      const said = await Promise.all(names.map((name, index) => killAfter(url, name, commits + index * 3)));
      const store = await openState({ url });
      const [positions, rows, recount] = await store.read(async (state) => [
        new Map((await state.positions.all('sink')).map(({ topic, next }) => [topic, next])),
        await state.ledger.rows(null),
        await state.ledger.recount(null),
      ]);
      names.forEach((name, index) => {
        expect(positions.get(name)).toBeGreaterThanOrEqual(said[index] ?? Number.NaN);
      });
      expect(rows).toEqual(recount);
      expect(rows[0]?.live).toBe([...positions.values()].reduce((sum, next) => sum + next, 0));
    }
  });
});

/** A call that is under way from then on. */
function intentOf(createdAt: number, givenMs: number): Intent {
  return {
    ...{ id: 'call', writerEpoch: 1, operation: 'create', object: 'person', rows: [] },
    ...{ createdAt, deadline: createdAt + givenMs },
  };
}

describe('leases of several machines', () => {
  const take = (store: StateStore, holder: string, now: number, forMs: number) =>
    store.transaction((state) => state.leases.take('writer:w', holder, now, forMs));

  it('expire by the database’s clock: one whose own clock is an hour ahead takes no living lease', async () => {
    const url = await emptyDatabase();
    const right = systemClock();
    const fast = new SimulatedClock({ start: Date.now() + HOUR, automatic: false });
    const slow = new SimulatedClock({ start: Date.now() - HOUR, automatic: false });
    const [holder, hasty, late] = [
      await openState({ url, clock: right }),
      await openState({ url, clock: fast }),
      await openState({ url, clock: slow }),
    ];
    const now = right.now();
    const first = await take(holder, 'holder', now, 60_000);
    expect(first).toMatchObject({ expiresAt: now + 60_000 });
    const epoch = first?.epoch ?? 0;
    expect(await take(hasty, 'hasty', fast.now(), 60_000)).toBeNull();
    expect(await take(late, 'late', slow.now(), 60_000)).toBeNull();
    await holder.transaction((state) => state.leases.release('writer:w', 'holder', epoch));
    // Each speaks in its own time, and none can hold it an hour too long.
    expect(await take(late, 'late', slow.now(), 1)).toMatchObject({ epoch: epoch + 1, expiresAt: slow.now() + 1 });
    let taken: Lease | null = null;
    while (taken === null) taken = await take(hasty, 'hasty', fast.now(), 60_000);
    expect(taken).toMatchObject({ epoch: epoch + 2, expiresAt: fast.now() + 60_000 });
  });

  it('and deadlines of calls under way mean the same moment to everybody, whatever their own clocks say', async () => {
    const url = await emptyDatabase();
    // These clocks stand still, so each state opened is as much later than the one before as opening takes.
    const asked = Date.now();
    const at = (offset: number) => new SimulatedClock({ start: Date.now() + offset, automatic: false });
    const [fast, slow, right] = [at(HOUR), at(-HOUR), at(0)];
    const [maker, late, next] = [
      await openState({ url, clock: fast }),
      await openState({ url, clock: slow }),
      await openState({ url, clock: right }),
    ];
    const GIVEN = 90_000;
    await maker.transaction((state) => state.intents.open(intentOf(fast.now(), GIVEN)));
    await late.transaction((state) =>
      state.processes.beat(
        { holder: 'late', host: 'h', pid: 1, roles: ['sink'], sources: [], version: '1', startedAt: slow.now() },
        slow.now(),
      ),
    );
    for (const [store, clock] of [
      [maker, fast],
      [late, slow],
      [next, right],
    ] as const) {
      const { intents, processes } = await store.read(async (state) => ({
        intents: await state.intents.all(),
        processes: await state.processes.all(),
      }));
      // Neither an hour too early nor an hour too late: off by no more than this test has taken so far.
      const slack = Date.now() - asked + 1_000;
      for (const { createdAt, deadline } of intents) {
        expect(deadline - createdAt).toBe(GIVEN);
        expect(Math.abs(deadline - clock.now() - GIVEN)).toBeLessThan(slack);
      }
      for (const { seenAt } of processes) expect(Math.abs(clock.now() - seenAt)).toBeLessThan(slack);
      expect([intents.length, processes.length]).toEqual([1, 1]);
    }
  });

  it('are not even asked for by a machine whose clock is further off than allowed', async () => {
    const url = await emptyDatabase();
    const right = systemClock();
    const wrong = { ...right, now: () => right.now() - HOUR };
    const refused = openState({ url, clock: wrong, toleranceMs: 60_000 });
    await expect(refused).rejects.toThrow(/3(59|60)\d\.\d s ahead of ours/);
    expect(await codeOf(openState({ url, clock: wrong, toleranceMs: 60_000 }))).toBe('STATE_CLOCKS_DIFFER');
    await openState({ url, clock: systemClock(), toleranceMs: 60_000 });
  });

  it('are had by one alone, and each taking has a greater epoch, however many ask at once', async () => {
    const url = await emptyDatabase();
    const stores = await Promise.all(Array.from({ length: 4 }, () => openState({ url, clock: systemClock() })));
    const asked = await Promise.all(stores.map((store, index) => take(store, `process ${index}`, Date.now(), 60_000)));
    const won = asked.flatMap((lease) => (lease === null ? [] : [lease]));
    expect(won).toHaveLength(1);
    const epoch = won[0]?.epoch ?? 0;
    const sequences = await Promise.all(
      stores.map((store) => store.transaction((state) => state.leases.nextSequences('writer:w', epoch, 10))),
    );
    expect(sequences.sort((a, b) => a - b)).toEqual([1, 11, 21, 31]);
  });

  it('refuse the commit of a holder that stood still while another took over', async () => {
    const url = await emptyDatabase();
    const [frozen, next] = [
      await openState({ url, clock: systemClock() }),
      await openState({ url, clock: systemClock() }),
    ];
    const had = await take(frozen, 'frozen', Date.now(), 1);
    while ((await take(next, 'next', Date.now(), 60_000)) === null);
    const late = frozen.transaction(async (state) => {
      await state.settings.set('outcome', 'old');
      await state.leases.verify('writer:w', 'frozen', had?.epoch ?? 0);
    });
    expect(await codeOf(late)).toBe('STATE_LEASE_LOST');
    expect(await next.read((state) => state.settings.get('outcome'))).toBeUndefined();
  });

  it('pass on even from a holder that froze in the middle of its transaction, which is taken back', async () => {
    const url = await emptyDatabase();
    // Long enough for a busy machine to get from one statement to the next.
    const frozen = await openState({ url, clock: systemClock(), idleMs: 2_000 });
    const next = await openState({ url, clock: systemClock() });
    const epoch = (await take(frozen, 'frozen', Date.now(), 1))?.epoch ?? 0;
    const thawed = Promise.withResolvers<void>();
    const verified = Promise.withResolvers<void>();
    const late = frozen.transaction(async (state) => {
      await state.leases.verify('writer:w', 'frozen', epoch);
      await state.settings.set('outcome', 'old');
      verified.resolve();
      await thawed.promise;
    });
    const ended = codeOf(late);
    // Where the busy machine took longer than that, the transaction has ended and says so instead of hanging the test.
    expect(await Promise.race([verified.promise, ended])).toBeUndefined();
    // Waits for the lock until the server has ended the frozen one's session.
    expect(await take(next, 'next', Date.now(), 60_000)).toMatchObject({ epoch: epoch + 1 });
    await next.transaction((state) => state.settings.set('outcome', 'new'));
    thawed.resolve();
    expect(await ended).toBe('STATE_UNREACHABLE');
    expect(await frozen.read((state) => state.settings.get('outcome'))).toBe('new');
    const again = frozen.transaction((state) => state.leases.verify('writer:w', 'frozen', epoch));
    expect(await codeOf(again)).toBe('STATE_LEASE_LOST');
  });

  it('wait no longer than they were told for a transaction that does not end', async () => {
    const url = await emptyDatabase();
    const [slow, hasty] = [await openState({ url }), await openState({ url, lockMs: 100 })];
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const long = slow.transaction(async (state) => {
      await state.settings.set('long', 1);
      begun.resolve();
      await gate.promise;
    });
    await begun.promise;
    expect(await codeOf(take(hasty, 'hasty', 0, 1))).toBe('STATE_BUSY');
    gate.resolve();
    await long;
    expect(await take(hasty, 'hasty', 0, 1)).toMatchObject({ holder: 'hasty' });
    expect(await ask(url, "SELECT count(*)::int AS locks FROM pg_locks WHERE locktype = 'advisory'")).toEqual([
      { locks: 0 },
    ]);
  });
});
