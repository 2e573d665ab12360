import { afterEach, describe, expect, test } from 'vitest';
import { ChangeoverError } from '../core/errors.ts';
import type { Logger } from '../core/ports.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { type RunningServer, startServer } from './server.ts';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const open: RunningServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(ready = true): Promise<string> {
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    adminToken: 'right',
    metrics: createMetrics(),
    logger: silent,
    health: async () => ({ live: true, ready, waiting: ready ? [] : ['contact: 2 questions'] }),
    operations: new Map([
      ['echo', async (input: unknown) => input],
      ['fail', async () => Promise.reject(new ChangeoverError('CONFIG_INVALID', 'no', { place: { line: 3 } }))],
    ]),
  });
  open.push(server);
  return server.url;
}

const post = (url: string, token: string | null, body: unknown = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });

describe("the daemon's server", () => {
  test('shows metrics and health without a token', async () => {
    const url = await start();
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('# HELP changeover_source_events_total');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test('readiness says what it waits for', async () => {
    const response = await fetch(`${await start(false)}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ ready: false, waiting: ['contact: 2 questions'] });
  });

  test('nothing is administered without the token', async () => {
    const url = await start();
    expect((await post(`${url}/admin/echo`, null)).status).toBe(401);
    expect((await post(`${url}/admin/echo`, 'wrong')).status).toBe(401);
    expect(await (await post(`${url}/admin/echo`, 'right', { a: 1 })).json()).toEqual({ result: { a: 1 } });
  });

  test('an error comes with its code, place and hint', async () => {
    const response = await post(`${await start()}/admin/fail`, 'right');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'CONFIG_INVALID', message: 'no', place: { line: 3 } },
    });
  });

  test('a foreign host name is refused', async () => {
    const url = new URL(await start());
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(
        { host: '127.0.0.1', port: url.port, path: '/metrics', headers: { host: 'evil.example' } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
  });
});
