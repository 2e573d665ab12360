import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface BasicAuthProxy {
  /** The same path as the target's, at the proxy's address. It holds no credentials. */
  readonly url: string;
  /** Requests that came with the right credentials, and those that did not. */
  readonly admitted: number;
  readonly refused: number;
  close(): Promise<void>;
}

/** Puts HTTP basic authentication before a server that knows none, as teams do with a schema registry. */
export async function startBasicAuthProxy(
  target: string,
  credentials: { readonly username: string; readonly password: string },
): Promise<BasicAuthProxy> {
  const expected = `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  const { origin, pathname } = new URL(target);
  let admitted = 0;
  let refused = 0;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== expected) {
      refused += 1;
      request.resume();
      response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"', 'content-type': 'application/json' });
      response.end('{"error_code":401,"message":"Unauthorized"}');
      return;
    }
    admitted += 1;
    // What lies behind must not need the credentials, so it does not get them.
    const { authorization: _, ...headers } = request.headers;
    const forwarded = send(
      new URL(request.url ?? '/', origin),
      { method: request.method ?? 'GET', headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    forwarded.on('error', () => response.writeHead(502).end());
    request.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    get admitted() {
      return admitted;
    },
    get refused() {
      return refused;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
