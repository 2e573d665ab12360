import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contents, message } from '../../../test/conformance/bus.ts';
import type { StoredMessage } from '../bus.ts';
import { EmbeddedBus, type EmbeddedBusOptions } from './embedded-bus.ts';
import { testClock } from './test-clock.ts';

let folder = '';
let file = '';
let opened: EmbeddedBus[] = [];
let children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-log-'));
  file = join(folder, 'log.sqlite');
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  for (const bus of opened) await bus.close();
  opened = [];
  children = [];
  rmSync(folder, { recursive: true, force: true });
});

function open(options: Partial<EmbeddedBusOptions> = {}): EmbeddedBus {
  const bus = new EmbeddedBus({ file, clock: testClock(), ...options });
  opened.push(bus);
  return bus;
}

/** A process that appends; its lines are the appends that were acknowledged. */
function appending(
  appenders: number,
  limit = 1_000_000,
): { child: ChildProcess; lines: string[]; said(count: number): Promise<void>; gone(): Promise<void> } {
  const program = fileURLToPath(new URL('../../../test/conformance/append-child.ts', import.meta.url));
  const child = spawn(process.execPath, [program, file, 't', `${appenders}`, `${limit}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const ended = once(reader, 'close');
  let look = (): void => undefined;
  reader.on('line', (line) => {
    lines.push(line);
    look();
  });
  return {
    child,
    lines,
    said: (count) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (lines.length >= count) resolve();
        };
        child.once('exit', () => reject(new Error(`the process ended after ${lines.length} lines`)));
        look();
      }),
    gone: async () => {
      await ended;
    },
  };
}

async function texts(bus: EmbeddedBus): Promise<readonly (readonly string[])[]> {
  const decoder = new TextDecoder();
  return (await contents(bus, 't')).map((messages) => messages.map(({ value }) => decoder.decode(value)));
}

test('what was acknowledged before kill -9 is there afterwards, whole, in order and once', {
  timeout: 120_000,
}, async () => {
  let before = 0;
  for (let round = 0; round < 5; round += 1) {
    const writer = appending(4);
    await writer.said(20 + 37 * round);
    writer.child.kill('SIGKILL');
    await writer.gone();
    const acknowledged = writer.lines.filter((line) => line !== 'open');
    const bus = open();
    const stored: StoredMessage[] = (await contents(bus, 't')).flat();
    const decoder = new TextDecoder();
    for (let appender = 0; appender < 4; appender += 1) {
      const mine = stored
        .filter(({ key }) => key === `appender ${appender}`)
        .map(({ value }) => decoder.decode(value).split(' ')[0] ?? '');
      // Each round counts from 0 again: this round's messages are the last ones that begin with a 0.0.
      const round0 = mine.slice(mine.lastIndexOf('0.0'));
      const counts = acknowledged.filter((line) => line.startsWith(`${appender} `)).length;
      expect(round0.length % 3).toBe(0);
      expect(round0).toEqual(
        Array.from({ length: round0.length / 3 }, (_, i) => [`${i}.0`, `${i}.1`, `${i}.2`]).flat(),
      );
      expect(round0.length / 3).toBeGreaterThanOrEqual(counts);
      expect(round0.length / 3).toBeLessThanOrEqual(counts + 1);
    }
    expect(stored.length).toBeGreaterThanOrEqual(before + 3 * acknowledged.length);
    before = stored.length;
    await bus.verify();
    await bus.close();
  }
});

describe('one process writes', () => {
  test('a second opening for writing is refused at once, in the same process and in another', async () => {
    const first = open();
    expect(() => open()).toThrow(expect.objectContaining({ code: 'BUS_LOCKED' }));
    await first.close();

    const writer = appending(1);
    await writer.said(2);
    expect(() => open()).toThrow(
      expect.objectContaining({ code: 'BUS_LOCKED', message: expect.stringContaining(`process ${writer.child.pid}`) }),
    );
  });

  test('the lock goes with a process that was killed', async () => {
    const writer = appending(1);
    await writer.said(2);
    writer.child.kill('SIGKILL');
    await writer.gone();
    expect((await open().topics()).map(({ topic }) => topic)).toEqual(['t']);
  });

  test('a reader follows what another process appends, and changes nothing', async () => {
    const writer = appending(1, 40);
    await writer.said(2);
    const reader = open({ access: 'read' });
    const got: string[] = [];
    const complete = Promise.withResolvers<void>();
    await reader.subscribe({
      group: 'g',
      topics: ['t'],
      maxBatch: 10,
      startAt: async () => null,
      handle: async ({ messages }) => {
        got.push(...messages.map(({ value }) => new TextDecoder().decode(value).split(' ')[0] ?? ''));
        if (got.length === 120) complete.resolve();
      },
      onStopped: (_partition, error) => complete.reject(error),
    });
    await complete.promise;
    expect(got).toEqual(Array.from({ length: 40 }, (_, i) => [`${i}.0`, `${i}.1`, `${i}.2`]).flat());
    await expect(reader.append('t', [message('k', 'v')])).rejects.toMatchObject({ code: 'BUS_READ_ONLY' });
    await reader.close();
    await writer.gone();
    expect(await open().committed('g')).toEqual([]);
  });

  test('a log that nobody writes is read as well, while it stays free for a writer', async () => {
    const writer = open();
    await writer.createTopic('t', { partitions: 1, retentionMs: null });
    await writer.append('t', [message('k', '0')]);
    await writer.close();
    const reader = open({ access: 'read' });
    expect(await texts(reader)).toEqual([['0']]);
    const next = open();
    await next.append('t', [message('k', '1')]);
    expect(await texts(reader)).toEqual([['0', '1']]);
  });
});

describe('when the disk is full', () => {
  test('an append is refused whole, what is there stays, and appends go on once there is room', async () => {
    const small = open({ maxBytes: 300_000 });
    await small.createTopic('t', { partitions: 1, retentionMs: null });
    const big = 'x'.repeat(40_000);
    let kept = 0;
    let refused: unknown = null;
    while (refused === null && kept < 100) {
      const pair = [message('k', `${kept} ${big}`), message('k', `${kept} again`)];
      await small.append('t', pair).then(
        () => {
          kept += 1;
        },
        (error: unknown) => {
          refused = error;
        },
      );
    }
    expect(refused).toMatchObject({ code: 'BUS_DISK_FULL', retry: 'later' });
    const expected = Array.from({ length: kept }, (_, i) => [`${i}`, `${i}`]).flat();
    const numbers = async (bus: EmbeddedBus) => (await texts(bus)).flat().map((text) => text.split(' ')[0]);
    expect(await numbers(small)).toEqual(expected);
    // Smaller ones may still fit; the offsets have no gap where the refused append was.
    await small.close();
    const roomy = open();
    expect(await numbers(roomy)).toEqual(expected);
    expect(await roomy.append('t', [message('k', 'more')])).toEqual([{ topic: 't', partition: 0, offset: 2 * kept }]);
    await roomy.verify();
  });

  test('all appends of a group that did not fit are told so', async () => {
    const bus = open({ maxBytes: 200_000 });
    await bus.createTopic('t', { partitions: 1, retentionMs: null });
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => bus.append('t', [message('k', `${i} ${'x'.repeat(50_000)}`)])),
    );
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'rejected'));
    expect(await bus.bounds('t')).toMatchObject([{ start: 0, end: 0 }]);
  });
});

describe('a file that is no good log is refused with a code of its own', () => {
  const code = (wanted: string) => expect.objectContaining({ code: wanted });

  test('something else than SQLite', () => {
    writeFileSync(file, 'Ad;Soyad\n'.repeat(1000));
    expect(() => open()).toThrow(code('BUS_NOT_A_LOG'));
    expect(readFileSync(file, 'utf8')).toBe('Ad;Soyad\n'.repeat(1000));
  });

  test('a SQLite file of another program', () => {
    const other = new Database(file);
    other.exec('CREATE TABLE a (b)');
    other.close();
    expect(() => open()).toThrow(code('BUS_NOT_A_LOG'));
    expect(() => open({ access: 'read' })).toThrow(code('BUS_NOT_A_LOG'));
  });

  test('a log of a newer version', async () => {
    await open().close();
    const newer = new Database(file);
    newer.pragma('user_version = 99');
    newer.close();
    expect(() => open()).toThrow(code('BUS_NOT_A_LOG'));
  });

  test('a log whose pages were overwritten', async () => {
    const bus = open();
    await bus.createTopic('t', { partitions: 1, retentionMs: null });
    await bus.append(
      't',
      Array.from({ length: 500 }, (_, i) => message('k', `${i} ${'x'.repeat(300)}`)),
    );
    await bus.close();
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(statSync(file).size - 4096, 0xee), 0, undefined, 4096);
    closeSync(handle);
    expect(() => open()).toThrow(code('BUS_CORRUPT'));
  });

  test('a log that lost messages in the middle', async () => {
    const bus = open();
    await bus.createTopic('t', { partitions: 1, retentionMs: null });
    await bus.append(
      't',
      Array.from({ length: 10 }, (_, i) => message('k', `${i}`)),
    );
    await bus.close();
    const other = new Database(file);
    other.exec('DELETE FROM messages_1 WHERE offset = 4');
    other.close();
    const damaged = open();
    await expect(damaged.verify()).rejects.toMatchObject({ code: 'BUS_CORRUPT' });
    await expect(texts(damaged)).rejects.toMatchObject({ code: 'BUS_CORRUPT' });
  });

  test('a folder that does not exist', () => {
    file = join(folder, 'missing', 'log.sqlite');
    expect(() => open()).toThrow(code('BUS_IO'));
    expect(() => open({ access: 'read' })).toThrow(code('BUS_IO'));
  });
});

test('close waits for appends and batches in hand, and refuses what comes after', async () => {
  const bus = open();
  await bus.createTopic('t', { partitions: 1, retentionMs: null });
  await bus.append('t', [message('k', '0')]);
  const entered = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await bus.subscribe({
    group: 'g',
    topics: ['t'],
    maxBatch: 10,
    startAt: async () => null,
    handle: async () => {
      entered.resolve();
      await release.promise;
    },
    onStopped: (_partition, error) => {
      throw error;
    },
  });
  await entered.promise;
  const appended = bus.append('t', [message('k', '1')]);
  const closing = bus.close();
  await expect(bus.append('t', [message('k', '2')])).rejects.toMatchObject({ code: 'BUS_CLOSED' });
  release.resolve();
  await closing;
  expect(await appended).toEqual([{ topic: 't', partition: 0, offset: 1 }]);
  const again = open();
  expect((await texts(again)).flat()).toEqual(['0', '1']);
  expect(await again.committed('g')).toEqual([{ topic: 't', partition: 0, offset: 1 }]);
});

test('every commit is synced: the write-ahead log runs with synchronous FULL', async () => {
  const bus = open();
  await bus.createTopic('t', { partitions: 1, retentionMs: null });
  expect(bus.durability()).toEqual({ journal: 'wal', synchronous: 'full' });
});

test('messages of a time are found across many segments, and after retention cut one in the middle', async () => {
  const clock = testClock();
  const bus = open({ clock });
  await bus.createTopic('t', { partitions: 1, retentionMs: 1_000 });
  for (let start = 0; start < 5_000; start += 500) {
    await bus.append(
      't',
      Array.from({ length: 500 }, (_, i) => message('k', `${start + i}`, 10_000 + start + i)),
    );
  }
  const at = async (time: number) => (await bus.offsetAtTime('t', time))[0]?.offset;
  expect([await at(0), await at(10_001), await at(13_333), await at(14_999), await at(15_000)]).toEqual([
    0, 1, 3_333, 4_999, 5_000,
  ]);
  clock.set(13_500);
  expect(await bus.removeExpired()).toEqual([{ topic: 't', partition: 0, removed: 2_500, kept: 0 }]);
  expect([await at(0), await at(12_600), await at(14_999)]).toEqual([2_500, 2_600, 4_999]);
  await bus.close();
  const again = open();
  expect((await again.offsetAtTime('t', 14_000))[0]?.offset).toBe(4_000);
  await again.verify();
});

test('a group that never comes back can be forgotten, and holds up retention no more', async () => {
  const clock = testClock();
  const bus = open({ clock });
  await bus.createTopic('t', { partitions: 1, retentionMs: 1_000 });
  await bus.append('t', [message('k', '0', 10_000), message('k', '1', 10_000)]);
  await bus.seek('gone', [{ topic: 't', partition: 0, offset: 1 }]);
  clock.set(99_999);
  expect(await bus.removeExpired()).toEqual([{ topic: 't', partition: 0, removed: 1, kept: 1 }]);
  await bus.forgetGroup('gone');
  expect(await bus.committed('gone')).toEqual([]);
  expect(await bus.removeExpired()).toEqual([{ topic: 't', partition: 0, removed: 1, kept: 0 }]);
});

test('a group’s position is on the disk a moment after it moved, though nothing is appended', async () => {
  const bus = open();
  await bus.createTopic('t', { partitions: 1, retentionMs: null });
  await bus.append('t', [message('k', '0')]);
  const subscription = await bus.subscribe({
    group: 'g',
    topics: ['t'],
    maxBatch: 10,
    startAt: async () => null,
    handle: async () => undefined,
    onStopped: (_partition, error) => {
      throw error;
    },
  });
  await subscription.caughtUp();
  const reader = open({ access: 'read' });
  await expect.poll(() => reader.committed('g')).toEqual([{ topic: 't', partition: 0, offset: 1 }]);
});

describe('the schemas beside the log', () => {
  const first = '{"type":"record","name":"A","fields":[]}';
  const second = '{"type":"record","name":"B","fields":[]}';

  test('one schema has one id, whatever the subject and the order of its members, and is there after reopening', async () => {
    const { schemas } = open();
    expect(await schemas.register('s', first)).toBe(1);
    expect(await schemas.register('other', '{"name":"A","fields":[],"type":"record"}')).toBe(1);
    expect(await schemas.register('s', second)).toBe(2);
    expect(await schemas.latest('s')).toEqual({ id: 2, schema: second });
    expect(await schemas.register('s', first)).toBe(1);
    await opened[0]?.close();
    const again = open().schemas;
    expect(await again.latest('s')).toEqual({ id: 1, schema: first });
    expect(await again.schema(2)).toBe(second);
    expect(await again.schema(3)).toBeNull();
    expect(await again.latest('unknown')).toBeNull();
    expect((await again.versions()).filter(({ subject }) => subject === 's').map(({ id }) => id)).toEqual([1, 2, 1]);
  });
});
