import fc from 'fast-check';
import { expect, test } from 'vitest';
import { markWritten, type Routed, roundsOf, sizeOf } from './produce-batches.ts';

const appends = fc.array(
  fc.record({
    topic: fc.constantFrom('a', 'b'),
    messages: fc.array(fc.record({ partition: fc.nat(2), bytes: fc.integer({ min: 1, max: 4 * 1024 * 1024 }) }), {
      minLength: 1,
      maxLength: 8,
    }),
  }),
  { maxLength: 5 },
);

test('messages of a partition are sent in their order, one batch a round, none larger than a topic takes', () => {
  fc.assert(
    fc.property(appends, (given) => {
      let count = 0;
      const group: readonly Routed[] = given.map(({ topic, messages }) => ({
        topic,
        positions: [],
        messages: messages.map(({ partition, bytes }) => ({
          partition,
          bytes,
          message: { key: `${count++}`, value: new Uint8Array(), timestamp: 0, headers: {} },
        })),
      }));
      const rounds = roundsOf(group);
      const sent = new Map<string, string[]>();
      const ends = new Map<string, number>();
      for (const round of rounds) {
        const names = round.map(({ topic, partition }) => `${topic}/${partition}`);
        expect(new Set(names).size).toBe(names.length);
        for (const batch of round) {
          expect(batch.bytes).toBeLessThan(8 * 1024 * 1024);
          const name = `${batch.topic}/${batch.partition}`;
          sent.set(name, [...(sent.get(name) ?? []), ...batch.entries.map(({ message }) => message.key)]);
          const base = ends.get(name) ?? 0;
          markWritten(batch, base);
          ends.set(name, base + batch.entries.length);
        }
      }
      for (const { topic, messages, positions } of group) {
        expect(positions).toHaveLength(messages.length);
        for (const [index, { partition, message }] of messages.entries()) {
          const position = positions[index];
          expect(position).toMatchObject({ topic, partition });
          expect(sent.get(`${topic}/${partition}`)?.[position?.offset ?? -1]).toBe(message.key);
        }
      }
    }),
  );
});

test('the size of a message is never less than its bytes, whatever alphabet its key is in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array(), (key, value) => {
      const size = sizeOf({ key, value, timestamp: 0, headers: { [key]: key } });
      expect(size).toBeGreaterThan(3 * Buffer.byteLength(key) + value.length);
    }),
  );
});
