// Appends until it is killed, and says after each append that it was acknowledged: `<appender> <count>`.
import { writeSync } from 'node:fs';
import process from 'node:process';
import { EmbeddedBus } from '../../src/bus/embedded/embedded-bus.ts';
import { testClock } from '../../src/bus/embedded/test-clock.ts';

const [, , file = '', topic = '', appenders = '1', limit = '1000000'] = process.argv;
const bus = new EmbeddedBus({ file, clock: testClock() });
await bus.createTopic(topic, { partitions: 2, retentionMs: null });
writeSync(1, 'open\n');
await Promise.all(
  Array.from({ length: Number(appenders) }, async (_, appender) => {
    for (let count = 0; count < Number(limit); count += 1) {
      const messages = Array.from({ length: 3 }, (_each, part) => ({
        key: `appender ${appender}`,
        value: new TextEncoder().encode(`${count}.${part} ${'x'.repeat(500)}`),
        timestamp: count,
        headers: {},
      }));
      await bus.append(topic, messages);
      writeSync(1, `${appender} ${count}\n`);
    }
  }),
);
await bus.close();
