import { describe, expect, it } from 'vitest';
import { proofsIn } from './proofs.ts';

function found(text: string): readonly string[] {
  return proofsIn('some.test.ts', text).map(({ id, line }) => `${id} at ${line}`);
}

describe('a row is proven by a test that names it', () => {
  it('in its own title, or in one around it', () => {
    expect(
      found(`describe('SCO-1 contacts', () => {\n it('become people', () => {});\n it('SCO-2 too', () => {});\n});`),
    ).toEqual(['SCO-1 at 2', 'SCO-1 at 3', 'SCO-2 at 3']);
  });

  it('of a table of cases, or with a value in its title', () => {
    expect(
      found(`it.each([1, 2])('OPX-S2 number %i', () => {});\ntest(\`TW-7 of \${version} is refused\`, () => {});`),
    ).toEqual(['OPX-S2 at 1', 'TW-7 at 2']);
  });

  it('which has to run: one that is left out, a group without tests, and a comment prove nothing', () => {
    expect(
      found(
        `// KIN-1\nit.skip('KIN-2 later', () => {});\ndescribe('KIN-3', () => {});\nit.todo('KIN-4');\ndescribe.skip('KIN-5', () => { it('x', () => {}); });\ncall('KIN-6');`,
      ),
    ).toEqual([]);
  });
});
