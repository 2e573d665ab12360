import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reason } from '../state/state.ts';
import { type BreakerLimits, close, type Decision, decide, kindOf, newBreaker } from './breaker.ts';

const LIMITS: BreakerLimits = { window: 10, limit: 3 };

type Made = Pick<Decision, 'refused'>;

const fine: Made = { refused: null };
const refused = (code = 'SINK_VALUE_REFUSED', field?: string, undecodable = false): Made => {
  const reason: Reason = { code, message: 'no', ...(field === undefined ? {} : { field }) };
  return { refused: { reason, undecodable } };
};
const many = (count: number, one: Made): Made[] => Array.from({ length: count }, () => one);

describe('the breaker of an object (SPEC.md §10)', () => {
  it('opens at the limit of refusals among the last decisions, and says which', () => {
    const calm = decide(newBreaker('crm', 'contact'), [...many(2, refused()), ...many(7, fine)], 'm', LIMITS, 1);
    expect(calm.open).toBe(null);
    const open = decide(calm, [refused('SINK_VALUE_REFUSED', 'emails')], 'm', LIMITS, 2);
    expect(open.open).toMatchObject({ number: 1, at: 2, intake: false, reason: { code: 'SINK_BREAKER_OPEN' } });
    expect(open.open?.reason.message).toContain('3 of the last 10 records of crm/contact');
    expect(open.open?.reason.message).toContain('emails');
  });

  it('forgets refusals that are further back than the window', () => {
    const spread = many(6, refused()).flatMap((one) => [one, ...many(4, fine)]);
    expect(decide(newBreaker('crm', 'contact'), spread, 'm', LIMITS, 1).open).toBe(null);
  });

  it('opens at the first refusal of a new kind soon after the mapping changed, not later, and not for an old kind', () => {
    const before = decide(newBreaker('crm', 'contact'), [refused('A'), ...many(20, fine)], 'one', LIMITS, 1);
    expect(decide(before, [fine, refused('A')], 'two', LIMITS, 2).open).toBe(null);
    const open = decide(before, [fine, refused('A', 'phones')], 'two', LIMITS, 2);
    expect(open.open?.reason.message).toContain('A phones');
    const settled = decide(before, many(10, fine), 'two', LIMITS, 2);
    expect(decide(settled, [refused('B')], 'two', LIMITS, 3).open).toBe(null);
  });

  it('takes the first mapping of an object for no change', () => {
    expect(decide(newBreaker('crm', 'contact'), [refused('A'), refused('B')], 'one', LIMITS, 1).open).toBe(null);
  });

  it('does not take a message that nobody can decode for the mapping’s fault', () => {
    const before = decide(newBreaker('crm', 'contact'), many(20, fine), 'one', LIMITS, 1);
    const changed = decide(before, [fine], 'two', LIMITS, 2);
    expect(decide(changed, [refused('EVENT_NOT_OURS', undefined, true)], 'two', LIMITS, 3).open).toBe(null);
    const flood = decide(changed, many(3, refused('EVENT_NOT_OURS', undefined, true)), 'two', LIMITS, 3);
    expect(flood.open).toMatchObject({ intake: true });
  });

  it('once closed starts with an empty window, and is opened again by as many refusals, under a number of its own', () => {
    const open = decide(newBreaker('crm', 'contact'), many(3, refused('A')), 'm', LIMITS, 1);
    const closed = close(open);
    expect(closed.open).toBe(null);
    expect(decide(closed, many(2, refused('A')), 'm', LIMITS, 2).open).toBe(null);
    expect(decide(closed, many(3, refused('A')), 'm', LIMITS, 2).open).toMatchObject({ number: 2 });
  });

  it('costs nothing where nothing changes', () => {
    const calm = decide(newBreaker('crm', 'contact'), many(30, fine), 'm', LIMITS, 1);
    expect(decide(calm, many(5, fine), 'm', LIMITS, 2)).toBe(calm);
  });

  it('is what the definition says, however the decisions are cut into transactions', () => {
    const decision = fc.record({
      bad: fc.boolean(),
      kind: fc.constantFrom('A', 'B', 'C'),
      mapping: fc.constantFrom('one', 'two'),
    });
    const limits = fc
      .record({ window: fc.integer({ min: 1, max: 8 }), extra: fc.nat({ max: 7 }) })
      .map(({ window, extra }): BreakerLimits => ({ window, limit: Math.max(1, window - extra) }));
    fc.assert(
      fc.property(
        fc.array(decision, { maxLength: 40 }),
        limits,
        fc.infiniteStream(fc.nat({ max: 3 })),
        (all, limit, cuts) => {
          const sorted = [...all].sort((a, b) => (a.mapping < b.mapping ? -1 : a.mapping > b.mapping ? 1 : 0));
          let breaker = newBreaker('crm', 'contact');
          for (let at = 0; at < sorted.length; ) {
            const mapping = sorted[at]?.mapping ?? '';
            const size = 1 + cuts.next().value;
            const part = sorted.slice(at, at + size).filter((one) => one.mapping === mapping);
            breaker = decide(
              breaker,
              part.map(({ bad, kind }) => (bad ? refused(kind) : fine)),
              mapping,
              limit,
              1,
            );
            at += part.length;
          }
          expect(breaker.open !== null).toBe(shouldBeOpen(sorted, limit));
          expect(breaker.recent).toHaveLength(Math.min(sorted.length, limit.window));
          expect(breaker.openings).toBe(breaker.open === null ? 0 : 1);
        },
      ),
    );
  });
});

/** The definition, looked at anew for each decision. */
function shouldBeOpen(
  all: readonly { readonly bad: boolean; readonly kind: string; readonly mapping: string }[],
  { window, limit }: BreakerLimits,
): boolean {
  return all.some((one, at) => {
    const recent = all.slice(Math.max(0, at + 1 - window), at + 1);
    if (one.bad && recent.filter(({ bad }) => bad).length >= limit) return true;
    const changedAt = all.findIndex(({ mapping }) => mapping === one.mapping);
    const isNews = one.bad && !all.slice(0, at).some(({ bad, kind }) => bad && kind === one.kind);
    return isNews && changedAt > 0 && at - changedAt < window;
  });
}

describe('the kind of a refusal', () => {
  it('is its code and the field to blame', () => {
    expect(kindOf({ code: 'A', message: 'x' })).toBe('A');
    expect(kindOf({ code: 'A', message: 'x', field: 'emails' })).toBe('A emails');
  });
});
