import type { ErrorCode } from '../../core/error-codes.ts';
import { ChangeoverError } from '../../core/errors.ts';

/** Kafka's error names (kafka.apache.org/protocol#protocol_error_codes) that mean something to us beyond "try again". */
const BY_TYPE: Readonly<Record<string, ErrorCode>> = {
  SASL_AUTHENTICATION_FAILED: 'BUS_AUTHENTICATION',
  UNSUPPORTED_SASL_MECHANISM: 'BUS_AUTHENTICATION',
  ILLEGAL_SASL_STATE: 'BUS_AUTHENTICATION',
  TOPIC_AUTHORIZATION_FAILED: 'BUS_FORBIDDEN',
  GROUP_AUTHORIZATION_FAILED: 'BUS_FORBIDDEN',
  CLUSTER_AUTHORIZATION_FAILED: 'BUS_FORBIDDEN',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'BUS_FORBIDDEN',
  UNKNOWN_TOPIC_OR_PARTITION: 'BUS_TOPIC_UNKNOWN',
  INVALID_TOPIC_EXCEPTION: 'BUS_TOPIC_CONFLICT',
  OFFSET_OUT_OF_RANGE: 'BUS_POSITION_OUT_OF_LOG',
  MESSAGE_TOO_LARGE: 'BUS_MESSAGE_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'BUS_MESSAGE_TOO_LARGE',
  INVALID_TIMESTAMP: 'BUS_TOPIC_UNSAFE',
  INVALID_REPLICATION_FACTOR: 'BUS_TOPIC_UNSAFE',
  INVALID_CONFIG: 'BUS_TOPIC_UNSAFE',
  POLICY_VIOLATION: 'BUS_TOPIC_UNSAFE',
  INCONSISTENT_GROUP_PROTOCOL: 'BUS_GROUP_BUSY',
  NON_EMPTY_GROUP: 'BUS_GROUP_BUSY',
};

const BY_NAME: Readonly<Record<string, ErrorCode>> = {
  KafkaJSSASLAuthenticationError: 'BUS_AUTHENTICATION',
  // Somebody else's message, packed in a way that kafkajs cannot unpack: topics of ours do not keep such.
  KafkaJSNotImplemented: 'BUS_TOPIC_UNSAFE',
};

const TLS_CODES = /^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL|EPROTO|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/;

interface KafkaFailure {
  readonly name?: string;
  readonly message?: string;
  /** Kafka's name of the error. */
  readonly type?: string;
  /** Of a connection: the system's code. */
  readonly code?: unknown;
  readonly retriable?: boolean;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** The error and those it was made from, the outermost first: kafkajs wraps what happened once or twice. */
export function failures(thrown: unknown): readonly KafkaFailure[] {
  const found: KafkaFailure[] = [];
  const look = (one: unknown) => {
    if (typeof one !== 'object' || one === null || found.includes(one)) return;
    found.push(one);
    const { cause, errors } = one as KafkaFailure;
    look(cause);
    for (const each of Array.isArray(errors) ? errors : []) look(each);
  };
  look(thrown);
  return found;
}

/** Kafka's own name of what went wrong; undefined where it did not come from a broker. */
export function typeOf(thrown: unknown): string | undefined {
  return failures(thrown).find(({ type }) => type !== undefined)?.type;
}

/**
 * One broker, asked about a topic that another had just told us of, does not know it yet: it was made a moment ago, or that
 * broker is coming back. Whether the topic is gone, is seen when its partitions are asked for again.
 */
export function lagsBehind(thrown: unknown): boolean {
  return typeOf(thrown) === 'UNKNOWN_TOPIC_OR_PARTITION';
}

/** What kafkajs threw, as an error of the log. `doing` says what was tried, for the message. */
export function kafkaError(thrown: unknown, doing: string): ChangeoverError {
  if (thrown instanceof ChangeoverError) return thrown;
  const found = failures(thrown);
  const said = found.findLast(({ message }) => message !== undefined && message !== '')?.message ?? String(thrown);
  const type = typeOf(thrown);
  const message = `${doing}: ${said}${type === undefined ? '' : ` (${type})`}`;
  const code = codeOf(found, type);
  if (code !== null) return new ChangeoverError(code, message, { cause: thrown });
  if (!found.some(({ name }) => name?.startsWith('KafkaJS') === true)) {
    return new ChangeoverError('INTERNAL', message, { cause: thrown });
  }
  return new ChangeoverError('BUS_UNAVAILABLE', message, { cause: thrown });
}

function codeOf(found: readonly KafkaFailure[], type: string | undefined): ErrorCode | null {
  const byType = type === undefined ? undefined : BY_TYPE[type];
  if (byType !== undefined) return byType;
  const named = found.flatMap(({ name }) => (name === undefined ? [] : [BY_NAME[name]])).find(Boolean);
  if (named !== undefined) return named;
  const tls = found.some(({ name, code }) => name === 'KafkaJSConnectionError' && TLS_CODES.test(String(code ?? '')));
  return tls ? 'BUS_TLS' : null;
}

/** As `kafkaError`, for the first connection: what does not answer at all is said to be unreachable. */
export function connectError(thrown: unknown, brokers: readonly string[], secured: boolean): ChangeoverError {
  const error = kafkaError(thrown, `connecting to ${brokers.join(', ')}`);
  if (error.code !== 'BUS_UNAVAILABLE') return error;
  // A listener that wants TLS or a password closes the connection, or waits for more, without saying why.
  const refused = failures(thrown).some(({ code }) => code === 'ECONNREFUSED' || code === 'ENOTFOUND');
  const hint = refused
    ? 'Check `brokers`: nobody listens at this address.'
    : secured
      ? 'Somebody answered, but not as expected: is this the listener for TLS and passwords?'
      : 'Somebody may have answered, but not in plain text: does this listener want TLS or a password?';
  return new ChangeoverError('BUS_UNREACHABLE', error.message, { cause: thrown, hint });
}

/** The partition whose position is not in the log; null for any other error. */
export function outOfRange(thrown: unknown): { readonly topic: string; readonly partition: number } | null {
  const found = failures(thrown).find(({ name }) => name === 'KafkaJSOffsetOutOfRange');
  return found === undefined ? null : (found as unknown as { topic: string; partition: number });
}
