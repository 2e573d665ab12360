import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Role } from '../../src/app/roles.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { StateEngine } from '../../src/state/engine.ts';
import { openPostgresqlState } from '../../src/state/postgresql/store.ts';
import { command, start } from '../end-to-end/deployment.ts';
import { postgresDatabase, type TestDatabase } from '../support/servers/servers.ts';
import { contents, type Firm, firmOn, ok, withLocked } from './firm.ts';

interface Account {
  readonly residue: number;
  readonly unread?: unknown;
}

let expected: unknown;
let database: TestDatabase;
let firm: Firm;
let state: StateEngine;

beforeAll(async () => {
  const undisturbed = await firmOn(null);
  await ok(undisturbed, 'run', '--once');
  expected = contents(undisturbed);
  await undisturbed.close();
});
afterAll(async () => {
  await state?.close();
  await firm?.close();
  await database?.drop();
});

async function begin(): Promise<void> {
  database = await postgresDatabase();
  firm = await firmOn(database);
  state = await openPostgresqlState({ url: database.url, clock: systemClock(), logger: silentLogger() });
}

async function end(): Promise<void> {
  await state.close();
  await firm.close();
  await database.drop();
}

const held = () =>
  state.read(async (tx) =>
    (await tx.leases.all()).filter(({ name, expiresAt }) => name.startsWith('reader:') && expiresAt > Date.now()),
  );

/** Kills a process of that role between a page's append and its checkpoint. */
async function killWhileReading(role: Role | 'all'): Promise<void> {
  const other = start(firm, ['run', '--role', role]);
  await withLocked(database, 'checkpoints', async () => {
    const waiting = expect.poll(held, { timeout: 120_000 });
    await waiting.toHaveLength(1);
    other.process.kill('SIGKILL');
    await other.ended;
  });
}

test.each(['source', 'all'] as const)(
  '--once beside a process with the role %s that was killed while it read waits for its lease, and leaves nothing out',
  async (role) => {
    await begin();
    try {
      await killWhileReading(role);
      expect(await held(), 'the dead process still has its lease').toHaveLength(1);
      const { code, out, errors } = await command(firm, ['run', '--once', '--json']);
      expect(code, errors + out).toBe(0);
      const account = JSON.parse(out) as Account;
      expect([account.residue, account.unread]).toEqual([0, undefined]);
      expect(contents(firm)).toEqual(expected);
    } finally {
      await end();
    }
  },
  300_000,
);
