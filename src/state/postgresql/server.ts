import type { ClientConfig } from 'pg';
import pg from 'pg';
import { ChangeoverError } from '../../core/errors.ts';
import { parseInt8 } from './int8.ts';
import { fromStored } from './text.ts';

/** Which database on which server, and how to get in. */
export interface ServerOptions {
  /**
   * `postgresql://user:password@host:port/database`, with `?sslmode=` disable, require or verify-full where the default
   * does not fit: TLS everywhere but on loopback, always with a certificate that is checked.
   */
  readonly url: string;
  /** Where it does not stand in the address. */
  readonly password?: string;
  /** Certificates of the authority that signed the server's, as PEM. Left out: those that Node trusts. */
  readonly ca?: string;
}

export interface PatienceOptions {
  /** How long connecting may take, milliseconds; 10 s unless given. */
  readonly connectMs?: number;
  /** How long a statement may go unanswered, milliseconds; 60 s unless given. Longer than `lockMs`. */
  readonly answerMs?: number;
  /** How long to wait for another process's transaction, milliseconds; 30 s unless given. Longer than `idleMs`. */
  readonly lockMs?: number;
  /** After how long the server takes back the transaction of a process that stands still in it, milliseconds; 10 s unless given. */
  readonly idleMs?: number;
}

export interface Server {
  /** For messages: host, port and database, never a password. */
  readonly name: string;
  readonly schema: string;
  readonly config: ClientConfig;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const SSL_MODES = new Set(['disable', 'require', 'verify-full']);
const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,62}$/;
const INT8 = 20;
const TEXT = 25;

/** @throws STATE_ADDRESS */
export function serverOf(options: ServerOptions & PatienceOptions & { readonly schema?: string }): Server {
  const schema = options.schema ?? 'changeover';
  if (!SCHEMA_NAME.test(schema)) {
    throw new ChangeoverError('STATE_ADDRESS', `"${schema}" cannot be the name of the state's schema`, {
      hint: 'Use lower-case letters, digits and underscores, at most 63.',
    });
  }
  const url = addressOf(options.url);
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  const database = decodeURIComponent(url.pathname.slice(1));
  const port = url.port === '' ? 5432 : Number(url.port);
  const settings = {
    search_path: schema,
    // An acknowledged commit is on the disk, whatever the server's own default is.
    synchronous_commit: 'on',
    lock_timeout: options.lockMs ?? 30_000,
    // A process that is frozen in the middle of a transaction would keep all others from writing.
    idle_in_transaction_session_timeout: options.idleMs ?? 10_000,
    // A plan made while a table was empty reads all of it, and would be kept for as long as the connection.
    plan_cache_mode: 'force_custom_plan',
    timezone: 'UTC',
  };
  return {
    name: `PostgreSQL at ${host}:${port}/${database}, schema ${schema}`,
    schema,
    config: {
      host: host.replace(/^\[(.*)\]$/, '$1'),
      port,
      database,
      user: decodeURIComponent(url.username),
      password: options.password ?? decodeURIComponent(url.password),
      ssl: tlsOf(url, host, options.ca),
      application_name: 'changeover',
      options: Object.entries(settings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
      connectionTimeoutMillis: options.connectMs ?? 10_000,
      query_timeout: options.answerMs ?? 60_000,
      keepAlive: true,
      types: {
        getTypeParser: (type: number, format?: 'text' | 'binary') => {
          if (type === INT8 && format !== 'binary') return parseInt8;
          if (type === TEXT && format !== 'binary') return fromStored;
          return pg.types.getTypeParser(type, format as 'text');
        },
      },
    },
  };
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol) || url.pathname.length < 2) {
    // The text may hold a password, and is not repeated.
    throw new ChangeoverError(
      'STATE_ADDRESS',
      "the state's address is not of the form postgresql://user@host/database",
    );
  }
  const strange = [...url.searchParams.keys()].find((name) => name !== 'sslmode' && name !== 'host');
  if (strange !== undefined)
    throw new ChangeoverError(
      'STATE_ADDRESS',
      `the state's address has a parameter "${strange}" that is not known here`,
    );
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && !SSL_MODES.has(mode)) {
    throw new ChangeoverError('STATE_ADDRESS', `sslmode=${mode} is not one of ${[...SSL_MODES].join(', ')}`, {
      hint: 'TLS is either off (disable) or checks the certificate (verify-full; require means the same here).',
    });
  }
  return url;
}

function tlsOf(url: URL, host: string, ca: string | undefined): ClientConfig['ssl'] {
  const mode = url.searchParams.get('sslmode');
  const near = LOOPBACK.has(host) || host.startsWith('/');
  if (mode === 'disable' || (mode === null && near && ca === undefined)) return false;
  return { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) };
}
