import type { Certificates } from './certificates.ts';

/** Where a broker listens. All but PLAIN and CONTROLLER are there only where a cluster was asked for them. */
export type Listener = 'PLAIN' | 'CONTROLLER' | 'TLS' | 'SASL' | 'SASL_TLS' | 'PROXIED';

const PROTOCOL: Record<Listener, string> = {
  PLAIN: 'PLAINTEXT',
  CONTROLLER: 'PLAINTEXT',
  TLS: 'SSL',
  SASL: 'SASL_PLAINTEXT',
  SASL_TLS: 'SASL_SSL',
  PROXIED: 'PLAINTEXT',
};

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface BrokerLayout {
  readonly nodeId: number;
  readonly data: string;
  readonly ports: Readonly<Partial<Record<Listener, number>>>;
  /** The port that clients of the listener PROXIED are told to use. */
  readonly advertised: number | null;
}

export interface ClusterLayout {
  readonly brokers: readonly BrokerLayout[];
  readonly certificates: Certificates | null;
  readonly credentials: Credentials | null;
  readonly settings: Readonly<Record<string, string>>;
}

/** The server.properties of one broker, which is a controller too. */
export function brokerProperties(broker: BrokerLayout, cluster: ClusterLayout): string {
  const listeners = Object.entries(broker.ports) as [Listener, number][];
  const replicas = String(Math.min(3, cluster.brokers.length));
  const inSync = String(Math.min(2, cluster.brokers.length));
  const voters = cluster.brokers.map(({ nodeId, ports }) => `${nodeId}@127.0.0.1:${ports.CONTROLLER}`);
  const advertisedPort = (name: Listener, port: number) => (name === 'PROXIED' ? (broker.advertised ?? port) : port);
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(broker.nodeId),
    'log.dirs': broker.data,
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN',
    listeners: listeners.map(([name, port]) => `${name}://127.0.0.1:${port}`).join(','),
    'advertised.listeners': listeners
      .filter(([name]) => name !== 'CONTROLLER')
      .map(([name, port]) => `${name}://127.0.0.1:${advertisedPort(name, port)}`)
      .join(','),
    'listener.security.protocol.map': listeners.map(([name]) => `${name}:${PROTOCOL[name]}`).join(','),
    // A topic that somebody forgot to create must be an error and not a topic with one partition.
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    ...SMALL,
    ...QUICK,
    ...(cluster.certificates === null ? {} : tls(cluster.certificates)),
    ...(cluster.credentials === null ? {} : sasl(cluster.credentials)),
    ...cluster.settings,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const SMALL = {
  'num.network.threads': '2',
  'num.io.threads': '4',
  'background.threads': '2',
  'log.cleaner.dedupe.buffer.size': '8388608',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.num.partitions': '4',
  'share.coordinator.state.topic.num.partitions': '1',
};

// A test waits for what these decide: how soon a group works, and how soon a lost broker or member is noticed.
const QUICK = {
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '500',
  'broker.heartbeat.interval.ms': '500',
  'broker.session.timeout.ms': '4000',
};

function tls(certificates: Certificates): Record<string, string> {
  return { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': certificates.keyStore };
}

export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

function sasl({ username, password }: Credentials): Record<string, string> {
  const settings: Record<string, string> = { 'sasl.enabled.mechanisms': SASL_MECHANISMS.join(',') };
  const security = 'org.apache.kafka.common.security';
  for (const listener of ['sasl', 'sasl_tls']) {
    const jaas = (mechanism: string) => `listener.name.${listener}.${mechanism}.sasl.jaas.config`;
    settings[jaas('plain')] = `${security}.plain.PlainLoginModule required user_${username}="${password}";`;
    // SCRAM secrets lie in the cluster's metadata, where formatting put them.
    for (const mechanism of ['scram-sha-256', 'scram-sha-512'])
      settings[jaas(mechanism)] = `${security}.scram.ScramLoginModule required;`;
  }
  return settings;
}
