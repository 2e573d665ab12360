import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { killAfter } from '../../../test/support/kill-state-child.ts';
import { SimulatedClock } from '../../core/clock.ts';
import { openSqliteState } from './store.ts';

describe('kill -9', () => {
  it('loses no committed transaction and keeps no half one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'state-kill-'));
    const file = join(folder, 'state.db');
    try {
      let before = 0;
      for (const commits of [1, 7, 20, 3, 40]) {
        const said = await killAfter(file, 'topic', commits);
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
