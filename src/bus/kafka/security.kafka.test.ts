import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type KafkaCluster, type SecureAccess, startKafka } from '../../../scripts/servers/kafka.ts';
import { uniqueName } from '../../../test/support/servers/servers.ts';
import { systemClock } from '../../core/clock.ts';
import { ChangeoverError } from '../../core/errors.ts';
import { silentLogger } from '../../core/logger.ts';
import { systemRandom } from '../../core/random.ts';
import { type KafkaBus, openKafkaBus } from './kafka-bus.ts';
import { type KafkaSasl, type KafkaSecurity, PLAINTEXT } from './security.ts';

let cluster: KafkaCluster;
let secure: SecureAccess;

beforeAll(async () => {
  cluster = await startKafka({ secure: true });
  if (cluster.secure === null) throw new Error('the cluster was asked for security');
  secure = cluster.secure;
});

afterAll(async () => {
  await cluster.stop();
});

/** How long a broker may take: more than it needs on a busy machine. */
const PATIENCE = { connectMs: 10_000, requestMs: 15_000 };
/** Where nothing but the end of the patience is waited for. */
const HASTE = { connectMs: 2_000, requestMs: 3_000 };

function open(brokers: readonly string[], security: KafkaSecurity, patience = PATIENCE): Promise<KafkaBus> {
  return openKafkaBus({
    brokers,
    security,
    clock: systemClock(),
    random: systemRandom(),
    logger: silentLogger(),
    group: { heartbeatMs: 100 },
    patience,
  });
}

async function refusal(
  brokers: readonly string[],
  security: KafkaSecurity,
  patience = PATIENCE,
): Promise<ChangeoverError> {
  const thrown: unknown = await open(brokers, security, patience).then(
    (bus) => bus.close(),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ChangeoverError);
  return thrown as ChangeoverError;
}

const sasl = (mechanism: KafkaSasl['mechanism'], password = secure.credentials.password): KafkaSasl => ({
  mechanism,
  username: secure.credentials.username,
  password,
});
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** Writes, reads with a group, and reads back what the group stored. */
async function worksWith(bus: KafkaBus): Promise<void> {
  onTestFinished(() => bus.close());
  const topic = uniqueName('secure');
  await bus.createTopic(topic, { partitions: 1, retentionMs: null });
  await bus.append(topic, [{ key: 'k', value: Buffer.from('v'), timestamp: 1, headers: {} }]);
  const got: string[] = [];
  const subscription = await bus.subscribe({
    group: topic,
    topics: [topic],
    maxBatch: 10,
    startAt: async () => null,
    handle: async ({ messages }) => void got.push(...messages.map(({ key }) => key)),
    onStopped: (_where, error) => {
      throw error;
    },
  });
  await subscription.caughtUp();
  await subscription.stop();
  expect(got).toEqual(['k']);
  expect(await bus.committed(topic)).toEqual([{ topic, partition: 0, offset: 1 }]);
}

test('everything works over TLS with the authority named', async () => {
  await worksWith(await open(secure.tls, { tls: { ca: secure.authority }, sasl: null }));
});

test.each(MECHANISMS)('everything works with %s, in plain text and over TLS', async (mechanism) => {
  await worksWith(await open(secure.sasl, { tls: null, sasl: sasl(mechanism) }));
  await worksWith(await open(secure.saslTls, { tls: { ca: secure.authority }, sasl: sasl(mechanism) }));
});

test.each(MECHANISMS)(
  'a wrong password for %s is said to be that, and is not repeated to anybody',
  async (mechanism) => {
    const error = await refusal(secure.sasl, { tls: null, sasl: sasl(mechanism, 'not-the-password') });
    expect(error).toMatchObject({
      code: 'BUS_AUTHENTICATION',
      retry: 'hold',
      hint: expect.stringContaining('password'),
    });
    expect(JSON.stringify(error)).not.toContain('not-the-password');
  },
);

test('TLS without the authority stops before anything is sent, and says what to name', async () => {
  const error = await refusal(secure.saslTls, { tls: {}, sasl: sasl('plain') });
  expect(error).toMatchObject({ code: 'BUS_TLS', retry: 'hold', hint: expect.stringContaining('authority') });
});

test('a certificate that is none is refused before any connection', async () => {
  const error = await refusal(['127.0.0.1:1'], {
    tls: { ca: 'no certificate', certificate: 'x', key: 'y' },
    sasl: null,
  });
  expect(error).toMatchObject({ code: 'BUS_TLS', hint: expect.stringContaining('PEM') });
});

test('an address where nobody listens, and one that is none, are said to be that', async () => {
  const nobody = await refusal(['127.0.0.1:1'], PLAINTEXT);
  expect(nobody).toMatchObject({
    code: 'BUS_UNREACHABLE',
    message: expect.stringContaining('127.0.0.1:1'),
    hint: expect.stringContaining('nobody listens'),
  });
  expect(await refusal(['kafka'], PLAINTEXT)).toMatchObject({
    code: 'BUS_UNREACHABLE',
    hint: expect.stringContaining('host:port'),
  });
});

test('the wrong kind of listener is asked for by name', async () => {
  const plainToTls = await refusal(secure.tls, PLAINTEXT, HASTE);
  expect(plainToTls).toMatchObject({ code: 'BUS_UNREACHABLE', hint: expect.stringContaining('TLS') });
  const plainToSasl = await refusal(secure.sasl, PLAINTEXT, HASTE);
  expect(plainToSasl.code).toMatch(/BUS_(UNREACHABLE|AUTHENTICATION)/);
  const tlsToPlain = await refusal(cluster.addresses, { tls: { ca: secure.authority }, sasl: null }, HASTE);
  expect(tlsToPlain.code).toMatch(/BUS_(UNREACHABLE|TLS)/);
});
