import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellReader, Zone } from './cells.ts';
import { cleanText } from './clean.ts';
import { dayAt, dayOf, readIsoTime } from './dates.ts';
import { canonicalDecimal, readDecimal, scaled, unscaled } from './numbers.ts';
import { optionSet } from './options.ts';
import { compileTemplate } from './template-text.ts';
import { foldKey } from './values.ts';

describe('names that are compared', () => {
  it('fold case, width, spaces and Turkish i, the same on every machine', () => {
    for (const name of ['IŞIL Ltd', 'ışıl  ltd', 'İşil\u00a0LTD', 'ｉşｉl ltd']) expect(foldKey(name)).toBe('işil ltd');
  });

  it('stay as they are when they are folded again', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => foldKey(foldKey(text)) === foldKey(text)));
  });
});

describe('decimals', () => {
  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat({ max: 6 }))
    .map(([integer, places]) => unscaled(integer, places));

  it('keep every digit through scaling', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        const { integer, exact } = scaled(text, 6);
        expect(exact).toBe(true);
        expect(unscaled(integer, 6)).toBe(text);
      }),
    );
  });

  it('are read the same with any thousands separator and mark that the format allows', () => {
    fc.assert(
      fc.property(decimal, fc.constantFrom('.', ','), (text, mark) => {
        const [whole = '', fraction] = text.replace('-', '').split('.');
        const grouped = whole.replace(/\B(?=(\d{3})+$)/g, mark === '.' ? ',' : '.');
        const written = `${text.startsWith('-') ? '-' : ''}${grouped}${fraction === undefined ? '' : mark + fraction}`;
        expect(readDecimal(written, mark as '.' | ',')).toBe(text);
      }),
    );
  });

  it('are refused rather than guessed', () => {
    for (const text of ['1,234', '1.234.56', '1,23,456.7', '12e3', '', 'x', '1 2 x', '--1'])
      expect(readDecimal(text, null), text).toBeNull();
    expect(readDecimal('1.234,5', null)).toBe('1234.5');
    expect(readDecimal('1,234,567', null)).toBe('1234567');
    expect(canonicalDecimal('-0.00')).toBe('0');
  });
});

describe('times', () => {
  it('of a day and clock come back as that day, in any zone and season', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          'UTC',
          'Europe/London',
          'Europe/Istanbul',
          'America/St_Johns',
          'Pacific/Auckland',
          'Asia/Kathmandu',
        ),
        fc.date({ min: new Date('1950-01-01'), max: new Date('2060-01-01'), noInvalidDate: true }),
        (name, date) => {
          const zone = new Zone(name);
          const day = date.toISOString().slice(0, 10);
          expect(dayOf(dayAt(day, '12:00', zone), zone)).toBe(day);
        },
      ),
    );
  });

  it('without an offset are wall clocks of the zone', () => {
    const london = new Zone('Europe/London');
    expect(readIsoTime('2024-07-01T10:00', london)).toBe(Date.parse('2024-07-01T09:00:00Z'));
    expect(readIsoTime('2024-07-01T10:00:00.123456+03:00', london)).toBe(Date.parse('2024-07-01T07:00:00.123Z'));
    for (const text of ['2024-02-30T10:00', '2024-07-01T24:30', '2024-07-01', 'x'])
      expect(readIsoTime(text, london), text).toBeNull();
  });

  it('of a column are read by its format alone', () => {
    const reader = cellReader({ type: 'timestamp', pattern: 'dd.MM.yyyy HH:mm' }, new Zone('Europe/Istanbul'));
    expect(reader.read('01.07.2024 10:00')).toBe('2024-07-01T07:00:00.000Z');
    expect(() => reader.read('2024-07-01 10:00')).toThrowError(expect.objectContaining({ code: 'MAPPING_BAD_DATE' }));
  });
});

describe('options', () => {
  it('have legal, distinct labels and values, whatever they are called, and in whatever order they were found', () => {
    const legal = /^(?!.*__)[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 90 }), { maxLength: 8 }),
        (labels) => {
          const set = optionSet(labels);
          const values = set.desired.map((option) => option.value);
          expect(new Set(values).size).toBe(labels.length);
          expect(new Set(set.desired.map((option) => option.label)).size).toBe(labels.length);
          for (const { value, label } of set.desired) {
            expect(value).toMatch(legal);
            expect(value.length).toBeLessThanOrEqual(63);
            expect(label.length).toBeLessThanOrEqual(63);
            expect(label).not.toContain(',');
          }
          const reversed = optionSet([...labels].reverse());
          for (const label of labels) expect(set.find(label)?.desired).toEqual(reversed.find(label)?.desired);
        },
      ),
    );
  });

  it('are found by what the source calls them before their values', () => {
    const set = optionSet(['1', 'OPTION_1']);
    expect(set.find('1')?.source).toBe('1');
    expect(set.find('OPTION_1')?.source).toBe('OPTION_1');
  });

  it('that only case tells apart are never taken for each other', () => {
    const set = optionSet(['Vip', 'VIP']);
    expect(set.find('VIP')?.source).toBe('VIP');
    expect(set.find('Vip')?.source).toBe('Vip');
    expect(set.find('vip')).toBeNull();
  });
});

describe('templates', () => {
  const fill = (template: string, columns: Readonly<Record<string, string>>): string | undefined =>
    compileTemplate(template)?.fill((column) => columns[column] ?? '');

  it('leave out lines whose columns are all empty, and are empty when all columns are', () => {
    expect(fill('{A}\n\nAttendees: {B}', { A: 'x' })).toBe('x');
    expect(fill('Call: {A}', {})).toBe('');
    expect(fill('{A} {B} {C}', { A: 'a', C: 'c' })).toBe('a c');
    expect(fill('{{x} {A}', { A: 'a' })).toBe('{x} a');
    expect(compileTemplate('{A')).toBeNull();
  });
});

describe('texts that leave', () => {
  it('are well formed, whatever came in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 20 }), (text, limit) => {
        const cleaned = cleanText(text, limit);
        expect(cleaned.text.isWellFormed()).toBe(true);
        expect(cleaned.text.length).toBeLessThanOrEqual(limit);
        expect(cleaned.text).not.toContain('\u0000');
      }),
    );
    expect(cleanText('a\r\nb\rc\td😀', 100)).toEqual({ text: 'a\nb\nc\td😀', stripped: 0, truncated: false });
  });
});
