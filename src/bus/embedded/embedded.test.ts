import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BusHarness, busConformance } from '../../../test/conformance/bus.ts';
import { EmbeddedBus } from './embedded-bus.ts';
import { testClock } from './test-clock.ts';

async function makeBus(): Promise<BusHarness> {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-bus-'));
  const clock = testClock();
  let generation = 0;
  let file = join(folder, 'log.sqlite');
  const open = () => new EmbeddedBus({ file, clock });
  let bus = open();
  const abandoned: EmbeddedBus[] = [];
  return {
    get bus() {
      return bus;
    },
    reopen: async () => {
      await bus.close();
      bus = open();
      return bus;
    },
    // What kill -9 leaves: the files as they are at this moment, whatever the process had in memory.
    crash: async () => {
      abandoned.push(bus);
      generation += 1;
      const copy = join(folder, `log-${generation}.sqlite`);
      for (const end of ['', '-wal']) if (existsSync(file + end)) copyFileSync(file + end, copy + end);
      file = copy;
      bus = open();
      return bus;
    },
    expire: async (now, options) => {
      clock.set(now);
      await bus.removeExpired(options);
    },
    dispose: async () => {
      for (const each of [...abandoned, bus]) await each.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

busConformance('the embedded log', makeBus);
