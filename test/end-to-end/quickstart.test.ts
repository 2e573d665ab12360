import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quickstartFolder, SECOND_EXPORT } from '../../sandbox/quickstart/folder.ts';
import { recountQuickstart } from '../../sandbox/quickstart/recount/quickstart.ts';
import { FILES, OBJECTS, type RawRow, readExport } from '../../sandbox/quickstart/recount/raw.ts';
import type { Account } from '../../sandbox/quickstart/recount/recount.ts';
import { SUBSTITUTED_OWNER, WAIVED_OWNER } from '../../sandbox/samples/smart-crm-online/words.ts';
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

  test('it compares owner, stage, dates, amounts and tags of every row, and says of how many', () => {
    const { compared, objects } = recountQuickstart(quickstartFolder({ CHANGEOVER_QUICKSTART_ROOT: home }), told());
    const dates = ['createdAt', 'originalModifiedAt'];
    const fields: Readonly<Record<string, readonly string[]>> = {
      company: [
        'accountOwnerId',
        'annualRevenue.amountMicros',
        'annualRevenue.currencyCode',
        'tags',
        'topics',
        ...dates,
      ],
      contact: ['ownerId', 'birthday', 'tags', 'topics', ...dates],
      deal: ['ownerId', 'pipeline', 'stage', 'probability', 'closeDate', 'amount.amountMicros', 'amount.currencyCode'],
      call: ['assigneeId', 'dueAt', ...dates],
      email: ['assigneeId', 'dueAt', 'createdAt'],
      meeting: ['assigneeId', 'dueAt', 'startsAt', 'endsAt', ...dates],
      note: ['authorId', ...dates],
    };
    for (const [object, names] of Object.entries(fields)) {
      const applied = objects[object]?.applied ?? Number.NaN;
      expect(applied, object).toBeGreaterThan(0);
      // Records that must wait and show an earlier state are compared with that one, so there may be some more.
      for (const name of names) expect(compared[object]?.[name], `${object} ${name}`).toBeGreaterThanOrEqual(applied);
    }
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

  /** The first row of an object in which that is so. */
  const firstWhere = (store: Database.Database, object: string, condition: string) =>
    store
      .prepare<[string], { id: string }>(
        `SELECT id FROM records WHERE object = ? AND deletedAt IS NULL AND data ->> 'sourceChecksum' IS NOT NULL
         AND json_array_length(data, '$.sourceKeys') = 1 AND ${condition} ORDER BY id`,
      )
      .get(object)?.id ?? '';
  const put = (store: Database.Database, id: string, path: string, json: string) =>
    store.prepare(`UPDATE records SET data = json_set(data, '$.${path}', json(?)) WHERE id = ?`).run(json, id);
  const memberOf = (store: Database.Database, email: string) =>
    store
      .prepare<[string], { id: string }>(
        "SELECT id FROM records WHERE object = 'workspaceMember' AND data ->> 'userEmail' = ?",
      )
      .get(email)?.id ?? '';
  /** The rows of the newest export by id, as csv-parse reads them: what the expectations below are worked out from. */
  const rawDeals = () => readExport(join(quickstart, 'exports', SECOND_EXPORT)).deal;
  const dealRow = (store: Database.Database, wanted: (row: RawRow) => boolean): string => {
    const keys = [...rawDeals()].filter(([, row]) => wanted(row)).map(([id]) => `smart-crm-online/deal/${id}`);
    return firstWhere(store, 'opportunity', `data ->> 'sourceKey' IN (${keys.map((key) => `'${key}'`).join(', ')})`);
  };

  test.each<readonly [string, RegExp, (store: Database.Database) => unknown]>([
    [
      'another owner',
      /^deal D\d+ \(opportunity [0-9a-f-]{36}\): ownerId is "admin@bosphorus-trade\.example", and "oliver\.hughes@bosphorus-trade\.example" in the file$/,
      (store) =>
        put(
          store,
          dealRow(store, (row) => row.Owner === 'oliver.hughes@bosphorus-trade.example'),
          'ownerId',
          JSON.stringify(memberOf(store, 'admin@bosphorus-trade.example')),
        ),
    ],
    [
      'another owner in the place of one whom somebody stands in for',
      /^deal D\d+ \(opportunity .*\): ownerId is "george\.whitfield@.*", and "ayse\.yilmaz@bosphorus-trade\.example" in the file$/,
      (store) =>
        put(
          store,
          dealRow(store, (row) => row.Owner === SUBSTITUTED_OWNER),
          'ownerId',
          JSON.stringify(memberOf(store, 'george.whitfield@bosphorus-trade.example')),
        ),
    ],
    [
      'no owner',
      /^note N\d+ \(note .*\): authorId is null, and ".*@bosphorus-trade\.example" in the file$/,
      (store) => put(store, firstWhere(store, 'note', "data ->> 'authorId' IS NOT NULL"), 'authorId', 'null'),
    ],
    [
      'a deal of a waived owner that was written',
      /^deal D\d+ has a row that nothing explains: nobody stands for the owner rachel\.stone@/,
      (store) => {
        const id = '00000000-0000-4000-8000-000000000002';
        const [source] = [...rawDeals()].filter(
          ([deal, row]) =>
            row.Owner === WAIVED_OWNER &&
            firstWhere(store, 'opportunity', `data ->> 'sourceKey' = 'smart-crm-online/deal/${deal}'`) === '',
        );
        const key = `smart-crm-online/deal/${source?.[0]}`;
        store
          .prepare(
            "INSERT INTO records (object, id, createdAt, updatedAt, deletedAt, data) SELECT object, ?, '', '', NULL, json_set(data, '$.id', ?, '$.sourceKey', ?, '$.sourceKeys', json_array(?)) FROM records WHERE id = ?",
          )
          .run(
            id,
            id,
            key,
            key,
            dealRow(store, (row) => row.Owner !== WAIVED_OWNER),
          );
      },
    ],
    [
      'another stage',
      /^deal D\d+ \(opportunity .*\): stage is "LOST", and "NEW_BUSINESS_PROPOSAL_SENT" in the file$/,
      (store) =>
        put(
          store,
          dealRow(store, (row) => row.Pipeline === 'New Business' && row.Stage === 'Proposal sent'),
          'stage',
          '"LOST"',
        ),
    ],
    [
      'the stage of that name in the other pipeline',
      /^deal D\d+ \(opportunity .*\): stage is "NEW_BUSINESS_PROPOSAL_SENT", and "YENILEME_PROPOSAL_SENT" in the file$/,
      (store) =>
        put(
          store,
          dealRow(store, (row) => row.Pipeline === 'Yenileme' && row.Stage === 'Proposal sent'),
          'stage',
          '"NEW_BUSINESS_PROPOSAL_SENT"',
        ),
    ],
    [
      'a close date of another day',
      /^deal D\d+ \(opportunity .*\): closeDate is "2001-01-01T09:00:00\.000Z", and "20\d\d-\d\d-\d\dT09:00:00\.000Z" in the file$/,
      (store) =>
        put(
          store,
          dealRow(store, (row) => row['Close Date'] !== ''),
          'closeDate',
          '"2001-01-01T09:00:00.000Z"',
        ),
    ],
    [
      'an activity that is off by the hours of a time zone',
      /^call CL\d+ \(task .*\): dueAt is ".*Z", and ".*Z" in the file$/,
      (store) => {
        const id = firstWhere(store, 'task', "data ->> 'activityType' = 'CALL'");
        store
          .prepare(
            "UPDATE records SET data = json_set(data, '$.dueAt', strftime('%Y-%m-%dT%H:%M:%fZ', data ->> 'dueAt', '+3 hours')) WHERE id = ?",
          )
          .run(id);
      },
    ],
    [
      'another currency',
      /^deal D\d+ \(opportunity .*\): amount\.currencyCode is "USD", and "EUR" in the file$/,
      (store) =>
        put(
          store,
          dealRow(store, (row) => row.Currency === 'EUR' && row.Value !== ''),
          'amount.currencyCode',
          '"USD"',
        ),
    ],
    [
      'one tag less',
      /^contact \d+ \(person .*\): tags is null, and "VIP" in the file$/,
      (store) => put(store, firstWhere(store, 'person', "data ->> 'tags' = '[\"VIP\"]'"), 'tags', 'null'),
    ],
    [
      'a topic that is not assigned',
      /^(contact|company) \S+ \((person|company) .*\): topics is (null|".*"), and "Se[ck]t.*" in the file$/,
      (store) =>
        store
          .prepare("DELETE FROM records WHERE object = 'topicAssignment' AND id = ?")
          .run(first(store, 'topicAssignment').id),
    ],
  ])(
    'and names with its place and both values: %s',
    (_what, says, tamper) => {
      const differences = recountAfter(tamper);
      // This one, and nothing else: a change of one value is told once.
      expect(
        differences.filter((line) => says.test(line)),
        differences.join('\n'),
      ).toHaveLength(1);
      expect(differences.filter((line) => / in the file$/.test(line) && !says.test(line))).toEqual([]);
    },
    120_000,
  );

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

  test.each(['deadLettered', 'excluded'] as const)('an account that calls a held record %s', (what) => {
    const { contact } = told().objects;
    if (contact === undefined) throw new Error('no contacts');
    const moved = { ...contact, held: contact.held - 1, [what]: contact[what] + 1 };
    expect(recount({ ...told(), objects: { ...told().objects, contact: moved } })).toEqual([
      `contact: the account says held ${moved.held}, counted ${contact.held}`,
      `contact: the account says ${what} 1, counted 0`,
    ]);
  });
});
