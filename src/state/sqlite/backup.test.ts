import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { backupConformance, type OpenEngine } from '../../../test/conformance/state/backup.ts';
import { SimulatedClock } from '../../core/clock.ts';
import { openSqliteState } from './store.ts';

const open: OpenEngine = async (options = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  const store = await openSqliteState({ file: join(folder, 'state.db'), clock: new SimulatedClock(), ...options });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
};

backupConformance('from SQLite to SQLite', open, open);
