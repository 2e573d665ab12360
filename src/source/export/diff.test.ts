import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_STEPS } from '../../core/ports.ts';
import type { SourceRecord } from '../connector.ts';
import { failure, stage } from '../delimited/testing.ts';
import { buildPlan } from './fingerprints.ts';
import { bench, CONTACTS, HEADER, last, readAll, rows, signal, source } from './testing.ts';

type Table = ReadonlyMap<string, readonly string[]>;

const COLUMNS = ['Email', 'Company ID', 'Notes', 'Ünvan'];
const UNLIMITED = { limits: { deleteShare: 1 } };

const cell = fc.string({ unit: fc.constantFrom('a', 'b', 'ş', '"', ',', '\n', ' ', 'é', '0'), maxLength: 5 });
const row = fc.array(cell, { minLength: COLUMNS.length, maxLength: COLUMNS.length });
const id = fc.integer({ min: 1, max: 25 }).map((number) => `C-${number}`);
const table: fc.Arbitrary<Table> = fc
  .array(fc.tuple(id, row), { minLength: 1, maxLength: 25 })
  .map((entries) => new Map(entries));
/** How a file is shuffled: sort keys for rows and for columns. */
const shuffle = fc.record({
  rows: fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
  columns: fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
});

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function toCsv(
  lines: readonly (readonly string[])[],
  order: { readonly rows: readonly number[]; readonly columns: readonly number[] },
): string {
  const shuffled = [...lines.entries()]
    .sort(([a], [b]) => (order.rows[a] ?? 0) - (order.rows[b] ?? 0) || a - b)
    .map(([, line]) => line);
  const places = [...Array(COLUMNS.length + 1).keys()].sort(
    (a, b) => (order.columns[a] ?? 0) - (order.columns[b] ?? 0) || a - b,
  );
  return [['Contact ID', ...COLUMNS], ...shuffled]
    .map((line) => places.map((place) => quoted(line[place] ?? '')).join(','))
    .join('\n');
}

function linesOf(of: Table): string[][] {
  return [...of].map(([key, cells]) => [key, ...cells]);
}

/** What stands downstream after the records, as text that does not depend on the order of fields. */
function apply(state: Map<string, string>, records: readonly SourceRecord[]): Map<string, string> {
  for (const { id: key, op, after } of records) {
    if (op === 'DELETE') state.delete(key);
    else state.set(key, JSON.stringify(['Contact ID', ...COLUMNS].map((name) => after?.[name])));
  }
  return state;
}

function expected(of: Table): Map<string, string> {
  return new Map(linesOf(of).map((line) => [line[0] ?? '', JSON.stringify(line)]));
}

function sorted(state: ReadonlyMap<string, string>): [string, string][] {
  return [...state].sort();
}

async function readBoth(
  one: string,
  two: string,
): Promise<{ first: readonly SourceRecord[]; second: readonly SourceRecord[] }> {
  const at = bench();
  at.put('2026-03-01/contacts.csv', one);
  const first = await readAll(source(at, UNLIMITED).snapshot('contact', null, signal));
  at.put('2026-03-02/contacts.csv', two);
  const second = await readAll(source(at, UNLIMITED).changes('contact', last(first), signal));
  return { first: first.records, second: second.records };
}

describe('SCO-S2 the difference of two exports', () => {
  it('applied to the first gives the second, and tells nothing that did not change', async () => {
    await fc.assert(
      fc.asyncProperty(table, table, shuffle, shuffle, async (one, two, a, b) => {
        const { first, second } = await readBoth(toCsv(linesOf(one), a), toCsv(linesOf(two), b));
        const state = apply(new Map(), first);
        expect(sorted(state)).toEqual(sorted(expected(one)));
        const before = new Map(state);
        expect(sorted(apply(state, second))).toEqual(sorted(expected(two)));
        for (const { id: key, op } of second) {
          if (op === 'UPSERT') expect(before.get(key)).not.toBe(state.get(key));
          else expect(before.has(key)).toBe(true);
        }
        expect(new Set(second.map((record) => record.id)).size).toBe(second.length);
      }),
      { numRuns: 60 },
    );
  });

  it('is the same under any order of rows and columns', async () => {
    await fc.assert(
      fc.asyncProperty(table, shuffle, shuffle, async (one, a, b) => {
        const { second } = await readBoth(toCsv(linesOf(one), a), toCsv(linesOf(one), b));
        expect(second).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('believes no row of an id that stands twice, whichever comes first, and never deletes it', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        table,
        fc.array(fc.tuple(id, row), { minLength: 1, maxLength: 5 }),
        shuffle,
        shuffle,
        async (one, two, extra, a, b) => {
          const doubled = new Set(extra.map(([key]) => key));
          const lines = [...linesOf(two), ...extra.map(([key, cells]) => [key, ...cells])];
          const counts = new Map<string, number>();
          for (const [key = ''] of lines) counts.set(key, (counts.get(key) ?? 0) + 1);
          const twice = new Set([...counts].filter(([, count]) => count > 1).map(([key]) => key));
          const results = await Promise.all(
            [a, b].map((order) => readBoth(toCsv(linesOf(one), a), toCsv(lines, order))),
          );
          for (const { second } of results) {
            // Deletes wait, as rows were rejected.
            if (twice.size > 0) expect(second.filter(({ op }) => op === 'DELETE')).toEqual([]);
            expect(second.filter((record) => twice.has(record.id))).toEqual([]);
          }
          const tell = (records: readonly SourceRecord[]): string[] =>
            records.map((record) => JSON.stringify([record.id, record.op, sorted(apply(new Map(), [record]))])).sort();
          expect(tell(results[0]?.second ?? [])).toEqual(tell(results[1]?.second ?? []));
          expect(doubled.size).toBeGreaterThan(0);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('takes composed and decomposed letters as the same', async () => {
    const { second } = await readBoth('Contact ID,Email\nÉ1,Ayşe\n', 'Contact ID,Email\nE\u03011,Ays\u0327e\n');
    expect(second).toEqual([]);
  });

  it('tells cells apart that only look alike when joined', async () => {
    const { second } = await readBoth('Contact ID,Email,Notes\n1,"a,b",c\n', 'Contact ID,Email,Notes\n1,a,"b,c"\n');
    expect(second).toHaveLength(1);
  });
});

describe('a disk that fills up during the comparison', () => {
  it('is told as such, and leaves no half comparison', async () => {
    const [object] = CONTACTS.objects;
    if (object === undefined) throw new Error('no profile');
    const path = join(mkdtempSync(join(tmpdir(), 'changeover-plan-')), 'x.full.plan');
    const input = {
      path,
      staged: await stage(HEADER + rows(1, 20_000)),
      profile: CONTACTS,
      object,
      waived: new Set<string>(),
      expectedColumns: new Set<string>(),
      expectedRows: null,
      lineEndExpected: false,
      longestCell: 1_000,
      steps: NO_STEPS,
      signal,
      exportId: 'x',
      fileSignature: 'y',
      set: 'z',
      takenAt: null,
      base: null,
      knownIds: null,
    };
    const error = await failure(buildPlan({ ...input, largestPages: 60 }));
    expect([error.code, error.retry]).toEqual(['WORK_FOLDER_FULL', 'later']);
    expect(await buildPlan(input)).toMatchObject({ rows: 20_000, upserts: 20_000 });
  });
});
