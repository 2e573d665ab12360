import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../connector.ts';
import { ExportSource } from './export-source.ts';
import { type Bench, bench, CONTACTS, readAll } from './testing.ts';

const HEADER = 'Contact ID,Email,Company ID,Notes\r\n';
const signal = new AbortController().signal;

function source(at: Bench, options: Partial<ConstructorParameters<typeof ExportSource>[1]> = {}): ExportSource {
  return new ExportSource(at.context, { source: 'crm', folder: at.drop, profile: CONTACTS, ...options });
}

function rows(from: number, to: number, notes = 'ok'): string {
  let text = '';
  for (let i = from; i <= to; i += 1) text += `C-${i},p${i}@example.com,CO-${i % 7},${notes}\r\n`;
  return text;
}

async function first(at: Bench, text: string): Promise<Checkpoint> {
  at.put('2026-03-01T0900/contacts.csv', text);
  const { checkpoint } = await readAll(source(at).snapshot('contact', null, signal));
  if (checkpoint === null) throw new Error('no page');
  return checkpoint;
}

describe('SCO-S2 snapshot and changes of exports', () => {
  it('gives every row of the first export, with counts on the first and last page', async () => {
    const at = bench();
    at.put('2026-03-01T0900/contacts.csv', HEADER + rows(1, 1_234));
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
    const since = await first(at, HEADER + rows(1, 100));
    expect((await readAll(source(at).changes('contact', since, signal))).pages).toEqual([]);
    at.put('2026-03-02T0900/contacts.csv', `${HEADER}${rows(1, 98)}C-99,new@example.com,CO-1,ok\r\n${rows(101, 102)}`);
    const { records, checkpoint } = await readAll(source(at).changes('contact', since, signal));
    expect(records.map(({ id, op }) => `${op} ${id}`)).toEqual([
      'UPSERT C-99',
      'UPSERT C-101',
      'UPSERT C-102',
      'DELETE C-100',
    ]);
    expect((await readAll(source(at).changes('contact', checkpoint ?? {}, signal))).pages).toEqual([]);
  });
});
