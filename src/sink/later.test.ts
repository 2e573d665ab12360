import { describe, expect, it } from 'vitest';
import { LaterRecords, LOOK_MS } from './later.ts';

function left(costMs: number): LaterRecords {
  const later = new LaterRecords();
  later.lookAgain(0, ['merge', 'fallback']);
  later.add(['crm/contact/1', 'crm/contact/2']);
  later.planned(costMs);
  return later;
}

describe('Records that were left because more is coming', () => {
  it('are looked at every second while that costs next to nothing', () => {
    const later = left(10);
    expect(later.lookAgain(LOOK_MS - 1, ['merge', 'fallback'])).toBe(false);
    expect(later.keys.size).toBe(2);
    expect(later.lookAgain(LOOK_MS, ['merge', 'fallback'])).toBe(true);
    expect(later.keys.size).toBe(0);
  });

  it('take a twentieth of the time at most, however many there are', () => {
    const later = left(4_000);
    expect(later.lookAgain(79_999, ['merge', 'fallback'])).toBe(false);
    expect(later.lookAgain(80_000, ['merge', 'fallback'])).toBe(true);
  });

  it('are looked at once one of the things that they may wait for has come whole', () => {
    const later = left(60_000);
    expect(later.lookAgain(LOOK_MS - 1, ['fallback'])).toBe(false);
    expect(later.lookAgain(LOOK_MS, ['fallback'])).toBe(true);
  });

  it('are looked at once nothing more is coming', () => {
    expect(left(60_000).lookAgain(LOOK_MS, [])).toBe(true);
  });
});
