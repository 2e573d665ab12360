import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Application } from '../../src/app/application.ts';
import { Pipeline } from '../../src/app/pipeline.ts';
import { parseTraceParent } from '../../src/events/trace.ts';
import { INTAKE_GROUP } from '../../src/sink/index.ts';
import { type Command, inProcess, start } from '../end-to-end/deployment.ts';
import { dropTables, smallFirm } from '../end-to-end/exports.ts';
import { postgresDatabase, type TestDatabase } from '../support/servers/servers.ts';
import { ask } from '../support/state-on-postgresql.ts';
import { code, contents, type Firm, firmOn, ok, serversSettings, withLocked } from './firm.ts';

const SLOW = 300_000;
const LONGEST_MS = 120_000;
const firm = smallFirm();
const first = { ...firm };
const second = {
  ...firm,
  contact: firm.contact.map((row) => (row['Contact ID'] === 'P4' ? { ...row, 'Last Name': 'Dale' } : row)),
  deal: firm.deal.slice(1),
};

let moved: Firm;
let stayed: Firm;
let database: TestDatabase;
let asScaledOut: string;

beforeAll(async () => {
  database = await postgresDatabase();
  moved = await firmOn(null, { deployment: 'moving-killed' });
  stayed = await firmOn(null, { deployment: 'staying' });
  const asEmbedded = readFileSync(moved.configuration, 'utf8');
  asScaledOut = asEmbedded + (await serversSettings());
  for (const one of [moved, stayed]) {
    dropTables(one.drop, first, '2026-03-03');
    await ok(one, 'run', '--once');
    dropTables(one.drop, second, '2026-03-04');
  }
  await ok(stayed, 'run', '--once');
  await readOnly(moved);
  (moved.environment as Record<string, string>).STATE_URL = database.url;
  writeFileSync(moved.configuration, asScaledOut);
  // Makes the tables.
  await ok(moved, 'move', '--dry-run');
}, SLOW);
afterAll(async () => {
  await moved?.close();
  await stayed?.close();
  await database?.drop();
});

/** Reads the source into the log, and takes nothing of it in. */
async function readOnly(deployment: Firm): Promise<void> {
  await inProcess(deployment, async (app) => {
    const pipeline = await Pipeline.open(app, new Set(['source']));
    try {
      await pipeline.start();
      for (const { loop } of pipeline.lanes) await loop?.pollOnce(new AbortController().signal);
    } finally {
      await pipeline.close();
    }
    expect(await unread(app)).toBeGreaterThan(2);
  });
}

/** Messages of objects' topics behind the positions in the state. */
async function unread({ state, bus }: Application): Promise<number> {
  const positions = await state.read((tx) => tx.positions.all(INTAKE_GROUP));
  let count = 0;
  for (const topic of new Set(positions.map((one) => one.topic))) {
    for (const { partition, start: from, end } of await bus.bounds(topic)) {
      const known = positions.find((one) => one.topic === topic && one.partition === partition);
      count += end - (known?.next ?? from);
    }
  }
  return count;
}

/** Waits for something that happens while the move goes on, and kills the move then. */
async function killWhen(move: Command, happens: () => Promise<boolean> | boolean): Promise<void> {
  let ended = false;
  void move.ended.then(() => {
    ended = true;
  });
  for (const begun = Date.now(); !(await happens()); await sleep(1)) {
    expect(ended).toBe(false);
    if (Date.now() - begun > LONGEST_MS) throw new Error('the move did not come that far');
  }
  move.process.kill('SIGKILL');
  expect((await move.ended).code).toBeNull();
}

/** The server notices by itself that nobody is there any more. */
async function nobodyIsLeft(): Promise<void> {
  const others =
    "select count(*)::int as sessions from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'";
  await expect
    .poll(async () => (await ask<{ sessions: number }>(database.url, others))[0]?.sessions, { timeout: LONGEST_MS })
    .toBe(0);
}

/** The files live on, and the servers do not. */
async function isUnfinished(): Promise<void> {
  expect(existsSync(join(moved.folder, 'data', 'moved.json'))).toBe(false);
  expect(await code(moved, 'run', '--once')).toBe('MOVE_NEEDED');
  writeFileSync(moved.configuration, asScaledOut.replace('dataFolder: data', 'dataFolder: elsewhere'));
  expect(await code(moved, 'status')).toBe('MOVE_UNFINISHED');
  writeFileSync(moved.configuration, asScaledOut);
}

describe('a move with events in the log that nobody took in yet', { timeout: SLOW }, () => {
  test('killed after the copy, while the state is written out: the files live on', async () => {
    const written = join(moved.folder, 'data', 'moving.before.state');
    // It comes no further than to the first record that it would restore, however late it is killed.
    await withLocked(database, 'records', () =>
      killWhen(start(moved, ['move', '--by', 'Jo']), () => existsSync(written)),
    );
    await nobodyIsLeft();
    await isUnfinished();
  });

  test('killed while the state is restored into PostgreSQL: nothing of it is there, and the files live on', async () => {
    await withLocked(database, 'records', () =>
      killWhen(start(moved, ['move', '--by', 'Jo']), async () => {
        const waiting = await ask<{ waiting: number }>(
          database.url,
          `select count(*)::int as waiting from pg_locks
           where not granted and relation = 'changeover.records'::regclass`,
        );
        return (waiting[0]?.waiting ?? 0) > 0;
      }),
    );
    await nobodyIsLeft();
    const rows = await ask<{ rows: number }>(database.url, 'select count(*)::int as rows from changeover.records');
    expect(rows).toEqual([{ rows: 0 }]);
    await isUnfinished();
  });

  test('ended after the state was restored, before the files know of it: the files live on', async () => {
    // The note that ends the life of the files cannot be written: as if the process had died just before.
    const inTheWay = join(moved.folder, 'data', 'moved.json.partial');
    mkdirSync(inTheWay);
    expect(await code(moved, 'move', '--by', 'Jo')).toBe('INTERNAL');
    rmdirSync(inTheWay);
    const [restored] = await ask<{ rows: number }>(
      database.url,
      'select count(*)::int as rows from changeover.records',
    );
    expect(restored?.rows).toBeGreaterThan(0);
    await isUnfinished();
  });

  test('started again it finishes, with every message once', async () => {
    const report = JSON.parse(await ok(moved, 'move', '--by', 'Jo', '--json')) as {
      outcome: string;
      continued: boolean;
      topics: { messages: number; written: number; found: number }[];
    };
    expect(report).toMatchObject({ outcome: 'moved', continued: true });
    for (const { written, found } of report.topics) expect(found).toBe(written);
    expect(await code(moved, 'move')).toBe('MOVE_DONE');
  });

  test('every event carries the trace of the page that it came with, from the file on', async () => {
    await inProcess(moved, async ({ bus }) => {
      const topic = `changeover.${moved.source}.deal`;
      const traces: (string | undefined)[] = [];
      for (const { partition, start: from, end } of await bus.bounds(topic))
        for await (const { headers } of bus.read({ topic, partition }, from, end)) traces.push(headers.traceparent);
      expect(traces.length).toBeGreaterThan(2);
      // One page of each export, and its end.
      expect(new Set(traces).size).toBeLessThan(traces.length);
      for (const trace of traces) expect(parseTraceParent(trace)).not.toBeNull();
    });
  });

  test('what was not taken in then is taken in now: the contents are those of one that stayed, nothing lost or doubled', async () => {
    await inProcess(moved, async (app) => expect(await unread(app)).toBeGreaterThan(2));
    const { residue } = JSON.parse(await ok(moved, 'run', '--once', '--json')) as { residue: number };
    expect(residue).toBe(0);
    expect(contents(moved)).toEqual(contents(stayed));
  });
});
