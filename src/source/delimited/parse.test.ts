import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColumnFormat } from '../connector.ts';
import { parseCell } from './parse.ts';
import { compilePattern } from './patterns.ts';
import { utcTime, Zone } from './zone.ts';

function value(format: ColumnFormat, text: string, zone?: string): unknown {
  const result = parseCell(format, text, zone);
  return result.ok ? result.value : result.code;
}

const POINT: ColumnFormat = { type: 'decimal', decimalMark: '.' };
const COMMA: ColumnFormat = { type: 'decimal', decimalMark: ',' };
const INVALID = 'CELL_INVALID';

describe('numbers are exact', () => {
  it.each([
    [POINT, '1,234.56', '1234.56'],
    [COMMA, '1.234,56', '1234.56'],
    [COMMA, '1.234', '1234'],
    [POINT, '1.234', '1.234'],
    [POINT, '0.10', '0.10'],
    [POINT, '-0.0', '0.0'],
    [POINT, '12345678901234567890.123456789012345678', '12345678901234567890.123456789012345678'],
    [COMMA, '₺1.234,50', '1234.50'],
    [COMMA, '1.234,50 TL', '1234.50'],
    [POINT, '-£1,234', '-1234'],
    [COMMA, '1\u00a0234,5', '1234.5'],
    [POINT, ' 7 ', '7'],
    [POINT, '', null],
    [POINT, '1,23', INVALID],
    [POINT, '1.234,56', INVALID],
    [POINT, '12,34,567', INVALID],
    [POINT, '1.23E+15', INVALID],
    [POINT, 'abc', INVALID],
  ] as const)('%j reads %j as %j', (format, text, expected) => {
    expect(value(format, text)).toBe(expected);
  });

  it('reads whole numbers of any length', () => {
    expect(value({ type: 'integer' }, '-00123456789012345678901')).toBe('-123456789012345678901');
    expect(value({ type: 'integer' }, '1.0')).toBe(INVALID);
  });
});

describe('booleans', () => {
  const format: ColumnFormat = { type: 'boolean', yes: ['evet'], no: ['hayır'] };
  it.each([
    ['EVET', true],
    ['Hayır', false],
    ['HAYIR', false],
    ['', null],
    ['belki', INVALID],
  ])('%j', (text, expected) => {
    expect(value(format, text)).toBe(expected);
  });
});

describe('dates and times', () => {
  it.each([
    ['dd.MM.yyyy', '29.02.2024', '2024-02-29'],
    ['dd.MM.yyyy', '29.02.2023', INVALID],
    ['dd/MM/yyyy', '1/2/2024', INVALID],
    ['d/M/yyyy', '1/2/2024', '2024-02-01'],
    ['MM/dd/yyyy', '02/01/2024', '2024-02-01'],
    ['dd/MM/yy', '01/02/69', '2069-02-01'],
    ['dd/MM/yy', '01/02/70', '1970-02-01'],
    ['excel', '45292', '2024-01-01'],
    ['excel', '45292.5', '2024-01-01'],
  ])('reads %s %j as %j', (pattern, text, expected) => {
    expect(value({ type: 'date', pattern }, text)).toBe(expected);
  });

  it.each([
    ['dd.MM.yyyy HH:mm', '01.07.2024 09:30', 'Europe/London', '2024-07-01T08:30:00.000Z'],
    ['dd.MM.yyyy HH:mm', '01.01.2024 09:30', 'Europe/London', '2024-01-01T09:30:00.000Z'],
    ['dd.MM.yyyy HH:mm', '01.01.2024 09:30', 'Europe/Istanbul', '2024-01-01T06:30:00.000Z'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", '2024-01-01T09:30:00.5+03:00', 'Europe/London', '2024-01-01T06:30:00.500Z'],
    ["yyyy-MM-dd'T'HH:mm:ssXXX", '2024-01-01T09:30:00Z', 'Europe/Istanbul', '2024-01-01T09:30:00.000Z'],
    ['MM/dd/yyyy hh:mm a', '01/02/2024 12:05 AM', 'UTC', '2024-01-02T00:05:00.000Z'],
    ['MM/dd/yyyy hh:mm a', '01/02/2024 12:05 pm', 'UTC', '2024-01-02T12:05:00.000Z'],
    // Clocks set back: the hour happens twice, the first is meant. Clocks set forward: the hour is left out.
    ['dd.MM.yyyy HH:mm', '27.10.2024 01:30', 'Europe/London', '2024-10-27T00:30:00.000Z'],
    ['dd.MM.yyyy HH:mm', '31.03.2024 01:30', 'Europe/London', '2024-03-31T01:30:00.000Z'],
  ])('reads %s %j in %s', (pattern, text, zone, expected) => {
    const read = value({ type: 'timestamp', pattern }, text, zone);
    expect(new Date(Number(read)).toISOString()).toBe(expected);
  });

  it('gives an instant back its own wall time, in any zone', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/London',
      'Europe/Istanbul',
      'America/New_York',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
    );
    fc.assert(
      fc.property(zones, fc.integer({ min: 0, max: 4e12 }), (name, time) => {
        const second = Math.floor(time / 1000) * 1000;
        const parts = new Intl.DateTimeFormat('en-GB', {
          timeZone: name,
          dateStyle: 'short',
          timeStyle: 'medium',
          hourCycle: 'h23',
        }).formatToParts(second);
        const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
        const wall = {
          year: part('year'),
          month: part('month'),
          day: part('day'),
          hour: part('hour'),
          minute: part('minute'),
          second: part('second'),
          millisecond: 0,
        };
        const again = new Zone(name).instant(wall);
        // An hour that happens twice may be the other one.
        expect([0, 1_800_000, 3_600_000]).toContain(Math.abs(again - second));
        expect(utcTime(wall) - again).toBe(utcTime(wall) - again);
      }),
    );
  });

  it('refuses patterns with letters that mean nothing', () => {
    for (const pattern of ['DD.MM.YYYY', 'dd.MM', 'yyyy-QQ-dd', ''])
      expect(() => compilePattern(pattern)).toThrow(/not a date pattern/);
  });
});
