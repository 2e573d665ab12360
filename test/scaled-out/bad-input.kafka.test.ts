import { readFileSync, writeFileSync } from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaCluster, type SecureAccess, startKafka } from '../../scripts/servers/kafka.ts';
import { command } from '../end-to-end/deployment.ts';
import { kafkaBrokers, postgresDatabase, registryUrl, type TestDatabase } from '../support/servers/servers.ts';
import { ask } from '../support/state-on-postgresql.ts';
import { type Firm, firmOn, ok } from './firm.ts';

const SLOW = 300_000;
const DAY = 86_400_000;
const OBJECTS = ['company', 'person', 'opportunity', 'note', 'task'];
/** All that a topic of ours has. */
const SAFE = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'max.message.bytes': '8388608',
  'unclean.leader.election.enable': 'false',
  'message.timestamp.before.max.ms': '9223372036854775807',
};

interface Refused {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

let database: TestDatabase;
let other: TestDatabase;
let firm: Firm;
let good: string;

beforeAll(async () => {
  database = await postgresDatabase();
  other = await postgresDatabase();
  firm = await firmOn(database);
  good = readFileSync(firm.configuration, 'utf8');
}, SLOW);
afterAll(async () => {
  await firm?.close();
  await database?.drop();
  await other?.drop();
});

/** What `changeover run --once` ends with, where the configuration differs from the good one by this. */
async function refusal(change: (text: string) => string, environment: Record<string, string> = {}): Promise<Refused> {
  const text = change(good);
  expect(text).not.toBe(good);
  writeFileSync(firm.configuration, text);
  try {
    return await refusedAsItIs(environment);
  } finally {
    writeFileSync(firm.configuration, good);
  }
}

async function refusedAsItIs(environment: Record<string, string> = {}): Promise<Refused> {
  const all = { ...firm.environment, ...environment };
  const { out, errors, code } = await command(firm, ['run', '--once', '--json'], all);
  for (const secret of Object.values(environment)) expect(out + errors).not.toContain(secret);
  const { error } = JSON.parse(out === '' ? '{}' : out) as { error?: Refused };
  expect(error, errors).toBeDefined();
  expect(code).not.toBe(0);
  expect(error?.hint.length).toBeGreaterThan(20);
  return error as Refused;
}

const brokers = (line: string) => (text: string) => text.replace(/^kafka: .*$/m, `kafka: ${line}`);

/** Nothing was read, made or written. */
async function untouched(): Promise<void> {
  expect(await topics()).toEqual([]);
  for (const object of OBJECTS) expect(firm.sandbox.dump(object)).toEqual([]);
}

async function withAdmin<T>(work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [...(await kafkaBrokers())], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

const topics = () =>
  withAdmin(async (admin) =>
    (await admin.listTopics()).filter((name) => name.startsWith(`changeover.${firm.source}.`)),
  );

/** A topic that somebody else made, while `work` runs. */
async function beside<T>(settings: Readonly<Record<string, string>>, numPartitions: number, work: () => Promise<T>) {
  const topic = `changeover.${firm.source}.contact`;
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await withAdmin((admin) =>
    admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, configEntries }] }),
  );
  try {
    const result = await work();
    // Topics may have been made on the way to the refusal; none of them holds an event.
    for (const object of OBJECTS) expect(firm.sandbox.dump(object)).toEqual([]);
    for (const made of (await topics()).filter((name) => !name.endsWith('.control')))
      expect(await messages(made)).toBe(0);
    return result;
  } finally {
    await forgetTopics();
  }
}

/** Each case begins as if nobody had made a topic before. */
async function forgetTopics(): Promise<void> {
  const made = await topics();
  await withAdmin((admin) => admin.deleteTopics({ topics: made }));
  await expect.poll(topics).toEqual([]);
}

const messages = (topic: string) =>
  withAdmin(async (admin) =>
    (await admin.fetchTopicOffsets(topic)).reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0),
  );

describe('where the registry has another schema under our subject', { timeout: SLOW }, () => {
  test('theirs stays, nothing is published, and the program says which subject', async () => {
    const subject = `changeover.${firm.source}.contact-changeover.${firm.source}.contact.ChangeEvent`;
    const url = await registryUrl();
    const send = (method: string, path: string, body: unknown) =>
      fetch(`${url}${path}`, {
        method,
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      });
    const theirs = JSON.stringify({ type: 'record', name: 'Theirs', fields: [{ name: 'run', type: 'double' }] });
    await send('POST', `/subjects/${subject}/versions`, { schema: theirs });
    try {
      expect(await refusedAsItIs()).toMatchObject({
        code: 'REGISTRY_SUBJECT_FOREIGN',
        message: expect.stringContaining(subject),
      });
      expect(await (await send('GET', `/subjects/${subject}/versions`, null)).json()).toEqual([1]);
      for (const object of OBJECTS) expect(firm.sandbox.dump(object)).toEqual([]);
    } finally {
      for (const permanently of ['', '?permanent=true'])
        await send('DELETE', `/subjects/${subject}${permanently}`, null);
      await forgetTopics();
    }
  });
});

describe('before anything is read, made or written, the program says what is wrong and what to do', {
  timeout: SLOW,
}, () => {
  let cluster: KafkaCluster;
  let secure: SecureAccess;

  beforeAll(async () => {
    cluster = await startKafka({ secure: true });
    if (cluster.secure === null) throw new Error('the cluster was asked for security');
    secure = cluster.secure;
  }, SLOW);
  afterAll(() => cluster?.stop());

  test('a wrong broker address', async () => {
    const error = await refusal(brokers('{ brokers: ["127.0.0.1:1"], timeoutSeconds: 3 }'));
    expect(error).toMatchObject({ code: 'BUS_UNREACHABLE', message: expect.stringContaining('127.0.0.1:1') });
    await untouched();
  });

  test('TLS without the authority', async () => {
    const list = JSON.stringify(secure.saslTls);
    const error = await refusal(
      brokers(
        `{ brokers: ${list}, timeoutSeconds: 20, tls: {}, sasl: { mechanism: plain, username: ${secure.credentials.username}, password: { env: KAFKA_PASSWORD } } }`,
      ),
      { KAFKA_PASSWORD: secure.credentials.password },
    );
    expect(error).toMatchObject({ code: 'BUS_TLS', hint: expect.stringContaining('authority') });
    await untouched();
  });

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'])(
    'a wrong secret for %s, which is not repeated',
    async (mechanism) => {
      const list = JSON.stringify(secure.sasl);
      const error = await refusal(
        brokers(
          `{ brokers: ${list}, timeoutSeconds: 20, sasl: { mechanism: ${mechanism}, username: ${secure.credentials.username}, password: { env: KAFKA_PASSWORD } } }`,
        ),
        { KAFKA_PASSWORD: 'not-the-password' },
      );
      expect(error).toMatchObject({ code: 'BUS_AUTHENTICATION', hint: expect.stringContaining('password') });
      await untouched();
    },
  );

  test('a topic with too few partitions', async () => {
    const error = await beside(SAFE, 1, () => refusedAsItIs());
    expect(error).toMatchObject({
      code: 'BUS_TOPIC_CONFLICT',
      message: expect.stringContaining('has 1 partitions, not 3'),
    });
  });

  test('a topic that forgets too soon', async () => {
    const error = await beside({ ...SAFE, 'retention.ms': String(DAY) }, 3, () => refusedAsItIs());
    expect(error).toMatchObject({ code: 'BUS_TOPIC_RETENTION', message: expect.stringContaining('retention.ms') });
  });

  test('a state of a newer version, which is left as it was', async () => {
    await ask(database.url, "insert into changeover.migrations (number, name, applied_at) values (9999, 'later', 0)");
    const error = await refusedAsItIs();
    await ask(database.url, 'delete from changeover.migrations where number = 9999');
    expect(error).toMatchObject({ code: 'STATE_TOO_NEW', message: expect.stringContaining('9999') });
    await untouched();
  });

  test('a second deployment on the same workspace: nothing of the first one’s is changed, and nothing can run', async () => {
    const theirs = good
      .replace(/^deployment: .*$/m, 'deployment: somebody-else')
      .replace('dataFolder: data', 'dataFolder: theirs');
    writeFileSync(firm.configuration, theirs);
    const environment = { ...firm.environment, STATE_URL: other.url };
    const model = JSON.stringify(firm.sandbox.dump('company'));
    try {
      const { out } = await command(firm, ['provision', 'apply', '--json'], environment);
      const { error } = JSON.parse(out) as { error?: Refused };
      expect(error).toMatchObject({ code: 'TWENTY_SYNC_FIELDS_FOREIGN', hint: expect.stringMatching(/.{20}/) });
      const confirmed = await command(firm, ['map', 'confirm', firm.source, '--by', 'Jo', '--json'], environment);
      expect(JSON.parse(confirmed.out)).toMatchObject({ error: { code: 'TWENTY_SYNC_FIELDS_FOREIGN' } });
      // So there is nothing that it could run under.
      expect((await refusedAsItIs({ STATE_URL: other.url })).code).toBe('MAPPING_NOT_CONFIRMED');
    } finally {
      writeFileSync(firm.configuration, good);
    }
    expect(JSON.stringify(firm.sandbox.dump('company'))).toBe(model);
    await untouched();
  });
});

describe('steps aside where messages of others are on its topics, and the good rest goes on', { timeout: SLOW }, () => {
  test('bytes of others on our topic, and messages with a schema id that nobody gave, are dead letters; all else is loaded', async () => {
    await ok(firm, 'run', '--once');
    const producer = new Kafka({ brokers: [...(await kafkaBrokers())], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await producer.send({
      topic: `changeover.${firm.source}.contact`,
      messages: [
        { key: 'theirs', value: Buffer.from('{"not":"ours"}') },
        { key: 'unknown', value: Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3]) },
      ],
    });
    await producer.disconnect();
    const people = firm.sandbox.dump('person').length;
    expect(people).toBeGreaterThan(2);
    const { residue } = JSON.parse(await ok(firm, 'run', '--once', '--json')) as { residue: number };
    expect(residue).toBe(0);
    const listed = await ok(firm, 'dead-letters', 'list', '--json');
    expect(listed).toContain('EVENT_NOT_OURS');
    expect(listed).toContain('EVENT_SCHEMA_UNKNOWN');
    expect(firm.sandbox.dump('person')).toHaveLength(people);
  });
});
