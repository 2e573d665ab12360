import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kcatConsume, kcatList } from '../../test/support/servers/kcat.ts';
import { assertBroker, type KafkaCluster, startKafka } from './kafka.ts';
import { WrongServerError } from './server.ts';

let cluster: KafkaCluster;

beforeAll(async () => {
  cluster = await startKafka({ secure: true });
});

afterAll(async () => {
  await cluster.stop();
});

const client = () => new Kafka({ brokers: [...cluster.addresses], logLevel: logLevel.NOTHING });

function theBroker() {
  const [broker] = cluster.brokers;
  if (broker === undefined) throw new Error('a cluster has a broker');
  return broker;
}

async function produce(topic: string, values: readonly string[]): Promise<void> {
  const admin = client().admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = client().producer({ idempotent: true });
  await producer.connect();
  await producer.send({
    topic,
    acks: -1,
    messages: values.map((value) => ({ key: `key of ${value}`, value, headers: { about: value } })),
  });
  await producer.disconnect();
}

test('what was acknowledged outlives a kill, and a client that others wrote reads it', async () => {
  await produce('kept', ['one', 'two', 'three\nlines, with=signs']);
  await theBroker().process.kill('SIGKILL');
  await theBroker().process.start();
  const messages = await kcatConsume({ brokers: cluster.addresses, topic: 'kept' });
  expect(messages.map(({ offset, key, value }) => [offset, String(key), String(value)])).toEqual([
    [0n, 'key of one', 'one'],
    [1n, 'key of two', 'two'],
    [2n, 'key of three\nlines, with=signs', 'three\nlines, with=signs'],
  ]);
  expect(messages[0]?.headers).toEqual([['about', 'one']]);
});

test('TLS and every SASL mechanism work with clients that others wrote', async () => {
  const { secure } = cluster;
  if (secure === null) throw new Error('the cluster was asked for security');
  const { credentials, authority } = secure;
  const sasl = {
    'sasl.mechanism': 'PLAIN',
    'sasl.username': credentials.username,
    'sasl.password': credentials.password,
  };
  const tls = { 'ssl.ca.pem': authority };
  const broker = /broker 1 at/;
  const plain = { 'security.protocol': 'SASL_PLAINTEXT', ...sasl };
  const both = { 'security.protocol': 'SASL_SSL', ...tls, ...sasl };
  expect(await kcatList({ brokers: secure.tls, properties: { 'security.protocol': 'SSL', ...tls } })).toMatch(broker);
  expect(await kcatList({ brokers: secure.sasl, properties: plain })).toMatch(broker);
  expect(await kcatList({ brokers: secure.saslTls, properties: both })).toMatch(broker);
  // Not by kcat: librdkafka before 2.6.1, as Debian has it, says the nonce of SCRAM twice, which Kafka 4 refuses (#4895).
  for (const mechanism of ['scram-sha-256', 'scram-sha-512'] as const) {
    for (const { brokers, ssl } of [
      { brokers: secure.sasl, ssl: false },
      { brokers: secure.saslTls, ssl: { ca: authority } },
    ]) {
      const admin = new Kafka({
        brokers: [...brokers],
        ssl,
        sasl: { mechanism, ...credentials } as SASLOptions,
        logLevel: logLevel.NOTHING,
      }).admin();
      await admin.connect();
      expect((await admin.describeCluster()).clusterId).toBe(cluster.clusterId);
      await admin.disconnect();
    }
  }
});

test('a broker of another cluster at the address is noticed', async () => {
  const { address } = theBroker();
  await expect(assertBroker(address, 'another', 1)).rejects.toThrow(WrongServerError);
  await expect(assertBroker(address, cluster.clusterId, 7)).rejects.toThrow(/has not joined/);
  await expect(assertBroker(address, cluster.clusterId, 1)).resolves.toBeUndefined();
});

test('a server whose port somebody took says so instead of waiting', async () => {
  const broker = theBroker();
  await broker.process.kill('SIGTERM');
  const port = Number(broker.address.split(':')[1]);
  const thief = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  try {
    await expect(broker.process.start()).rejects.toThrow(/ended while it started[\s\S]*Address already in use/);
  } finally {
    await new Promise((resolve) => thief.close(resolve));
  }
  await broker.process.start();
});

test('stopping a cluster ends its processes and removes its data', async () => {
  const other = await startKafka();
  const pids = other.brokers.map(({ process }) => process.pid);
  const folder = other.folder;
  await other.stop();
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  expect(existsSync(folder)).toBe(false);
});
