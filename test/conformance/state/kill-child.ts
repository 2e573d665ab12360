import { writeSync } from 'node:fs';
import { systemClock } from '../../../src/core/clock.ts';
import { openPostgresqlState } from '../../../src/state/postgresql/store.ts';
import { openSqliteState } from '../../../src/state/sqlite/store.ts';
import { upsert } from './samples.ts';

/**
 * Commits ten records at a time under a name of its own, and says the number of the last one after each commit, until
 * somebody kills it.
 */
const [place, name] = process.argv.slice(2);
if (place === undefined || name === undefined) throw new Error('usage: <file or address> <name>');
const clock = systemClock();
const store = place.startsWith('postgresql://')
  ? await openPostgresqlState({ url: place, clock })
  : await openSqliteState({ file: place, clock });
const start = (await store.read((state) => state.positions.get('sink', name, 0))) ?? 0;
for (let next = start; ; next += 10) {
  await store.transaction(async (state) => {
    const events = Array.from({ length: 10 }, (_, index) =>
      upsert({ id: `${name}-${next + index + 1}`, sequence: next + index + 1 }),
    );
    await state.records.take(events.slice(0, 5), 1);
    await new Promise<void>((resolve) => setImmediate(resolve));
    await state.records.take(events.slice(5), 1);
    await state.positions.set('sink', name, 0, next + 10);
  });
  // Written at once: what the parent has read was committed before.
  writeSync(1, `${next + 10}\n`);
}
