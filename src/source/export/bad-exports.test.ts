import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Page } from '../connector.ts';
import { failure } from '../delimited/testing.ts';
import {
  type Bench,
  bench,
  CONTACTS,
  changes,
  HEADER,
  last,
  load,
  put,
  readAll,
  rows,
  signal,
  source,
  told,
} from './testing.ts';

describe('rejected rows', () => {
  it('are told with line, code and excerpt, and stand in the reject file', async () => {
    const at = bench();
    put(at, 1, `${HEADER}${rows(1, 2)}\r\nC-3,"a\r\nb",CO-1\r\nC-4,=1,CO-1,"x"y,"\r\n,a,b,c\r\n${rows(5, 5)}`);
    const { pages, records } = await readAll(source(at).snapshot('contact', null, signal));
    expect(records.map(({ id }) => id)).toEqual(['C-1', 'C-2', 'C-5']);
    const rejects = pages.flatMap((page) => page.rejects ?? []);
    expect(rejects.map(({ file, line, code, excerpt, id }) => ({ file, line, code, excerpt, id }))).toEqual([
      { file: 'contacts.csv', line: 5, code: 'ROW_RAGGED', excerpt: 'C-3,"a\r\nb",CO-1', id: 'C-3' },
      { file: 'contacts.csv', line: 7, code: 'ROW_QUOTES', excerpt: 'C-4,=1,CO-1,"x"y,"', id: null },
      { file: 'contacts.csv', line: 8, code: 'ROW_NO_ID', excerpt: ',a,b,c', id: null },
    ]);
    expect(pages.at(-1)?.ends).toMatchObject({ rows: 6, rejected: 3 });
    expect(readFileSync(join(at.context.workFolder, 'rejects', 'contact.csv'), 'utf8')).toContain(
      'contacts.csv,5,ROW_RAGGED,',
    );
  });

  it('include rows with a cell that is too large, of which the file goes on', async () => {
    const at = bench();
    put(at, 1, `${HEADER}C-1,a,b,${'x'.repeat(10 << 20)}\r\n${rows(2, 3)}`);
    const { pages, records } = await readAll(source(at).snapshot('contact', null, signal));
    expect(records.map(({ id }) => id)).toEqual(['C-2', 'C-3']);
    const [reject] = pages.flatMap((page) => page.rejects ?? []);
    expect(reject).toMatchObject({ code: 'ROW_CELL_TOO_LARGE', line: 2, id: 'C-1' });
    expect(reject?.excerpt).toHaveLength(2_000);
  });
});

describe('an export that cannot be read moves nothing', () => {
  const cases: readonly [string, string | Buffer, string][] = [
    ['a header without rows', HEADER, 'FILE_HEADER_ONLY'],
    ['rows without a header', rows(1, 3), 'FILE_NO_HEADER'],
    ['two columns of one name', 'Contact ID,Email,Email\n1,a,b\n', 'FILE_DUPLICATE_HEADERS'],
    ['no id column', 'Email,Company ID\na,b\n', 'EXPORT_COLUMN_MISSING'],
    ['ids that a spreadsheet mangled', `${HEADER}1.23E+15,a,b,c\n`, 'FILE_IDS_MANGLED'],
    ['links that a spreadsheet mangled', `${HEADER}1,a,"1,23E+15",c\n`, 'FILE_IDS_MANGLED'],
    ['a file cut off inside a row', `${HEADER}${rows(1, 3)}C-4,p4@exam`, 'EXPORT_CUT_OFF'],
    ['a file cut off inside quotes', `${HEADER}${rows(1, 3)}C-4,"p4@exam`, 'FILE_UNTERMINATED_QUOTE'],
    ['rows that are all ragged', `${HEADER}${'1,2\n'.repeat(30)}`, 'FILE_ALL_ROWS_REJECTED'],
    ['a workbook', Buffer.from('PK\u0003\u0004'), 'FILE_IS_WORKBOOK'],
  ];
  it.each(cases)('%s', async (_, content, code) => {
    const at = bench();
    const since = await load(at, HEADER + rows(1, 5));
    put(at, 2, content);
    const error = await failure(changes(at, since));
    expect(error.code).toBe(code);
    expect(error.hint).not.toBe('');
    put(at, 3, HEADER + rows(2, 6));
    expect(told(await changes(at, since))).toEqual(['UPSERT C-6', 'DELETE C-1']);
  });

  it('a required column that is missing, until someone says that it is not needed', async () => {
    const [contact] = CONTACTS.objects;
    if (contact === undefined) throw new Error('no profile');
    const profile = { objects: [{ ...contact, columns: [{ name: 'Stage', required: true }] }] };
    const at = bench();
    put(at, 1, HEADER + rows(1, 2));
    expect((await failure(readAll(source(at, { profile }).snapshot('contact', null, signal)))).code).toBe(
      'EXPORT_COLUMN_MISSING',
    );
    const { questions } = await source(at, { profile }).describe();
    expect(questions).toMatchObject([{ object: 'contact', choices: ['supplied', 'not needed'], blocking: true }]);
    at.answers.set(questions[0]?.id ?? '', 'not needed');
    const { records } = await readAll(source(at, { profile }).snapshot('contact', null, signal));
    expect(records[0]?.after?.Stage).toBeNull();
  });

  it('a required object that is missing, until someone says that it is not needed', async () => {
    const at = bench();
    at.put('2026-03-01/notes.csv', 'Note ID,Text\n1,a\n');
    expect((await failure(readAll(source(at).snapshot('contact', null, signal)))).code).toBe('EXPORT_OBJECT_MISSING');
    const { questions } = await source(at).describe();
    expect(questions).toMatchObject([{ object: 'contact', blocking: true }]);
    at.answers.set(questions[0]?.id ?? '', 'not needed');
    const reading = await readAll(source(at).snapshot('contact', null, signal));
    expect(reading.pages).toMatchObject([{ records: [], begins: { rows: 0 }, ends: { rows: 0 } }]);
    put(at, 2, HEADER + rows(1, 1));
    expect(told(await changes(at, last(reading)))).toEqual(['UPSERT C-1']);
  });

  it('a column that the export before had, as every record would lose its value', async () => {
    const at = bench();
    const since = await load(at, HEADER + rows(1, 3));
    put(at, 2, 'Contact ID,Email,Company ID\n1,a,b\n');
    const pages: Page[] = [];
    const reading = async (): Promise<void> => {
      for await (const page of source(at).changes('contact', since, signal)) pages.push(page);
    };
    const error = await failure(reading());
    expect([error.code, error.place.field]).toEqual(['EXPORT_COLUMN_MISSING', 'Notes']);
    expect(pages).toMatchObject([
      { records: [], checkpoint: since, questions: [{ choices: ['supplied', 'not needed'] }] },
    ]);
    at.answers.set(pages[0]?.questions?.[0]?.id ?? '', 'not needed');
    at.answers.set('export/contact/deletes/x', 'accept');
    const { records } = await changes(at, since);
    expect(records).toMatchObject([{ id: '1', after: { 'Contact ID': '1', Email: 'a', 'Company ID': 'b' } }]);
  });

  it('an optional object that was there before, until someone says that it is not needed', async () => {
    const at = bench();
    at.put('2026-03-01/notes.csv', 'Note ID,Text\n1,a\n');
    const since = last(await readAll(source(at).snapshot('note', null, signal)));
    at.put('2026-03-02/contacts.csv', HEADER + rows(1, 1));
    expect((await failure(readAll(source(at).changes('note', since, signal)))).code).toBe('EXPORT_OBJECT_MISSING');
    at.answers.set('export/note/missing', 'not needed');
    expect((await readAll(source(at).changes('note', since, signal))).pages).toEqual([]);
  });

  it('two files that could both be an object', async () => {
    const at = bench();
    put(at, 1, HEADER + rows(1, 1));
    at.put('2026-03-01T0900/contacts-archived.csv', HEADER + rows(2, 2));
    expect((await failure(readAll(source(at).snapshot('contact', null, signal)))).code).toBe('EXPORT_OBJECT_TWICE');
  });

  it('a row whose last cell is cut off, where the export before had a line end; unless a checksum says that it is whole', async () => {
    const at = bench();
    put(at, 1, HEADER + rows(1, 5));
    const since = last(await readAll(source(at).snapshot('contact', null, signal)));
    const whole = HEADER + rows(1, 5).replace('p5', 'q5');
    const cut = whole.trimEnd().slice(0, -1);
    put(at, 2, cut);
    const error = await failure(readAll(source(at).changes('contact', since, signal)));
    expect(error).toMatchObject({ code: 'EXPORT_CUT_OFF', place: { file: 'contacts.csv', line: 6 } });
    const sha256 = createHash('sha256').update(cut).digest('hex');
    at.put('2026-03-02T0900/manifest.json', JSON.stringify({ files: [{ path: 'contacts.csv', sha256 }] }));
    const { records } = await readAll(source(at).changes('contact', since, signal));
    expect(records.map(({ id }) => id)).toEqual(['C-5']);
  });

  it('a first export without a line end is told of; later ones that end alike are read', async () => {
    const at = bench();
    put(at, 1, HEADER + rows(1, 5).trimEnd());
    const from = source(at);
    expect((await from.describe()).notes).toContainEqual(expect.stringContaining('does not end with a line end'));
    const since = last(await readAll(from.snapshot('contact', null, signal)));
    put(at, 2, HEADER + rows(1, 6).trimEnd());
    const { records } = await readAll(source(at).changes('contact', since, signal));
    expect(records.map(({ id }) => id)).toEqual(['C-6']);
  });

  it.each([
    ['another checksum', { sha256: 'a'.repeat(64) }, 'EXPORT_DAMAGED'],
    ['another number of rows', { rows: 7 }, 'EXPORT_CUT_OFF'],
  ])('a manifest that says %s', async (_, entry, code) => {
    const at = bench();
    put(at, 1, HEADER + rows(1, 5));
    at.put('2026-03-01T0900/manifest.json', JSON.stringify({ files: [{ path: 'contacts.csv', ...entry }] }));
    for (const _ of ['at first', 'and again']) {
      expect((await failure(readAll(source(at).snapshot('contact', null, signal)))).code).toBe(code);
    }
  });

  it.each([
    ['is replaced', (at: Bench) => put(at, 1, HEADER + rows(1, 6)), 'EXPORT_CHANGED'],
    ['vanishes', (at: Bench) => rmSync(join(at.drop, '2026-03-01T0900'), { recursive: true }), 'EXPORT_VANISHED'],
  ])('a file that %s between being listed and being read', async (_, happens, code) => {
    const at = bench();
    put(at, 1, HEADER + rows(1, 5));
    let happened = false;
    const profile = {
      ...CONTACTS,
      // Asked for right before the file is opened.
      get dialect() {
        if (!happened) happens(at);
        happened = true;
        return {};
      },
    };
    const error = await failure(readAll(source(at, { profile }).snapshot('contact', null, signal)));
    expect([error.code, error.retry]).toEqual([code, 'later']);
    put(at, 1, HEADER + rows(1, 6));
    expect((await readAll(source(at, { profile }).snapshot('contact', null, signal))).records).toHaveLength(6);
  });

  it('no export at all', async () => {
    expect((await failure(readAll(source(bench()).snapshot('contact', null, signal)))).code).toBe('EXPORT_NONE');
  });

  it('a work folder that is damaged is built again', async () => {
    const at = bench();
    const since = await load(at, HEADER + rows(1, 5));
    const folder = join(at.context.workFolder, 'exports', 'contact');
    const plan = `${String(since.export)}.full.plan`;
    writeFileSync(join(folder, plan), 'not a database');
    put(at, 2, HEADER + rows(1, 6));
    expect((await changes(at, since)).records).toHaveLength(6);
  });
});
