import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stageFile } from './stage.ts';
import { failure, rowsOf, scratch } from './testing.ts';

async function* chunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function stageText(text: string, size = 7) {
  const source = { name: 'tickets.json', open: () => chunks(text, size) };
  return stageFile(source, join(scratch(), 'copy'), {});
}

describe('a file of JSON', () => {
  it('is read as rows: members that some objects lack are empty, long numbers keep their digits, nested ones are JSON', async () => {
    const text =
      '\ufeff[{"id": 12345678901234567890, "a": "x,\\"y\\"\\n", "n": null}, {"id": "2", "more": [1, {"b": true}]}]';
    const file = await stageText(text);
    expect((await rowsOf(file)).cells).toEqual([
      ['id', 'a', 'n', 'more'],
      ['12345678901234567890', 'x,"y"\n', '', ''],
      ['2', '', '', '["1",{"b":true}]'],
    ]);
    expect(file.sha256).toBe(createHash('sha256').update(text).digest('hex'));
    expect(file.originalSize).toBe(Buffer.byteLength(text));
    expect(readFileSync(file.path)).toHaveLength(file.size);
  });

  it('gives the cells that went in, whatever they hold and wherever its chunks end', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ id: fc.string({ minLength: 1 }), text: fc.string() }), { minLength: 1 }),
        fc.integer({ min: 1, max: 20 }),
        async (objects, size) => {
          const clean = objects.map(({ id, text }) => ({
            id: id.replaceAll('\0', ''),
            text: text.replaceAll('\0', ''),
          }));
          const { cells } = await rowsOf(await stageText(JSON.stringify(clean), size));
          expect(cells).toEqual([['id', 'text'], ...clean.map(({ id, text }) => [id, text])]);
        },
      ),
      { numRuns: 40 },
    ));

  it.each([
    ['cut off', '[{"id": 1}, {"id"', 'element 2'],
    ['no array', '{"id": 1}', 'element 1'],
    ['of other things', '[{"id": 1}, 7]', 'element 2'],
    ['without members', '[]', 'element 1'],
  ])('%s is refused, with the element', async (_, text, place) => {
    const error = await failure(stageText(text));
    expect(error.code).toBe('FILE_JSON_INVALID');
    expect(error.message).toContain(place);
  });
});
