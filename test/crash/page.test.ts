import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { crashMatrixPage, expected, type Outcomes } from './page.ts';
import { FAULTS, PLACES, SHAPES, type Shape } from './table.ts';

const asTheTableSays = Object.fromEntries(SHAPES.map((shape) => [shape, expected(shape)])) as Record<Shape, Outcomes>;

describe('the page of the crash matrix', () => {
  test('is what a whole run writes that sees what the table says', () => {
    const page = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'crash-matrix.md');
    expect(readFileSync(page, 'utf8')).toBe(crashMatrixPage(asTheTableSays));
  });

  test('has a row for every place with a cell for every fault', () => {
    const rows = crashMatrixPage(asTheTableSays)
      .split('\n')
      .filter((line) => /holds|stops|cannot happen \(/.test(line) && line.startsWith('| '));
    expect(rows).toHaveLength(PLACES.length * SHAPES.length);
    for (const row of rows) expect(row.split('|').slice(2, -1)).toHaveLength(FAULTS.length);
  });

  test('gives each reason once, and points at it', () => {
    const page = crashMatrixPage(asTheTableSays);
    const numbers = [...page.matchAll(/cannot happen \((\d+)\)/g)].map(([, number]) => number);
    for (const number of numbers) expect(page).toContain(`\n${number}. Cannot happen: `);
  });
});
