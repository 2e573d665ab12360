import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packRows, unpackRows } from './packed-rows.ts';
import { readRows } from './read.ts';
import { readRowsApart } from './read-apart.ts';
import type { RowBatch } from './row-batch.ts';
import type { StagedFile } from './stage.ts';
import { failure, stage } from './testing.ts';

async function all(rows: AsyncIterable<RowBatch>) {
  const found: unknown[] = [];
  for await (const { cells, starts, ends, broken } of rows) {
    found.push(...cells.map((row, i) => ({ row, start: starts[i], end: ends[i] })), ...broken);
  }
  return found;
}

const apart = (file: StagedFile, signal?: AbortSignal) => readRowsApart(file, signal, 0);

describe('rows that are read in a thread of their own', () => {
  it('are the same, at the same places, with the same broken ones, over many batches', async () => {
    const line = (i: number) => (i % 997 === 0 ? `${i},"bro"ken",x\r\n` : `${i},"Ayşe\r\n""Yılmaz""",n${i}\r\n`);
    const file = await stage(`id,name,note\r\n${Array.from({ length: 60_000 }, (_, i) => line(i)).join('')}`);
    const here = await all(readRows(file));
    expect(here.length).toBeGreaterThan(60_000);
    expect(await all(apart(file))).toEqual(here);
  });

  it('fail with the same code, message and place', async () => {
    const file = await stage('id,name\r\n1,a\r\n2,"never closed\r\n3,b\r\n');
    const here = await failure(all(readRows(file)));
    const there = await failure(all(apart(file)));
    expect(there.toJSON()).toEqual(here.toJSON());
    expect(there.code).toBe('FILE_UNTERMINATED_QUOTE');
  });

  it('stop when nobody wants more, and when the reading is cancelled', async () => {
    const file = await stage(`id\r\n${'1\r\n'.repeat(1_000_000)}`);
    for await (const batch of apart(file)) {
      expect(batch.cells.length).toBeGreaterThan(0);
      break;
    }
    const stop = new AbortController();
    const reading = all(apart(file, stop.signal));
    stop.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });

  it('come out of the packing as they went in', () => {
    const cell = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (cells) => {
        const batch = { cells, starts: cells.map((_, i) => i * 10), ends: cells.map((_, i) => i * 10 + 9), broken: [] };
        expect(unpackRows(structuredClone(packRows(batch)))).toEqual(batch);
      }),
    );
  });
});
