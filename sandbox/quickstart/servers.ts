import { startKafka } from '../../scripts/servers/kafka.ts';
import { startPostgresql } from '../../scripts/servers/postgresql.ts';
import { startRegistry } from '../../scripts/servers/registry.ts';

/** Kafka, a schema registry and PostgreSQL of the quickstart's own: empty at the start, removed at the end. */
export interface QuickstartServers {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly stateUrl: string;
  stop(): Promise<void>;
}

/** Starts the three side by side. Where one cannot be had, the others are stopped and it says how to get it. */
export async function startServers(): Promise<QuickstartServers> {
  const outcomes = await Promise.allSettled([startKafka(), startRegistry(), startPostgresql()] as const);
  const [kafka, registry, postgresql] = outcomes;
  const stop = async () => {
    await Promise.all(outcomes.map((one) => (one.status === 'fulfilled' ? one.value.stop() : null)));
  };
  if (kafka.status === 'fulfilled' && registry.status === 'fulfilled' && postgresql.status === 'fulfilled') {
    return {
      brokers: kafka.value.addresses,
      registryUrl: registry.value.url,
      stateUrl: postgresql.value.url,
      stop,
    };
  }
  await stop();
  throw outcomes.find((one) => one.status === 'rejected')?.reason;
}
