import { expect, test } from 'vitest';
import { formatTraceParent, parseTraceParent, traceParent } from './trace.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
let count = 0;
const random = {
  next: () => 0.5,
  uuid: () => {
    count += 1;
    return `00000000-0000-4000-8000-${`${count}`.padStart(12, '0')}`;
  },
};

test('a trace parent is written as the W3C says, and read back', () => {
  const parent = { traceId: TRACE, spanId: SPAN, sampled: true };
  expect(formatTraceParent(parent)).toBe(`00-${TRACE}-${SPAN}-01`);
  expect(parseTraceParent(formatTraceParent(parent))).toEqual(parent);
  expect(parseTraceParent(formatTraceParent({ ...parent, sampled: false }))).toEqual({ ...parent, sampled: false });
});

test('the next step keeps the trace and has a name of its own', () => {
  const first = traceParent(random);
  const second = traceParent(random, first);
  expect(second.traceId).toBe(first.traceId);
  expect(second.spanId).not.toBe(first.spanId);
  expect(parseTraceParent(formatTraceParent(second))).toEqual(second);
});

test.each([
  undefined,
  '',
  'x',
  `00-${TRACE}-${SPAN}`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01-more`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
])('%s is no trace parent', (header) => {
  expect(parseTraceParent(header)).toBeNull();
});

test('a later version is read as far as it is known', () => {
  expect(parseTraceParent(`01-${TRACE}-${SPAN}-01-more`)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
});
