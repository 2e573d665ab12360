import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { Client } from 'pg';
import { unpackDebian, unpackedAt, withLibrariesOf } from '../tools/debian.ts';
import { Guard } from './guard.ts';
import { freePorts } from './ports.ts';
import { ServerProcess, WrongServerError } from './server.ts';

const PATIENCE_MS = 60_000;
const ROLE = 'changeover';

export interface PostgresqlTools {
  /** The folder of `postgres` and `initdb`. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

export interface PostgresqlOptions {
  /** Wait for the disk at every commit. Without it data outlives a kill all the same, but not a power cut. */
  readonly durable?: boolean;
  /** Further settings of the server. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Postgresql {
  /** The database `postgres`; the role in it may create others. */
  readonly url: string;
  readonly process: ServerProcess;
  /** Ends it for good and removes its data. */
  stop(): Promise<void>;
}

/**
 * Finds the server's programs: in CHANGEOVER_POSTGRESQL_BIN, on the PATH, where Debian keeps them, or taken from
 * Debian's package.
 */
export function preparePostgresql(): PostgresqlTools {
  const unpacked = unpackedAt('postgresql');
  const found = installed() ?? unpackedTools(unpacked);
  if (found !== null) return found;
  const problem = unpackDebian({ name: 'postgresql', dependencies: true });
  const tools = unpackedTools(unpacked);
  if (tools !== null) return tools;
  throw new Error(
    `PostgreSQL is needed for the tests and is not on this machine: ${problem ?? 'the package does not hold it'}.\n` +
      'Install it (on Debian: apt-get install postgresql), or name the folder of its programs in CHANGEOVER_POSTGRESQL_BIN. ' +
      'A server of your own is used instead where STATE_URL names it.',
  );
}

/** Starts a server of its own with an empty data folder. */
export async function startPostgresql(options: PostgresqlOptions = {}): Promise<Postgresql> {
  const tools = preparePostgresql();
  const user = otherUser();
  const [port = 0] = await freePorts(1);
  const guard = new Guard('postgresql');
  const data = join(guard.folder, 'data');
  const password = randomBytes(12).toString('hex');
  const url = `postgresql://${ROLE}:${password}@127.0.0.1:${port}/postgres`;
  const settings = { ...QUIET, ...(options.durable === true ? {} : FAST), ...options.settings };
  const server = new ServerProcess(
    {
      name: 'PostgreSQL',
      command: join(tools.folder, 'postgres'),
      args: [
        ...['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', ''],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      environment: tools.environment,
      folder: guard.folder,
      log: join(guard.folder, 'postgresql.log'),
      ...(user === null ? {} : { user }),
      // "Fast" shutdown: transactions are rolled back, sessions ended, the data written.
      stopSignal: 'SIGINT',
      patienceMs: PATIENCE_MS,
      ready: () => assertPostgresql(url, data),
      helpers: childrenOf,
    },
    guard,
  );
  try {
    makeCluster({ tools, user, data, password });
    await server.start();
  } catch (thrown) {
    await guard.close();
    throw thrown;
  }
  return {
    url,
    process: server,
    stop: async () => {
      // "Immediate" shutdown: its helpers end at once, where a kill leaves them to find out by themselves.
      await server.kill('SIGQUIT');
      await guard.close();
    },
  };
}

const QUIET = {
  log_min_messages: 'warning',
  max_connections: '200',
  shared_buffers: '64MB',
  jit: 'off',
  // Leaves nothing outside the data folder when the server is killed.
  dynamic_shared_memory_type: 'mmap',
  timezone: 'UTC',
};

const FAST = { fsync: 'off', full_page_writes: 'off' };

/**
 * Asks the server which data folder it works in.
 * @throws WrongServerError where it is another, or where it does not know our role; other errors while it starts.
 */
export async function assertPostgresql(url: string, data: string): Promise<void> {
  const address = new URL(url).host;
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    const found = rows[0]?.data_directory ?? 'unknown';
    if (found !== data) throw new WrongServerError(address, `PostgreSQL in ${found}`, `PostgreSQL in ${data}`);
  } catch (thrown) {
    const code = (thrown as { code?: string }).code;
    if (code === '28P01' || code === '28000')
      throw new WrongServerError(address, 'a PostgreSQL that does not know our role', `PostgreSQL in ${data}`);
    throw thrown;
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface NewCluster {
  readonly tools: PostgresqlTools;
  readonly user: User | null;
  readonly data: string;
  readonly password: string;
}

function makeCluster({ tools, user, data, password }: NewCluster): void {
  mkdirSync(data, { mode: 0o700 });
  const secret = join(dirname(data), 'password');
  writeFileSync(secret, password, { mode: 0o600 });
  if (user !== null) for (const path of [data, secret]) chownSync(path, user.uid, user.gid);
  const result = spawnSync(
    join(tools.folder, 'initdb'),
    [
      ...['-D', data, '-U', ROLE, '--auth=scram-sha-256', `--pwfile=${secret}`],
      ...['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    ],
    { cwd: dirname(data), env: tools.environment, encoding: 'utf8', ...user },
  );
  rmSync(secret);
  if (result.status !== 0) throw new Error(`initdb failed: ${result.error?.message ?? result.stderr}`);
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root. Null: we are not root. */
function otherUser(): User | null {
  if (process.getuid?.() !== 0) return null;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and this machine has no user postgres or nobody to run it as');
}

/** PostgreSQL's own processes live in groups of their own, so a signal to the first one's group misses them. */
function childrenOf(pid: number): readonly number[] {
  const listed = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return listed.stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
}

function installed(): PostgresqlTools | null {
  const folders = [
    process.env.CHANGEOVER_POSTGRESQL_BIN ?? '',
    ...(process.env.PATH ?? '').split(delimiter),
    ...versionFolders('/usr/lib/postgresql'),
  ];
  for (const folder of folders) {
    const program = join(folder, 'postgres');
    if (folder === '' || !existsSync(program)) continue;
    // A link on the PATH may lead to the folder in which initdb lies.
    const real = dirname(realpathSync(program));
    if (existsSync(join(real, 'initdb'))) return { folder: real, environment: process.env };
  }
  return null;
}

function unpackedTools(root: string): PostgresqlTools | null {
  const folder = versionFolders(join(root, 'usr', 'lib', 'postgresql')).find((one) => existsSync(join(one, 'initdb')));
  return folder === undefined ? null : { folder, environment: withLibrariesOf(root, process.env) };
}

/** Newest version first. */
function versionFolders(parent: string): readonly string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join(parent, version, 'bin'));
}
