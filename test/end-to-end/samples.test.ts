import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quickstartFolder } from '../../sandbox/quickstart/folder.ts';
import type { Account } from '../../sandbox/quickstart/recount/recount.ts';
import { NO_LIMITS, startTwentySandbox, type TwentySandbox } from '../../sandbox/twenty/index.ts';
import { contentHash } from '../../src/core/identifiers.ts';

const root = join(import.meta.dirname, '..', '..');
const LOAD_MS = 600_000;
const WRITES = /^(create|update|upsert|delete|destroy|restore)/;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

let home: string;
/** Stands for a workspace of somebody's own: its people are nobody of the sample's. */
let workspace: TwentySandbox;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'changeover-samples-'));
  workspace = await startTwentySandbox({
    limits: NO_LIMITS,
    members: [{ firstName: 'Jo', lastName: 'Park', email: 'jo@firm.example' }],
  });
});
afterAll(async () => {
  await workspace.close();
  rmSync(home, { recursive: true, force: true });
});

/** `npm start -- …` with a workspace of one's own in the environment. */
function npmStart(args: readonly string[], to: TwentySandbox | null = workspace): Promise<Ended> {
  const { TWENTY_URL: _url, TWENTY_API_KEY: _key, ...environment } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(root, 'sandbox/quickstart/main.ts'), ...args],
      {
        env: {
          ...environment,
          ...(to === null ? {} : { TWENTY_URL: to.url, TWENTY_API_KEY: to.token }),
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

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1) ?? '';

/**
 * Every row that a person or a program could see, those in the trash too, with a hash of what stands in it. What the server
 * writes about rows by itself is left out.
 */
function content(of: TwentySandbox): readonly string[] {
  return of.engine.model
    .objects()
    .map((object) => object.nameSingular)
    .filter((object) => object !== 'timelineActivity' && object !== 'workspaceMember')
    .flatMap((object) => of.dump(object).map((row) => `${object} ${String(row.id)} ${contentHash(row)}`))
    .sort();
}

function writes(of: TwentySandbox): readonly string[] {
  return of.calls().flatMap(({ operation }) => (WRITES.test(operation) ? [operation] : []));
}

describe('the sample and a real workspace', { timeout: LOAD_MS }, () => {
  test('--samples and --remove need to be told which workspace', async () => {
    for (const flag of ['--samples', '--remove']) {
      const { code, errors } = await npmStart([flag, '--once'], null);
      expect(code).toBe(1);
      expect(errors).toMatch(/^\[SAMPLES_REFUSED\] TWENTY_URL and TWENTY_API_KEY/);
    }
  });

  test('one with records of its own is refused, and nothing in it is changed', async () => {
    const [id = ''] = workspace.seed('company', [{ name: 'Their own Ltd' }]);
    const before = content(workspace);
    workspace.clearCalls();
    const { code, errors } = await npmStart(['--samples', '--once']);
    expect(code).toBe(1);
    expect(errors).toMatch(/^\[SAMPLES_REFUSED\] .*1 in company/);
    expect(content(workspace)).toEqual(before);
    expect(writes(workspace)).toEqual([]);
    expect(existsSync(quickstartFolder({ CHANGEOVER_QUICKSTART_ROOT: home }, 'samples').configuration)).toBe(false);
    workspace.person({ person: 'jo@firm.example', object: 'company', action: 'destroy', id });
    expect(content(workspace)).toEqual([]);
  });

  test('an empty one takes the whole sample, though none of its owners is a member', async () => {
    const { code, out, errors } = await npmStart(['--samples', '--once', '--json', '--limit', '100000']);
    expect(code, errors).toBe(0);
    const { objects, residue } = JSON.parse(lastLine(out)) as Account & { residue: number };
    expect(residue).toBe(0);
    for (const [object, one] of Object.entries(objects)) {
      expect(one.onTheWay + one.deadLettered + one.excluded, object).toBe(0);
      expect(one.applied + one.merged + one.held, object).toBe(one.source);
      expect(one.applied, object).toBeGreaterThan(0);
    }
    const deals = workspace.dump('opportunity').filter((row) => row.deletedAt === null).length;
    const { applied = 0, held = 0 } = objects.deal ?? {};
    // Of one that is held by now, an earlier state may be there.
    expect(deals).toBeGreaterThanOrEqual(applied);
    expect(deals).toBeLessThanOrEqual(applied + held);
  });

  test('asked again, it agrees with what is there, and writes nothing', async () => {
    const before = content(workspace);
    workspace.clearCalls();
    const { code, errors } = await npmStart(['--samples', '--once', '--json', '--limit', '100000']);
    expect(code, errors).toBe(0);
    expect(writes(workspace)).toEqual([]);
    expect(content(workspace)).toEqual(before);
  });

  test('is never taken out of another workspace than the one that it went into', async () => {
    const other = await startTwentySandbox({ limits: NO_LIMITS });
    try {
      const { code, errors } = await npmStart(['--remove'], other);
      expect(code).toBe(1);
      expect(errors).toMatch(/^\[SAMPLES_REFUSED\] the sample is in the workspace at/);
      expect(other.calls()).toEqual([]);
    } finally {
      await other.close();
    }
  });

  test('--remove takes out exactly the sample, and leaves what people made meanwhile as it is', async () => {
    const sample = content(workspace);
    expect(workspace.dump('task').some((row) => row.deletedAt !== null)).toBe(true);
    workspace.seed('company', [{ name: 'Their own Ltd' }]);
    workspace.seed('note', [{ title: 'Their own note' }]);
    const theirs = content(workspace).filter((row) => !sample.includes(row));
    expect(theirs).toHaveLength(2);
    const { code, out, errors } = await npmStart(['--remove', '--json']);
    expect(code, errors).toBe(0);
    expect(content(workspace)).toEqual(theirs);
    expect(JSON.parse(lastLine(out))).toEqual({ removed: sample.length });
  });

  test('a second --remove finds nothing that it may take', async () => {
    workspace.clearCalls();
    const { code, errors } = await npmStart(['--remove']);
    expect(code).toBe(1);
    expect(errors).toMatch(/^\[SAMPLES_REFUSED\] nothing tells which records are the sample's/);
    expect(workspace.calls()).toEqual([]);
  });
});
