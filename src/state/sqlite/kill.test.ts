import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../core/clock.ts';
import { openSqliteState } from './store.ts';

const CHILD = fileURLToPath(new URL('../../../test/conformance/state/kill-child.ts', import.meta.url));

/** Lets the child commit `commits` more times, kills it at once, and gives the last number that it said. */
function killAfter(file: string, commits: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, file], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let complaint = '';
    child.stderr.on('data', (bytes: Buffer) => {
      complaint += bytes.toString();
    });
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      if (said.split('\n').length > commits) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`the child ended by itself: ${complaint}`));
      // The last piece may be the beginning of a number.
      resolve(Number(said.split('\n').at(-2)));
    });
  });
}

describe('kill -9', () => {
  it('loses no committed transaction and keeps no half one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'state-kill-'));
    const file = join(folder, 'state.db');
    try {
      let before = 0;
      for (const commits of [1, 7, 20, 3, 40]) {
        const said = await killAfter(file, commits);
        expect(said).toBeGreaterThanOrEqual(before + commits * 10);
        const store = await openSqliteState({ file, clock: new SimulatedClock() });
        const [position, rows, recount] = await store.read(async (state) => [
          (await state.positions.get('sink', 'topic', 0)) ?? 0,
          await state.ledger.rows(null),
          await state.ledger.recount(null),
        ]);
        await store.close();
        expect(position).toBeGreaterThanOrEqual(said);
        expect(rows).toEqual(recount);
        expect(rows[0]?.live).toBe(position);
        before = position;
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
