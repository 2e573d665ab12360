import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SmartDeskApi } from './api.ts';

/** The simulated API behind a socket, for whole deployments. */
export interface ServedApi {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves an API on a free port of the loopback address. A call that it leaves without an answer is cut off. */
export async function serveApi(api: SmartDeskApi): Promise<ServedApi> {
  const server = createServer((request, response) => {
    api
      .send({
        method: 'GET',
        url: `${api.url}${request.url ?? '/'}`,
        headers: { Authorization: request.headers.authorization ?? '' },
      })
      .then(
        ({ status, headers, text }) => response.writeHead(status, headers).end(text),
        () => response.destroy(),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
