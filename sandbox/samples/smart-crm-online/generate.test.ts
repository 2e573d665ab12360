import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETS, SYNCED, sample, writeSample } from './generate.ts';
import { SHAPES } from './tables.ts';
import { OVER_LONG_STAGE, OWNERS, SUBSTITUTED_OWNER, WAIVED_OWNER } from './words.ts';

const FOLDER = import.meta.dirname;
const { exports, files, summary } = sample();

describe('the sample of Smart CRM Online', () => {
  it('is what the generator writes, byte by byte', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sample-'));
    try {
      writeSample(folder);
      for (const path of files.keys()) {
        const written = await readFile(join(folder, path));
        expect(
          written.equals(await readFile(join(FOLDER, path))),
          `${path} differs: run generate.ts and commit its output`,
        ).toBe(true);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('stays small enough for a repository', () => {
    const bytes = [...files.keys()].reduce((sum, path) => sum + statSync(join(FOLDER, path)).size, 0);
    expect(bytes).toBeLessThan(6_000_000);
  });

  it('has the size of a small firm', () => {
    const first = Object.fromEntries(Object.entries(summary.rows).map(([table, [count]]) => [table, count]));
    expect(first).toEqual({
      company: 500,
      contact: 3000,
      deal: 1500,
      call: 2400,
      email: 2500,
      meeting: 1000,
      note: 2100,
      stage: 12,
      tag: 10,
      owner: 11,
    });
  });

  it('changes about 3 in 100 rows, and deletes fewer than would make anybody ask', () => {
    for (const table of SYNCED) {
      const { changed, removed } = summary.differences[table];
      const [before] = summary.rows[table];
      expect(changed.length / before).toBeGreaterThan(0.025);
      expect(changed.length / before).toBeLessThan(0.045);
      expect(removed.length / before).toBeLessThan(0.01);
    }
    expect(SYNCED.filter((table) => summary.differences[table].removed.length > 0)).toEqual([
      'contact',
      'deal',
      'call',
      'email',
      'meeting',
      'note',
    ]);
  });

  it('knows twelve owners, two of whom are no members', () => {
    const used = new Set<string>();
    for (const table of SYNCED) {
      for (const row of exports[0][table].values()) used.add(row.Owner ?? row.Author ?? row.Sorumlu ?? '');
    }
    expect([...used].sort()).toEqual(OWNERS.map(({ email }) => email).sort());
    expect(OWNERS.filter(({ member }) => !member).map(({ email }) => email)).toEqual([SUBSTITUTED_OWNER, WAIVED_OWNER]);
  });

  it('holds the awkward values that real exports have', () => {
    const texts = (table: keyof typeof SHAPES) => [...exports[0][table].values()].flatMap((row) => Object.values(row));
    expect(OVER_LONG_STAGE.length).toBeGreaterThan(63);
    expect(texts('deal')).toContain(OVER_LONG_STAGE);
    expect(texts('note').some((text) => text.includes('\n') && text.includes(';'))).toBe(true);
    expect(texts('note').some((text) => text.startsWith('=SUM('))).toBe(true);
    expect(texts('note').some((text) => text.includes('😀'))).toBe(true);
    expect(texts('contact').some((text) => text.startsWith('0532 '))).toBe(true);
    expect([...exports[0].company.values()].some((row) => row['Vergi No']?.startsWith('00'))).toBe(true);
    const emails = [...exports[0].contact.values()]
      .map((row) => (row.Email ?? '').toLowerCase())
      .filter((email) => email !== '');
    expect(emails.length - new Set(emails).size).toBe(25);
    const meetings = readFileSync(join(FOLDER, SETS[0].folder, SHAPES.meeting.file));
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(meetings)).toThrow();
    expect(new TextDecoder('windows-1254').decode(meetings)).toContain('Katılımcılar');
  });

  it('has a column that only archived rows use', () => {
    for (const row of exports[0].contact.values()) if (row['Old Loyalty No'] !== '') expect(row.Archived).toBe('Yes');
    expect([...exports[0].contact.values()].some((row) => row['Old Loyalty No'] !== '')).toBe(true);
  });

  it('names companies that become real in the second export', () => {
    const named = new Set(
      [...exports[0].contact.values()].filter((row) => row['Company ID'] === '').map((row) => row['Company Name']),
    );
    const before = new Set([...exports[0].company.values()].map((row) => row['Company Name']));
    const appeared = [...exports[1].company.values()]
      .map((row) => row['Company Name'] ?? '')
      .filter((name) => !before.has(name));
    expect(appeared).toHaveLength(6);
    for (const name of appeared) expect(named).toContain(name);
  });
});
