import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EDIT_RULES } from '../mapping/model.ts';
import { isEmpty } from '../twenty/values.ts';
import { EDIT_CHOICES, type EditAnswer, movementOf, outcomeOf, RESOLUTIONS, resolutionOf } from './three-way.ts';

const normal = (_name: string, value: unknown) => (isEmpty(value) ? null : (value as string));

/** Few values, so that they meet; empty in each of its spellings. */
const value = fc.constantFrom<unknown>('', null, 'a', 'b', 'c', { firstName: '', lastName: '' });
const answer = fc.constantFrom<EditAnswer | null>(null, ...EDIT_CHOICES);
const rule = fc.constantFrom(...EDIT_RULES);
const same = (a: unknown, b: unknown) => JSON.stringify(normal('', a)) === JSON.stringify(normal('', b));

/** The table of SPEC.md §12, said the other way round: by what a person would want to hear. */
function expected(base: unknown, twenty: unknown, source: unknown, by: string, said: string | null): string {
  if (same(base, twenty)) return same(base, source) ? 'nothing' : 'write';
  if (same(twenty, source)) return 'agree';
  if (by === 'source') return 'overwrite';
  if (by === 'keep' || same(base, source)) return 'keep';
  return said === null ? 'ask' : said === 'source' ? 'overwrite' : 'keep';
}

describe('any three values of a field, any rule, any answer (SPEC.md §12)', () => {
  it('end as the table says, and a person’s value goes only where the rule or an answer said so', () => {
    fc.assert(
      fc.property(value, value, value, rule, answer, (base, twenty, source, by, said) => {
        const movement = movementOf('field', { base, twenty, source }, normal);
        const resolution = resolutionOf(movement, by, said);
        expect(resolution).toBe(expected(base, twenty, source, by, said));
        const stands = outcomeOf(resolution, { base, twenty, source });
        const edited = !same(base, twenty);
        if (edited && !same(stands, twenty)) {
          expect(resolution).toBe('overwrite');
          expect(by === 'source' || (by === 'ask' && said === 'source')).toBe(true);
        }
        // Nobody's edit: the source's value always comes through.
        if (!edited) expect(same(stands, source)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('have an entry for every movement under every rule', () => {
    for (const words of Object.values(RESOLUTIONS)) expect(Object.keys(words)).toHaveLength(5);
  });
});
