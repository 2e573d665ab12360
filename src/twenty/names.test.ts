import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FIELD_NAME,
  fieldName,
  LONGEST_NAME,
  OPTION_VALUE,
  objectNames,
  optionLabel,
  optionValue,
  optionValues,
  RESERVED_NAMES,
} from './names.ts';

const anyLabel = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 90 }),
);

describe('option values', () => {
  it.each([
    ['Hot lead', 'HOT_LEAD'],
    ['Müşteri adayı', 'MUSTERI_ADAYI'],
    ['İLK GÖRÜŞME', 'ILK_GORUSME'],
    ['Straße & Weg', 'STRASSE_AND_WEG'],
    ['🔥 Hot', 'HOT'],
    ['2024 / Q1', 'OPTION_2024_Q1'],
    ['won__twice', 'WON_TWICE'],
    ["don't call", 'DONT_CALL'],
    ['closedWon', 'CLOSED_WON'],
  ])('%s → %s', (label, value) => {
    expect(optionValue(label)).toBe(value);
  });

  it('are legal for any label, and the same every time', () => {
    fc.assert(
      fc.property(anyLabel, (label) => {
        const value = optionValue(label);
        expect(value).toMatch(OPTION_VALUE);
        expect(value.length).toBeLessThanOrEqual(LONGEST_NAME);
        expect(optionValue(label)).toBe(value);
      }),
    );
  });

  it('tell labels of other alphabets and long labels apart', () => {
    const labels = [
      'Горячий lead',
      'Холодный lead',
      '客户',
      '線索',
      '🔥',
      '❄️',
      `${'x'.repeat(80)}1`,
      `${'x'.repeat(80)}2`,
    ];
    expect(new Set(labels.map(optionValue)).size).toBe(labels.length);
  });

  it('of one field never meet, whatever the order of the labels', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(anyLabel, fc.constantFrom('Hot', 'HOT', 'hot!', 'Höt')), { maxLength: 20 }),
        (labels) => {
          const values = optionValues(labels);
          expect(new Set(values.values()).size).toBe(new Set(labels).size);
          for (const value of values.values()) expect(value).toMatch(OPTION_VALUE);
          expect(Object.fromEntries(optionValues(labels.toReversed()))).toEqual(Object.fromEntries(values));
        },
      ),
    );
  });

  it('keep what the workspace has: the same label its value, another label another value', () => {
    const values = optionValues(['Hot', 'HOT!'], new Map([['HOT', 'HOT!']]));
    expect(values.get('HOT!')).toBe('HOT');
    expect(values.get('Hot')).toMatch(/^HOT_[0-9A-F]{8}$/);
  });
});

describe('labels', () => {
  it('lose commas and line ends, and are cut with a mark that shows it', () => {
    expect(optionLabel('Won, lost\nor open')).toBe('Won lost or open');
    const long = optionLabel('stage '.repeat(30));
    expect(long).toHaveLength(63);
    expect(long.endsWith('…')).toBe(true);
    fc.assert(
      fc.property(anyLabel, (label) => {
        const result = optionLabel(label);
        expect(result.length).toBeLessThanOrEqual(LONGEST_NAME);
        expect(result).not.toMatch(/,/);
        expect(result).not.toBe('');
        expect(result.isWellFormed()).toBe(label.isWellFormed() || result.isWellFormed());
      }),
    );
  });
});

describe('field names', () => {
  it.each([
    ['Lead source', 'leadSource'],
    ['VAT number', 'vatNumber'],
    ['Type', 'typeCustom'],
    ['addresses', 'addressesCustom'],
    ['Öncelik Düzeyi', 'oncelikDuzeyi'],
    ['2nd phone', 'field2ndPhone'],
    ['leadSource', 'leadSource'],
    ['hs_lead_status', 'hsLeadStatus'],
  ])('%s → %s', (label, name) => {
    expect(fieldName(label)).toBe(name);
  });

  it('are legal for any label, never reserved', () => {
    fc.assert(
      fc.property(anyLabel, (label) => {
        const name = fieldName(label);
        expect(name).toMatch(FIELD_NAME);
        expect(name.length).toBeLessThanOrEqual(LONGEST_NAME);
        expect(RESERVED_NAMES.has(name)).toBe(false);
      }),
    );
  });

  it('singular and plural of an object always differ', () => {
    expect(objectNames('Support case', 'Support cases')).toEqual({
      nameSingular: 'supportCase',
      namePlural: 'supportCases',
    });
    expect(objectNames('Series', 'Series')).toEqual({ nameSingular: 'series', namePlural: 'seriesAll' });
  });
});
