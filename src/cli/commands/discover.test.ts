import { describe, expect, it } from 'vitest';
import type { FieldDescription } from '../../source/connector.ts';
import { describeObject } from './discover.ts';

const field = (name: string, more: Partial<FieldDescription> = {}): FieldDescription => ({
  name,
  label: name,
  type: { kind: 'string' },
  standard: false,
  required: false,
  profile: { rows: 3, filled: 2, longest: 7 },
  values: null,
  refersTo: [],
  proposal: null,
  ...more,
});

describe('What discovery shows of an object', () => {
  it('is what it is taken for with score and reasons, and of each field its values, target or formula', () => {
    const text = describeObject({
      name: 'firms',
      label: 'Firms',
      standard: false,
      count: 3,
      likeness: [
        { target: 'company', activity: null, score: 0.874, reasons: ['called so', 'a legal name'] },
        { target: '', activity: null, score: 0.1, reasons: ['nothing else'] },
      ],
      fields: [
        field('trade', { values: [{ value: 'Food', count: 2 }] }),
        field('parent', { refersTo: ['firms'] }),
        field('weight', { formula: 'amount * 2', values: [{ value: '4', count: 1 }] }),
      ],
    });
    expect(text.split('\n').map((line) => line.trim().replaceAll(/\s{2,}/g, '  '))).toEqual([
      'Firms (firms): 3 records',
      'like company: 87 % (called so, a legal name)',
      'like an object of its own: 10 % (nothing else)',
      expect.stringMatching(/^field .* values$/),
      'trade  custom  2  7  Food',
      'parent  custom  2  7  → firms',
      'weight  custom  2  7  computed: amount * 2',
    ]);
  });
});
