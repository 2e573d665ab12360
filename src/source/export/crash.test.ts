import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Checkpoint, Page } from '../connector.ts';
import { type Bench, bench, changes, HEADER, last, load, put, readAll, rows, signal, source } from './testing.ts';

describe('after a crash', () => {
  const first = HEADER + rows(1, 2_600);
  const second = HEADER + rows(1, 600) + rows(601, 2_500, 'changed') + rows(2_601, 2_700);

  /** Reads on from each checkpoint for so many pages, as a process does that dies after every few. */
  async function inPieces(at: Bench, since: Checkpoint | null, pagesEach: number): Promise<Page[]> {
    const pages: Page[] = [];
    for (let checkpoint = since; ; ) {
      let taken = 0;
      const one = source(at);
      const reading =
        checkpoint === null ? one.snapshot('contact', null, signal) : one.changes('contact', checkpoint, signal);
      for await (const page of reading) {
        pages.push(page);
        checkpoint = page.checkpoint;
        taken += 1;
        if (taken === pagesEach) break;
      }
      if (taken < pagesEach) return pages;
    }
  }

  it.each([1, 2, 3])(
    'goes on after the last page, without losing or repeating one: after every %i pages',
    async (pagesEach) => {
      const at = bench();
      put(at, 1, first);
      const whole = await inPieces(at, null, pagesEach);
      expect(whole.flatMap((page) => page.records).map(({ id }) => id)).toEqual(
        Array.from({ length: 2_600 }, (_, i) => `C-${i + 1}`),
      );
      put(at, 2, second);
      const delta = await inPieces(at, whole.at(-1)?.checkpoint ?? null, pagesEach);
      const got = delta.flatMap((page) => page.records).map(({ op, id }) => `${op} ${id}`);
      const upserts = [
        ...Array.from({ length: 1_900 }, (_, i) => i + 601),
        ...Array.from({ length: 100 }, (_, i) => i + 2_601),
      ].map((i) => `UPSERT C-${i}`);
      const deletes = Array.from({ length: 100 }, (_, i) => `DELETE C-${i + 2_501}`);
      expect(got).toEqual([...upserts, ...deletes.sort()]);
      expect(delta.filter((page) => page.begins !== undefined)).toHaveLength(1);
      expect(delta.filter((page) => page.ends !== undefined)).toHaveLength(1);
    },
  );

  it('uses the comparison that was made before it', async () => {
    let diffs = 0;
    const at = bench({
      reached: (step) => {
        if (step === 'diff') diffs += 1;
      },
    });
    put(at, 1, first);
    for await (const page of source(at).snapshot('contact', null, signal)) if (page.records.length > 0) break;
    const once = diffs;
    expect(once).toBeGreaterThan(0);
    await readAll(source(at).snapshot('contact', null, signal));
    expect(diffs).toBe(once);
  });

  it('makes the comparison again where it died in the middle of it', async () => {
    let dies = true;
    const at = bench({
      reached: () => {
        if (dies) throw new Error('killed');
      },
    });
    put(at, 1, first);
    await expect(readAll(source(at).snapshot('contact', null, signal))).rejects.toThrow();
    dies = false;
    expect((await readAll(source(at).snapshot('contact', null, signal))).records).toHaveLength(2_600);
  });

  it('finishes the export that it was in the middle of, though a newer one is there, and then reads that', async () => {
    const at = bench();
    put(at, 1, first);
    const since = last(await readAll(source(at).snapshot('contact', null, signal)));
    put(at, 2, second);
    let middle: Checkpoint | null = null;
    for await (const page of source(at).changes('contact', since, signal)) {
      middle = page.checkpoint;
      break;
    }
    rmSync(join(at.drop, '2026-03-02T0900'), { recursive: true });
    put(at, 3, first);
    const { records } = await changes(at, middle ?? {});
    const state = new Map<string, string>();
    for (const { id, op, after } of records) state.set(id, op === 'DELETE' ? op : String(after?.Notes));
    expect(state.get('C-601')).toBe('ok');
    expect(state.get('C-2550')).toBe('ok');
    expect(state.get('C-2650')).toBe('DELETE');
  });
});

describe('fingerprints that were lost', () => {
  it('make the next read a full one, with the deletes that somebody else can tell', async () => {
    const at = bench();
    const since = await load(at, HEADER + rows(1, 100));
    rmSync(at.context.workFolder, { recursive: true });
    put(at, 2, HEADER + rows(2, 101));
    const blind = await changes(at, since);
    expect(blind.records).toHaveLength(100);
    rmSync(at.context.workFolder, { recursive: true });
    const knownIds = async function* (): AsyncGenerator<string> {
      for (let i = 1; i <= 100; i += 1) yield `C-${i}`;
    };
    const knowing = await changes(at, since, { knownIds });
    expect(knowing.records).toHaveLength(101);
    expect(knowing.records.at(-1)).toMatchObject({ op: 'DELETE', id: 'C-1' });
  });

  it('in the middle of an export mean that it is read anew', async () => {
    const at = bench();
    put(at, 1, HEADER + rows(1, 1_200));
    let middle: Checkpoint = {};
    for await (const page of source(at).snapshot('contact', null, signal)) {
      middle = page.checkpoint;
      break;
    }
    rmSync(at.context.workFolder, { recursive: true });
    expect((await readAll(source(at).snapshot('contact', middle, signal))).records).toHaveLength(1_200);
  });
});
