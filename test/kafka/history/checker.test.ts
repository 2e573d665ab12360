import { expect, test } from 'vitest';
import { faultsOf } from './checker.ts';
import type { Happening, Seen } from './history.ts';

const seen = (offset: number, value: string): Seen => ({ offset, value, key: value.slice(0, 1) });
const sent = (offset: number, value: string, partition = 0): Happening => ({
  kind: 'sent',
  partition,
  ...seen(offset, value),
});
const unsure = (value: string): Happening => ({ kind: 'unsure', key: value.slice(0, 1), value });
const batch = (member: string, messages: readonly Seen[], partition = 0): readonly Happening[] => [
  { kind: 'polled', member, partition, messages },
  { kind: 'taken', member, partition, messages },
  { kind: 'left', member, partition },
];
const kinds = (history: readonly Happening[]) => faultsOf(history).map(({ kind }) => kind);

const GOOD: readonly Happening[] = [
  sent(0, 'a1'),
  sent(1, 'b1'),
  sent(2, 'a2'),
  ...batch('one', [seen(0, 'a1'), seen(1, 'b1')]),
  ...batch('two', [seen(2, 'a2')]),
];

test('a run that kept everything has no fault', () => {
  expect(faultsOf(GOOD)).toEqual([]);
  expect(faultsOf([])).toEqual([]);
});

test('what was sent again after no answer may stand in the log twice, and is in order by its first time', () => {
  const history = [
    unsure('a1'),
    unsure('a2'),
    sent(2, 'a1'),
    sent(3, 'a2'),
    ...batch('one', [seen(0, 'a1'), seen(1, 'a2'), seen(2, 'a1'), seen(3, 'a2')]),
  ];
  expect(faultsOf(history)).toEqual([]);
});

test('a batch that was worked on, and begun again by another member, is no fault', () => {
  const begun: readonly Happening[] = [
    { kind: 'polled', member: 'one', partition: 0, messages: [seen(0, 'a1')] },
    { kind: 'left', member: 'one', partition: 0 },
  ];
  expect(faultsOf([sent(0, 'a1'), ...begun, ...batch('two', [seen(0, 'a1')])])).toEqual([]);
});

test.each<{ readonly what: string; readonly history: readonly Happening[]; readonly expected: readonly string[] }>([
  { what: 'never taken', history: [...GOOD, sent(3, 'a3')], expected: ['lost'] },
  {
    what: 'worked on, and not taken',
    history: [...GOOD, sent(3, 'a3'), { kind: 'polled', member: 'one', partition: 0, messages: [seen(3, 'a3')] }],
    expected: ['lost'],
  },
  {
    what: 'jumped over',
    history: [sent(0, 'a1'), sent(1, 'a2'), ...batch('one', [seen(1, 'a2')])],
    expected: ['lost', 'skipped'],
  },
  { what: 'taken again', history: [...GOOD, ...batch('one', [seen(2, 'a2')])], expected: ['again'] },
  {
    what: 'in the log twice without a reason',
    history: [sent(0, 'a1'), ...batch('one', [seen(0, 'a1'), seen(1, 'a1')])],
    expected: ['doubled'],
  },
  {
    what: 'somewhere else than the log said',
    history: [sent(0, 'a1'), sent(1, 'b1'), ...batch('one', [seen(0, 'b1'), seen(1, 'a1')])],
    expected: ['misplaced', 'misplaced'],
  },
  {
    what: 'another message at the same offset later',
    history: [...GOOD, { kind: 'polled', member: 'one', partition: 0, messages: [seen(2, 'c9')] }],
    expected: ['changed', 'misplaced'],
  },
  {
    what: 'two members at once',
    history: [
      sent(0, 'a1'),
      { kind: 'polled', member: 'one', partition: 0, messages: [seen(0, 'a1')] },
      ...batch('two', [seen(0, 'a1')]),
    ],
    expected: ['shared'],
  },
  {
    what: 'the later before the earlier',
    history: [sent(1, 'a1'), sent(0, 'a2'), ...batch('one', [seen(0, 'a2'), seen(1, 'a1')])],
    expected: ['reordered'],
  },
])('it finds what was $what', ({ history, expected }) => {
  expect(kinds(history)).toEqual(expected);
});

test('a fault says which message, and where', () => {
  expect(faultsOf([...GOOD, sent(3, 'a3')])).toEqual([{ kind: 'lost', about: 'a3 at 0/3' }]);
});
