import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Paths } from './paths.ts';
import { adminToken, announceDaemon, askDaemon, findDaemon, withdrawDaemon } from './running.ts';

/** Larger than any process number that Linux gives. */
const NOBODY = 2 ** 22 + 1;

let folder: string;
let paths: Paths;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-running-'));
  const at = (name: string) => join(folder, name);
  paths = {
    data: folder,
    log: at('log'),
    state: at('state'),
    work: at,
    files: at('files'),
    adminToken: at('admin-token'),
    daemon: at('daemon.json'),
    moving: at('moving.json'),
    moved: at('moved.json'),
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

async function serving(status: number, body: unknown): Promise<{ url: string; server: Server; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, seen };
}

describe('how a command finds the daemon', () => {
  test('one that announced itself and lives is found, until it withdraws', () => {
    expect(findDaemon(paths)).toBeNull();
    const daemon = { pid: process.pid, url: 'http://127.0.0.1:1' };
    announceDaemon(paths, daemon);
    expect(findDaemon(paths)).toEqual(daemon);
    expect(statSync(paths.daemon).mode & 0o077).toBe(0);
    withdrawDaemon(paths);
    expect(findDaemon(paths)).toBeNull();
  });

  test('what a killed one left behind does not count', () => {
    announceDaemon(paths, { pid: NOBODY, url: 'http://127.0.0.1:1' });
    expect(findDaemon(paths)).toBeNull();
    writeFileSync(paths.daemon, '{"pid":');
    expect(findDaemon(paths)).toBeNull();
  });

  test('the token is made once, and only its owner can read it', () => {
    const token = adminToken(paths);
    expect(token.length).toBeGreaterThanOrEqual(32);
    expect(adminToken(paths)).toBe(token);
    expect(statSync(paths.adminToken).mode & 0o077).toBe(0);
  });
});

describe('what the daemon answers', () => {
  test('its result, asked with the token', async () => {
    const { url, server, seen } = await serving(200, { result: [1, 2] });
    try {
      expect(await askDaemon({ pid: 1, url }, 'hush', 'status', {})).toEqual([1, 2]);
      expect(seen).toEqual(['POST /admin/status Bearer hush']);
    } finally {
      server.close();
    }
  });

  test('its refusal, with the code and the hint that it gave', async () => {
    const { url, server } = await serving(409, {
      error: { code: 'EXPORT_NONE', message: 'none yet', hint: 'Drop one.' },
    });
    try {
      await expect(askDaemon({ pid: 1, url }, 'hush', 'poll', {})).rejects.toMatchObject({
        code: 'DAEMON_REFUSED',
        message: '[EXPORT_NONE] none yet',
        hint: 'Drop one.',
      });
    } finally {
      server.close();
    }
  });

  test('nothing, where it hangs up', async () => {
    const { url, server } = await serving(200, {});
    await new Promise((resolve) => server.close(resolve));
    await expect(askDaemon({ pid: 7, url }, 'hush', 'poll', {})).rejects.toMatchObject({
      code: 'DAEMON_UNREACHABLE',
      message: expect.stringContaining('process 7'),
    });
  });
});
