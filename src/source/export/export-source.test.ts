import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failure } from '../delimited/testing.ts';
import { bench, CONTACTS, changes, HEADER, last, load, put, readAll, rows, signal, source, told } from './testing.ts';

describe('SCO-S2 an export becomes events', () => {
  it('gives every row of the first export, with counts on the first and last page', async () => {
    const at = bench();
    put(at, 1, HEADER + rows(1, 1_234));
    const { pages, records } = await readAll(source(at).snapshot('contact', null, signal));
    expect(records).toHaveLength(1_234);
    expect(records[0]).toEqual({
      id: 'C-1',
      op: 'UPSERT',
      after: { 'Contact ID': 'C-1', Email: 'p1@example.com', 'Company ID': 'CO-1', Notes: 'ok' },
      version: null,
      time: null,
      created: null,
    });
    const counts = { takenAt: Date.UTC(2026, 2, 1, 9), rows: 1_234, rejected: 0, retained: 0 };
    expect(pages[0]?.begins).toMatchObject(counts);
    expect(pages.at(-1)?.ends).toMatchObject(counts);
    expect(pages.filter((page) => page.begins !== undefined || page.ends !== undefined)).toHaveLength(2);
  });

  it('gives what changed between two exports, and nothing when nothing did', async () => {
    const at = bench();
    const since = await load(at, HEADER + rows(1, 100));
    expect((await changes(at, since)).pages).toEqual([]);
    put(at, 2, `${HEADER}${rows(1, 98)}C-99,new@example.com,CO-1,ok\r\n${rows(101, 102)}`);
    const reading = await changes(at, since);
    expect(told(reading)).toEqual(['UPSERT C-99', 'UPSERT C-101', 'UPSERT C-102', 'DELETE C-100']);
    expect(reading.pages.at(-1)?.ends).toMatchObject({ rows: 101, rejected: 0, retained: 0 });
    expect((await changes(at, last(reading))).pages).toEqual([]);
  });

  it('keeps an empty cell apart from a column that is not there', async () => {
    const at = bench();
    put(at, 1, 'Contact ID,Notes\n1,\n');
    const { records } = await readAll(source(at).snapshot('contact', null, signal));
    expect(records[0]?.after).toEqual({ 'Contact ID': '1', Notes: '', Email: null, 'Company ID': null });
  });

  it('knows columns by their aliases, so that a change of the header’s language changes no record', async () => {
    const at = bench();
    const since = await load(at, 'Contact ID;E-posta\n1;a@example.com\n');
    put(at, 2, 'email;KİŞİ NO\na@example.com;1\n');
    expect((await changes(at, since)).records).toEqual([]);
  });

  it('gives times as decided over the whole column, in the zone of the source', async () => {
    const [contact] = CONTACTS.objects;
    if (contact === undefined) throw new Error('no profile');
    const profile = {
      zone: 'Europe/Istanbul',
      objects: [
        { ...contact, created: { column: 'Created' }, modified: { column: 'Modified', pattern: 'dd/MM/yyyy HH:mm' } },
      ],
    };
    const at = bench();
    put(at, 1, 'Contact ID,Created,Modified\n1,13.01.2026,02/03/2026 12:00\n2,01.02.2026,\n');
    const { records } = await readAll(source(at, { profile }).snapshot('contact', null, signal));
    const modified = Date.UTC(2026, 2, 2, 9);
    expect(records.map(({ created, time }) => [created, time])).toEqual([
      [Date.UTC(2026, 0, 12, 21), modified],
      [Date.UTC(2026, 0, 31, 21), null],
    ]);
  });

  it('moves its time when a newer export has the same content', async () => {
    const at = bench();
    const since = await load(at, HEADER + rows(1, 10));
    put(at, 2, HEADER + rows(1, 10));
    const reading = await changes(at, since);
    expect(reading.records).toEqual([]);
    expect(reading.pages[0]?.ends?.takenAt).toBe(Date.UTC(2026, 2, 2, 9));
    expect((await changes(at, last(reading))).pages).toEqual([]);
  });

  it('refuses an export older than the one read last', async () => {
    const at = bench();
    put(at, 2, HEADER + rows(1, 10));
    const since = last(await readAll(source(at).snapshot('contact', null, signal)));
    rmSync(join(at.drop, '2026-03-02T0900'), { recursive: true });
    put(at, 1, HEADER + rows(1, 9));
    expect((await failure(changes(at, since))).code).toBe('EXPORT_OLDER');
  });

  it('takes an export that replaces another in place', async () => {
    const at = bench();
    at.put('contacts.csv', HEADER + rows(1, 10));
    const since = last(await readAll(source(at).snapshot('contact', null, signal)));
    at.put('contacts.csv', HEADER + rows(1, 11), new Date(Date.UTC(2026, 1, 2)));
    expect(told(await changes(at, since))).toEqual(['UPSERT C-11']);
  });
});

describe('SCO-S1 what an export says of itself', () => {
  it('describes objects, fields and proposals, and what the export before had', async () => {
    const at = bench();
    put(at, 1, 'Contact ID;Email;Region;Value\n1;a;North;1\n');
    put(at, 2, 'Contact ID;Email;Close Date;Value\n1;a@example.com;13.01.2026;"1.234,50"\n2;;;\nx;y\n');
    at.put('2026-03-01T0900/notes.csv', 'Note ID\n1\n');
    const described = await source(at).describe();
    expect(described).toMatchObject({ set: '2026-03-02T0900', takenAt: Date.UTC(2026, 2, 2, 9) });
    expect(described.objects).toHaveLength(1);
    const [contact] = described.objects;
    expect(contact?.count).toBe(2);
    expect(contact?.fields.map(({ name, standard, required }) => [name, standard, required])).toEqual([
      ['Contact ID', true, true],
      ['Email', true, false],
      ['Close Date', false, false],
      ['Value', false, false],
    ]);
    expect(contact?.fields[2]).toMatchObject({
      profile: { rows: 2, filled: 1, longest: 10 },
      values: [{ value: '13.01.2026', count: 1 }],
      proposal: { decided: true, format: { type: 'date', pattern: 'dd.MM.yyyy' } },
    });
    expect(described.questions.map(({ id, blocking }) => [id, blocking])).toEqual([
      ['export/contact/column/Company ID', false],
      ['export/contact/column/Region', false],
      ['export/note/missing', false],
    ]);
    expect(described.notes).toEqual([
      'Export 2026-03-02T0900, taken 2026-03-02T09:00:00.000Z, as its name says.',
      'Contact: contacts.csv, 3 rows, 1 rejected, utf-8 (utf 8), semicolon.',
      'Contact: columns that 2026-03-01T0900 did not have: Close Date.',
    ]);
  });

  it('gives the rows of an object for lookups, and none for one that is absent', async () => {
    const at = bench();
    put(at, 1, HEADER + rows(1, 3));
    const ids: string[] = [];
    for await (const row of source(at).rows('contact')) ids.push(`${row.id} ${row.fields.Email}`);
    expect(ids).toEqual(['C-1 p1@example.com', 'C-2 p2@example.com', 'C-3 p3@example.com']);
    for await (const _ of source(at).rows('note')) throw new Error('there are no notes');
  });

  it('opens files of the set, and none outside it', async () => {
    const at = bench();
    put(at, 1, HEADER + rows(1, 1));
    at.put('2026-03-01T0900/files/a.txt', 'hello');
    const chunks: Uint8Array[] = [];
    for await (const chunk of await source(at).openFile('files/a.txt', signal)) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('hello');
    expect((await failure(source(at).openFile('../../etc/passwd', signal))).code).toBe('EXPORT_UNSAFE_PATH');
    expect((await failure(source(at).openFile('files/b.txt', signal))).code).toBe('EXPORT_FILE_MISSING');
  });
});
