import { describe, expect, it } from 'vitest';
import { ChangeoverError } from '../core/errors.ts';
import { checkMove, MOVES, RECORD_CLASSES, TAKEN } from './record-classes.ts';
import { GONE_CLASSES, LIVE_CLASSES } from './state.ts';

describe('the table of record classes (ALL-3)', () => {
  it('an UPSERT makes a record live whatever it was, a DELETE makes it gone', () => {
    for (const recordClass of RECORD_CLASSES) {
      expect(LIVE_CLASSES).toContain(TAKEN[recordClass].UPSERT);
      expect(GONE_CLASSES).toContain(TAKEN[recordClass].DELETE);
    }
    expect(TAKEN.unknown).toEqual({ UPSERT: 'on-the-way', DELETE: null });
  });

  it('no move makes a record live or gone, and every class can be confirmed', () => {
    for (const from of RECORD_CLASSES) {
      expect(MOVES[from][from]).toBe(true);
      for (const to of RECORD_CLASSES) {
        const crosses = LIVE_CLASSES.some((live) => live === from) !== LIVE_CLASSES.some((live) => live === to);
        if (crosses) expect(MOVES[from][to]).toBe(false);
        if (MOVES[from][to]) expect(checkMove('crm/contact/1', from, to)).toBeUndefined();
        else expect(() => checkMove('crm/contact/1', from, to)).toThrow(ChangeoverError);
      }
    }
  });

  it('within the live and within the gone classes every verdict is possible', () => {
    for (const half of [LIVE_CLASSES, GONE_CLASSES]) {
      for (const from of half) expect(RECORD_CLASSES.filter((to) => MOVES[from][to])).toEqual([...half]);
    }
  });
});
