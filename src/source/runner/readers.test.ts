import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readersConformance } from '../../../test/conformance/readers.ts';
import { OBJECT, pageOf, partsOf, readingConnector, SOURCE } from '../../../test/conformance/reading.ts';
import { SimulatedClock, systemClock } from '../../core/clock.ts';
import type { Clock } from '../../core/ports.ts';
import { openSqliteState } from '../../state/sqlite/store.ts';
import { ObjectReader } from './object-reader.ts';

async function openFile(clock: Clock) {
  const folder = mkdtempSync(join(tmpdir(), 'readers-'));
  const place = join(folder, 'state.db');
  const state = await openSqliteState({ file: place, clock });
  onTestFinished(async () => {
    await state.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { state, place };
}

readersConformance('SQLite', () => openFile(systemClock()));

describe('a source that takes its time', () => {
  it('keeps its reader the object however long one page takes, though the lease is short', async () => {
    const clock = new SimulatedClock({ automatic: false });
    const { state } = await openFile(clock);
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const connector = readingConnector(async function* () {
      await answered;
      yield pageOf('only', 1);
    });
    const events = { append: async () => undefined };
    const reader = (holder: string) =>
      new ObjectReader({ ...partsOf({ state, clock, holder, leaseMs: 3_000, connector }), object: OBJECT, events });
    const signal = new AbortController().signal;
    const reading = reader('slow').readToEnd(signal);
    const expiry = () =>
      state.read(async (tx) => (await tx.leases.all()).find(({ name }) => name === `reader:${SOURCE}/${OBJECT}`));
    await expect.poll(async () => (await expiry())?.holder).toBe('slow');
    for (let second = 0; second < 30; second += 1) {
      await clock.advance(1_000);
      await expect.poll(async () => (await expiry())?.expiresAt).toBe(clock.now() + 3_000);
      expect(await reader('hasty').readToEnd(signal)).toEqual({ kind: 'elsewhere' });
    }
    answer();
    expect(await reading).toEqual({ kind: 'read', appended: 1 });
    expect(await reader('next').readToEnd(signal)).toEqual({ kind: 'read', appended: 1 });
  });
});
