import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { prepareJava } from '../tools/java.ts';
import { fromMaven } from '../tools/maven.ts';
import { makeCertificates } from './certificates.ts';
import { Guard } from './guard.ts';
import { javaOptions } from './java.ts';
import {
  type BrokerLayout,
  brokerProperties,
  type ClusterLayout,
  type Credentials,
  type Listener,
  SASL_MECHANISMS,
} from './kafka-properties.ts';
import { freePorts } from './ports.ts';
import { ServerProcess, WrongServerError } from './server.ts';

const POM = join(import.meta.dirname, 'kafka.pom.xml');
const PATIENCE_MS = 120_000;

export interface KafkaOptions {
  readonly brokers?: 1 | 3;
  /** Opens listeners with TLS, SASL, and SASL over TLS beside the plain one. */
  readonly secure?: boolean;
  /** Opens a listener for a proxy: one port for each broker, the port of the proxy, which clients are told to use. */
  readonly proxies?: readonly number[];
  /** Further lines of server.properties; they win over the bench's own. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Broker {
  readonly nodeId: number;
  /** Of the plain listener. */
  readonly address: string;
  /** Of the listener that stands behind a proxy; null: there is none. */
  readonly behindProxy: string | null;
  readonly process: ServerProcess;
}

/** How clients reach the listeners that are not open to all. */
export interface SecureAccess {
  readonly tls: readonly string[];
  /** SASL without TLS: PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
  readonly sasl: readonly string[];
  readonly saslTls: readonly string[];
  /** PEM; no system trusts it by itself. */
  readonly authority: string;
  readonly credentials: Credentials;
}

export interface KafkaCluster {
  readonly clusterId: string;
  /** Of the plain listeners. */
  readonly addresses: readonly string[];
  readonly brokers: readonly Broker[];
  /** Null unless asked for. */
  readonly secure: SecureAccess | null;
  /** Holds the data and the logs of all brokers. */
  readonly folder: string;
  /** Ends all brokers for good and removes their data. */
  stop(): Promise<void>;
}

/** Gets the broker's jars unless they are there. Returns their folder. */
export function prepareKafka(): string {
  return fromMaven(POM);
}

/** Starts a cluster of its own in KRaft mode, every broker being a controller too. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const java: Java = { program: prepareJava(), jars: join(prepareKafka(), '*') };
  const guard = new Guard('kafka');
  try {
    const layout = await layOut(guard.folder, options);
    const clusterId = newClusterId();
    const files = await Promise.all(layout.brokers.map((broker) => format(java, broker, layout, clusterId)));
    const brokers = layout.brokers.map((broker, index) =>
      brokerOf({ java, broker, properties: files[index] ?? '', clusterId, guard }),
    );
    await Promise.all(brokers.map(({ process }) => process.start()));
    const addresses = brokers.map(({ address }) => address);
    await warmUp(addresses);
    return {
      clusterId,
      addresses,
      brokers,
      secure: secureAccess(layout),
      folder: guard.folder,
      stop: async () => {
        await Promise.all(brokers.map(({ process }) => process.kill()));
        await guard.close();
      },
    };
  } catch (thrown) {
    await guard.close();
    throw thrown;
  }
}

/**
 * Asks a broker which cluster it belongs to.
 * @throws WrongServerError where it is another cluster; other errors while it starts.
 */
export async function assertBroker(address: string, clusterId: string, nodeId: number): Promise<void> {
  const admin = clientOf([address], 0).admin();
  try {
    await admin.connect();
    const found = await admin.describeCluster();
    if (found.clusterId !== clusterId)
      throw new WrongServerError(address, `a broker of cluster ${found.clusterId}`, `of cluster ${clusterId}`);
    if (!found.brokers.some((broker) => broker.nodeId === nodeId))
      throw new Error(`broker ${nodeId} has not joined its cluster`);
  } finally {
    await admin.disconnect();
  }
}

// One name for each partition of the topic of group offsets, which the bench gives four.
const WARM_UP_GROUPS = ['a', 'b', 'c', 'd'];

/** The topic of group offsets is made at the first question about a group; asked here, so that no test waits for it. */
async function warmUp(addresses: readonly string[]): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const admin = clientOf(addresses, 5).admin();
    try {
      await admin.connect();
      for (const groupId of WARM_UP_GROUPS) await admin.fetchOffsets({ groupId });
      return;
    } catch (thrown) {
      if (performance.now() - begun > PATIENCE_MS) throw thrown;
      await wait(100);
    } finally {
      await admin.disconnect();
    }
  }
}

function clientOf(addresses: readonly string[], retries: number): Kafka {
  return new Kafka({
    brokers: [...addresses],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: { retries, initialRetryTime: 100 },
  });
}

interface Java {
  readonly program: string;
  readonly jars: string;
}

async function layOut(folder: string, options: KafkaOptions): Promise<ClusterLayout> {
  const count = options.brokers ?? 1;
  const { proxies } = options;
  if (proxies !== undefined && proxies.length !== count)
    throw new Error(`${count} brokers need ${count} proxies; there are ${proxies.length}`);
  const listeners: readonly Listener[] = [
    'PLAIN',
    'CONTROLLER',
    ...(options.secure === true ? (['TLS', 'SASL', 'SASL_TLS'] as const) : []),
    ...(proxies === undefined ? [] : (['PROXIED'] as const)),
  ];
  const ports = await freePorts(count * listeners.length);
  const brokers = Array.from({ length: count }, (_, index): BrokerLayout => {
    const own = ports.slice(index * listeners.length);
    return {
      nodeId: index + 1,
      data: join(folder, `broker-${index + 1}`),
      ports: Object.fromEntries(listeners.map((listener, place) => [listener, own[place]])),
      advertised: proxies?.[index] ?? null,
    };
  });
  const secure = options.secure === true;
  return {
    brokers,
    certificates: secure ? makeCertificates(folder) : null,
    credentials: secure ? { username: 'changeover', password: randomBytes(12).toString('hex') } : null,
    settings: options.settings ?? {},
  };
}

/** Writes the broker's properties and formats its data folder with Kafka's own tool. Returns the file of properties. */
async function format(java: Java, broker: BrokerLayout, layout: ClusterLayout, clusterId: string): Promise<string> {
  const file = `${broker.data}.properties`;
  mkdirSync(broker.data);
  writeFileSync(file, brokerProperties(broker, layout), { mode: 0o600 });
  const scram = (layout.credentials === null ? [] : SASL_MECHANISMS.filter((name) => name.startsWith('SCRAM'))).flatMap(
    (mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${layout.credentials?.username},password=${layout.credentials?.password}]`,
    ],
  );
  const tool = spawn(
    java.program,
    [...commandLine(java, 128), 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', file, ...scram],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const [said, [code]] = await Promise.all([text(tool.stderr), once(tool, 'close')]);
  if (code !== 0) throw new Error(`the storage of Kafka could not be formatted: ${said}`);
  return file;
}

interface BrokerParts {
  readonly java: Java;
  readonly broker: BrokerLayout;
  readonly properties: string;
  readonly clusterId: string;
  readonly guard: Guard;
}

function brokerOf({ java, broker, properties, clusterId, guard }: BrokerParts): Broker {
  const address = `127.0.0.1:${broker.ports.PLAIN}`;
  return {
    nodeId: broker.nodeId,
    address,
    behindProxy: broker.ports.PROXIED === undefined ? null : `127.0.0.1:${broker.ports.PROXIED}`,
    process: new ServerProcess(
      {
        name: `Kafka broker ${broker.nodeId}`,
        command: java.program,
        args: [...commandLine(java, 384), 'kafka.Kafka', properties],
        folder: guard.folder,
        log: `${broker.data}.log`,
        stopSignal: 'SIGTERM',
        patienceMs: PATIENCE_MS,
        ready: () => assertBroker(address, clusterId, broker.nodeId),
      },
      guard,
    ),
  };
}

function commandLine(java: Java, heapMb: number): readonly string[] {
  return [...javaOptions(heapMb), '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', java.jars];
}

function secureAccess(layout: ClusterLayout): SecureAccess | null {
  if (layout.certificates === null || layout.credentials === null) return null;
  const at = (listener: Listener) => layout.brokers.map(({ ports }) => `127.0.0.1:${ports[listener]}`);
  return {
    tls: at('TLS'),
    sasl: at('SASL'),
    saslTls: at('SASL_TLS'),
    authority: layout.certificates.authority,
    credentials: layout.credentials,
  };
}

/** 16 random bytes as Kafka writes them; one that began with a dash would be taken for an option. */
function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}
