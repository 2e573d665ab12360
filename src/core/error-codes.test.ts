import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from './error-codes.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the table of error codes', () => {
  test('holds no code that nothing gives', () => {
    const program = globSync(['{src,connectors}/**/*.ts', 'sandbox/quickstart/**/*.ts'], { cwd: root })
      .filter((file) => !file.endsWith('.test.ts') && !file.startsWith(join('src', 'core', 'error-codes')))
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .join('\n');
    const given = new Set(program.match(/'[A-Z]+(?:_[A-Z0-9]+)*'/g)?.map((text) => text.slice(1, -1)));
    expect(Object.keys(ERROR_CODES).filter((code) => !given.has(code))).toEqual([]);
  });

  test.each(Object.entries(ERROR_CODES))(
    '%s says what it means and what to do, in sentences',
    (_, { meaning, hint }) => {
      expect(meaning).toMatch(/^[A-Z“`].*[.)]$/s);
      expect(hint).toMatch(/^[A-Z“`d].*[.;]$/s);
    },
  );
});
