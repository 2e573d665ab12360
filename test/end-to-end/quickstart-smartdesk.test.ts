import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quickstartFolder } from '../../sandbox/quickstart/folder.ts';
import { recountQuickstart } from '../../sandbox/quickstart/recount/quickstart.ts';
import type { Account } from '../../sandbox/quickstart/recount/recount.ts';

const root = join(import.meta.dirname, '..', '..');
const LOAD_MS = 300_000;

let home: string;
let ended: { readonly code: number; readonly out: string; readonly errors: string };

const folder = () => quickstartFolder({ CHANGEOVER_QUICKSTART_ROOT: home });
const told = () => JSON.parse(ended.out.trimEnd().split('\n').at(-1) ?? '') as Account;
const recount = (account: Account = told()) => recountQuickstart(folder(), account).differences.join('\n');

function change(sql: string): void {
  const store = new Database(folder().sandboxStore);
  store.exec(sql);
  store.close();
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'changeover-smartdesk-'));
  ended = await new Promise((resolve) => {
    execFile(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(root, 'sandbox/quickstart/main.ts'),
        ...['--source', 'smartdesk', '--once', '--json', '--limit', '0', '--size', '0.05'],
      ],
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
}, LOAD_MS);
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('the quickstart of SmartDesk', () => {
  test('ends well though the second export has other headers and another code page, and a recount agrees', () => {
    expect(ended.code, ended.errors).toBe(0);
    expect(told()).toMatchObject({ residue: 0 });
    expect(Object.keys(told().objects)).toHaveLength(12);
    expect(told().objects.lead?.merged).toBeGreaterThan(0);
    expect(told().objects.contact?.source).toBe(95);
    expect(recount()).toBe('');
  });

  test('the recount finds an account that says too much, and a record that is gone', () => {
    const { contact } = told().objects;
    if (contact === undefined) throw new Error('no contacts');
    const wrong = { ...told(), objects: { ...told().objects, contact: { ...contact, applied: contact.applied + 1 } } };
    expect(recount(wrong)).toMatch(/contact: the account says/);
    change(
      "DELETE FROM records WHERE id = (SELECT id FROM records WHERE object = 'person' AND deletedAt IS NULL AND json_array_length(data, '$.sourceKeys') = 1 ORDER BY id LIMIT 1)",
    );
    expect(recount()).toMatch(/is missing, and nothing in the export says why/);
  });
});
