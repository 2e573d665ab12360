import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quickstartFolder } from '../../sandbox/quickstart/folder.ts';
import type { Account } from '../../sandbox/quickstart/recount/recount.ts';

const root = join(import.meta.dirname, '..', '..');
const LOAD_MS = 300_000;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** The sample is small; every object of the default mapping is in it. */
function start(source: string, home: string): Promise<Ended> {
  const program = join(root, 'sandbox/quickstart/main.ts');
  const args = ['--source', source, '--once', '--json', '--limit', '0', '--size', '0.03'];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', program, ...args],
      {
        env: {
          ...process.env,
          NODE_COMPILE_CACHE: join(root, '.cache', 'compiled'),
          CHANGEOVER_QUICKSTART_ROOT: home,
          INIT_CWD: home,
        },
        maxBuffer: 64 * 1024 * 1024,
        timeout: LOAD_MS,
      },
      (error, out, errors) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, errors }),
    );
  });
}

/** Rows of the workspace by the object that their own record is of: what stands there, whatever the account says. */
function rowsByObject(home: string): ReadonlyMap<string, number> {
  const store = new Database(quickstartFolder({ CHANGEOVER_QUICKSTART_ROOT: home }).sandboxStore, { readonly: true });
  try {
    const rows = store
      .prepare(
        "SELECT json_extract(data, '$.sourceKey') AS key FROM records WHERE deletedAt IS NULL AND json_extract(data, '$.sourceKey') IS NOT NULL",
      )
      .all() as readonly { readonly key: string }[];
    const counts = new Map<string, number>();
    for (const { key } of rows) {
      // Children and placeholders are no records of the source.
      if (key.includes('>') || key.includes('~placeholder') || key === '') continue;
      const object = key.split('/')[1] ?? '';
      counts.set(object, (counts.get(object) ?? 0) + 1);
    }
    return counts;
  } finally {
    store.close();
  }
}

describe.each([
  { source: 'kinabase', objects: ['companies', 'people', 'deals', 'projects', 'interactions', 'tickets'] },
  { source: 'dinamik', objects: ['company', 'contact', 'deal', 'invoice', 'ticketMessage', 'machine'] },
])('the quickstart of $source', ({ source, objects }) => {
  let home: string;
  let ended: Ended;
  const told = () => JSON.parse(ended.out.trimEnd().split('\n').at(-1) ?? '') as Account;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), `changeover-${source}-`));
    ended = await start(source, home);
  }, LOAD_MS);
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test('ends well with its default mapping, and every record of every object is accounted for', () => {
    expect(ended.code, ended.errors).toBe(0);
    expect(told()).toMatchObject({ residue: 0 });
    for (const object of objects) expect(told().objects[object]?.applied, object).toBeGreaterThan(0);
  });

  test('has a row in the workspace for every record that its account calls applied, and others only of records that are held', () => {
    const rows = rowsByObject(home);
    for (const [object, { applied, held }] of Object.entries(told().objects)) {
      // A record that was applied and is held for its newest event has its row all the same.
      expect(rows.get(object) ?? 0, object).toBeGreaterThanOrEqual(applied);
      expect(rows.get(object) ?? 0, object).toBeLessThanOrEqual(applied + held);
    }
  });
});
