import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTwentySandbox } from '../../sandbox/twenty/index.ts';
import {
  ask,
  atRest,
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
/** So often a machine that stands still for a moment may miss that; a program that waits too long misses it each time. */
const ATTEMPTS = 3;
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
  const rest = () => atRest(deployment, running());
  const ready = () =>
    until('it is ready', async () => {
      const now = await readiness(running());
      return now.ready ? now : null;
    });
  /** The next call that makes people: it has come to the workspace, and waits there for its release. */
  const heldCall = () => {
    const [came, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const hold = () => {
      came.resolve();
      return release.promise;
    };
    deployment.sandbox.fault({ match: { operation: 'createMany', object: 'person' }, hold, count: 1 });
    return { came: came.promise, release: release.resolve };
  };
  /** Asks the daemon to stop, and waits until it has heard that. */
  const askToStop = async () => {
    running().process.kill('SIGTERM');
    await until('it is stopping', async () =>
      (await readiness(running())).waiting.includes('stopping') ? true : null,
    );
  };
  const restart = async () => {
    daemon = null;
    daemon = await startDaemon(deployment);
  };

  beforeAll(async () => {
    // What is waited for here is the program itself, not the workspace's limit.
    deployment = await prepare({ callsPerMinute: 100_000 });
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
    expect((await rest()).classes).toEqual({
      applied: AT_FIRST.applied,
      merged: AT_FIRST.merged,
      held: AT_FIRST.held,
      'dead-lettered': 0,
      excluded: 0,
      'on-the-way': 0,
    });
    expect(rowOf(deployment, 'company', 'company/C3')).toBeNull();
    expect(await ready()).toEqual({ status: 200, ready: true, waiting: [] });
    expect((await fetch(`${running().url}/healthz`)).status).toBe(200);
  });

  test('an export that is dropped is in Twenty within 10 seconds: what is new, what changed, and what is gone', async () => {
    const took: number[] = [];
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const dropped = dropNext(`L1.${attempt}`, (before) => ({
        ...before,
        deal: before.deal.map((row) =>
          row['Deal ID'] === 'D1' ? { ...row, Value: `${13 + attempt}.000,00`, Modified: '03.03.2026 06:00' } : row,
        ),
        note: attempt % 2 === 1 ? [] : smallFirm().note,
      }));
      await arrived(`L1.${attempt}`);
      await until('the changed amount', () => (amountOf('deal/D1') === (13 + attempt) * 1_000_000_000 ? true : null));
      await until('the note is gone, or back', () =>
        (rowOf(deployment, 'note', 'note/N1') === null) === (attempt % 2 === 1) ? true : null,
      );
      took.push(performance.now() - dropped);
      await rest();
      if (Math.min(...took) < LIVE_MS) break;
    }
    expect(Math.min(...took)).toBeLessThan(LIVE_MS);
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
    const now = await rest();
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
    await rest();
    await ready();
  });

  test('SIGTERM finishes the call in flight and leaves nothing open', async () => {
    const call = heldCall();
    dropNext('L3');
    await call.came;
    await askToStop();
    expect(openIntents(deployment)).toBe(1);
    call.release();
    const ended = await running().ended;
    expect(ended.code, ended.errors).toBe(0);
    expect(ended.errors).not.toContain('did not finish in time');
    expect(openIntents(deployment)).toBe(0);
    expect(rowOf(deployment, 'person', 'contact/L3')).not.toBeNull();
    await restart();
  });

  test('a second signal stops at once; the call in flight is settled at the next start, and nothing comes twice', async () => {
    const call = heldCall();
    dropNext('L4');
    await call.came;
    await askToStop();
    running().process.kill('SIGTERM');
    // Its call is not answered yet: it did not wait for that.
    expect((await running().ended).code).toBe(143);
    expect(openIntents(deployment)).toBe(1);
    call.release();
    await restart();
    await arrived('L4');
    await rest();
    expect(openIntents(deployment)).toBe(0);
    expect(
      deployment.sandbox.dump('person').filter((row) => (row.name as { lastName?: string }).lastName === 'L4'),
    ).toHaveLength(1);
  });

  test('/readyz names the export that cannot be read, and the daemon goes on with the next one', async () => {
    const broken = { ...tables, contact: [] };
    day += 1;
    dropTables(deployment.drop, broken, `2026-03-${String(day).padStart(2, '0')}`);
    await until('it says what it waits for', async () => {
      const now = await readiness(running());
      return !now.ready && now.waiting.some((line) => line.startsWith('crm/contact: ')) ? now : null;
    });
    dropNext('L5');
    await arrived('L5');
    await rest();
  });
});

describe('what keeps a daemon from starting', { timeout: SLOW }, () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await prepare({ callsPerMinute: 100_000 });
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
