import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { murmur2, partitionOf } from './partitioner.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** kafkajs keeps its own to itself, so it is reached by its file; the values are those of Kafka's UtilsTest#testMurmur2. */
const kafkajs = createRequire(import.meta.url)('kafkajs/src/producer/partitioners/default/murmur2.js') as (
  key: Buffer,
) => number;

test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of %s is what Kafka gives', (key, hash) => {
  expect(murmur2(bytes(key))).toBe(hash);
});

test('murmur2 gives what kafkajs gives, for every key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (key) => {
      expect(murmur2(key)).toBe(kafkajs(Buffer.from(key)));
    }),
  );
});

test('a key always has one of the partitions, and with one partition that one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 100 }), (key, partitions) => {
      const partition = partitionOf(key, partitions);
      expect(partition).toBe((murmur2(bytes(key)) & 0x7fffffff) % partitions);
      expect(partition).toBeLessThan(partitions);
      expect(partition).toBeGreaterThanOrEqual(0);
    }),
  );
});
