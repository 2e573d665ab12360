import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SimulatedClock } from '../core/clock.ts';
import { silentLogger } from '../core/logger.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { openSqliteState } from '../state/sqlite/store.ts';
import type { StateStore } from '../state/state.ts';
import { SourceAges } from './source-ages.ts';

let folder: string;
let state: StateStore;
const clock = new SimulatedClock({ start: 1_000_000 });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-ages-'));
  state = await openSqliteState({ file: join(folder, 'state.sqlite'), clock });
});
afterEach(async () => {
  await state.close();
  rmSync(folder, { recursive: true, force: true });
});

async function shown(ages: SourceAges): Promise<string> {
  const metrics = createMetrics();
  ages.show(metrics, clock);
  return metrics.text();
}

test('the lag is absent until an export was read, and counts from the newest one', async () => {
  const ages = await SourceAges.open(state, silentLogger());
  expect(await shown(ages)).not.toMatch(/^changeover_source_lag_seconds\{/m);
  ages.took('crm', 990_000);
  ages.took('crm', 900_000);
  expect(await shown(ages)).toContain('changeover_source_lag_seconds{source="crm"} 10');
});

test('the lag is known right after a restart', async () => {
  const before = await SourceAges.open(state, silentLogger());
  before.took('crm', 940_000);
  await before.saved();
  expect(await shown(await SourceAges.open(state, silentLogger()))).toContain(
    'changeover_source_lag_seconds{source="crm"} 60',
  );
});
