import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { BusMessage, EventBus, Position, StoredMessage, SubscribeOptions } from '../../src/bus/bus.ts';
import { partitionOf } from '../../src/bus/partitioner.ts';
import { ChangeoverError } from '../../src/core/errors.ts';

/** What a shape of the log gives to the suite. */
export interface BusHarness {
  /** The bus at present: another object after `reopen` and `crash`. */
  readonly bus: EventBus;
  /** Closes in good order, and opens again what is there. */
  reopen(): Promise<EventBus>;
  /** Opens what a process that died at this moment leaves behind, without closing anything. */
  crash(): Promise<EventBus>;
  /** Makes retention happen now, as if it were this time. */
  expire(now: number, options: { readonly evenUnread: boolean }): Promise<void>;
  dispose(): Promise<void>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function message(key: string, text: string, timestamp = 1_000): BusMessage {
  return { key, value: encoder.encode(text), timestamp, headers: {} };
}

function text(stored: StoredMessage): string {
  return decoder.decode(stored.value);
}

/** Everything in a topic, by partition. */
export async function contents(bus: EventBus, topic: string): Promise<readonly (readonly StoredMessage[])[]> {
  const found: StoredMessage[][] = [];
  for (const { partition, start, end } of await bus.bounds(topic)) {
    const messages: StoredMessage[] = [];
    for await (const stored of bus.read({ topic, partition }, start, end)) messages.push(stored);
    found.push(messages);
  }
  return found;
}

/** A subscriber that remembers what it got, and lets a test wait for it. */
class Collector {
  readonly messages: StoredMessage[] = [];
  readonly stops: { readonly partition: number; readonly error: Error }[] = [];
  #waiters: { done(): boolean; resolve(): void }[] = [];

  options(
    group: string,
    topics: readonly string[],
    extra: Partial<Pick<SubscribeOptions, 'startAt' | 'handle' | 'maxBatch'>> = {},
  ): SubscribeOptions {
    return {
      group,
      topics,
      maxBatch: extra.maxBatch ?? 100,
      startAt: extra.startAt ?? (async () => null),
      handle: async (batch) => {
        await extra.handle?.(batch);
        this.messages.push(...batch.messages);
        this.#look();
      },
      onStopped: ({ partition }, error) => {
        this.stops.push({ partition, error });
        this.#look();
      },
    };
  }

  texts(): readonly string[] {
    return this.messages.map(text);
  }

  /** Resolves when the condition holds after a batch or a stop. */
  until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ done, resolve });
      this.#look();
    });
  }

  #look(): void {
    const ready = this.#waiters.filter(({ done }) => done());
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }
}

/** What every log must keep, whatever it is made of. */
export function busConformance(name: string, makeBus: () => Promise<BusHarness>): void {
  describe(`${name} keeps the contract of the log`, () => {
    let harness: BusHarness | undefined;
    const start = async (topic: string, partitions: number, retentionMs: number | null = null): Promise<BusHarness> => {
      harness = await makeBus();
      await harness.bus.createTopic(topic, { partitions, retentionMs });
      return harness;
    };
    afterEach(async () => {
      await harness?.dispose();
      harness = undefined;
    });

    test('messages come back as they went in, in the order of their key, on the partition every client would choose', async () => {
      const { bus } = await start('t', 3);
      const sent = Array.from({ length: 60 }, (_, i) => ({
        ...message(`key-${i % 7}`, `value ${i} ğüşİ`, 1_000 + i),
        headers: { traceparent: `00-${i}` },
      }));
      await bus.append('t', sent.slice(0, 30));
      await bus.append('t', sent.slice(30));
      const found = await contents(bus, 't');
      for (const [partition, messages] of found.entries()) {
        expect(messages.map(({ offset }) => offset)).toEqual(messages.map((_, i) => i));
        const expected = sent.filter(({ key }) => partitionOf(key, 3) === partition);
        expect(messages.map((m) => [m.key, text(m), m.timestamp, m.headers])).toEqual(
          expected.map((m) => [m.key, decoder.decode(m.value), m.timestamp, m.headers]),
        );
      }
    });

    test('an append tells where each of its messages stands', async () => {
      const { bus } = await start('t', 2);
      await bus.append('t', [message('a', '0')]);
      const sent = ['a', 'b', 'c', 'd'].map((key) => message(key, `of ${key}`));
      const positions = await bus.append('t', sent);
      const found = await contents(bus, 't');
      expect(positions.map(({ partition, offset }) => found[partition]?.[offset]?.key)).toEqual(['a', 'b', 'c', 'd']);
    });

    test('appends made at the same time are written in the order of their calls', async () => {
      const { bus } = await start('t', 1);
      const acknowledged: number[] = [];
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          await bus.append('t', [message('k', `${i}a`), message('k', `${i}b`)]);
          acknowledged.push(i);
        }),
      );
      const [messages = []] = await contents(bus, 't');
      expect(messages.map(text)).toEqual(Array.from({ length: 50 }, (_, i) => [`${i}a`, `${i}b`]).flat());
      expect(acknowledged).toHaveLength(50);
    });

    test('an append to a topic that does not exist is refused, and makes none', async () => {
      const { bus } = await start('t', 1);
      await expect(bus.append('other', [message('k', 'v')])).rejects.toMatchObject({ code: 'BUS_TOPIC_UNKNOWN' });
      expect(await bus.topics()).toEqual([{ topic: 't', partitions: 1 }]);
    });

    test('a topic cannot change its number of partitions', async () => {
      const { bus } = await start('t', 2);
      await bus.createTopic('t', { partitions: 2, retentionMs: null });
      await expect(bus.createTopic('t', { partitions: 3, retentionMs: null })).rejects.toMatchObject({
        code: 'BUS_TOPIC_CONFLICT',
      });
    });

    test('what was acknowledged is there after closing and opening, and after a crash, with the groups and topics', async () => {
      const running = await start('t', 2);
      await running.bus.append(
        't',
        Array.from({ length: 20 }, (_, i) => message(`k${i}`, `${i}`)),
      );
      await running.bus.seek('g', [{ topic: 't', partition: 0, offset: 3 }]);
      const before = await contents(running.bus, 't');
      expect(await contents(await running.reopen(), 't')).toEqual(before);
      await running.bus.append('t', [message('more', 'x')]);
      const more = await contents(running.bus, 't');
      const after = await running.crash();
      expect(await contents(after, 't')).toEqual(more);
      expect(await after.topics()).toEqual([{ topic: 't', partitions: 2 }]);
      expect(await after.committed('g')).toEqual([{ topic: 't', partition: 0, offset: 3 }]);
      const [position] = await after.append('t', [message('more', 'y')]);
      expect(position?.offset).toBe(more[position?.partition ?? -1]?.length ?? -1);
    });

    test('a subscriber gets what is there and then what comes, in order, in batches no larger than asked', async () => {
      const { bus } = await start('t', 1);
      await bus.append(
        't',
        Array.from({ length: 25 }, (_, i) => message('k', `${i}`)),
      );
      const got = new Collector();
      const sizes: number[] = [];
      const subscription = await bus.subscribe(
        got.options('g', ['t'], {
          maxBatch: 10,
          handle: async ({ messages }) => {
            sizes.push(messages.length);
          },
        }),
      );
      await subscription.caughtUp();
      await bus.append('t', [message('k', '25')]);
      await got.until(() => got.messages.length === 26);
      expect(got.texts()).toEqual(Array.from({ length: 26 }, (_, i) => `${i}`));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
      await subscription.stop();
    });

    test('the position in the state decides where reading starts, not the one the group stored', async () => {
      const { bus } = await start('t', 1);
      await bus.append(
        't',
        Array.from({ length: 10 }, (_, i) => message('k', `${i}`)),
      );
      const first = new Collector();
      const reading = await bus.subscribe(first.options('g', ['t']));
      await reading.caughtUp();
      await reading.stop();
      expect(await bus.committed('g')).toEqual([{ topic: 't', partition: 0, offset: 10 }]);

      const second = new Collector();
      const asked: unknown[] = [];
      const again = await bus.subscribe(
        second.options('g', ['t'], {
          startAt: async (where) => {
            asked.push(where);
            return 7;
          },
        }),
      );
      await again.caughtUp();
      expect(asked).toEqual([{ topic: 't', partition: 0 }]);
      expect(second.texts()).toEqual(['7', '8', '9']);
    });

    test('a batch whose handler failed comes again, and nothing after it comes before', async () => {
      const { bus } = await start('t', 1);
      await bus.append(
        't',
        Array.from({ length: 6 }, (_, i) => message('k', `${i}`)),
      );
      const got = new Collector();
      const attempts: string[][] = [];
      const subscription = await bus.subscribe(
        got.options('g', ['t'], {
          maxBatch: 3,
          handle: async ({ messages }) => {
            attempts.push(messages.map(text));
            if (attempts.length <= 2) throw new ChangeoverError('BUS_IO', 'not now', { retryAfterMs: 1 });
          },
        }),
      );
      await subscription.caughtUp();
      expect(attempts).toEqual([
        ['0', '1', '2'],
        ['0', '1', '2'],
        ['0', '1', '2'],
        ['3', '4', '5'],
      ]);
      expect(got.texts()).toEqual(['0', '1', '2', '3', '4', '5']);
      expect(got.stops).toEqual([]);
    });

    test('a handler that failed for good stops its partition until resumed, and no other', async () => {
      const { bus } = await start('t', 2);
      const bad = Array.from({ length: 50 }, (_, i) => `k${i}`).find((key) => partitionOf(key, 2) === 0) ?? '';
      const good = Array.from({ length: 50 }, (_, i) => `k${i}`).find((key) => partitionOf(key, 2) === 1) ?? '';
      await bus.append('t', [message(bad, 'bad'), message(good, 'good')]);
      const got = new Collector();
      let broken = true;
      const subscription = await bus.subscribe(
        got.options('g', ['t'], {
          handle: async ({ partition }) => {
            if (partition === 0 && broken) throw new Error('broken for good');
          },
        }),
      );
      await got.until(() => got.stops.length === 1 && got.messages.length === 1);
      await bus.append('t', [message(good, 'still good')]);
      await got.until(() => got.messages.length === 2);
      expect(got.texts()).toEqual(['good', 'still good']);
      expect(got.stops.map(({ partition, error }) => [partition, error.message])).toEqual([[0, 'broken for good']]);
      broken = false;
      subscription.resume(['t']);
      await subscription.caughtUp();
      expect(got.texts()).toEqual(['good', 'still good', 'bad']);
    });

    test('a paused topic gives nothing while others go on, and goes on where it stood', async () => {
      const { bus } = await start('t', 1);
      await bus.createTopic('u', { partitions: 1, retentionMs: null });
      const got = new Collector();
      const subscription = await bus.subscribe(got.options('g', ['t', 'u']));
      await bus.append('t', [message('k', 't0')]);
      await got.until(() => got.messages.length === 1);
      subscription.pause(['t']);
      await bus.append('t', [message('k', 't1')]);
      await bus.append('u', [message('k', 'u0')]);
      await got.until(() => got.messages.length === 2);
      await bus.append('u', [message('k', 'u1')]);
      await got.until(() => got.messages.length === 3);
      expect(got.texts()).toEqual(['t0', 'u0', 'u1']);
      subscription.resume(['t']);
      await subscription.caughtUp();
      expect(got.texts()).toEqual(['t0', 'u0', 'u1', 't1']);
    });

    test('caughtUp waits for what was there when it was asked, and can be given up', async () => {
      const { bus } = await start('t', 1);
      const got = new Collector();
      const subscription = await bus.subscribe(got.options('g', ['t']));
      await subscription.caughtUp();
      subscription.pause(['t']);
      await bus.append('t', [message('k', '0')]);
      const aborted = new AbortController();
      const given = subscription.caughtUp(aborted.signal);
      aborted.abort(new Error('no patience'));
      await expect(given).rejects.toThrow('no patience');
      const waiting = subscription.caughtUp();
      subscription.resume(['t']);
      await waiting;
      expect(got.texts()).toEqual(['0']);
    });

    test('stop waits for the batch in hand, and nothing comes after it', async () => {
      const { bus } = await start('t', 1);
      await bus.append('t', [message('k', '0'), message('k', '1')]);
      const got = new Collector();
      const entered = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const subscription = await bus.subscribe(
        got.options('g', ['t'], {
          maxBatch: 1,
          handle: async () => {
            entered.resolve();
            await release.promise;
          },
        }),
      );
      await entered.promise;
      let stopped = false;
      const stopping = subscription.stop().then(() => {
        stopped = true;
      });
      await bus.bounds('t');
      expect(stopped).toBe(false);
      release.resolve();
      await stopping;
      await bus.append('t', [message('k', '2')]);
      expect(got.texts()).toEqual(['0']);
      expect(await bus.committed('g')).toEqual([{ topic: 't', partition: 0, offset: 1 }]);
      await expect(subscription.caughtUp()).rejects.toMatchObject({ code: 'CANCELLED' });
    });

    test('lag counts what a group has not read, and says how old the oldest is', async () => {
      const { bus } = await start('t', 1);
      await bus.append(
        't',
        Array.from({ length: 10 }, (_, i) => message('k', `${i}`, 1_000 + i)),
      );
      expect(await bus.lag('g')).toEqual([]);
      await bus.seek('g', [{ topic: 't', partition: 0, offset: 4 }]);
      const [lag] = await bus.lag('g');
      expect(lag).toMatchObject({ topic: 't', partition: 0, events: 6 });
      expect(lag?.ageMs).toBeGreaterThan(0);
      await bus.seek('g', [{ topic: 't', partition: 0, offset: 10 }]);
      expect(await bus.lag('g')).toEqual([{ topic: 't', partition: 0, events: 0, ageMs: null }]);
    });

    test('a group is moved by position and by time, but not while somebody reads with it', async () => {
      const { bus } = await start('t', 1);
      await bus.append(
        't',
        Array.from({ length: 10 }, (_, i) => message('k', `${i}`, 1_000 + 100 * i)),
      );
      const from = async (): Promise<readonly Position[]> => bus.committed('g');
      await bus.seek('g', [{ topic: 't', partition: 0, offset: 2 }]);
      expect(await from()).toEqual([{ topic: 't', partition: 0, offset: 2 }]);
      await bus.seek('g', { topic: 't', atTime: 1_450 });
      expect(await from()).toEqual([{ topic: 't', partition: 0, offset: 5 }]);
      await bus.seek('g', { topic: 't', atTime: 9_999 });
      expect(await from()).toEqual([{ topic: 't', partition: 0, offset: 10 }]);
      await expect(bus.seek('g', [{ topic: 't', partition: 0, offset: 11 }])).rejects.toMatchObject({
        code: 'BUS_POSITION_OUT_OF_LOG',
      });
      const subscription = await bus.subscribe(new Collector().options('g', ['t'], { startAt: async () => 10 }));
      await expect(bus.seek('g', [{ topic: 't', partition: 0, offset: 0 }])).rejects.toMatchObject({
        code: 'BUS_GROUP_BUSY',
      });
      await subscription.stop();
      await bus.seek('g', [{ topic: 't', partition: 0, offset: 0 }]);
    });

    test('a time is found even where messages are not in the order of their times', async () => {
      const { bus } = await start('t', 1);
      await bus.append(
        't',
        [100, 500, 200, 600, 300].map((time) => message('k', `${time}`, time)),
      );
      const at = async (time: number) => (await bus.offsetAtTime('t', time))[0]?.offset;
      expect([await at(0), await at(150), await at(501), await at(600), await at(601)]).toEqual([0, 1, 3, 3, 5]);
    });

    test('a range is read without a group, its end left out, and a start outside the log is refused', async () => {
      const { bus } = await start('t', 1);
      await bus.append(
        't',
        Array.from({ length: 5 }, (_, i) => message('k', `${i}`)),
      );
      const read = async (from: number, to: number) => {
        const found: string[] = [];
        for await (const stored of bus.read({ topic: 't', partition: 0 }, from, to)) found.push(text(stored));
        return found;
      };
      expect(await read(1, 3)).toEqual(['1', '2']);
      expect(await read(3, 99)).toEqual(['3', '4']);
      expect(await read(5, 9)).toEqual([]);
      await expect(read(6, 9)).rejects.toMatchObject({ code: 'BUS_POSITION_OUT_OF_LOG' });
    });

    test('a position outside the log stops the partition with its own code, and a corrected one goes on', async () => {
      const { bus } = await start('t', 1);
      await bus.append('t', [message('k', '0'), message('k', '1')]);
      const got = new Collector();
      let position = 9;
      const subscription = await bus.subscribe(got.options('g', ['t'], { startAt: async () => position }));
      await got.until(() => got.stops.length === 1);
      expect(got.stops[0]?.error).toMatchObject({ code: 'BUS_POSITION_OUT_OF_LOG' });
      expect(got.texts()).toEqual([]);
      position = 1;
      subscription.resume(['t']);
      await subscription.caughtUp();
      expect(got.texts()).toEqual(['1']);
    });

    test('retention removes what is too old from the start, and keeps the offsets of the rest', async () => {
      const running = await start('t', 1, 1_000);
      await running.bus.append(
        't',
        Array.from({ length: 10 }, (_, i) => message('k', `${i}`, 10_000 + 100 * i)),
      );
      await running.expire(11_450, { evenUnread: false });
      expect(await running.bus.bounds('t')).toEqual([{ topic: 't', partition: 0, start: 5, end: 10 }]);
      const [left = []] = await contents(running.bus, 't');
      expect(left.map((m) => [m.offset, text(m)])).toEqual([5, 6, 7, 8, 9].map((i) => [i, `${i}`]));
      await running.expire(99_999, { evenUnread: false });
      expect(await running.bus.bounds('t')).toEqual([{ topic: 't', partition: 0, start: 10, end: 10 }]);
      const bus = await running.reopen();
      expect(await bus.append('t', [message('k', '10')])).toEqual([{ topic: 't', partition: 0, offset: 10 }]);
    });

    test('retention never removes what a group has not read, unless told; then the group stops with its own code', async () => {
      const running = await start('t', 1, 1_000);
      const { bus } = running;
      await bus.append(
        't',
        Array.from({ length: 10 }, (_, i) => message('k', `${i}`, 10_000)),
      );
      await bus.seek('g', [{ topic: 't', partition: 0, offset: 4 }]);
      await running.expire(99_999, { evenUnread: false });
      expect(await bus.bounds('t')).toEqual([{ topic: 't', partition: 0, start: 4, end: 10 }]);
      await running.expire(99_999, { evenUnread: true });
      expect(await bus.bounds('t')).toEqual([{ topic: 't', partition: 0, start: 10, end: 10 }]);
      const got = new Collector();
      await bus.subscribe(got.options('g', ['t'], { startAt: async () => 4 }));
      await got.until(() => got.stops.length === 1);
      expect(got.stops[0]?.error).toMatchObject({ code: 'BUS_POSITION_OUT_OF_LOG' });
    });

    test('any mixture of appends, reads, restarts and crashes leaves every partition with one and the same sequence', async () => {
      harness = await makeBus();
      const running = harness;
      let run = 0;
      const command = fc.oneof(
        {
          weight: 5,
          arbitrary: fc.record({ kind: fc.constant('append' as const), keys: fc.array(fc.nat(9), { maxLength: 8 }) }),
        },
        {
          weight: 2,
          arbitrary: fc.record({ kind: fc.constant('read' as const), batch: fc.integer({ min: 1, max: 5 }) }),
        },
        { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('reopen' as const, 'crash' as const) }) },
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(command, { maxLength: 15 }),
          fc.integer({ min: 1, max: 3 }),
          async (commands, partitions) => {
            const topic = `run-${run++}`;
            await running.bus.createTopic(topic, { partitions, retentionMs: null });
            const model: string[][] = Array.from({ length: partitions }, () => []);
            const positions = new Map<number, number>();
            const seen: string[][] = Array.from({ length: partitions }, () => []);
            let count = 0;
            for (const step of commands) {
              if (step.kind === 'append') {
                const messages = step.keys.map((key) => message(`${key}`, `${count++}`));
                await running.bus.append(topic, messages);
                for (const sent of messages) model[partitionOf(sent.key, partitions)]?.push(decoder.decode(sent.value));
              } else if (step.kind === 'read') {
                const got = new Collector();
                const subscription = await running.bus.subscribe(
                  got.options(topic, [topic], {
                    maxBatch: step.batch,
                    startAt: async ({ partition }) => positions.get(partition) ?? null,
                    handle: async ({ partition, messages }) => {
                      for (const stored of messages) seen[partition]?.push(text(stored));
                      positions.set(partition, (messages.at(-1)?.offset ?? 0) + 1);
                    },
                  }),
                );
                await subscription.caughtUp();
                await subscription.stop();
              } else {
                await running[step.kind]();
              }
              const stored = await contents(running.bus, topic);
              expect(stored.map((messages) => messages.map(text))).toEqual(model);
              for (const [partition, texts] of seen.entries()) {
                expect(texts).toEqual(model[partition]?.slice(0, texts.length));
              }
            }
          },
        ),
        { numRuns: 40 },
      );
    });
  });
}
