import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepareJava } from '../tools/java.ts';
import { fromMaven } from '../tools/maven.ts';
import { Guard } from './guard.ts';
import { javaOptions } from './java.ts';
import { freePorts } from './ports.ts';
import { ServerProcess, WrongServerError } from './server.ts';

const POM = join(import.meta.dirname, 'registry.pom.xml');
const PATIENCE_MS = 120_000;

export interface Registry {
  /** The address of its Confluent API. */
  readonly url: string;
  readonly process: ServerProcess;
  /** Ends it for good and removes its data. */
  stop(): Promise<void>;
}

/** Gets the registry unless it is there. Returns the folder of its program. */
export function prepareRegistry(): string {
  return fromMaven(POM, (folder) => {
    const archive = readdirSync(folder).find((name) => name.endsWith('.tar.gz'));
    if (archive === undefined) throw new Error('Maven brought no archive of the registry');
    const result = spawnSync('tar', ['-xzf', archive], { cwd: folder, encoding: 'utf8' });
    if (result.status !== 0) throw new Error(`tar: ${result.error?.message ?? result.stderr}`);
    rmSync(join(folder, archive));
  });
}

/** Starts a registry of its own: empty, and what is registered outlives a kill. */
export async function startRegistry(): Promise<Registry> {
  const java = prepareJava();
  const program = prepareRegistry();
  const jar = readdirSync(program).find((name) => name.endsWith('-runner.jar'));
  if (jar === undefined) throw new Error(`${program} holds no registry; remove the folder and start again`);
  const [port = 0] = await freePorts(1);
  const origin = `http://127.0.0.1:${port}`;
  const mark = randomUUID();
  const guard = new Guard('registry');
  const server = new ServerProcess(
    {
      name: 'the registry',
      command: java,
      args: [
        ...javaOptions(384),
        '-Dquarkus.http.host=127.0.0.1',
        `-Dquarkus.http.port=${port}`,
        '-Dquarkus.datasource.jdbc.min-size=2',
        '-Dquarkus.datasource.jdbc.initial-size=2',
        '-Dquarkus.datasource.jdbc.max-size=20',
        `-Dregistry.description=${mark}`,
        '-jar',
        join(program, jar),
      ],
      environment: {
        ...process.env,
        LOG_LEVEL: 'WARN',
        REGISTRY_LOG_LEVEL: 'WARN',
        // Without a delay of writes, what was answered is kept even when the process is killed.
        REGISTRY_DATASOURCE_URL: `jdbc:h2:file:${join(guard.folder, 'registry')};WRITE_DELAY=0`,
      },
      folder: guard.folder,
      log: join(guard.folder, 'registry.log'),
      stopSignal: 'SIGTERM',
      patienceMs: PATIENCE_MS,
      ready: () => assertRegistry(origin, mark),
    },
    guard,
  );
  try {
    await server.start();
  } catch (thrown) {
    await guard.close();
    throw thrown;
  }
  return {
    url: `${origin}/apis/ccompat/v7`,
    process: server,
    stop: async () => {
      await server.kill();
      await guard.close();
    },
  };
}

/**
 * Asks the registry which one it is.
 * @throws WrongServerError where it does not bear the mark that ours was started with; other errors while it starts.
 */
export async function assertRegistry(origin: string, mark: string): Promise<void> {
  const response = await fetch(`${origin}/apis/registry/v2/system/info`, { signal: AbortSignal.timeout(5_000) });
  const body = await response.text();
  if (!response.ok) {
    if (response.status === 503) throw new Error(body);
    throw new WrongServerError(origin, `an HTTP server that answers ${response.status}`, `the registry ${mark}`);
  }
  const found = descriptionIn(body);
  if (found !== mark) throw new WrongServerError(origin, `the registry ${found}`, `the registry ${mark}`);
  const subjects = await fetch(`${origin}/apis/ccompat/v7/subjects`, { signal: AbortSignal.timeout(5_000) });
  if (!subjects.ok) throw new Error(`subjects: ${subjects.status}`);
}

function descriptionIn(body: string): string {
  try {
    return String((JSON.parse(body) as { description?: unknown }).description);
  } catch {
    return 'unknown';
  }
}
