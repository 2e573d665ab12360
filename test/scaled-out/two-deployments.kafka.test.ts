import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inProcess } from '../end-to-end/deployment.ts';
import { dropTables, smallFirm } from '../end-to-end/exports.ts';
import { postgresDatabase, type TestDatabase, uniqueName } from '../support/servers/servers.ts';
import { code, contents, type Firm, firmOn, ok, serversSettings } from './firm.ts';

const SLOW = 300_000;
const source = uniqueName('crm').replaceAll('-', '');
let databases: readonly TestDatabase[];
let first: Firm;
let second: Firm;
let apart: Firm;

beforeAll(async () => {
  databases = [await postgresDatabase(), await postgresDatabase(), await postgresDatabase()];
  const [one, two, three] = databases;
  if (one === undefined || two === undefined || three === undefined) throw new Error('three databases');
  first = await firmOn(one, { source, deployment: 'first' });
  second = await firmOn(two, { source, deployment: 'second' });
  const settings = (await serversSettings()).replace('kafka: {', 'kafka: { topicPrefix: rehearsal,');
  apart = await firmOn(null, { source, deployment: 'first', settings, environment: { STATE_URL: three.url } });
  dropTables(first.drop, smallFirm(), '2026-03-03');
  await ok(first, 'run', '--once');
}, SLOW);
afterAll(async () => {
  for (const one of [first, second, apart]) await one?.close();
  for (const one of databases ?? []) await one.drop();
});

describe('a second deployment with a source of the same name, on one cluster', { timeout: SLOW }, () => {
  test('is refused before it makes, reads or writes anything', async () => {
    const before = await messages(first);
    dropTables(second.drop, smallFirm(), '2026-03-03');
    expect(await code(second, 'run', '--once')).toBe('BUS_OTHER_DEPLOYMENT');
    expect(await code(second, 'state', 'rebuild', '--by', 'Jo')).toBe('BUS_OTHER_DEPLOYMENT');
    expect(await messages(first)).toEqual(before);
    expect(second.sandbox.dump('company')).toEqual([]);
  });

  test('is kept apart by a prefix, whatever its name: it loads all of its own, and the first one notices nothing', async () => {
    const before = await messages(first);
    dropTables(apart.drop, smallFirm(), '2026-03-03');
    await ok(apart, 'run', '--once');
    expect(contents(apart)).toEqual(contents(first));
    expect(await messages(first)).toEqual(before);
    expect((await messages(apart)).length).toBe(before.length);
  });
});

/** What a deployment's log holds, by topic and partition. */
async function messages(one: Firm): Promise<readonly string[]> {
  return inProcess(one, async ({ bus }) => {
    const found: string[] = [];
    for (const { topic } of await bus.topics()) {
      if (!topic.startsWith(`changeover.${source}.`)) continue;
      for (const { partition, end } of await bus.bounds(topic)) found.push(`${topic}/${partition}: ${end}`);
    }
    return found;
  });
}
