import process from 'node:process';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';

/** The variables by which a team names servers of its own; each is used instead of a server that the bench starts. */
export const OWN_SERVERS = { kafka: 'KAFKA_BROKERS', registry: 'REGISTRY_URL', postgresql: 'STATE_URL' } as const;

export type ServerName = keyof typeof OWN_SERVERS;

export const SERVER_NAMES = Object.keys(OWN_SERVERS) as readonly ServerName[];

/** The address that the team gave; null: the bench starts a server. */
export function ownServer(name: ServerName): string | null {
  const value = process.env[OWN_SERVERS[name]];
  return value === undefined || value === '' ? null : value;
}

/** @throws with the variable's name where the server that it names does not answer. */
export async function assertAnswers(name: ServerName, address: string): Promise<void> {
  try {
    await QUESTIONS[name](address);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(`${OWN_SERVERS[name]} names a server that does not answer as it should: ${reason}`);
  }
}

const QUESTIONS: Readonly<Record<ServerName, (address: string) => Promise<void>>> = {
  async kafka(address) {
    const admin = new Kafka({ brokers: address.split(','), logLevel: logLevel.NOTHING, retry: { retries: 1 } }).admin();
    try {
      await admin.connect();
      await admin.describeCluster();
    } finally {
      await admin.disconnect();
    }
  },
  async registry(address) {
    const response = await fetch(`${address}/subjects`, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  },
  async postgresql(address) {
    const client = new Client({ connectionString: address, connectionTimeoutMillis: 10_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
    } finally {
      await client.end();
    }
  },
};
