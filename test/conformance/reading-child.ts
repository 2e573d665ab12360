import { writeSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { SourceActivity } from '../../src/app/source-activity.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { ObjectReader } from '../../src/source/runner/object-reader.ts';
import { openPostgresqlState } from '../../src/state/postgresql/store.ts';
import { openSqliteState } from '../../src/state/sqlite/store.ts';
import { OBJECT, pageOf, partsOf, readingConnector, SOURCE } from './reading.ts';

/**
 * Reads one page of an object and waits for the next, telling that it reads, until somebody kills it; a line on its input is
 * the next page. Says when a page is kept, with the epoch of its events, and how it ended.
 */
const [place, holder, lease] = process.argv.slice(2);
if (place === undefined || holder === undefined || lease === undefined)
  throw new Error('usage: <file or address> <holder> <milliseconds>');
const clock = systemClock();
const state = place.startsWith('postgresql://')
  ? await openPostgresqlState({ url: place, clock })
  : await openSqliteState({ file: place, clock });
const say = (what: Readonly<Record<string, unknown>>) => writeSync(1, `${JSON.stringify(what)}\n`);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const connector = readingConnector(async function* () {
  yield pageOf('first', 1);
  say({ said: 'kept' });
  await lines.next();
  yield pageOf('second', 2);
});
const leaseMs = Number(lease);
const parts = partsOf({ state, clock, holder, leaseMs, connector });
const reader = new ObjectReader({
  ...parts,
  object: OBJECT,
  events: {
    append: async (_source, _object, events) =>
      say({ said: 'appended', epochs: events.map(({ order }) => order.epoch) }),
  },
});
const activity = new SourceActivity({ state, clock, logger: silentLogger(), holder, leaseMs });
const ended = new AbortController();
const loop = { source: SOURCE, isReading: () => true };
await activity.begin([loop], () => [OBJECT]);
const telling = activity.run([loop], () => [OBJECT], ended.signal);
const outcome = await reader.readToEnd(ended.signal);
ended.abort();
await telling;
await state.close();
say({ said: 'ended', kind: outcome.kind });
process.exit(0);
