import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { compileSourceFile } from './compile.ts';
import { matrixRows } from './matrix.ts';
import { matrixCsv, matrixHtml, matrixMarkdown } from './matrix-formats.ts';
import { readMapping } from './parse.ts';
import { column, contactMapping, described } from './testing.ts';

const text = contactMapping(`formats: { Born: { type: date, pattern: dd.MM.yyyy } }
fields:
  - { to: jobTitle, from: Title, transform: [trim, { truncate: 5 }] }
  - { to: birthday, from: Born, transform: [date], create: shared }
lookups: [{ index: name, from: Nick }]
owners: [{ to: ownerId, from: Owner, create: shared }]
skip: [{ column: "=Old", reason: "a < b, nobody reads it", by: Ada }]
undecided: [{ column: New, recommendation: text, reason: many values }]`);
const description = described({
  contact: [
    column('Title', { profile: { rows: 9, filled: 3, longest: 4 } }),
    ...['Born', 'Nick', 'Owner', '=Old', 'New', 'Other'].map((name) => column(name)),
  ],
  ticket: [column('Id')],
});
const rows = matrixRows(compileSourceFile(readMapping(text, 'm')), description);

describe('ALL-7 the mapping matrix', () => {
  it('shows field, type, target, conversion, loss, recommendation and decision of every column', () => {
    expect(rows.map((row) => [row.field, row.target, row.recommendation, row.decision])).toEqual([
      ['Title', 'person.jobTitle', 'standard field', 'mapped'],
      ['Born', 'person.birthday', 'custom field', 'mapped'],
      ['Nick', 'index name', 'custom field', 'not mapped'],
      ['Owner', 'owner ownerId', 'standard field', 'mapped'],
      ['=Old', '', 'skip', 'skipped: a < b, nobody reads it (Ada)'],
      ['New', '', 'text: many values', 'undecided'],
      ['Other', '', 'custom field', 'not mapped'],
      ['Id', '', 'skip', 'not mapped'],
    ]);
    expect(rows[0]).toMatchObject({
      type: 'string',
      filled: '3 of 9',
      conversion: 'trim → truncate',
      loss: 'what stands behind the cut',
    });
    expect(rows[1]?.type).toBe('dates as dd.MM.yyyy');
  });

  it('as CSV holds no formula and reads back as it was', () => {
    const read = parse(matrixCsv(rows)) as string[][];
    expect(read).toHaveLength(rows.length + 1);
    expect(read[5]?.slice(1)).toEqual([
      "'=Old",
      'string',
      '',
      '',
      '',
      'everything',
      'skip',
      'skipped: a < b, nobody reads it (Ada)',
    ]);
    for (const cell of read.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  });

  it('as HTML and Markdown takes every cell as text', () => {
    const html = matrixHtml(rows, 'A & B');
    expect(html).toContain('<title>A &amp; B</title>');
    expect(html).toContain('a &lt; b');
    expect(html).not.toContain('<script');
    const cells = matrixMarkdown([{ ...(rows[0] ?? rows[1]), field: 'a|b <i>' } as (typeof rows)[number]]).split(
      '\n',
    )[4];
    expect(cells).toContain('a\\|b \\<i\\>');
  });
});
