import { open } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf } from './lines.ts';
import { readRowsAt } from './read.ts';
import { failure, rowsOf, stage } from './testing.ts';

describe('rows keep their place in the file', () => {
  it('gives byte ranges from which every row can be read again', async () => {
    const file = await stage('id,name\r\n1,Ayşe\r\n\r\n2,"two\r\nlines"\r\n3,c');
    const { cells, ranges } = await rowsOf(file);
    expect(cells).toEqual([
      ['id', 'name'],
      ['1', 'Ayşe'],
      ['2', 'two\r\nlines'],
      ['3', 'c'],
    ]);
    const handle = await open(file.path);
    try {
      for (const [i, range] of ranges.entries()) expect(await readRowsAt(handle, file, [range])).toEqual([cells[i]]);
      expect(await readRowsAt(handle, file, ranges)).toEqual(cells);
      expect(
        await readRowsAt(
          handle,
          file,
          [1, 3].flatMap((i) => ranges[i] ?? []),
        ),
      ).toEqual([cells[1], cells[3]]);
    } finally {
      await handle.close();
    }
  });

  it('counts lines, those inside quoted cells once', async () => {
    const file = await stage('id,name\r\n1,"a\r\nb\r\nc"\r\n\r\n2,x\r\n');
    const { ranges } = await rowsOf(file);
    expect(
      await linesOf(
        file,
        ranges.map(({ start }) => start),
      ),
    ).toEqual([1, 2, 5]);
  });

  it('holds for any cells, delimiters and line ends', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'ş', '"', ',', ';', '\n', '\r\n', ' ', '😀', "'"),
      maxLength: 12,
    });
    const table = fc
      .integer({ min: 2, max: 4 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 20 }),
      );
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (rows, delimiter, end, final) => {
          const header = (rows[0] ?? []).map((_, i) => `column${i}`);
          const all = [header, ...rows];
          const text =
            all.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(delimiter)).join(end) +
            (final ? end : '');
          const file = await stage(text, { delimiter: delimiter as ',' });
          const { cells, ranges, broken } = await rowsOf(file);
          expect(broken).toEqual([]);
          expect(cells).toEqual(all);
          const handle = await open(file.path);
          try {
            const some = ranges.filter((_, i) => i % 2 === 1);
            expect(await readRowsAt(handle, file, some)).toEqual(cells.filter((_, i) => i % 2 === 1));
          } finally {
            await handle.close();
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('wrong quotes', () => {
  it('break their own row where they stay inside its line', async () => {
    const file = await stage('id,name,x\n1,5" pipe,a\n2,"ok\nstill ok",b\n3,"a"b",c\n4,fine,d\n', {
      quote: '"',
      delimiter: ',',
    });
    const { cells, broken } = await rowsOf(file);
    expect(cells.map((row) => row[0])).toEqual(['id', '2', '4']);
    expect(
      await linesOf(
        file,
        broken.map(({ start }) => start),
      ),
    ).toEqual([2, 5]);
  });

  it('break the last row of a file too', async () => {
    const { cells, broken } = await rowsOf(await stage('id,name\n1,a\n2,b"c\n', { quote: '"' }));
    expect(cells).toHaveLength(2);
    expect(broken).toHaveLength(1);
  });

  it('refuse the file where they swallow other rows', async () => {
    const error = await failure(rowsOf(await stage('id,name,x\n1,a,b\n2,"abc,c\n3,"d",e\n4,f,g\n', { quote: '"' })));
    expect(error.code).toBe('FILE_QUOTES_BROKEN');
    expect(error.place.line).toBe(3);
  });

  it('refuse the file where one is never closed, as an export that was cut off ends', async () => {
    const error = await failure(rowsOf(await stage('id,name\n1,a\n2,"cut of', { quote: '"' })));
    expect(error.code).toBe('FILE_UNTERMINATED_QUOTE');
    expect(error.place.line).toBe(3);
  });

  it('are found when the row lies over the end of a chunk', async () => {
    const filler = `${'x'.repeat(99)},y\n`.repeat(20_000);
    const { cells, broken } = await rowsOf(await stage(`id,name\n${filler}1,a"b\n${filler}`, { quote: '"' }));
    expect(cells).toHaveLength(40_001);
    expect(broken).toHaveLength(1);
  });
});

describe('a row without an end', () => {
  it('is refused before it fills the memory', async () => {
    const error = await failure(
      rowsOf(await stage(Buffer.concat([Buffer.from('id,name\n1,"'), Buffer.alloc(25 << 20, 'x')]), { quote: '"' })),
    );
    expect(error.code).toBe('FILE_ROW_TOO_LARGE');
    expect(error.place.line).toBe(2);
  });
});
