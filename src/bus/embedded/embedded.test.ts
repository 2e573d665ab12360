import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type BusHarness, busConformance, message } from '../../../test/conformance/bus.ts';
import type { EventBus } from '../bus.ts';
import { NamespacedBus } from '../namespace.ts';
import { EmbeddedBus } from './embedded-bus.ts';
import { testClock } from './test-clock.ts';

async function makeBus(seen: (bus: EmbeddedBus) => EventBus = (bus) => bus): Promise<BusHarness> {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-bus-'));
  const clock = testClock();
  let generation = 0;
  let file = join(folder, 'log.sqlite');
  const open = () => new EmbeddedBus({ file, clock });
  let bus = open();
  const abandoned: EmbeddedBus[] = [];
  return {
    get bus() {
      return seen(bus);
    },
    reopen: async () => {
      await bus.close();
      bus = open();
      return seen(bus);
    },
    // What kill -9 leaves: the files as they are at this moment, whatever the process had in memory.
    crash: async () => {
      abandoned.push(bus);
      generation += 1;
      const copy = join(folder, `log-${generation}.sqlite`);
      for (const end of ['', '-wal']) if (existsSync(file + end)) copyFileSync(file + end, copy + end);
      file = copy;
      bus = open();
      return seen(bus);
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

busConformance('the embedded log', () => makeBus());
busConformance('a part of a log that others use too', () =>
  makeBus((bus) => new NamespacedBus(bus, { topics: 'rehearsal.', groups: 'rehearsal.one.' })),
);

test('parts of one log do not see each other: neither topics nor groups', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-bus-'));
  const bus = new EmbeddedBus({ file: join(folder, 'log.sqlite'), clock: testClock() });
  onTestFinished(async () => {
    await bus.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const [one, two] = ['one', 'two'].map((name) => new NamespacedBus(bus, { topics: `${name}.`, groups: `${name}.` }));
  if (one === undefined || two === undefined) throw new Error('two parts');
  await one.createTopic('changeover.crm.contact', { partitions: 1, retentionMs: null });
  await two.createTopic('changeover.crm.contact', { partitions: 1, retentionMs: null });
  await one.append('changeover.crm.contact', [message('a', 'of one')]);
  await one.seek('sink', [{ topic: 'changeover.crm.contact', partition: 0, offset: 1 }]);
  expect(await one.topics()).toEqual([{ topic: 'changeover.crm.contact', partitions: 1 }]);
  expect(await two.bounds('changeover.crm.contact')).toEqual([
    { topic: 'changeover.crm.contact', partition: 0, start: 0, end: 0 },
  ]);
  expect(await one.committed('sink')).toEqual([{ topic: 'changeover.crm.contact', partition: 0, offset: 1 }]);
  expect(await two.committed('sink')).toEqual([]);
  expect((await bus.topics()).map(({ topic }) => topic)).toEqual([
    'one.changeover.crm.contact',
    'two.changeover.crm.contact',
  ]);
});
