import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, inProcess, start, until } from '../end-to-end/deployment.ts';
import { dropTables, smallFirm } from '../end-to-end/exports.ts';
import { postgresDatabase, type TestDatabase } from '../support/servers/servers.ts';
import { code, contents, type Firm, firmOn, ok, times } from './firm.ts';

const SLOW = 300_000;
const firm = smallFirm();
const refused = (id: string) => ({ ...firm.deal[0], 'Deal ID': id, Currency: 'dollars' });
const first = { ...firm, deal: [...firm.deal, refused('D8'), refused('D9')] };
const second = {
  ...first,
  contact: first.contact
    .filter((row) => row['Contact ID'] !== 'P6')
    .map((row) => (row['Contact ID'] === 'P4' ? { ...row, 'Last Name': 'Dale' } : row)),
};

let database: TestDatabase;
let lost: Firm;
let kept: Firm;

/** Everything loaded; of two deals that are refused one is corrected, and one left out. */
async function load(one: Firm): Promise<void> {
  dropTables(one.drop, first, '2026-03-03');
  await ok(one, 'run', '--once');
  await ok(one, 'dead-letters', 'edit', `${one.source}/deal/D9`, 'Currency=EUR', '--by', 'Jo');
  await ok(one, 'dead-letters', 'discard', `${one.source}/deal/D8`, '--reason', 'a test deal', '--by', 'Jo', '--yes');
  await ok(one, 'run', '--once');
}

async function onServer(sql: string): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

interface Status {
  readonly residue: number;
  readonly objects: readonly Readonly<Record<string, unknown>>[];
}

const statusOf = async (one: Firm): Promise<Status> => {
  const { objects, residue } = JSON.parse(await ok(one, 'status', '--json')) as Status;
  return { residue, objects: objects.map((row) => ({ ...row, source: '' })) };
};

beforeAll(async () => {
  database = await postgresDatabase();
  lost = await firmOn(database);
  kept = await firmOn(null);
  await load(lost);
  await load(kept);
}, SLOW);
afterAll(async () => {
  await lost?.close();
  await kept?.close();
  await database?.drop();
});

describe('a state that was lost, on Kafka and PostgreSQL', { timeout: SLOW }, () => {
  let before: ReadonlyMap<string, unknown>;

  test('is not taken for the one that the log belongs to: nothing begins beside it', async () => {
    expect(contents(lost)).toEqual(contents(kept));
    before = times(lost);
    await onServer('DROP SCHEMA changeover CASCADE');
    expect(await code(lost, 'run', '--once')).toBe('MAPPING_NOT_CONFIRMED');
    await ok(lost, 'map', 'confirm', lost.source, '--by', 'Jo');
    expect(await code(lost, 'run', '--once')).toBe('BUS_OTHER_STATE');
    await onServer('DROP SCHEMA changeover CASCADE');
  });

  test('is rebuilt from the log and from Twenty, and writes nothing', async () => {
    const rebuilt = JSON.parse(await ok(lost, 'state', 'rebuild', '--by', 'Jo', '--json')) as Record<string, unknown>;
    expect(rebuilt).toMatchObject({ unknown: [], events: expect.any(Number), rows: expect.any(Number) });
    expect(rebuilt.events).toBeGreaterThan(first.contact.length);
    expect(rebuilt.rows).toBeGreaterThan(15);
    await ok(lost, 'map', 'confirm', lost.source, '--by', 'Jo');
    expect(times(lost)).toEqual(before);
    expect(await code(lost, 'state', 'rebuild', '--by', 'Jo')).toBe('STATE_NOT_LOST');
  });

  test('knows what people decided about dead letters, and who', async () => {
    await inProcess(lost, async ({ state }) => {
      const audit = await state.read((tx) => tx.audit.newest(100));
      const told = audit.map(({ action, by, key }) => [action, by, key?.slice(key.indexOf('/')) ?? null]);
      expect(told).toContainEqual(['dead-letters-edit', 'Jo', '/deal/D9']);
      expect(told).toContainEqual(['dead-letters-discard', 'Jo', '/deal/D8']);
      expect(told).toContainEqual(['state-rebuild', 'Jo', null]);
      expect(told.some(([action]) => action === 'claim')).toBe(false);
    });
  });

  test('goes on: the next export comes to what one has that lost nothing, and only what changed is written', async () => {
    for (const one of [lost, kept]) {
      dropTables(one.drop, second, '2026-03-04');
      await ok(one, 'run', '--once');
    }
    expect(contents(lost)).toEqual(contents(kept));
    // The contact that changed, the one that is gone, and nobody else.
    const written = [...times(lost)].filter(([id, at]) => before.get(id) !== at);
    expect(written).toHaveLength(2);
    const status = await statusOf(lost);
    expect(status).toEqual(await statusOf(kept));
    expect(status.residue).toBe(0);
  });
});

describe('a seek on Kafka and PostgreSQL', { timeout: SLOW }, () => {
  interface Seek {
    readonly moved: boolean;
    readonly again: number;
    readonly skipped: number;
    readonly moves: readonly { readonly partition: number; readonly to: number }[];
  }
  interface Lag {
    readonly partitions: readonly {
      readonly topic: string;
      readonly partition: number;
      readonly position: number | null;
      readonly copy: number | null;
      readonly end: number;
      readonly events: number;
    }[];
  }
  const topic = () => `changeover.${lost.source}.contact`;
  const seek = async (...to: string[]): Promise<Seek> =>
    JSON.parse(await ok(lost, 'bus', 'seek', topic(), ...to, '--by', 'Jo', '--json')) as Seek;
  const lagOf = async (): Promise<Lag['partitions']> => {
    const { partitions } = JSON.parse(await ok(lost, 'bus', 'lag', '--json')) as Lag;
    return partitions.filter((one) => one.topic === topic());
  };

  test('says what it would do, and moves nothing before it is told to', async () => {
    const before = await lagOf();
    expect(before).toHaveLength(3);
    expect(before.every(({ position, end, events }) => position === end && events === 0)).toBe(true);
    const { moved, again } = await seek('--start');
    expect([moved, again]).toEqual([false, before.reduce((sum, { end }) => sum + end, 0)]);
    expect(await lagOf()).toEqual(before);
  });

  test('by offset, of one partition: the position in the state moves, and the group’s copy with it', async () => {
    const { moved } = await seek('--partition', '1', '--offset', '0', '--yes');
    expect(moved).toBe(true);
    const [one] = (await lagOf()).filter(({ partition }) => partition === 1);
    expect(one).toMatchObject({ position: 0, copy: 0 });
    expect(one?.events).toBe(one?.end);
    expect(await code(lost, 'bus', 'seek', topic(), '--offset', '99999', '--by', 'Jo')).toBe('BUS_POSITION_OUT_OF_LOG');
  });

  test('by time: to the first message that is not older', async () => {
    const early = await seek('--time', '2020-01-01T00:00:00Z');
    expect(early.moves.map(({ to }) => to)).toEqual([0, 0, 0]);
    const late = await seek('--time', '2100-01-01T00:00:00Z', '--yes');
    expect(late.moves.map(({ to }) => to)).toEqual((await lagOf()).map(({ end }) => end));
    await seek('--time', '2020-01-01T00:00:00Z', '--yes');
    expect((await lagOf()).map(({ position }) => position)).toEqual([0, 0, 0]);
  });

  test('is refused while somebody reads; what is read again afterwards costs no write', async () => {
    const before = times(lost);
    const running = start(lost, ['run', '--role', 'sink']);
    try {
      // It reads from the start, where it was put; once it has caught up it is there for sure.
      await until('the sink reads', async () => (await lagOf()).every(({ events }) => events === 0));
      const refused = await command(lost, ['bus', 'seek', topic(), '--start', '--yes', '--by', 'Jo', '--json']);
      expect(refused.out + refused.errors).toContain('BUS_GROUP_BUSY');
      expect(refused.code).not.toBe(0);
    } finally {
      running.process.kill('SIGTERM');
      await running.ended;
    }
    await seek('--start', '--yes');
    await ok(lost, 'run', '--once');
    expect(times(lost)).toEqual(before);
    expect((await statusOf(lost)).residue).toBe(0);
  });
});
