import { Kafka, logLevel } from 'kafkajs';
import { ChangeoverError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports.ts';
import { kafkaLogs } from './logging.ts';
import { repairKafkajs } from './repairs.ts';
import { type KafkaSecurity, saslOptions, tlsOptions } from './security.ts';
import type { Sockets } from './sockets.ts';

/** How long things may take, milliseconds. */
export interface Patience {
  /** One connection. */
  readonly connectMs: number;
  /** The answer to one request, beyond what the request itself lets the broker wait. */
  readonly requestMs: number;
  /** An append, with all its repetitions. */
  readonly appendMs: number;
}

export const PATIENCE: Patience = { connectMs: 5_000, requestMs: 20_000, appendMs: 60_000 };

export interface ClientOptions {
  /** `host:port` of some of the brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security: KafkaSecurity;
  readonly patience: Patience;
  readonly logger: Logger;
  readonly sockets: Sockets;
}

const ADDRESS = /^[^\s:/]+:\d{1,5}$/;

/** What all connections are made from. @throws BUS_UNREACHABLE for what is no address; BUS_TLS for unusable certificates. */
export function kafkaClient({ brokers, clientId, security, patience, logger, sockets }: ClientOptions): Kafka {
  repairKafkajs();
  const wrong = brokers.find((address) => !ADDRESS.test(address));
  if (wrong !== undefined || brokers.length === 0) {
    throw new ChangeoverError('BUS_UNREACHABLE', `not the address of a Kafka broker: "${wrong ?? ''}"`, {
      hint: 'Write `brokers` as host:port, separated by commas.',
    });
  }
  return new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: patience.connectMs,
    authenticationTimeout: patience.requestMs,
    requestTimeout: patience.requestMs,
    // Every address once, and one more; whatever lasts longer is tried again by those who know what it is for.
    retry: { retries: brokers.length, initialRetryTime: 100, maxRetryTime: 500 },
    socketFactory: sockets.factory,
    logLevel: logLevel.INFO,
    logCreator: kafkaLogs(logger),
    ...(security.tls === null ? {} : { ssl: tlsOptions(security.tls) }),
    ...(security.sasl === null ? {} : { sasl: saslOptions(security.sasl) }),
  });
}
