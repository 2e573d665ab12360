import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quickstartFolder, SECOND_EXPORT } from '../../sandbox/quickstart/folder.ts';
import { recountQuickstart } from '../../sandbox/quickstart/recount/quickstart.ts';
import { FILES, OBJECTS } from '../../sandbox/quickstart/recount/raw.ts';
import type { Account } from '../../sandbox/quickstart/recount/recount.ts';
import { startTwentySandbox, type TwentySandbox } from '../../sandbox/twenty/index.ts';

const root = join(import.meta.dirname, '..', '..');
const LOAD_MS = 600_000;

interface Manifest {
  readonly files: readonly { readonly path: string; readonly rows: number }[];
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

let home: string;
let quickstart: string;
let ended: Ended;
/** The environment names it, as a developer's shell may; nobody asked for it. */
let bystander: TwentySandbox;

function run(program: string, args: readonly string[], input?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(root, program), ...args],
      {
        env: {
          ...process.env,
          NODE_COMPILE_CACHE: join(root, '.cache', 'compiled'),
          CHANGEOVER_QUICKSTART_ROOT: home,
          INIT_CWD: home,
          TWENTY_URL: bystander.url,
          TWENTY_API_KEY: bystander.token,
        },
        maxBuffer: 64 * 1024 * 1024,
        timeout: LOAD_MS,
      },
      (error, out, errors) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, errors }),
    );
    child.stdin?.end(input ?? '');
  });
}

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1) ?? '';
const accountOf = (line: string) => JSON.parse(line) as Account;
const told = () => accountOf(lastLine(ended.out));
const recount = (account: Account) =>
  recountQuickstart(quickstartFolder({ CHANGEOVER_QUICKSTART_ROOT: home }), account).differences;

/** Changes the workspace behind everybody's back, recounts, and puts it back as it was. */
function recountAfter(tamper: (store: Database.Database) => void): readonly string[] {
  const file = join(quickstart, 'twenty.sqlite');
  const store = new Database(file);
  store.pragma('wal_checkpoint(TRUNCATE)');
  copyFileSync(file, `${file}.kept`);
  try {
    tamper(store);
  } finally {
    store.close();
  }
  try {
    return recount(told());
  } finally {
    for (const name of [file, `${file}-wal`, `${file}-shm`]) rmSync(name, { force: true });
    renameSync(`${file}.kept`, file);
  }
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'changeover-quickstart-'));
  bystander = await startTwentySandbox();
  quickstart = join(home, '.changeover', 'quickstart');
  ended = await run('sandbox/quickstart/main.ts', ['--once', '--json', '--limit', '0']);
}, LOAD_MS);

afterAll(async () => {
  await bystander.close();
  rmSync(home, { recursive: true, force: true });
});

describe('the quickstart, from raw files to the workspace', () => {
  test('ends well, and says so in its last line', () => {
    expect(ended.errors).not.toMatch(/\[[A-Z]+_[A-Z_]+\]/);
    expect(ended.code, ended.errors).toBe(0);
    expect(accountOf(lastLine(ended.out))).toMatchObject({ residue: 0 });
    expect(readFileSync(join(quickstart, 'account.json'), 'utf8').trim()).toBe(lastLine(ended.out));
  });

  test('leaves a real workspace alone that the environment happens to name', () => {
    expect(bystander.calls()).toEqual([]);
  });

  test('ALL-3: every record of every object is in exactly one place', () => {
    const { objects } = accountOf(lastLine(ended.out));
    expect(Object.keys(objects).sort()).toEqual(['call', 'company', 'contact', 'deal', 'email', 'meeting', 'note']);
    for (const [object, one] of Object.entries(objects)) {
      expect(one.applied + one.merged + one.held + one.deadLettered + one.excluded, object).toBe(one.source);
      expect(one.onTheWay, object).toBe(0);
      expect(one.residue, object).toBe(0);
    }
    const { files } = JSON.parse(
      readFileSync(join(quickstart, 'exports', SECOND_EXPORT, 'manifest.json'), 'utf8'),
    ) as Manifest;
    for (const object of OBJECTS)
      expect(objects[object]?.source, object).toBe(files.find((one) => one.path === FILES[object].file)?.rows);
    // What is held is held for the waived owner or for want of a parent; nothing of the sample is refused.
    expect(Object.values(objects).every((one) => one.deadLettered === 0 && one.excluded === 0)).toBe(true);
    expect(objects.contact?.merged).toBeGreaterThan(0);
    expect(objects.company?.held).toBeGreaterThan(0);
  });

  test('a recount from the raw files and the workspace alone agrees', async () => {
    const again = await run('sandbox/quickstart/recount.ts', []);
    expect(again.out).toContain('The account agrees with the source and the workspace.');
    expect(again.code).toBe(0);
  }, 120_000);
});

describe('the recount finds', () => {
  const first = (store: Database.Database, object: string) =>
    store
      .prepare<[string], { id: string; data: string }>(
        "SELECT id, data FROM records WHERE object = ? AND deletedAt IS NULL AND json_array_length(data, '$.sourceKeys') = 1 ORDER BY id",
      )
      .get(object) ?? { id: '', data: '{}' };
  const change = (path: string, value: string) => (store: Database.Database, object: string) =>
    store
      .prepare(`UPDATE records SET data = json_set(data, '$.${path}', json(?)) WHERE id = ?`)
      .run(value, first(store, object).id);

  test.each([
    [
      'a record that is gone',
      /is missing, and nothing in the files says why/,
      (store: Database.Database) =>
        store.prepare('DELETE FROM records WHERE id = ?').run(first(store, 'opportunity').id),
    ],
    [
      'a record that was deleted softly',
      /is missing, and nothing in the files says why/,
      (store: Database.Database) =>
        store
          .prepare("UPDATE records SET deletedAt = '2026-03-10T00:00:00.000Z' WHERE id = ?")
          .run(first(store, 'person').id),
    ],
    [
      'a record that is there twice',
      /stands in 2 places: it is doubled/,
      (store: Database.Database) => {
        const { data } = first(store, 'company');
        const id = '00000000-0000-4000-8000-000000000001';
        store
          .prepare(
            "INSERT INTO records (object, id, createdAt, updatedAt, deletedAt, data) VALUES ('company', ?, '', '', NULL, json_set(?, '$.id', ?))",
          )
          .run(id, data, id);
      },
    ],
    [
      'another name',
      /name\.lastName is "Nobody"/,
      (store: Database.Database) => change('name.lastName', '"Nobody"')(store, 'person'),
    ],
    [
      'another address',
      /emails\.primaryEmail is "x@y\.example"/,
      (store: Database.Database) => change('emails.primaryEmail', '"x@y.example"')(store, 'person'),
    ],
    [
      'another amount',
      /amount\.amountMicros is "1"/,
      (store: Database.Database) => change('amount.amountMicros', '1')(store, 'opportunity'),
    ],
    [
      'a deal of another company',
      /companyId is .*, and by the files/,
      (store: Database.Database) =>
        change('companyId', JSON.stringify(first(store, 'company').id))(store, 'opportunity'),
    ],
    [
      'tasks without their target',
      /has no target/,
      (store: Database.Database) =>
        store.prepare("DELETE FROM records WHERE object = 'taskTarget' AND id = ?").run(first(store, 'taskTarget').id),
    ],
    [
      'a row that no record stands behind',
      /belongs to no record/,
      (store: Database.Database) => change('sourceKeys', 'null')(store, 'note'),
    ],
  ])(
    '%s',
    (_what, says, tamper) => {
      expect(recount(told())).toEqual([]);
      expect(recountAfter(tamper).join('\n')).toMatch(says);
    },
    120_000,
  );

  test.each(['applied', 'merged', 'held', 'source', 'onTheWay'] as const)(
    'an account that says one more %s, and says so with its exit code',
    async (what) => {
      const { contact } = told().objects;
      if (contact === undefined) throw new Error('no contacts');
      const wrong = { ...told(), objects: { ...told().objects, contact: { ...contact, [what]: contact[what] + 1 } } };
      expect(recount(wrong).join('\n')).toMatch(/contact: the account says/);
      if (what !== 'held') return;
      const found = await run('sandbox/quickstart/recount.ts', ['--account', '-'], JSON.stringify(wrong));
      expect(found.out).toMatch(/DIFFERS contact: the account says/);
      expect(found.code).toBe(1);
    },
    120_000,
  );
});
