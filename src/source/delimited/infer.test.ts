import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColumnProposal } from '../connector.ts';
import { ColumnScan } from './infer.ts';
import { cellParser } from './parse.ts';

function propose(values: readonly string[], header = 'Column'): ColumnProposal {
  const scan = new ColumnScan(header);
  for (const value of values) scan.add(value);
  return scan.propose();
}

describe('formats are decided over the whole column', () => {
  it.each([
    [['1', '25', '-3'], { type: 'integer' }],
    [['1.234,56', '7,5'], { type: 'decimal', decimalMark: ',' }],
    [['1,234.56', '7.5'], { type: 'decimal', decimalMark: '.' }],
    [['₺1.234,56', '₺7,5'], { type: 'decimal', decimalMark: ',' }],
    [['01.02.2024', '13.02.2024'], { type: 'date', pattern: 'dd.MM.yyyy' }],
    [['1/2/2024', '13/12/2024'], { type: 'date', pattern: 'd/M/yyyy' }],
    [['01/02/2024', '12/31/2024'], { type: 'date', pattern: 'MM/dd/yyyy' }],
    [['2024-01-02', '2024-01-03'], { type: 'date', pattern: 'yyyy-MM-dd' }],
    [['2024-01-02T10:00:00Z'], { type: 'timestamp', pattern: "yyyy-MM-dd'T'HH:mm:ssXXX" }],
    [['13.02.2024 09:30', '01.02.2024 10:00'], { type: 'timestamp', pattern: 'dd.MM.yyyy HH:mm' }],
    [['Evet', 'hayır', ''], { type: 'boolean', yes: ['evet'], no: ['hayır'] }],
    [['Yes', 'No'], { type: 'boolean', yes: ['yes'], no: ['no'] }],
    [['VAR', 'yok'], { type: 'boolean', yes: ['var'], no: ['yok'] }],
    [['007', '008'], { type: 'text' }],
    [['+44 20 7946', '1'], { type: 'text' }],
    [['£1.50', '$1.50'], { type: 'text' }],
    [['13.02.2024', 'soon'], { type: 'text' }],
    [['31.02.2024'], { type: 'text' }],
    [['yes', 'hayır'], { type: 'text' }],
    [['1.23E+15', '2'], { type: 'text' }],
    [['', ' '], { type: 'text' }],
  ] as const)('%j', (values, format) => {
    expect(propose(values)).toMatchObject({ decided: true, format });
  });

  it.each([
    [
      ['01/02/2024', '12/11/2024'],
      [
        { type: 'date', pattern: 'dd/MM/yyyy' },
        { type: 'date', pattern: 'MM/dd/yyyy' },
      ],
    ],
    [
      ['01.02.2024 09:00'],
      [
        { type: 'timestamp', pattern: 'dd.MM.yyyy HH:mm' },
        { type: 'timestamp', pattern: 'MM.dd.yyyy HH:mm' },
      ],
    ],
    [
      ['1,234', '5,678'],
      [
        { type: 'decimal', decimalMark: '.' },
        { type: 'decimal', decimalMark: ',' },
      ],
    ],
    [
      ['1', '0'],
      [{ type: 'boolean', yes: ['1'], no: ['0'] }, { type: 'integer' }],
    ],
  ] as const)('refuses to guess %j', (values, candidates) => {
    expect(propose(values)).toMatchObject({ decided: false, candidates });
  });

  it('flags what may be a spreadsheet’s serial dates', () => {
    expect(propose(['45292', '45293'], 'Close Date')).toMatchObject({
      decided: false,
      candidates: [{ type: 'date', pattern: 'excel' }, { type: 'integer' }],
    });
    expect(propose(['45292', '45293'], 'Postcode')).toMatchObject({ decided: true, format: { type: 'integer' } });
  });

  it('counts values while they are few, and rows always', () => {
    const scan = new ColumnScan('Stage');
    for (let i = 0; i < 300; i += 1) scan.add(i % 3 === 0 ? '' : `stage ${i % 2}`);
    expect(scan.profile()).toEqual({ rows: 300, filled: 200, longest: 7 });
    expect(scan.values()).toEqual([
      { value: 'stage 0', count: 100 },
      { value: 'stage 1', count: 100 },
    ]);
    for (let i = 0; i < 100; i += 1) scan.add(`other ${i}`);
    expect(scan.values()).toBeNull();
  });

  it('decides a format only if it reads every value, and in any order of the rows', () => {
    const cell = fc.oneof(
      fc.constantFrom('', 'yes', 'no', '1', '0', '1,5', '1.234', '01/02/2024', '31/01/2024', '2024-05-06', 'x'),
      fc.integer().map(String),
      fc
        .date({ noInvalidDate: true, min: new Date('1950-01-01'), max: new Date('2050-01-01') })
        .map((date) => date.toISOString().slice(0, 10).split('-').reverse().join('.')),
    );
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 12 }), (cells) => {
        const proposal = propose(cells);
        expect(propose([...cells].reverse())).toEqual(proposal);
        const formats = proposal.decided ? [proposal.format] : proposal.candidates;
        for (const format of formats) {
          const parse = cellParser(format);
          for (const text of cells) expect(parse(text)).toMatchObject({ ok: true });
        }
      }),
    );
  });
});
