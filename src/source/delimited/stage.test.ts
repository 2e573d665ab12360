import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stageFile } from './stage.ts';
import { failure, rowsOf, scratch, stage } from './testing.ts';

/** windows-1254 bytes of the letters that differ from windows-1252. */
function windows1254(text: string): Buffer {
  const letters: Readonly<Record<string, number>> = { Ğ: 0xd0, İ: 0xdd, Ş: 0xde, ğ: 0xf0, ı: 0xfd, ş: 0xfe };
  return Buffer.from([...text].map((letter) => letters[letter] ?? letter.charCodeAt(0)));
}

function utf16(text: string, bigEndian = false): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
}

const TEXT = 'ID;Ad;Şehir\r\n1;Ayşe;İzmir\r\n2;"a;b";Muğla\r\n';
const CELLS = [
  ['ID', 'Ad', 'Şehir'],
  ['1', 'Ayşe', 'İzmir'],
  ['2', 'a;b', 'Muğla'],
];

describe('encoding is found before anything is parsed', () => {
  const cases: readonly [string, Buffer, string, string][] = [
    ['UTF-8', Buffer.from(TEXT), 'utf-8', 'utf-8'],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`), 'utf-8', 'byte-order-mark'],
    ['UTF-16 little endian', utf16(`\ufeff${TEXT}`), 'utf-16le', 'byte-order-mark'],
    ['UTF-16 big endian', utf16(`\ufeff${TEXT}`, true), 'utf-16be', 'byte-order-mark'],
    ['windows-1254', windows1254(TEXT), 'windows-1254', 'declared'],
  ];
  it.each(cases)('reads %s, wherever its chunks end', async (_, bytes, encoding, encodingFrom) => {
    for (const chunk of [1, 3, 65_536]) {
      const file = await stage(bytes, { codePage: 'windows-1254' }, chunk);
      expect(file.dialect).toMatchObject({ encoding, encodingFrom, delimiter: ';' });
      expect((await rowsOf(file)).cells).toEqual(CELLS);
    }
  });

  it('never takes UTF-8 for the declared code page', async () => {
    const file = await stage(TEXT, { codePage: 'windows-1252' });
    expect(file.dialect.encoding).toBe('utf-8');
  });

  it('refuses a file that is not UTF-8 where no code page is declared', async () => {
    const error = await failure(stage(windows1254(TEXT)));
    expect(error.code).toBe('FILE_ENCODING_UNKNOWN');
    expect(error.place).toEqual({ file: 'contacts.csv', line: 1 });
  });

  it('refuses a file that is partly UTF-8 and partly a code page, whatever is declared', async () => {
    const bytes = Buffer.concat([Buffer.from(TEXT), windows1254('3;Işıl;Iğdır\r\n')]);
    const error = await failure(stage(bytes, { codePage: 'windows-1254' }));
    expect(error.code).toBe('FILE_ENCODING_MIXED');
    expect(error.place.line).toBe(4);
  });

  it('refuses what breaks the promise of its byte order mark', async () => {
    expect((await failure(stage(Buffer.concat([Buffer.from('\ufeffID;Ad\n'), Buffer.from([0xfe, 0x0a])])))).code).toBe(
      'FILE_ENCODING_MIXED',
    );
  });

  it('refuses a code page that gives control characters', async () => {
    const bytes = Buffer.from([0x69, 0x64, 0x0a, 0x31, 0xff, 0x81, 0x0a]);
    expect((await failure(stage(bytes, { codePage: 'windows-1254' }))).code).toBe('FILE_ENCODING_UNKNOWN');
  });

  it('keeps every text that is valid UTF-8', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 9 }),
        async (words, chunk) => {
          const clean = words.map((word) => `w${word.replace(/[\0\ufeff"',;|\t\r\n]/g, '_')}`);
          const content = `id,word\n${clean.map((word, i) => `${i},${word}`).join('\n')}\n`;
          const file = await stage(content, {}, chunk);
          expect(readFileSync(file.path, 'utf8')).toBe(content);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('what is no delimited text is refused by its bytes, whatever its name', () => {
  const cases: readonly [string, string | Buffer, string][] = [
    ['an empty file', '', 'FILE_EMPTY'],
    ['a byte order mark alone', '\ufeff', 'FILE_EMPTY'],
    ['UTF-16 without a mark', utf16(TEXT), 'FILE_UTF16_UNMARKED'],
    ['a NUL byte', 'id,name\n1,a\0b\n', 'FILE_NUL'],
    ['an .xlsx workbook', Buffer.from('PK\u0003\u0004rest of a zip'), 'FILE_IS_WORKBOOK'],
    ['an .xls workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'FILE_IS_WORKBOOK'],
    [
      'an XML workbook',
      '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?><Workbook/>',
      'FILE_IS_WORKBOOK',
    ],
    ['a web page', '\n<!DOCTYPE html><html><body>Sign in</body></html>', 'FILE_IS_HTML'],
    ['a table exported as a web page', '<table><tr><td>1</td></tr></table>', 'FILE_IS_HTML'],
    ['only blank lines', '\n\n\r\n', 'FILE_EMPTY'],
  ];
  it.each(cases)('%s', async (_, content, code) => {
    expect((await failure(stage(content))).code).toBe(code);
  });

  it('finds a NUL far into the file', async () => {
    expect((await failure(stage(`id,name\n${'1,a\n'.repeat(50_000)}2,\0\n`))).code).toBe('FILE_NUL');
  });
});

describe('layout is found before anything is parsed', () => {
  const cases: readonly [string, string, Record<string, unknown>][] = [
    ['comma', 'id,name,city\n1,a,b\n', { delimiter: ',' }],
    ['semicolon beside decimal commas', 'id;value;rate\n1;1.234,56;2,5\n2;7,00;3,5\n', { delimiter: ';' }],
    ['tab', 'id\tname\n1\ta, b\n', { delimiter: '\t' }],
    ['bar', 'id|name\n1|a;b\n', { delimiter: '|' }],
    ['semicolons inside quotes', 'id,tags\n1,"a;b;c"\n2,"d;e"\n', { delimiter: ',', quote: '"' }],
    ['single quotes', "'id','name'\n'1','it''s'\n", { delimiter: ',', quote: "'" }],
    ['apostrophes in text', "id,name\n1,'tis\n2,O'Neil'\n", { quote: '"' }],
    ['CRLF', 'id,name\r\n1,a\r\n', { lineEnd: '\r\n' }],
    ['old Macintosh line ends', 'id,name\r1,a\r2,b\r', { lineEnd: '\r' }],
    ['a sep= line', 'sep=;\r\nid;a,b,c\r\n1;x,y,z\r\n', { delimiter: ';', separatorLine: true }],
    ['one column', 'id\n1\n2\n', { delimiter: ',' }],
  ];
  it.each(cases)('%s', async (_, content, expected) => {
    expect((await stage(content)).dialect).toMatchObject(expected);
  });

  it('leaves the sep= line out of the rows', async () => {
    expect((await rowsOf(await stage('sep=;\nid;name\n1;a\n'))).cells).toEqual([
      ['id', 'name'],
      ['1', 'a'],
    ]);
  });

  it('asks where two delimiters fit equally, and obeys a declared one', async () => {
    const content = 'id,a;b\n1,x;y\n2,z;w\n';
    expect((await failure(stage(content))).code).toBe('FILE_DELIMITER_UNKNOWN');
    expect((await stage(content, { delimiter: ';' })).dialect.delimiter).toBe(';');
  });
});

describe('what the operating system refuses to read', () => {
  it('is told with the file, as somebody may have to change its rights', async () => {
    const folder = scratch();
    const open = async function* () {
      // Nobody may read a folder as a file, whatever their rights.
      yield readFileSync(folder);
    };
    const error = await failure(stageFile({ name: 'contacts.csv', open }, join(folder, 'copy'), {}));
    expect([error.code, error.retry, error.place.file]).toEqual(['FILE_UNREADABLE', 'later', 'contacts.csv']);
  });
});

describe('a full disk', () => {
  it('is told as such, and leaves nothing behind that could be taken for a copy', async () => {
    const folder = join(scratch(), 'work');
    mkdirSync(folder);
    // Linux's device that has never any room.
    symlinkSync('/dev/full', join(folder, 'copy.partial'));
    const open = async function* () {
      yield Buffer.from('id,name\n1,a\n');
    };
    const error = await failure(stageFile({ name: 'a.csv', open }, join(folder, 'copy'), {}));
    expect(error.code).toBe('WORK_FOLDER_FULL');
    expect(error.retry).toBe('later');
  });
});
