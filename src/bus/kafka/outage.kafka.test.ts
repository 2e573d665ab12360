import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type KafkaCluster, startKafka } from '../../../scripts/servers/kafka.ts';
import { startTcpProxy, type TcpProxy } from '../../../test/support/servers/tcp-proxy.ts';
import { systemClock } from '../../core/clock.ts';
import { silentLogger } from '../../core/logger.ts';
import { systemRandom } from '../../core/random.ts';
import type { BusMessage, StoredMessage } from '../bus.ts';
import { openKafkaBus } from './kafka-bus.ts';

let cluster: KafkaCluster;
/** Between the broker and those who come to it here. */
let proxy: TcpProxy;

beforeAll(async () => {
  proxy = await startTcpProxy();
  cluster = await startKafka({ proxies: [proxy.port] });
  proxy.lead(cluster.brokers[0]?.behindProxy ?? '');
});

afterAll(async () => {
  await cluster.stop();
  await proxy.close();
});

/** Short, as the ends of it are waited for; long enough for a busy machine to answer while the broker is there. */
const open = (brokers = cluster.addresses) =>
  openKafkaBus({
    brokers,
    clock: systemClock(),
    random: systemRandom(),
    logger: silentLogger(),
    group: { heartbeatMs: 100, sessionMs: 3_000 },
    patience: { connectMs: 2_000, requestMs: 3_000, appendMs: 4_000 },
  });

const message = (text: string): BusMessage => ({ key: 'k', value: Buffer.from(text), timestamp: 1_000, headers: {} });
const texts = (messages: readonly StoredMessage[]) => messages.map(({ value }) => Buffer.from(value).toString());

test('while no broker is there an append fails in its time; reading waits, and both go on by themselves', async () => {
  const [broker] = cluster.brokers;
  const bus = await open();
  onTestFinished(() => bus.close());
  await bus.createTopic('t', { partitions: 1, retentionMs: null });
  await bus.append('t', [message('before')]);
  const got: string[] = [];
  const subscription = await bus.subscribe({
    group: 'g',
    topics: ['t'],
    maxBatch: 10,
    startAt: async () => got.length || null,
    handle: async ({ messages }) => void got.push(...texts(messages)),
    onStopped: (_where, error) => expect.fail(error.message),
  });
  await subscription.caughtUp();
  await broker?.process.kill('SIGKILL');
  await expect(bus.append('t', [message('lost')])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retry: 'later' });
  await expect(bus.bounds('t')).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  await broker?.process.start();
  // A broker that is up again may have no leaders for a moment, and longer on a busy machine.
  await expect.poll(() => bus.bounds('t').catch(() => [])).toHaveLength(1);
  await bus.append('t', [message('after')]);
  await subscription.caughtUp();
  expect(got).toEqual(['before', 'after']);
  await subscription.stop();
});

test('a subscription and a log can be closed while no broker answers', async () => {
  const [broker] = cluster.brokers;
  const bus = await open();
  await bus.createTopic('u', { partitions: 2, retentionMs: null });
  await bus.append('u', [message('one')]);
  const subscription = await bus.subscribe({
    group: 'closing',
    topics: ['u'],
    maxBatch: 10,
    startAt: async () => null,
    handle: async () => undefined,
    onStopped: () => undefined,
  });
  await subscription.caughtUp();
  broker?.process.pause();
  try {
    await subscription.stop();
    await bus.close();
  } finally {
    broker?.process.resume();
  }
});

test('a member cut off for longer than its session is replaced, and begins nothing more of what is no longer its own', async () => {
  const [away, near] = [await open([proxy.address]), await open()];
  onTestFinished(async () => {
    await Promise.all([away.close(), near.close()]);
  });
  await near.createTopic('v', { partitions: 1, retentionMs: null });
  await near.append('v', ['0', '1', '2'].map(message));
  const worked: string[] = [];
  const [entered, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let position = 0;
  const join = (bus: typeof near, name: string, hold: Promise<void> | null) =>
    bus.subscribe({
      group: 'cut',
      topics: ['v'],
      maxBatch: 1,
      startAt: async () => position,
      handle: async ({ messages }) => {
        const at = messages[0]?.offset ?? -1;
        worked.push(`${name} ${at}`);
        entered.resolve();
        await hold;
        // As the state does: what another took meanwhile is not taken again.
        if (at === position) position = at + 1;
      },
      onStopped: (_where, error) => expect.fail(error.message),
    });
  await join(away, 'away', release.promise);
  await entered.promise;
  proxy.set('hold');
  const two = await join(near, 'near', null);
  await two.caughtUp();
  release.resolve();
  proxy.set('forward');
  expect(worked).toEqual(['away 0', 'near 0', 'near 1', 'near 2']);
  await near.append('v', [message('3')]);
  await expect.poll(() => position).toBe(4);
  expect(worked.filter((each) => !each.startsWith('near') && each !== 'away 0' && each !== 'away 3')).toEqual([]);
});
