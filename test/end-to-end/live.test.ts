import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTwentySandbox } from '../../sandbox/twenty/index.ts';
import {
  ask,
  command,
  type Deployment,
  openIntents,
  person,
  prepare,
  type Running,
  readiness,
  rowOf,
  SOURCE,
  type StatusReport,
  startDaemon,
  statusOf,
  stopDaemon,
  until,
} from './deployment.ts';
import { AT_FIRST, CARL, contact, dropTables, smallFirm, type Tables } from './exports.ts';

const LIVE_MS = 10_000;
const SLOW = 180_000;

/** What a command printed as its one JSON document. */
const errorOf = (out: string) => (JSON.parse(out) as { error: { code: string; message: string } }).error;

describe('a daemon beside a team at work', { timeout: SLOW }, () => {
  let deployment: Deployment;
  let daemon: Running | null = null;
  let tables: Tables = smallFirm();
  let day = 2;

  /** The next export, a day later, with one more contact. Returns when it was dropped. */
  function dropNext(id: string, edit: (before: Tables) => Tables = (before) => before): number {
    tables = edit({ ...tables, contact: [...tables.contact, contact(id, 'New', id, { 'Company ID': 'C1' })] });
    day += 1;
    dropTables(deployment.drop, tables, `2026-03-${String(day).padStart(2, '0')}`);
    return performance.now();
  }
  const arrived = (id: string) => until(`contact ${id} in Twenty`, () => rowOf(deployment, 'person', `contact/${id}`));
  const amountOf = (key: string) =>
    (rowOf(deployment, 'opportunity', key)?.amount as { amountMicros: number } | undefined)?.amountMicros;
  const running = () => {
    if (daemon === null) throw new Error('no daemon');
    return daemon;
  };
  const status = async () => (await ask(deployment, running(), 'status')) as StatusReport;
  const atRest = () =>
    until('everything at rest', async () => {
      const now = await status();
      return now.classes['on-the-way'] === 0 && now.residue === 0 ? now : null;
    });
  const restart = async () => {
    daemon = null;
    daemon = await startDaemon(deployment);
  };

  beforeAll(async () => {
    deployment = await prepare();
    daemon = await startDaemon(deployment);
  }, SLOW);
  afterEach(() => deployment.sandbox.clearFaults());
  afterAll(async () => {
    daemon?.process.kill('SIGKILL');
    await daemon?.ended;
    await deployment?.close();
  });

  test('loads the first export, holds what waits for an owner, and accounts for every record', async () => {
    await until('all is read', async () => ((await status()).classes.applied === AT_FIRST.applied ? true : null));
    expect((await atRest()).classes).toEqual({
      applied: AT_FIRST.applied,
      merged: AT_FIRST.merged,
      held: AT_FIRST.held,
      'dead-lettered': 0,
      excluded: 0,
      'on-the-way': 0,
    });
    expect(rowOf(deployment, 'company', 'company/C3')).toBeNull();
    expect(await readiness(running())).toEqual({ status: 200, ready: true, waiting: [] });
    expect((await fetch(`${running().url}/healthz`)).status).toBe(200);
  });

  test('an export that is dropped is in Twenty within 10 seconds: what is new, what changed, and what is gone', async () => {
    const dropped = dropNext('L1', (before) => ({
      ...before,
      deal: before.deal.map((row) =>
        row['Deal ID'] === 'D1' ? { ...row, Value: '13.000,00', Modified: '03.03.2026 06:00' } : row,
      ),
      note: [],
    }));
    await arrived('L1');
    await until('the changed amount', () => (amountOf('deal/D1') === 13_000_000_000 ? true : null));
    await until('the note is gone', () => (rowOf(deployment, 'note', 'note/N1') === null ? true : null));
    expect(performance.now() - dropped).toBeLessThan(LIVE_MS);
  });

  test('`changeover status --json` asks the daemon that runs', async () => {
    const told = await statusOf(deployment);
    expect(told.running).toBe(true);
    expect(told.residue).toBe(0);
    expect(told.classes.held).toBe(AT_FIRST.held);
  });

  test('LIFE-5: an owner who becomes a member releases the records that waited for him, and those behind them', async () => {
    expect((await status()).reviews).toContainEqual({ queue: 'owner', open: 1 });
    deployment.sandbox.addMembers([person('Carl', CARL)]);
    await until('the company of Carl', () => rowOf(deployment, 'company', 'company/C3'));
    const there = await until('its contact', () => rowOf(deployment, 'person', 'contact/P5'));
    expect(there.companyId).toBe(rowOf(deployment, 'company', 'company/C3')?.id);
    await until('the call with it', () => rowOf(deployment, 'task', 'call/K2'));
    const now = await atRest();
    expect(now.classes.held).toBe(0);
    expect(now.reviews.filter((row) => row.queue === 'owner' && row.open > 0)).toEqual([]);
  });

  test('a pause is said in /readyz and survives a restart', async () => {
    expect((await command(deployment, ['pause', '--json', '--by', 'Jo'])).code).toBe(0);
    const paused = await readiness(running());
    expect(paused.status).toBe(503);
    expect(paused.waiting).toContain('crm: reading is paused');
    expect(paused.waiting.some((line) => line.startsWith('writing: '))).toBe(true);
    expect((await stopDaemon(running())).code).toBe(0);
    await restart();
    expect((await status()).paused).toEqual({ source: true, writer: true });
    expect((await readiness(running())).waiting).toContain('crm: reading is paused');
    dropNext('L2');
    expect((await command(deployment, ['resume', '--json'])).code).toBe(0);
    await arrived('L2');
    await atRest();
    expect((await readiness(running())).ready).toBe(true);
  });

  test('SIGTERM finishes the call in flight and leaves nothing open', async () => {
    deployment.sandbox.fault({ match: { operation: 'createMany', object: 'person' }, latencyMs: 1000, count: 1 });
    dropNext('L3');
    await until('a call in flight', () => (openIntents(deployment) > 0 ? true : null));
    const asked = performance.now();
    const ended = await stopDaemon(running());
    expect(ended.code, ended.errors).toBe(0);
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect(openIntents(deployment)).toBe(0);
    expect(rowOf(deployment, 'person', 'contact/L3')).not.toBeNull();
    await restart();
  });

  test('a second signal stops at once; the call in flight is settled at the next start, and nothing comes twice', async () => {
    deployment.sandbox.fault({ match: { operation: 'createMany', object: 'person' }, latencyMs: 1500, count: 1 });
    dropNext('L4');
    await until('a call in flight', () => (openIntents(deployment) > 0 ? true : null));
    const first = running();
    first.process.kill('SIGTERM');
    const asked = performance.now();
    await until('it stops', async () => {
      first.process.kill('SIGTERM');
      return first.process.exitCode ?? (first.process.signalCode === null ? null : 1);
    });
    expect((await first.ended).code).toBe(143);
    expect(performance.now() - asked).toBeLessThan(1500);
    expect(openIntents(deployment)).toBe(1);
    await restart();
    await arrived('L4');
    await until('the intent is settled', () => (openIntents(deployment) === 0 ? true : null));
    await atRest();
    expect(
      deployment.sandbox.dump('person').filter((row) => (row.name as { lastName?: string }).lastName === 'L4'),
    ).toHaveLength(1);
  });

  test('/readyz names the export that cannot be read, and the daemon goes on with the next one', async () => {
    const broken = { ...tables, contact: [] };
    day += 1;
    dropTables(deployment.drop, broken, `2026-03-${String(day).padStart(2, '0')}`);
    const asked = await until('the daemon waits', async () => {
      const now = await readiness(running());
      return now.ready ? null : now;
    });
    expect(asked.waiting.join('\n')).toMatch(/^crm\/contact: /m);
    dropNext('L5');
    await arrived('L5');
    await atRest();
  });
});

describe('what keeps a daemon from starting', { timeout: SLOW }, () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await prepare();
  }, SLOW);
  afterAll(() => deployment?.close());

  test('a wrong token has a code of its own, and the exit code that says a person is needed', async () => {
    for (const token of ['no-token-at-all', 'aaaa.bbbb.cccc']) {
      const ended = await command(deployment, ['run', '--once', '--json'], { TWENTY_API_KEY: token });
      expect(errorOf(ended.out).code).toBe('TWENTY_TOKEN_REFUSED');
      expect(ended.code).toBe(3);
      expect(ended.out + ended.errors).not.toContain(token);
    }
  });

  test('a key that may not change the data model is told so, and the records move once somebody else made the fields', async () => {
    const fresh = await startTwentySandbox();
    try {
      const ended = await command(deployment, ['provision', 'apply', '--json'], {
        TWENTY_API_KEY: fresh.restrictedToken,
        TWENTY_URL: fresh.url,
      });
      expect(errorOf(ended.out).code).toBe('TWENTY_MODEL_RIGHT_MISSING');
      expect(ended.code).toBe(3);
    } finally {
      await fresh.close();
    }
    const once = await command(deployment, ['run', '--once', '--json'], {
      TWENTY_API_KEY: deployment.sandbox.restrictedToken,
    });
    expect(once.code, once.errors).toBe(0);
    expect(rowOf(deployment, 'company', 'company/C1')).not.toBeNull();
  });

  test('without an export the daemon is up, says what it waits for, and loads it once it is there', async () => {
    const away = join(deployment.folder, 'away');
    renameSync(deployment.drop, away);
    const daemon = await startDaemon(deployment);
    try {
      const waiting = await until('it waits', async () => {
        const now = await readiness(daemon);
        return now.waiting.length > 0 ? now : null;
      });
      expect(waiting.status).toBe(503);
      expect(waiting.waiting[0]).toMatch(/^crm: /);
      expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200);
      renameSync(away, deployment.drop);
      await until('it is ready', async () => ((await readiness(daemon)).ready ? true : null));
    } finally {
      expect((await stopDaemon(daemon)).code).toBe(0);
    }
  });

  test('LIFE-2: a mapping that changed since it was confirmed is refused until somebody confirms it', async () => {
    const mapping = join(deployment.folder, 'mapping.yaml');
    appendFileSync(mapping, '# a comment changes nothing\n');
    expect((await command(deployment, ['run', '--once', '--json'])).code).toBe(0);
    const before = readFileSync(mapping, 'utf8');
    writeFileSync(mapping, before.replace('default: (no name)', 'default: (nameless)'));
    expect(before).toContain('default: (no name)');
    const ended = await command(deployment, ['run', '--json']);
    expect(errorOf(ended.out).code).toBe('MAPPING_CHANGED');
    expect(ended.code).toBe(3);
    expect((await command(deployment, ['map', 'confirm', SOURCE, '--by', 'Jo', '--json'])).code).toBe(0);
    expect((await command(deployment, ['run', '--once', '--json'])).code).toBe(0);
  });
});
