import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../core/clock.ts';
import { type ClosableHttp, createHttp } from '../core/http.ts';
import { failure } from './delimited/testing.ts';
import { Downloads } from './download.ts';

const servers: Server[] = [];
const clients: ClosableHttp[] = [];
const signal = new AbortController().signal;

afterEach(async () => {
  await Promise.all(clients.splice(0).map((http) => http.close()));
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function downloads(origins: readonly string[], privateAddresses = true): Downloads {
  const http = createHttp();
  clients.push(http);
  return new Downloads(http, new SimulatedClock(), { origins, privateAddresses });
}

async function read(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a file at an address', () => {
  it('is fetched from an allowed origin, and no credential goes with the request', async () => {
    const seen: object[] = [];
    const origin = await serve((request, response) => {
      seen.push(request.headers);
      response.end('the offer');
    });
    expect(await read(await downloads([origin]).open(`${origin}/a.txt?token=1`, signal))).toBe('the offer');
    expect(seen).toHaveLength(1);
    expect(Object.keys(seen[0] ?? {}).filter((name) => /auth|cookie|key/.test(name))).toEqual([]);
  });

  it('is not asked for at an origin that is not allowed, with a password, or by another scheme', async () => {
    let asked = 0;
    const origin = await serve((_request, response) => {
      asked += 1;
      response.end();
    });
    const { host } = new URL(origin);
    for (const address of [
      `${origin}/a.txt`,
      `http://user:word@${host}/a.txt`,
      'ftp://files.example/a.txt',
      'http://[',
    ]) {
      const allowed = address.includes('user') ? [origin] : ['https://files.example'];
      expect((await failure(downloads(allowed).open(address, signal))).code, address).toBe('DOWNLOAD_NOT_ALLOWED');
    }
    expect(asked).toBe(0);
  });

  it('is followed to an allowed origin alone, and what was sent to the first origin does not travel on', async () => {
    const seen: (string | undefined)[] = [];
    const second = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end('found');
    });
    const first = await serve((request, response) => {
      if (request.url === '/once') response.writeHead(302, { location: '/again' }).end();
      else response.writeHead(307, { location: `${second}/file` }).end();
    });
    const headers = { authorization: 'Bearer secret' };
    expect(await read(await downloads([first, second]).open(`${first}/once`, signal, headers))).toBe('found');
    expect(seen).toEqual([undefined]);
    expect(await failure(downloads([first]).open(`${first}/once`, signal))).toMatchObject({
      code: 'DOWNLOAD_NOT_ALLOWED',
      message: expect.stringContaining(`a redirect is at ${second}`),
    });
    expect(seen).toHaveLength(1);
  });

  it('that leads round in circles is given up', async () => {
    const origin = await serve((_request, response) => response.writeHead(301, { location: '/x' }).end());
    expect((await failure(downloads([origin]).open(origin, signal))).code).toBe('DOWNLOAD_REFUSED');
  });

  it('in a private network is not called unless that is allowed, whatever it is called', async () => {
    let asked = 0;
    const origin = await serve((_request, response) => {
      asked += 1;
      response.end('inside');
    });
    const { port } = new URL(origin);
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]']) {
      const address = `http://${host}:${port}/`;
      const refused = await failure(downloads([new URL(address).origin], false).open(address, signal));
      expect(refused.code, host).toBe('HTTP_PRIVATE_ADDRESS');
    }
    expect(asked).toBe(0);
    expect(await read(await downloads([origin], true).open(origin, signal))).toBe('inside');
  });

  it('that is not there, wants a sign-in, or is busy says so, each in its own way', async () => {
    const origin = await serve((request, response) => {
      const status = Number((request.url ?? '').slice(1));
      response.writeHead(status, { 'retry-after': '7' }).end('no');
    });
    const told = await Promise.all(
      [404, 410, 401, 403, 204, 429, 503].map(async (status) => {
        const { code, retry, retryAfterMs } = await failure(downloads([origin]).open(`${origin}/${status}`, signal));
        return [status, code, retry, retryAfterMs];
      }),
    );
    expect(told).toEqual([
      [404, 'DOWNLOAD_MISSING', 'hold', undefined],
      [410, 'DOWNLOAD_MISSING', 'hold', undefined],
      [401, 'DOWNLOAD_REFUSED', 'hold', undefined],
      [403, 'DOWNLOAD_REFUSED', 'hold', undefined],
      [204, 'DOWNLOAD_REFUSED', 'hold', undefined],
      [429, 'DOWNLOAD_FAILED', 'later', 7000],
      [503, 'DOWNLOAD_FAILED', 'later', 7000],
    ]);
  });

  it('that breaks off is no file, and no error shows the token of an address', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('only the beginning');
      setImmediate(() => response.destroy());
    });
    const bytes = await downloads([origin]).open(`${origin}/a.txt?token=secret`, signal);
    const broken = await failure(read(bytes));
    expect(broken.code).toBe('HTTP_UNANSWERED');
    const missing = await failure(downloads(['https://other.example']).open(`${origin}/a.txt?token=secret`, signal));
    for (const error of [broken, missing]) expect(JSON.stringify(error)).not.toContain('secret');
  });
});
