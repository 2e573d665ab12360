import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RejectedRow } from '../connector.ts';
import { neutraliseFormula, writeRejects } from './rejects.ts';
import { failure, rowsOf, scratch, stage } from './testing.ts';

const ROW: RejectedRow = {
  file: 'contacts.csv',
  line: 7,
  code: 'ROW_RAGGED',
  reason: 'too few cells',
  excerpt: '=cmd,"x"\n2',
  id: '-1',
};

describe('the reject file', () => {
  it('lists file, line, code and reason, and is safe to open in a spreadsheet', async () => {
    const path = join(scratch(), 'contact.csv');
    expect(await writeRejects(path, [ROW])).toBe(1);
    const { cells } = await rowsOf(await stage(readFileSync(path)));
    expect(cells).toEqual([
      ['file', 'line', 'code', 'reason', 'id', 'excerpt'],
      ['contacts.csv', '7', 'ROW_RAGGED', 'too few cells', "'-1", '\'=cmd,"x"\n2'],
    ]);
  });

  it.each(['=1', '+1', '-1', '@x', '\tx', '\rx'])('neutralises %j', (text) => {
    expect(neutraliseFormula(text)).toBe(`'${text}`);
  });

  it('tells a full disk', async () => {
    const folder = join(scratch(), 'rejects');
    mkdirSync(folder);
    symlinkSync('/dev/full', join(folder, 'contact.csv.partial'));
    expect((await failure(writeRejects(join(folder, 'contact.csv'), [ROW]))).code).toBe('WORK_FOLDER_FULL');
  });
});
