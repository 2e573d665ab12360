import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { stateConformance } from '../../../test/conformance/state.ts';
import { SimulatedClock } from '../../core/clock.ts';
import { openSqliteState } from './store.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

stateConformance('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  const store = await openSqliteState({ file: join(folder, 'state.db'), clock: new SimulatedClock() });
  cleanups.push(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
});
