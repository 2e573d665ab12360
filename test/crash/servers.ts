import { Client } from 'pg';
import { type KafkaCluster, startKafka } from '../../scripts/servers/kafka.ts';
import { startPostgresql } from '../../scripts/servers/postgresql.ts';
import { type Registry, startRegistry } from '../../scripts/servers/registry.ts';
import { startTcpProxy, type TcpProxy } from '../support/servers/tcp-proxy.ts';

/** What stands between Changeover and the servers of the scaled-out shape. */
export interface Ways {
  readonly log: TcpProxy;
  readonly registry: TcpProxy;
  readonly state: TcpProxy;
}

/** What one deployment at a time uses: Kafka and a registry, and ways of its own to all servers. */
export interface Lane {
  readonly kafka: KafkaCluster;
  readonly registry: Registry;
  readonly ways: Ways;
  /** By the way. */
  readonly registryUrl: string;
}

/** Servers of the matrix's own, for so many deployments at a time. */
export interface Servers {
  /** @throws where every lane is taken. */
  take(): Lane;
  giveBack(lane: Lane): void;
  /** Makes an empty database. */
  database(lane: Lane, name: string): Promise<Database>;
  close(): Promise<void>;
}

export interface Database {
  /** For Changeover: by the way of the lane. */
  readonly url: string;
  /** For the test. */
  readonly direct: string;
}

export async function startServers(lanes: number): Promise<Servers> {
  const [postgresql, ...all] = await Promise.all([startPostgresql(), ...Array.from({ length: lanes }, startLane)]);
  for (const { ways } of all) ways.state.lead(new URL(postgresql.url).host);
  const free = [...all];
  return {
    take() {
      const lane = free.pop();
      if (lane === undefined) throw new Error(`all ${lanes} lanes are taken`);
      return lane;
    },
    giveBack: (lane) => free.push(lane),
    async database({ ways }, name) {
      await onServer(postgresql.url, `create database ${name}`);
      const direct = new URL(postgresql.url);
      direct.pathname = `/${name}`;
      return { url: through(direct.href, ways.state), direct: direct.href };
    },
    async close() {
      await Promise.all(all.flatMap(({ ways }) => [ways.log, ways.registry, ways.state]).map((way) => way.close()));
      await Promise.all([postgresql.stop(), ...all.flatMap(({ kafka, registry }) => [kafka.stop(), registry.stop()])]);
    },
  };
}

async function startLane(): Promise<Lane> {
  const ways: Ways = { log: await startTcpProxy(), registry: await startTcpProxy(), state: await startTcpProxy() };
  const [kafka, registry] = await Promise.all([startKafka({ proxies: [ways.log.port] }), startRegistry()]);
  ways.log.lead(kafka.brokers[0]?.behindProxy ?? '');
  ways.registry.lead(new URL(registry.url).host);
  return { kafka, registry, ways, registryUrl: through(registry.url, ways.registry) };
}

export async function onServer(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const sql of statements) await client.query(sql);
  } finally {
    await client.end();
  }
}

function through(url: string, { address }: TcpProxy): string {
  const changed = new URL(url);
  changed.host = address;
  return changed.href;
}
