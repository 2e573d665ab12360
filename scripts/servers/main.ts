// `npm run servers`: brings up Kafka, the registry and PostgreSQL for people, until Ctrl-C.
import { once } from 'node:events';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { type KafkaCluster, startKafka } from './kafka.ts';
import { OWN_SERVERS, SERVER_NAMES, type ServerName } from './own.ts';
import { startPostgresql } from './postgresql.ts';
import { startRegistry } from './registry.ts';

const USAGE = `usage: npm run servers -- [${SERVER_NAMES.join('] [')}] [--brokers 1|3] [--secure]

Starts the servers named, or all of them, on free ports of 127.0.0.1 with empty data, and prints their addresses as
shell variables. Ctrl-C ends them and removes their data.

  --brokers 3   three Kafka brokers in one cluster
  --secure      Kafka listens with TLS and SASL too; addresses, user and authority are printed
`;

interface Up {
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

interface Choice {
  readonly names: readonly ServerName[];
  readonly brokers: 1 | 3;
  readonly secure: boolean;
}

/** Null: the words are not understood. */
export function choose(args: readonly string[]): Choice | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { brokers: { type: 'string', default: '1' }, secure: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const names = SERVER_NAMES.filter((name) => positionals.length === 0 || positionals.includes(name));
    const understood = positionals.every((one) => (SERVER_NAMES as readonly string[]).includes(one));
    if (!understood || !['1', '3'].includes(values.brokers)) return null;
    return { names, brokers: values.brokers === '3' ? 3 : 1, secure: values.secure };
  } catch {
    return null;
  }
}

async function main(): Promise<void> {
  const choice = choose(process.argv.slice(2));
  if (choice === null) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  // Heard from the start: a Ctrl-C during the start must end what is up by then.
  const asked = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const begun = performance.now();
  const outcomes = await Promise.allSettled(choice.names.map((name) => START[name](choice)));
  const up = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  if (failures.length === 0) {
    for (const line of up.flatMap(({ lines }) => lines)) process.stdout.write(`${line}\n`);
    process.stderr.write(`Up after ${((performance.now() - begun) / 1_000).toFixed(1)} s. Ctrl-C ends them.\n`);
    // A pending promise alone keeps no process alive.
    const alive = setInterval(() => undefined, 60_000);
    await asked;
    clearInterval(alive);
  }
  await Promise.all(up.map((one) => one.stop()));
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

const START: Readonly<Record<ServerName, (choice: Choice) => Promise<Up>>> = {
  async kafka({ brokers, secure }) {
    const cluster = await startKafka({ brokers, secure });
    return {
      lines: [assign('kafka', cluster.addresses.join(',')), ...secureLines(cluster)],
      stop: () => cluster.stop(),
    };
  },
  async registry() {
    const registry = await startRegistry();
    return { lines: [assign('registry', registry.url)], stop: () => registry.stop() };
  },
  async postgresql() {
    const server = await startPostgresql();
    return { lines: [assign('postgresql', server.url)], stop: () => server.stop() };
  },
};

function assign(name: ServerName, value: string): string {
  return `export ${OWN_SERVERS[name]}=${value}`;
}

function secureLines({ secure }: KafkaCluster): readonly string[] {
  if (secure === null) return [];
  return [
    `# TLS: ${secure.tls.join(',')}`,
    `# SASL (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512): ${secure.sasl.join(',')}`,
    `# SASL over TLS: ${secure.saslTls.join(',')}`,
    `# user ${secure.credentials.username}, password ${secure.credentials.password}`,
    ...secure.authority
      .trimEnd()
      .split('\n')
      .map((line) => `# ${line}`),
  ];
}

if (import.meta.main) await main();
