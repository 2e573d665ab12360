import { type ConnectionOptions, createSecureContext } from 'node:tls';
import type { SASLOptions } from 'kafkajs';
import { ChangeoverError } from '../../core/errors.ts';

/** Texts in PEM form. */
export interface KafkaTls {
  /** The authority that signed the brokers' certificates; left out: those that Node knows. */
  readonly ca?: string;
  /** Our own certificate and its key, where brokers ask for one. */
  readonly certificate?: string;
  readonly key?: string;
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface KafkaSecurity {
  readonly tls: KafkaTls | null;
  readonly sasl: KafkaSasl | null;
}

export const PLAINTEXT: KafkaSecurity = { tls: null, sasl: null };

/** @throws BUS_TLS where a certificate or key is not readable as one. */
export function tlsOptions(tls: KafkaTls): ConnectionOptions {
  const options: ConnectionOptions = {
    // Said aloud, so that no environment variable turns it off.
    rejectUnauthorized: true,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
  };
  try {
    createSecureContext(options);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ChangeoverError('BUS_TLS', `the certificates for Kafka cannot be used: ${why}`, {
      hint: 'Each file must hold certificates or a key in PEM form, and the key must belong to the certificate.',
    });
  }
  return options;
}

export function saslOptions({ mechanism, username, password }: KafkaSasl): SASLOptions {
  return { mechanism, username, password };
}
