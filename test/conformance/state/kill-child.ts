import { writeSync } from 'node:fs';
import { systemClock } from '../../../src/core/clock.ts';
import { openSqliteState } from '../../../src/state/sqlite/store.ts';
import { upsert } from './samples.ts';

/** Commits ten records at a time, and says the number of the last one after each commit, until somebody kills it. */
const file = process.argv[2];
if (file === undefined) throw new Error('which file?');
const store = await openSqliteState({ file, clock: systemClock() });
const start = (await store.read((state) => state.positions.get('sink', 'topic', 0))) ?? 0;
for (let next = start; ; next += 10) {
  await store.transaction(async (state) => {
    const events = Array.from({ length: 10 }, (_, index) =>
      upsert({ id: `${next + index + 1}`, sequence: next + index + 1 }),
    );
    await state.records.take(events.slice(0, 5), 1);
    await new Promise<void>((resolve) => setImmediate(resolve));
    await state.records.take(events.slice(5), 1);
    await state.positions.set('sink', 'topic', 0, next + 10);
  });
  // Written at once: what the parent has read was committed before.
  writeSync(1, `${next + 10}\n`);
}
