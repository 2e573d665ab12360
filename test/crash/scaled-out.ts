import { type Admin, Kafka, logLevel } from 'kafkajs';
import { kafkaClient, PATIENCE } from '../../src/bus/kafka/client.ts';
import { Link } from '../../src/bus/kafka/link.ts';
import { PLAINTEXT } from '../../src/bus/kafka/security.ts';
import { Sockets } from '../../src/bus/kafka/sockets.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { INTAKE_GROUP } from '../../src/sink/index.ts';
import { prepare } from '../kill/deployment.ts';
import { startTcpProxy } from '../support/servers/tcp-proxy.ts';
import { inProcess } from './application.ts';
import type { Ground } from './ground.ts';
import { onServer, type Servers } from './servers.ts';
import { LOG_TIMEOUT_SECONDS, SETTINGS, STATE_TIMEOUT_SECONDS, timeoutSecondsFor } from './settings.ts';
import type { Fault } from './table.ts';

const PARTITIONS = 2;
/** As the servers know it: the deployment of test/kill stands before it. */
const GROUP = `changeover.kill-test.${INTAKE_GROUP}`;

/**
 * A deployment on Kafka, a registry and PostgreSQL, with a confirmed mapping, before its first export. It has a cluster of
 * Kafka for itself, since the names of topics are those of the source.
 */
export async function scaledOutGround(servers: Servers, folder: string, fault: Fault): Promise<Ground> {
  const lane = servers.take();
  const { ways, kafka } = lane;
  const twenty = await startTcpProxy();
  const database = await servers.database(lane, `crash_${fault.replaceAll('-', '_')}`);
  const deployment = await prepare(folder, {
    settings: `${SETTINGS}kafka: { brokers: ${JSON.stringify([ways.log.address])}, partitions: ${PARTITIONS}, timeoutSeconds: ${LOG_TIMEOUT_SECONDS} }
registry: { url: ${lane.registryUrl} }
state: { url: { env: STATE_URL }, leaseSeconds: 3, timeoutSeconds: ${STATE_TIMEOUT_SECONDS} }
`,
    environment: { STATE_URL: database.url },
    timeoutSeconds: timeoutSecondsFor(fault),
    proxy: twenty,
  });
  const all = { twenty, ...ways };
  return {
    shape: 'scaled-out',
    deployment,
    ways: all,
    // The clocks of processes and database must agree.
    laterMs: 0,
    sharing: true,
    cut: () => Object.values(all).reduce((sum, way) => sum + way.cut(), 0),
    async outlive(left) {
      await leaveGroup(kafka.addresses);
      await onServer(
        database.direct,
        // The server would do so by itself after a while, which is not waited for.
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
        "UPDATE changeover.leases SET expires_at = 0 WHERE holder <> ''",
        ...(left === 'dead' ? ['UPDATE changeover.intents SET deadline = created_at'] : []),
        "DELETE FROM changeover.settings WHERE name = 'source.activity'",
      );
    },
    shorten: () => withAdmin(kafka.addresses, shorten),
    inProcess: (work) => inProcess(deployment, work),
    async close() {
      await twenty.close();
      await deployment.sandbox.close();
      await leaveGroup(kafka.addresses);
      await withAdmin(kafka.addresses, async (admin) => {
        await admin.deleteTopics({ topics: await ownTopics(admin) });
        // With its topics the group may be gone already.
        await admin.deleteGroups([GROUP]).catch(() => undefined);
      });
      servers.giveBack(lane);
    },
  };
}

/** What the group does once it has not heard of its members for long. */
async function leaveGroup(addresses: readonly string[]): Promise<void> {
  const clock = systemClock();
  const sockets = new Sockets();
  const kafka = kafkaClient({
    brokers: addresses,
    clientId: 'crash-test',
    security: PLAINTEXT,
    patience: PATIENCE,
    logger: silentLogger(),
    sockets,
  });
  const link = new Link(kafka, clock);
  await link.connect();
  try {
    const members = await withAdmin(addresses, async (admin) => {
      const { groups } = await admin.describeGroups([GROUP]);
      return groups.flatMap((group) => group.members.map(({ memberId }) => memberId));
    });
    for (const memberId of members) await (await link.coordinator(GROUP)).leaveGroup({ groupId: GROUP, memberId });
  } finally {
    await link.close();
    sockets.destroy();
  }
}

/** Something that no one takes in stands in every partition, and then nothing that was there. */
async function shorten(admin: Admin, kafka: Kafka): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  try {
    for (const topic of await ownTopics(admin)) {
      const partitions = (await admin.fetchTopicOffsets(topic)).map(({ partition }) => partition);
      await producer.send({
        topic,
        messages: partitions.map((partition) => ({ key: 'nobody', value: Buffer.of(0), partition })),
      });
      await admin.deleteTopicRecords({
        topic,
        partitions: partitions.map((partition) => ({ partition, offset: '-1' })),
      });
    }
  } finally {
    await producer.disconnect();
  }
}

async function ownTopics(admin: Admin): Promise<string[]> {
  return (await admin.listTopics()).filter((topic) => topic.startsWith('changeover.'));
}

async function withAdmin<Result>(
  addresses: readonly string[],
  work: (admin: Admin, kafka: Kafka) => Promise<Result>,
): Promise<Result> {
  const kafka = new Kafka({ brokers: [...addresses], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin, kafka);
  } finally {
    await admin.disconnect();
  }
}
