import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';
import { openKafkaBus } from '../../bus/kafka/kafka-bus.ts';
import type { KafkaSecurity } from '../../bus/kafka/security.ts';
import { type Namespace, NamespacedBus } from '../../bus/namespace.ts';
import { type LoadedConfiguration, readSecret } from '../../config/load.ts';
import { ChangeoverError } from '../../core/errors.ts';
import { registrySchemas } from '../../events/registry/registry.ts';
import { namespacedSchemas } from '../../events/schema-table.ts';
import { openPostgresqlState } from '../../state/postgresql/store.ts';
import type { Ports } from '../ports.ts';
import type { ScaledOutConfiguration } from './settings.ts';
import type { Shape } from './shape.ts';

/**
 * How far the clocks of processes and database may differ, milliseconds. Leases and the deadlines of calls go by the
 * database's clock; when a refused record or a file is tried again goes by the process's own.
 */
const CLOCKS_DIFFER_MS = 5_000;

/**
 * Kafka, the registry and PostgreSQL, as the configuration names them. The state first: it says whose deployment this is
 * before anything of the log is touched.
 * @throws whatever keeps it from any of the three; each says which.
 */
export async function openScaledOut(
  configuration: ScaledOutConfiguration,
  loaded: LoadedConfiguration,
  ports: Ports,
): Promise<Shape> {
  const { clock, logger, random, environment } = ports;
  const pem = pemReader(loaded.folder);
  const { kafka, registry } = configuration;
  const stateCa = pem(configuration.state.ca);
  const state = await openPostgresqlState({
    url: readSecret(configuration.state.url, 'the address of the state', loaded.folder, environment),
    schema: configuration.state.schema,
    deployment: configuration.deployment,
    toleranceMs: CLOCKS_DIFFER_MS,
    answerMs: configuration.state.timeoutSeconds * 1000,
    lockMs: configuration.state.timeoutSeconds * 500,
    idleMs: Math.round((configuration.state.timeoutSeconds * 1000) / 6),
    clock,
    logger: logger.child({ room: 'state' }),
    ...(stateCa === undefined ? {} : { ca: stateCa }),
  });
  try {
    const bus = await openKafkaBus({
      brokers: kafka.brokers,
      security: securityOf(configuration, loaded, ports),
      clientId: `changeover-${configuration.deployment}`,
      patience: { requestMs: kafka.timeoutSeconds * 1000 },
      clock,
      random,
      logger: logger.child({ room: 'bus' }),
      replication: kafka.replication ?? null,
    });
    const ca = pem(registry.ca);
    const schemas = registrySchemas({
      url: registry.url,
      logger: logger.child({ room: 'registry' }),
      ...(ca === undefined ? {} : { ca }),
      ...(registry.username === undefined
        ? {}
        : {
            credentials: {
              username: registry.username,
              password: readSecret(registry.password, 'the password of the registry', loaded.folder, environment),
            },
          }),
    });
    const space = namespaceOf(configuration);
    return {
      kind: 'scaled-out',
      bus: new NamespacedBus(bus, space),
      schemas: namespacedSchemas(schemas, space.topics),
      state,
      partitions: kafka.partitions,
      holder: `${hostname()}:${process.pid}:${random.uuid()}`,
      leaseMs: configuration.state.leaseSeconds * 1000,
      // Brokers delete what is older than the topic's retention.
      removeExpired: async () => undefined,
      async close() {
        await bus.close();
        await state.close();
      },
    };
  } catch (thrown) {
    await state.close();
    throw thrown;
  }
}

/** Subjects begin with their topic's name, and so with what stands before it. */
function namespaceOf({ deployment, kafka }: ScaledOutConfiguration): Namespace {
  const topics = kafka.topicPrefix === undefined ? '' : `${kafka.topicPrefix}.`;
  return { topics, groups: `${topics}changeover.${deployment}.` };
}

function securityOf({ kafka }: ScaledOutConfiguration, loaded: LoadedConfiguration, ports: Ports): KafkaSecurity {
  const pem = pemReader(loaded.folder);
  const { tls, sasl } = kafka;
  const [ca, certificate, key] = [pem(tls?.ca), pem(tls?.certificate), pem(tls?.key)];
  return {
    tls:
      tls === undefined
        ? null
        : {
            ...(ca === undefined ? {} : { ca }),
            ...(certificate === undefined ? {} : { certificate }),
            ...(key === undefined ? {} : { key }),
          },
    sasl:
      sasl === undefined
        ? null
        : {
            mechanism: sasl.mechanism,
            username: sasl.username,
            password: readSecret(sasl.password, 'the password for Kafka', loaded.folder, ports.environment),
          },
  };
}

/** Reads files of certificates and keys, named relative to the configuration. */
function pemReader(folder: string): (file: string | undefined) => string | undefined {
  return (file) => {
    if (file === undefined) return undefined;
    const path = isAbsolute(file) ? file : join(folder, file);
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      throw new ChangeoverError('CONFIG_NOT_READABLE', `${path} cannot be read: ${(cause as Error).message}`, {
        place: { file: path },
        cause,
      });
    }
  };
}
