import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { prepareKafka, startKafka } from './kafka.ts';
import { assertAnswers, ownServer, SERVER_NAMES, type ServerName } from './own.ts';
import { preparePostgresql, startPostgresql } from './postgresql.ts';
import { prepareRegistry, startRegistry } from './registry.ts';

/** A server that was started, or that the team named. */
export interface Running {
  /** As the variable of that server would have it. */
  readonly address: string;
  stop(): Promise<void>;
}

/** How each server is started; tests of the desk pass others. */
export type Starters = Readonly<Record<ServerName, () => Promise<Running>>>;

export interface Desk {
  /** Where test processes ask for an address: `<url>/<name>`. */
  readonly url: string;
  /** The servers that were asked for so far. */
  running(): readonly ServerName[];
  /** Stops what was started. */
  close(): Promise<void>;
}

/**
 * Serves the addresses of the servers that all tests of a run share. A server starts when the first test asks for it,
 * and one that could not start gives every test the same reason.
 */
export async function openDesk(starters: Starters = REAL): Promise<Desk> {
  const started = new Map<ServerName, Promise<Running>>();
  const start = (name: ServerName) => {
    const known = started.get(name);
    if (known !== undefined) return known;
    const running = starters[name]();
    started.set(name, running);
    return running;
  };
  const secret = randomBytes(8).toString('hex');
  const server = createServer((request, response) => {
    const name = SERVER_NAMES.find((one) => request.url === `/${secret}/${one}`);
    if (name === undefined) {
      response.writeHead(404).end();
      return;
    }
    start(name).then(
      ({ address }) => response.end(address),
      (thrown: unknown) => response.writeHead(500).end(thrown instanceof Error ? thrown.message : String(thrown)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`,
    running: () => [...started.keys()],
    close: async () => {
      server.close();
      server.closeAllConnections();
      await Promise.all(
        [...started.values()].map((running) => running.then(({ stop }) => stop()).catch(() => undefined)),
      );
    },
  };
}

/** Gets whatever the machine lacks, so that no test waits for a download. */
export function prepareServers(): void {
  if (ownServer('kafka') === null) prepareKafka();
  if (ownServer('registry') === null) prepareRegistry();
  if (ownServer('postgresql') === null) preparePostgresql();
}

const REAL: Starters = {
  kafka: () =>
    ownOr('kafka', async () => {
      const cluster = await startKafka();
      return { address: cluster.addresses.join(','), stop: () => cluster.stop() };
    }),
  registry: () =>
    ownOr('registry', async () => {
      const registry = await startRegistry();
      return { address: registry.url, stop: () => registry.stop() };
    }),
  postgresql: () =>
    ownOr('postgresql', async () => {
      const server = await startPostgresql();
      return { address: server.url, stop: () => server.stop() };
    }),
};

async function ownOr(name: ServerName, start: () => Promise<Running>): Promise<Running> {
  const address = ownServer(name);
  if (address === null) return await start();
  await assertAnswers(name, address);
  return { address, stop: async () => undefined };
}
