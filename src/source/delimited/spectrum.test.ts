import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowsOf, stage } from './testing.ts';

/** Hard cases that others collected: a file, and as JSON what is in it. */
const spectrum = dirname(createRequire(import.meta.url).resolve('csv-spectrum'));
const names = readdirSync(join(spectrum, 'csvs')).map((file) => file.replace(/\.csv$/, ''));

/** A quote in the middle of a cell that begins without one. Whether it is meant is anybody's guess, and a row is never guessed. */
const REFUSED = 'location_coordinates';

const bytesOf = (name: string) => readFileSync(join(spectrum, 'csvs', `${name}.csv`));

/** The rows as csv-spectrum has them, and those that are refused; the same wherever the bytes are cut. */
async function read(name: string) {
  const bytes = bytesOf(name);
  const readings = [];
  for (const chunk of [1, 7, bytes.length]) readings.push(await rowsOf(await stage(bytes, {}, chunk)));
  const [first, ...others] = readings;
  for (const other of others) expect(other).toEqual(first);
  const [header = [], ...rows] = first?.cells ?? [];
  for (const row of rows) expect(row).toHaveLength(header.length);
  return {
    header,
    rows: rows.map((row) => Object.fromEntries(header.map((column, at) => [column, row[at]]))),
    refused: (first?.broken ?? []).map(({ start, end }) => bytes.subarray(start, end).toString()),
  };
}

describe('csv-spectrum', () => {
  it('has the cases that are known here', () => {
    expect(names).toHaveLength(12);
    expect(names).toContain(REFUSED);
  });

  it.each(names.filter((name) => name !== REFUSED))('%s is read as it says', async (name) => {
    const rows = JSON.parse(readFileSync(join(spectrum, 'json', `${name}.json`), 'utf8')) as unknown;
    expect(await read(name)).toMatchObject({ rows, refused: [] });
  });

  it(`${REFUSED} is refused, row by row and with its place`, async () => {
    const [header = '', row] = bytesOf(REFUSED).toString().split('\n');
    expect(await read(REFUSED)).toEqual({ header: header.split(','), rows: [], refused: [row] });
  });
});
