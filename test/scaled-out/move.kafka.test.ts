import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKafkaBus } from '../../src/bus/kafka/kafka-bus.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { systemRandom } from '../../src/core/random.ts';
import { command, inProcess, start } from '../end-to-end/deployment.ts';
import { dropTables, smallFirm } from '../end-to-end/exports.ts';
import { kafkaBrokers, postgresDatabase, type TestDatabase } from '../support/servers/servers.ts';
import { code, contents, type Firm, firmOn, ok, serversSettings, times, withLocked } from './firm.ts';

const SLOW = 300_000;
const firm = smallFirm();
const refused = (id: string) => ({ ...firm.deal[0], 'Deal ID': id, Currency: 'dollars' });
const first = { ...firm, deal: [...firm.deal, refused('D8'), refused('D9')] };
const second = {
  ...first,
  contact: first.contact.map((row) => (row['Contact ID'] === 'P4' ? { ...row, 'Last Name': 'Dale' } : row)),
};

async function embedded(): Promise<Firm> {
  return firmOn(null, { deployment: 'moving', settings: 'retry: { attempts: 4, firstSeconds: 2 }\n' });
}

/** Some records held, a dead letter, a correction, a note that is tried again later; the next export waits. */
async function toTheMiddle(deployment: Firm): Promise<void> {
  dropTables(deployment.drop, first, '2026-03-03');
  await ok(deployment, 'run', '--once');
  await ok(deployment, 'dead-letters', 'edit', `${deployment.source}/deal/D9`, 'Currency=EUR', '--by', 'Jo');
  // Each time: where the run takes longer than the first retry waits, it is refused once more.
  deployment.sandbox.fault({ match: { operation: 'createMany', object: 'opportunity' }, fail: 400 });
  await command(deployment, ['run', '--once', '--patience', '0']);
  deployment.sandbox.clearFaults();
  dropTables(deployment.drop, second, '2026-03-04');
}

describe('a deployment in the middle of a changeover moves to Kafka and PostgreSQL', { timeout: SLOW }, () => {
  let moved: Firm;
  let stayed: Firm;
  let database: TestDatabase;
  let asEmbedded: string;
  let asScaledOut: string;

  beforeAll(async () => {
    database = await postgresDatabase();
    moved = await embedded();
    stayed = await embedded();
    asEmbedded = readFileSync(moved.configuration, 'utf8');
    asScaledOut = asEmbedded + (await serversSettings());
    (moved.environment as Record<string, string>).STATE_URL = database.url;
    await toTheMiddle(moved);
    await toTheMiddle(stayed);
    await ok(stayed, 'run', '--once');
  }, SLOW);
  afterAll(async () => {
    await moved?.close();
    await stayed?.close();
    await database?.drop();
  });

  test('is refused where there is nothing to move', async () => {
    const text = asScaledOut.replace('dataFolder: data', 'dataFolder: nothing');
    writeFileSync(moved.configuration, text);
    expect(text).not.toBe(asScaledOut);
    expect(await code(moved, 'move')).toBe('MOVE_NOTHING');
    writeFileSync(moved.configuration, asEmbedded);
  });

  test('is refused where no servers are named, and says so before it touches anything', async () => {
    expect(await code(moved, 'move')).toBe('USAGE');
  });

  test('a scaled-out deployment does not begin beside events that were not moved', async () => {
    writeFileSync(moved.configuration, asScaledOut);
    expect(await code(moved, 'status')).toBe('MOVE_NEEDED');
  });

  test('while somebody has the files open', async () => {
    writeFileSync(moved.configuration, asEmbedded);
    await inProcess(moved, async () => {
      writeFileSync(moved.configuration, asScaledOut);
      expect(await code(moved, 'move')).toBe('BUS_LOCKED');
    });
  });

  test('where retention would remove what is copied, by the time of the event', async () => {
    writeFileSync(moved.configuration, asEmbedded);
    await inProcess(moved, async ({ bus }) => {
      const topic = `changeover.${moved.source}.former`;
      await bus.createTopic(topic, { partitions: 1, retentionMs: null });
      await bus.append(topic, [{ key: 'old', value: Uint8Array.of(1), timestamp: 1_000_000_000_000, headers: {} }]);
    });
    writeFileSync(
      moved.configuration,
      asScaledOut.replace('log: { level: warn }', 'log: { level: warn, retentionDays: 30 }'),
    );
    expect(await code(moved, 'move')).toBe('MOVE_RETENTION');
    writeFileSync(moved.configuration, asScaledOut);
  });

  test('shows what would move, and moves nothing', async () => {
    const plan = JSON.parse(await ok(moved, 'move', '--dry-run', '--json')) as { outcome: string; topics: unknown[] };
    expect(plan.outcome).toBe('planned');
    expect(plan.topics.length).toBeGreaterThan(7);
    expect(existsSync(join(moved.folder, 'data', 'moving.json'))).toBe(false);
  });

  test('killed in the middle, the files live on and the servers do not', async () => {
    // It comes no further than to the first record that it would restore, however late it is killed.
    await withLocked(database, 'records', async () => {
      const run = start(moved, ['move', '--by', 'Jo']);
      let said = '';
      run.process.stderr?.on('data', (bytes: Buffer) => {
        said += bytes.toString();
        if (/^copying .*: \d+ of/m.test(said)) run.process.kill('SIGKILL');
      });
      expect((await run.ended).code).toBeNull();
    });
    expect(await code(moved, 'run', '--once')).toBe('MOVE_NEEDED');
    writeFileSync(moved.configuration, asScaledOut.replace('dataFolder: data', 'dataFolder: elsewhere'));
    expect(await code(moved, 'status')).toBe('MOVE_UNFINISHED');
    writeFileSync(moved.configuration, asScaledOut);
  });

  test('started again it goes on, and every message is there with its key and time', async () => {
    const report = JSON.parse(await ok(moved, 'move', '--by', 'Jo', '--json')) as {
      continued: boolean;
      topics: { topic: string; messages: number; written: number; found: number }[];
    };
    expect(report.continued).toBe(true);
    expect(report.topics.some(({ found }) => found > 0)).toBe(true);
    const bus = await openKafkaBus({
      brokers: await kafkaBrokers(),
      clock: systemClock(),
      random: systemRandom(),
      logger: silentLogger(),
    });
    try {
      for (const { topic, messages, written } of report.topics) {
        expect(written).toBeGreaterThanOrEqual(messages);
        const bounds = await bus.bounds(topic);
        expect(bounds.reduce((sum, { start: from, end }) => sum + end - from, 0)).toBe(written);
      }
      const topic = `changeover.${moved.source}.former`;
      const kept: [string, number][] = [];
      for (const { partition, start: from, end } of await bus.bounds(topic))
        for await (const { key, timestamp } of bus.read({ topic, partition }, from, end)) kept.push([key, timestamp]);
      expect(kept).toContainEqual(['old', 1_000_000_000_000]);
    } finally {
      await bus.close();
    }
  });

  test('says how far the sink is by the state, before the log has any copy of its positions', async () => {
    const { partitions } = JSON.parse(await ok(moved, 'bus', 'lag', '--json')) as {
      partitions: { topic: string; position: number; copy: number | null; end: number; events: number }[];
    };
    expect(partitions.length).toBeGreaterThan(0);
    for (const { position, copy, end, events } of partitions) {
      expect([copy, events]).toEqual([null, end - position]);
      expect(events).toBe(0);
    }
  });

  test('the files do not open again, and a second move is refused', async () => {
    expect(await code(moved, 'move')).toBe('MOVE_DONE');
    writeFileSync(moved.configuration, asEmbedded);
    expect(await code(moved, 'status')).toBe('MOVE_DONE');
    writeFileSync(moved.configuration, asScaledOut);
  });

  test('goes on with the next export, writes what changed alone, and comes to what one has that stayed', async () => {
    const before = times(moved);
    const { residue } = JSON.parse(await ok(moved, 'run', '--once', '--json')) as { residue: number };
    expect(residue).toBe(0);
    const written = [...times(moved)].filter(([id, at]) => before.get(id) !== at);
    // The contact that changed, and the deal that was parked.
    expect(written.length).toBe(2);
    expect(contents(moved)).toEqual(contents(stayed));
  });

  test('not into a state that knows something', async () => {
    appendFileSync(stayed.configuration, asScaledOut.slice(asEmbedded.length));
    (stayed.environment as Record<string, string>).STATE_URL = database.url;
    expect(await code(stayed, 'move')).toBe('MOVE_TARGET_USED');
  });
});
