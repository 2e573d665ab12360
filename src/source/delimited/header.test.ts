import { describe, expect, it } from 'vitest';
import { ChangeoverError } from '../../core/errors.ts';
import { foldHeader, looksLikeData, readHeader } from './header.ts';

const KNOWN = [
  { name: 'Contact ID', aliases: ['Kişi No'] },
  { name: 'Email', aliases: ['E-posta', 'E-mail'] },
];

describe('headers', () => {
  it('are known under any alias, in any order, with whatever is glued to them', () => {
    const columns = readHeader(['\ufeffe-MAIL\u00a0', 'KİŞİ  NO', ' Yaş '], KNOWN, 'a.csv');
    expect(columns.map(({ name, known }) => [name, known])).toEqual([
      ['Email', true],
      ['Contact ID', true],
      ['Yaş', false],
    ]);
  });

  it('fold the four Turkish letters i into one, as the host’s locale would not', () => {
    expect(new Set(['IŞIL', 'İŞİL', 'ışıl', 'işil'].map(foldHeader)).size).toBe(1);
  });

  it.each([
    ['twice the same', ['Contact ID', 'Name', 'Name']],
    ['the same but for spaces', ['Contact ID', 'Name', ' Name ']],
    ['two aliases of one column', ['Contact ID', 'E-mail', 'E-posta']],
  ])('refuses %s, as one would hide the other', (_, header) => {
    let thrown: unknown;
    try {
      readHeader(header, KNOWN, 'a.csv');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ChangeoverError);
    expect(thrown).toMatchObject({ code: 'FILE_DUPLICATE_HEADERS', place: { file: 'a.csv', line: 1, column: 3 } });
  });

  it('tells data from a header that nobody knows', () => {
    expect(looksLikeData(readHeader(['17', 'Ada', 'ada@example.com'], KNOWN, 'a.csv'))).toBe(true);
    expect(looksLikeData(readHeader(['Nummer', 'Vorname'], KNOWN, 'a.csv'))).toBe(false);
    expect(looksLikeData(readHeader(['Contact ID', ''], KNOWN, 'a.csv'))).toBe(false);
  });
});
