import pg from 'pg';
import type { ErrorCode } from '../../core/error-codes.ts';
import { ChangeoverError } from '../../core/errors.ts';

/** SQLSTATEs by their start (postgresql.org/docs/current/errcodes-appendix.html), the longer before the shorter. */
const SQLSTATES: readonly (readonly [start: string, code: ErrorCode])[] = [
  ['28', 'STATE_ACCESS_DENIED'],
  ['3D000', 'STATE_DATABASE_UNKNOWN'],
  ['42501', 'STATE_NO_RIGHT'],
  // A setting that we ask for, and that the server is too old to know.
  ['42704', 'STATE_SERVER_UNFIT'],
  ['25006', 'STATE_READ_ONLY'],
  ['25P03', 'STATE_UNREACHABLE'],
  ['55P03', 'STATE_BUSY'],
  ['40', 'STATE_BUSY'],
  ['57014', 'STATE_BUSY'],
  ['57P04', 'STATE_DATABASE_UNKNOWN'],
  ['57P', 'STATE_UNREACHABLE'],
  ['53100', 'STATE_DISK_FULL'],
  ['53', 'STATE_UNREACHABLE'],
  ['58', 'STATE_IO'],
  ['XX001', 'STATE_CORRUPT'],
  ['XX002', 'STATE_CORRUPT'],
  ['08', 'STATE_UNREACHABLE'],
];

/** What Node calls failures of a connection. */
const CONNECTION = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|EADDR|ENOENT|EACCES)/;

/** What Node calls a certificate that it does not accept. */
const CERTIFICATE = /^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH|INVALID_CA)/;

/** What the client says, without any code, of a connection that is gone or never came about. */
const CONNECTION_WORDS =
  /connection (error|terminated|timeout)|not queryable|timeout exceeded|query read timeout|client (was closed|has already)/i;

/** What came from the client or the server, as an error of the state; anything else stays as it is. */
export function stateError(thrown: unknown, place: string): unknown {
  if (!(thrown instanceof Error) || thrown instanceof ChangeoverError) return thrown;
  const code = codeOf(thrown);
  if (code === null) return thrown;
  const sqlstate = (thrown as { code?: unknown }).code;
  const detail = typeof sqlstate === 'string' ? ` (${sqlstate})` : '';
  // Several addresses of one name failed: the error itself says nothing.
  const words = thrown instanceof AggregateError ? thrown.errors.map(String).join('; ') : thrown.message;
  return new ChangeoverError(code, `${place}: ${words}${detail}`, { cause: thrown });
}

/** The server said nothing for too long: a fresh connection would wait as long again. */
export function isSilence(thrown: unknown): boolean {
  return thrown instanceof Error && /timeout/i.test(thrown.message);
}

/** Nothing more will come over this connection. */
export function isLost(error: unknown): boolean {
  return error instanceof ChangeoverError && error.code === 'STATE_UNREACHABLE';
}

function codeOf(error: Error): ErrorCode | null {
  const { code } = error as { code?: unknown };
  if (error instanceof pg.DatabaseError) {
    const sqlstate = String(code);
    return SQLSTATES.find(([start]) => sqlstate.startsWith(start))?.[1] ?? 'INTERNAL';
  }
  if (typeof code === 'string' && CERTIFICATE.test(code)) return 'STATE_TLS';
  if (error.message.includes('does not support SSL')) return 'STATE_TLS';
  if (typeof code === 'string' && CONNECTION.test(code)) return 'STATE_UNREACHABLE';
  if (CONNECTION_WORDS.test(error.message)) return 'STATE_UNREACHABLE';
  if (/password|SASL|SCRAM/i.test(error.message)) return 'STATE_ACCESS_DENIED';
  return null;
}
