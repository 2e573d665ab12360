import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileWorld, sha256 } from '../../test/support/file-world.ts';
import { createHttp } from '../core/http.ts';
import type { Step } from '../core/ports.ts';
import { systemRandom } from '../core/random.ts';
import { failure } from '../source/delimited/testing.ts';
import { Uploads } from '../twenty/uploads.ts';
import { Staging } from './staging.ts';

/** What files may take of memory and disk (SPEC.md F5), counted in bytes and never by time. */

const MEGABYTE = 1_000_000;
const LARGE = 128;
const CHUNK = Buffer.alloc(MEGABYTE, 'x');

let folder: string;
let world: FileWorld | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-bounds-'));
});
afterEach(async () => {
  await world?.close();
  world = null;
  rmSync(folder, { recursive: true, force: true });
});

/** Bytes in a folder and below. */
function lies(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** So many megabytes; `asked` is called before each of them. */
async function* megabytes(count: number, asked: (given: number) => void = () => undefined): AsyncGenerator<Uint8Array> {
  for (let given = 0; given < count; given += 1) {
    asked(given);
    yield CHUNK;
  }
}

describe('a file of 128 MB', () => {
  it('is read one chunk at a time: the next is asked for once the last lies on the disk', async () => {
    const staging = await Staging.open(folder, { room: 256 * MEGABYTE, largest: 256 * MEGABYTE }, systemRandom());
    const waiting: number[] = [];
    const bytes = megabytes(LARGE, (given) => waiting.push(given * MEGABYTE - lies(folder)));
    const { sha256: hash, size } = await staging.receive(async () => bytes, null);
    expect(size).toBe(LARGE * MEGABYTE);
    expect(new Set(waiting)).toEqual(new Set([0]));
    expect(staging.used).toBe(LARGE * MEGABYTE);
    await staging.drop(hash);
    expect(lies(folder)).toBe(0);
  });

  it('is sent as the storage takes it: a quarter of it at most is under way', async () => {
    let received = 0;
    let headers: IncomingHttpHeaders = {};
    const server = createServer((request, response) => {
      headers = request.headers;
      request.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      request.on('end', () => response.writeHead(200).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const http = createHttp();
    try {
      let most = 0;
      const bytes = () =>
        megabytes(LARGE, (given) => {
          most = Math.max(most, given * MEGABYTE - received);
        });
      const uploads = new Uploads({ transport: { url } as never, twenty: {} as never, http });
      const source = { name: 'large.bin', size: LARGE * MEGABYTE, type: null, bytes };
      const place = { fileId: 'one', url, contentType: 'application/octet-stream' };
      expect(await uploads.send(place, source, { lane: 'load' })).toEqual({ kind: 'ok', value: null });
      expect(received).toBe(LARGE * MEGABYTE);
      expect(Object.keys(headers).filter((name) => /auth|cookie|key/.test(name))).toEqual([]);
      // What is not received lies in the buffers of the two sockets, whose size the system chooses.
      expect(most).toBeLessThan((LARGE / 4) * MEGABYTE);
    } finally {
      await http.close();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('stands in Twenty with the bytes of the source, and nothing of it stays on the disk', async () => {
    world = await FileWorld.open({ staging: { room: 200 * MEGABYTE, largest: 200 * MEGABYTE } });
    world.source.set('large.bin', () => megabytes(LARGE));
    await world.note('1', 'large.bin', null);
    await world.sink.rest();
    const whole = await Staging.open(folder, { room: 200 * MEGABYTE, largest: 200 * MEGABYTE }, systemRandom());
    const { sha256: hash } = await whole.receive(async () => megabytes(LARGE), null);
    expect(world.attachments()).toMatchObject([{ name: 'large.bin', sha256: hash }]);
    expect(world.staged()).toEqual([]);
  });
});

describe('a file that is larger than files may be', () => {
  it('is held with that reason: unread where the source says its size, cut off where it does not, and others go on', async () => {
    world = await FileWorld.open({ staging: { room: 50_000, largest: 10_000 } });
    world.source.set('told.txt', Buffer.alloc(10_001, 'x'));
    await world.note('told', 'told.txt', null, { size: 10_001 });
    let given = 0;
    world.source.set('untold.txt', async function* () {
      for (; given < 1_000; given += 1) yield Buffer.alloc(1_000, 'x');
    });
    await world.note('untold', 'untold.txt', null);
    await world.note('fits', 'fits.txt', 'x'.repeat(10_000));
    await world.sink.rest();
    expect(await world.states()).toEqual({
      told: 'held FILES_TOO_LARGE',
      untold: 'held FILES_TOO_LARGE',
      fits: 'linked',
    });
    expect(world.reads.filter((reference) => reference === 'told.txt')).toEqual([]);
    expect(given).toBeLessThan(12);
    expect((await world.file('untold')).reason?.message).toContain('the largest that is moved has 10000');
    expect(world.staged()).toEqual([]);
  });
});

describe('a file that is larger than the workspace takes', () => {
  it('is refused for good, with the words of the server, and others go on', async () => {
    world = await FileWorld.open({ sandbox: { uploads: { largest: 10_000 } } });
    await world.note('large', 'large.txt', 'x'.repeat(10_001));
    await world.note('fits', 'fits.txt', 'x'.repeat(10_000));
    await world.sink.rest();
    expect(await world.states()).toEqual({ large: 'refused FILES_TWENTY_REFUSED', fits: 'linked' });
    expect((await world.file('large')).reason?.message).toContain('maximum of 10000 bytes');
    expect(world.staged()).toEqual([]);
  });

  it('in one call, as older versions take files, is refused as well: they take 10 MB', async () => {
    world = await FileWorld.open({ sandbox: { version: '1.x' } });
    world.source.set('large.bin', () => megabytes(11));
    await world.note('large', 'large.bin', null);
    await world.note('fits', 'fits.txt', 'fits');
    await world.sink.rest();
    expect(await world.states()).toEqual({ large: 'refused FILES_TWENTY_REFUSED', fits: 'linked' });
  });
});

describe('the staging folder', () => {
  it('never holds more than its limit, and all files come through', async () => {
    const limit = 25_000;
    const seen: number[] = [];
    world = await FileWorld.open({
      staging: { room: limit },
      steps: {
        reached: (step: Step) => {
          if (step.startsWith('file-') && world !== null) seen.push(lies(world.folder));
        },
      },
    });
    for (let at = 0; at < 12; at += 1) await world.note(String(at), `${at}.txt`, `${at} ${'x'.repeat(10_000)}`);
    await world.sink.rest();
    expect(Object.values(await world.states())).toEqual(Array.from({ length: 12 }, () => 'linked'));
    expect(seen.length).toBeGreaterThanOrEqual(24);
    expect(Math.max(...seen)).toBeLessThanOrEqual(limit);
    expect(world.attachments()).toHaveLength(12);
    expect(world.staged()).toEqual([]);
  });

  it('forgets what an earlier life left half-written, and keeps what is whole', async () => {
    const limits = { room: 100, largest: 100 };
    const first = await Staging.open(folder, limits, systemRandom());
    const { sha256: hash } = await first.receive(async () => [Buffer.from('whole')].values() as never, null);
    const broken = first.receive(async () => megabytes(1), null);
    expect((await failure(broken)).code).toBe('FILES_TOO_LARGE');
    expect(first.used).toBe(5);
    const second = await Staging.open(folder, limits, systemRandom());
    expect(second.hashes()).toEqual([hash]);
    expect(hash).toBe(sha256('whole'));
    expect(lies(folder)).toBe(5);
  });

  it('takes nothing in for which there is no room at present, and does not even open it', async () => {
    const staging = await Staging.open(folder, { room: 100, largest: 100 }, systemRandom());
    await staging.receive(async () => [Buffer.alloc(60)].values() as never, null);
    let opened = 0;
    const open = async () => {
      opened += 1;
      return megabytes(1);
    };
    expect((await failure(staging.receive(open, 50))).code).toBe('FILES_STAGING_FULL');
    expect(opened).toBe(0);
    expect(staging.used).toBe(60);
  });
});
