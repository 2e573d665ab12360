import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROWS_FILE } from '../../sandbox/quickstart/dataverse.ts';
import { quickstartFolder } from '../../sandbox/quickstart/folder.ts';
import { recountQuickstart } from '../../sandbox/quickstart/recount/quickstart.ts';
import type { Account } from '../../sandbox/quickstart/recount/recount.ts';

const root = join(import.meta.dirname, '..', '..');
const LOAD_MS = 300_000;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

let home: string;
let ended: Ended;

function run(program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(root, program), ...args],
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

const folder = () => quickstartFolder({ CHANGEOVER_QUICKSTART_ROOT: home });
const told = () => JSON.parse(ended.out.trimEnd().split('\n').at(-1) ?? '') as Account;
const recount = (account: Account = told()) => recountQuickstart(folder(), account).differences.join('\n');

/** Changes a file that the recount reads, recounts, and puts it back. */
function recountAfter(file: string, tamper: (file: string) => void): string {
  copyFileSync(file, `${file}.kept`);
  try {
    tamper(file);
    return recount();
  } finally {
    renameSync(`${file}.kept`, file);
    for (const side of [`${file}-wal`, `${file}-shm`]) rmSync(side, { force: true });
  }
}

function inWorkspace(sql: string): string {
  const file = folder().sandboxStore;
  const before = new Database(file);
  before.pragma('wal_checkpoint(TRUNCATE)');
  before.close();
  return recountAfter(file, () => {
    const store = new Database(file);
    store.exec(sql);
    store.close();
  });
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'changeover-dataverse-'));
  const options = ['--source', 'dataverse', '--once', '--json', '--limit', '0', '--size', '0.04'];
  ended = await run('sandbox/quickstart/main.ts', options);
}, LOAD_MS);

afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('the quickstart of OPEX 365 CRM, from rows of the environment to the workspace', () => {
  test('ends well though people worked in it during the load, and says so in its last line', () => {
    expect(ended.code, ended.errors).toBe(0);
    expect(ended.errors).not.toMatch(/\[[A-Z]+_[A-Z_]+\]/);
    expect(told()).toMatchObject({ residue: 0 });
    const rows = readFileSync(join(folder().path, ROWS_FILE), 'utf8');
    // Nine of the sixty deeds made a contact each.
    expect(rows.match(/"lastname":"Person \d+"/g)).toHaveLength(9);
  });

  test('ALL-3: every record of every table is in exactly one place', () => {
    const objects = Object.entries(told().objects);
    expect(objects).toHaveLength(14);
    for (const [object, one] of objects) {
      expect(one.applied + one.merged + one.held + one.excluded, object).toBe(one.source);
      expect([one.onTheWay, one.deadLettered, one.residue], object).toEqual([0, 0, 0]);
      expect(one.applied, object).toBeGreaterThan(0);
    }
    expect(told().objects.contact?.held).toBeGreaterThan(0);
    expect(told().objects.lead?.merged).toBeGreaterThan(0);
  });

  test('a recount from the environment’s rows and the workspace alone agrees', async () => {
    const again = await run('sandbox/quickstart/recount.ts', []);
    expect(again.out).toContain('The account agrees with the source and the workspace.');
    expect(again.code).toBe(0);
  });
});

const FIRST = (object: string) =>
  `(SELECT id FROM records WHERE object = '${object}' AND deletedAt IS NULL AND json_array_length(data, '$.sourceKeys') = 1 ORDER BY id LIMIT 1)`;

describe('the recount of OPEX 365 CRM finds', () => {
  test.each([
    [
      'a person that is gone',
      `DELETE FROM records WHERE id = ${FIRST('person')}`,
      /is missing, and nothing in the environment says why/,
    ],
    [
      'another amount',
      `UPDATE records SET data = json_set(data, '$.amount.amountMicros', 1) WHERE id = ${FIRST('opportunity')}`,
      /amount\.amountMicros is "1"/,
    ],
    [
      'another stage',
      `UPDATE records SET data = json_set(data, '$.stage', 'NONE') WHERE id = ${FIRST('opportunity')}`,
      /stage is "NONE"/,
    ],
    [
      'a project without its account',
      `UPDATE records SET data = json_set(data, '$.companyId', NULL) WHERE id = ${FIRST('project')}`,
      /companyId is null, and by the environment/,
    ],
    ['tasks without their targets', "DELETE FROM records WHERE object = 'taskTarget'", /has no target that points at/],
    [
      'a row that no record stands behind',
      `UPDATE records SET data = json_set(data, '$.sourceKeys', NULL) WHERE id = ${FIRST('company')}`,
      /belongs to no record/,
    ],
  ])('%s', (_what, sql, says) => {
    expect(recount()).toBe('');
    expect(inWorkspace(sql)).toMatch(says);
  });

  test('a row of the environment that came to nobody', () => {
    const id = '00000000-0000-4000-8000-00000000000a';
    const line = JSON.stringify({ table: 'product', id, values: { name: 'Forgotten', productnumber: 'X' } });
    const found = recountAfter(join(folder().path, ROWS_FILE), (file) =>
      writeFileSync(file, `${readFileSync(file, 'utf8')}${line}\n`),
    );
    expect(found).toContain(`product ${id} is missing`);
  });

  test.each(['applied', 'merged', 'held', 'source', 'excluded'] as const)(
    'an account that says one more %s',
    (what) => {
      const { contact } = told().objects;
      if (contact === undefined) throw new Error('no contacts');
      const wrong = { ...told(), objects: { ...told().objects, contact: { ...contact, [what]: contact[what] + 1 } } };
      expect(recount(wrong)).toMatch(/contact: the account says/);
    },
  );
});
