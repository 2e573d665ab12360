import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Sockets } from './sockets.ts';

test('a connection that the client lost track of does not outlive the log', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets = new Sockets(({ host, port: to }) => connect({ host, port: to }));
  const arrived = once(server, 'connection') as Promise<[Socket]>;
  const forgotten = sockets.factory({ host: '127.0.0.1', port, ssl: {}, onConnect: () => undefined });
  const [there] = await arrived;
  const ended = once(there, 'close');
  there.resume();
  sockets.destroy();
  await ended;
  expect(forgotten.destroyed).toBe(true);
});
