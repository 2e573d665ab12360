import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../core/clock.ts';
import { silentLogger } from '../core/logger.ts';
import type { StateEngine } from '../state/engine.ts';
import { openSqliteState } from '../state/sqlite/store.ts';
import { GONE_MS, Heartbeat, SILENT_MS } from './heartbeat.ts';
import { processesOf } from './processes.ts';

const MINUTE = 60_000;
let folder: string;
let clock: SimulatedClock;
let state: StateEngine;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'processes-'));
  clock = new SimulatedClock({ automatic: false });
  state = await openSqliteState({ file: join(folder, 'state.db'), clock, deployment: 'd' });
});
afterEach(async () => {
  await state.close();
  rmSync(folder, { recursive: true });
});

const heartbeat = (holder: string, roles: readonly string[], sources: readonly string[] = []) =>
  new Heartbeat({
    ...{ state, clock, logger: silentLogger(), holder, roles, sources },
    version: '1.2.3',
    startedAt: clock.now(),
  });

const shown = () => state.read((tx) => processesOf(tx, clock.now()));
const lease = (name: string, holder: string, forMs: number) =>
  state.transaction((tx) => tx.leases.take(name, holder, clock.now(), forMs));

describe('the processes of a deployment', () => {
  it('are known by role, host, number and since when, with who writes, who stands by and who reads what', async () => {
    const begun = new Date(clock.now()).toISOString();
    await heartbeat('a', ['source'], ['crm']).beat();
    await heartbeat('b', ['sink']).beat();
    await heartbeat('c', ['sink']).beat();
    await lease('writer:w', 'c', MINUTE);
    await lease('reader:crm/contact', 'a', MINUTE);
    await clock.advance(5_000);
    const all = { host: hostname(), pid: process.pid, version: '1.2.3', state: 'alive', silentFor: 5 };
    const times = { startedAt: begun, lastHeartbeat: begun };
    expect(await shown()).toEqual([
      { ...all, ...times, name: 'a', roles: ['source'], writing: null, sources: ['crm'], reading: ['crm/contact'] },
      { ...all, ...times, name: 'b', roles: ['sink'], writing: 'stands by', sources: [], reading: [] },
      { ...all, ...times, name: 'c', roles: ['sink'], writing: 'writer', sources: [], reading: [] },
    ]);
  });

  it('fall silent when they die, are no writers any more once their lease is over, and are gone later', async () => {
    const lives = heartbeat('lives', ['sink']);
    const dies = heartbeat('dies', ['sink']);
    await Promise.all([lives.beat(), dies.beat()]);
    await lease('writer:w', 'dies', 15_000);
    await clock.advance(SILENT_MS);
    await lives.beat();
    expect((await shown()).map(({ name, state: is, writing }) => [name, is, writing])).toEqual([
      ['dies', 'silent', 'stands by'],
      ['lives', 'alive', 'stands by'],
    ]);
    await clock.advance(GONE_MS - SILENT_MS);
    expect((await shown()).map(({ name }) => name)).toEqual(['lives']);
    await clock.advance(1);
    await lives.beat();
    expect(await state.read((tx) => tx.processes.all())).toHaveLength(1);
  });

  it('say by themselves that they live, whether or not anything happens, and go when they are stopped', async () => {
    const stopping = new AbortController();
    const one = heartbeat('one', ['control']);
    const running = one.run(stopping.signal);
    for (let minute = 0; minute < 5; minute += 1) {
      for (let beat = 0; beat < 6; beat += 1) await clock.advance(10_000);
      await expect.poll(async () => (await shown())[0]?.silentFor).toBeLessThanOrEqual(10);
    }
    stopping.abort();
    await running;
    await one.leave();
    expect(await shown()).toEqual([]);
  });

  it('go on where the state cannot be reached for a while, and are alive again afterwards', async () => {
    const stopping = new AbortController();
    let fails = true;
    const flaky: Pick<StateEngine, 'transaction' | 'read' | 'close'> = {
      transaction: (work) => (fails ? Promise.reject(new Error('away')) : state.transaction(work)),
      read: (work) => state.read(work),
      close: () => state.close(),
    };
    const one = new Heartbeat({
      ...{ state: flaky, clock, logger: silentLogger(), holder: 'one', roles: ['sink'], sources: [] },
      version: '1',
      startedAt: 0,
    });
    const running = one.run(stopping.signal);
    await clock.advance(30_000);
    expect(await shown()).toEqual([]);
    fails = false;
    await clock.advance(10_000);
    await expect.poll(async () => (await shown()).map(({ state: is }) => is)).toEqual(['alive']);
    stopping.abort();
    await running;
  });
});
