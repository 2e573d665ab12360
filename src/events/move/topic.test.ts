import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contents, message } from '../../../test/conformance/bus.ts';
import { EmbeddedBus } from '../../bus/embedded/embedded-bus.ts';
import { testClock } from '../../bus/embedded/test-clock.ts';
import { memorySchemaTable } from '../schema-table.ts';
import { Rewriting } from './rewriting.ts';
import { SchemaIds } from './schemas.ts';
import { compareTopic, moveTopic, type TopicMove } from './topic.ts';

const TOPIC = 'changeover.crm.contact';
const OLD = ['a', 'b', 'c', 'd'].map((key, index) => message(key, `of ${key}`, index + 1));

let folder: string;
let from: EmbeddedBus;
let to: EmbeddedBus;
let move: TopicMove;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-move-'));
  const open = (name: string) => new EmbeddedBus({ file: join(folder, name), clock: testClock() });
  [from, to] = [open('from.sqlite'), open('to.sqlite')];
  await from.createTopic(TOPIC, { partitions: 1, retentionMs: null });
  await to.createTopic(TOPIC, { partitions: 2, retentionMs: null });
  await from.append(TOPIC, OLD);
  const ids = await SchemaIds.copy(from.schemas, memorySchemaTable());
  move = {
    topic: TOPIC,
    from,
    to,
    rewriting: new Rewriting(from.schemas, ids, new Map()),
    positions: [2],
    signal: new AbortController().signal,
    progress: () => undefined,
  };
});
afterEach(async () => {
  await from.close();
  await to.close();
  rmSync(folder, { recursive: true });
});

const there = async () => (await contents(to, TOPIC)).flat().map(({ key }) => key);
const copied = async (...keys: readonly string[]) =>
  to.append(
    TOPIC,
    OLD.filter(({ key }) => keys.includes(key)),
  );

describe('a topic that moves', () => {
  it('goes on wherever an earlier attempt broke off, and comes to what one attempt comes to', async () => {
    const { places: _places, ...whole } = await moveTopic(move);
    expect(whole).toEqual({ messages: 4, written: 4, found: 0 });
    expect((await there()).sort()).toEqual(['a', 'b', 'c', 'd']);
    const { places: _again, ...second } = await moveTopic(move);
    expect(second).toEqual({ messages: 4, written: 4, found: 4 });
    await compareTopic(move);
    expect(await there()).toHaveLength(4);
  });

  it('finds what stands there already in the partitions, and appends what is missing behind it', async () => {
    await copied('a', 'b');
    const { written, found } = await moveTopic(move);
    expect([written, found]).toEqual([4, 2]);
    await compareTopic(move);
  });

  it('is refused where the new topic has another message, and nothing is written behind it', async () => {
    await to.append(TOPIC, [message('a', 'of somebody else', 1)]);
    await expect(moveTopic(move)).rejects.toMatchObject({
      code: 'MOVE_DIFFERS',
      message: expect.stringContaining('another message'),
    });
    expect((await contents(to, TOPIC)).flat().filter(({ key }) => key === 'a')).toHaveLength(1);
  });

  it('is refused where the new topic has more than the old one', async () => {
    await moveTopic(move);
    await to.append(TOPIC, [message('e', 'more', 9)]);
    await expect(moveTopic(move)).rejects.toMatchObject({
      code: 'MOVE_DIFFERS',
      message: expect.stringContaining('more than the old log'),
    });
  });

  it('does not pass the comparison where something is missing', async () => {
    await copied('a', 'b', 'c');
    await expect(compareTopic(move)).rejects.toMatchObject({
      code: 'MOVE_DIFFERS',
      message: expect.stringContaining('less than the old log'),
    });
  });
});
