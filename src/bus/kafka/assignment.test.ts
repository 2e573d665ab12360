import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeShare, decodeSubscriber, encodeShare, encodeSubscription, shareOut } from './assignment.ts';

const members = fc.uniqueArray(
  fc.record({
    memberId: fc.string({ minLength: 1, maxLength: 6 }),
    topics: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
  }),
  { selector: ({ memberId }) => memberId, minLength: 1, maxLength: 5 },
);
const topics = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 7 }));

test('every partition goes to exactly one member that asked for it', () => {
  fc.assert(
    fc.property(members, topics, (subscribers, partitions) => {
      const counts = new Map<string, number>(Object.entries(partitions));
      const given = [...shareOut(subscribers, counts)].flatMap(([memberId, share]) =>
        share.map((where) => ({ memberId, ...where })),
      );
      for (const { memberId, topic } of given) {
        expect(subscribers.find((each) => each.memberId === memberId)?.topics).toContain(topic);
      }
      const asked = new Set<string>(subscribers.flatMap((each) => each.topics));
      const wanted = [...counts].flatMap(([topic, count]) =>
        asked.has(topic) ? Array.from({ length: count }, (_, partition) => `${topic}/${partition}`) : [],
      );
      expect(given.map(({ topic, partition }) => `${topic}/${partition}`).sort()).toEqual(wanted.sort());
    }),
  );
});

test('members with the same topics get shares that differ by one at most, whatever their order', () => {
  fc.assert(
    fc.property(members, topics, (subscribers, partitions) => {
      const alike = subscribers.map(({ memberId }) => ({ memberId, topics: ['a', 'b', 'c'] }));
      const counts = new Map(Object.entries(partitions));
      const shares = shareOut(alike, counts);
      const sizes = [...shares.values()].map((share) => share.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(shareOut(alike.toReversed(), counts)).toEqual(shares);
    }),
  );
});

test('what members and leader tell each other comes back as it went out', () => {
  expect(decodeSubscriber({ memberId: 'm', memberMetadata: encodeSubscription(['a', 'ü']) })).toEqual({
    memberId: 'm',
    topics: ['a', 'ü'],
  });
  const share = [
    { topic: 'a', partition: 0 },
    { topic: 'a', partition: 5 },
    { topic: 'b', partition: 1 },
  ];
  expect(decodeShare(encodeShare(share))).toEqual(share);
  expect(decodeShare(encodeShare([]))).toEqual([]);
});
