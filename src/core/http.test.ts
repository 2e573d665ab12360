import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { confined, createHttp } from './http.ts';
import type { Http } from './ports.ts';

const open: Server[] = [];

afterEach(async () => {
  await Promise.all(
    open.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('one request, one attempt', () => {
  it('gives status, lower-case headers and text, whatever the status', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(418, { 'X-RateLimit-Limit': '50' }).end('söme text');
    });
    const http = createHttp();
    const answer = await http.send({ method: 'GET', url });
    expect(answer).toMatchObject({ status: 418, text: 'söme text', headers: { 'x-ratelimit-limit': '50' } });
    await http.close();
  });

  it('follows no redirect, so no credential travels on', async () => {
    let asked = 0;
    const elsewhere = await serve((_request, response) => {
      asked += 1;
      response.end();
    });
    const url = await serve((_request, response) => response.writeHead(307, { location: elsewhere }).end());
    const http = createHttp();
    const answer = await http.send({ method: 'POST', url, body: '{}', headers: { authorization: 'Bearer x' } });
    expect(answer.status).toBe(307);
    expect(asked).toBe(0);
    await http.close();
  });

  it('a refused connection is "nothing was sent"', async () => {
    const url = await serve(() => undefined);
    const [server] = open.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    const http = createHttp();
    await expect(http.send({ method: 'POST', url, body: '{}' })).rejects.toMatchObject({
      code: 'HTTP_UNREACHABLE',
      retry: 'later',
    });
    await expect(http.send({ method: 'GET', url: 'http://no-such-host.invalid/' })).rejects.toMatchObject({
      code: 'HTTP_UNREACHABLE',
    });
    await http.close();
  });

  it('a connection cut, a late answer and a cancelled one are "it may have been done", and are not repeated', async () => {
    let asked = 0;
    const cut = await serve((request) => {
      asked += 1;
      request.socket.destroy();
    });
    const never = await serve(() => {
      asked += 1;
    });
    const half = await serve((request, response) => {
      asked += 1;
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setImmediate(() => request.socket.destroy());
    });
    const http = createHttp();
    await expect(http.send({ method: 'POST', url: cut, body: '{}' })).rejects.toMatchObject({
      code: 'HTTP_UNANSWERED',
    });
    await expect(http.send({ method: 'POST', url: half, body: '{}' })).rejects.toMatchObject({
      code: 'HTTP_UNANSWERED',
    });
    // Long enough for the request to be there before it is given up, on a busy machine too.
    const late = http.send({ method: 'POST', url: never, body: '{}', timeoutMs: 500 });
    await expect(late).rejects.toMatchObject({ code: 'HTTP_UNANSWERED', message: expect.stringContaining('500 ms') });
    const stop = new AbortController();
    const cancelled = http.send({ method: 'POST', url: never, body: '{}', signal: stop.signal });
    while (asked < 4) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'HTTP_UNANSWERED' });
    expect(asked).toBe(4);
    await http.close();
  });

  it('cancelled before it was sent is no request at all', async () => {
    const http = createHttp();
    const asked = http.send({ method: 'GET', url: 'http://127.0.0.1:9/', signal: AbortSignal.abort() });
    await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' });
    await http.close();
  });

  it('sends credentials only where they belong, and never shows a query in an error', async () => {
    const url = await serve((_request, response) => response.end('ok'));
    const http = createHttp({ credentialOrigins: ['https://crm.example.com/api'] });
    const withKey = { method: 'GET', url: `${url}/x?token=hush`, headers: { Authorization: 'Bearer x' } } as const;
    const refused = await Promise.allSettled([http.send(withKey)]);
    expect(refused[0]).toMatchObject({ status: 'rejected', reason: { code: 'HTTP_FOREIGN_ORIGIN' } });
    expect(JSON.stringify(refused)).not.toContain('hush');
    expect((await http.send({ method: 'GET', url })).text).toBe('ok');
    await http.close();
  });
});

it('what is confined to an origin never shows its credential to another', async () => {
  const sent: string[] = [];
  const inner: Http = {
    async send(asked) {
      sent.push(asked.url);
      return { status: 200, headers: {}, text: '' };
    },
  };
  const http = confined(inner, ['https://crm.example']);
  await http.send({
    method: 'GET',
    url: 'https://crm.example/rest/people',
    headers: { Authorization: 'Bearer secret' },
  });
  await http.send({ method: 'PUT', url: 'https://storage.example/file' });
  await expect(
    http.send({ method: 'GET', url: 'https://evil.example/', headers: { authorization: 'Bearer secret' } }),
  ).rejects.toMatchObject({ code: 'HTTP_FOREIGN_ORIGIN' });
  expect(sent).toEqual(['https://crm.example/rest/people', 'https://storage.example/file']);
});
