import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_LIMITS, startTwentySandbox } from '../../sandbox/twenty/index.ts';
import { EXIT_CODES } from '../../src/cli/command.ts';
import { command, type Deployment, type Ended, person } from './deployment.ts';
import { ANN, BOB, CARL, dropTables, smallFirm } from './exports.ts';

/** The commands alone, as somebody types them who has nothing but the README: no part of the program is called from here. */

const SLOW = 480_000;
const QUESTION = 'SOURCE_QUESTION_OPEN';

let newcomer: Deployment;
beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-first-steps-'));
  const sandbox = await startTwentySandbox({ limits: NO_LIMITS, members: [person('Ann', ANN), person('Bob', BOB)] });
  newcomer = {
    folder,
    configuration: join(folder, 'changeover.yaml'),
    drop: join(folder, 'exports'),
    sandbox,
    environment: { TWENTY_API_KEY: sandbox.token, CHANGEOVER_PORT: '0' },
    async close() {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
afterEach(() => newcomer.close());

/** Types a line and expects its exit code; its result comes back as data. */
async function type<Result = unknown>(line: readonly string[], exit: keyof typeof EXIT_CODES = 'ok'): Promise<Result> {
  const ended: Ended = await command(newcomer, [...line, '--json']);
  expect(ended.code, `${line.join(' ')}: ${ended.out}${ended.errors}`).toBe(EXIT_CODES[exit].code);
  return JSON.parse(ended.out) as Result;
}

async function text(...line: readonly string[]): Promise<string> {
  return (await command(newcomer, line)).out;
}

interface Account {
  readonly objects: Readonly<
    Record<string, { readonly source: number; readonly applied: number; readonly held: number }>
  >;
  readonly residue: number;
  readonly error?: { readonly code: string };
  readonly unread?: readonly { readonly source: string; readonly object: string | null }[];
}

describe('who follows the README', { timeout: SLOW }, () => {
  test('gets from nothing to an accounted load, and is told at each step what the next one is', async () => {
    const { sandbox, drop } = newcomer;
    await type([
      ...['init', '--url', sandbox.url, '--deployment', 'acme', '--connector', 'smart-crm-online'],
      ...['--setting', 'folder=./exports', '--setting', 'timezone=Europe/Istanbul'],
      ...['--setting', 'codePage=windows-1254'],
    ]);

    // Before anything ran and before there is an export, every command that only looks has an answer.
    const findings = async () =>
      (
        await type<{ checks: { category: string; outcome: string; code: string | null }[] }>(['doctor'], 'findings')
      ).checks.flatMap(({ category, outcome, code }) => (outcome === 'fail' ? [[category, code]] : []));
    expect(await findings()).toEqual([
      ['source', 'EXPORT_VANISHED'],
      ['mapping', 'MAPPING_NOT_CONFIRMED'],
      ['data model', null],
    ]);
    expect(await text('status')).toContain('No record has been read yet.');
    expect(await text('owners', 'list')).toContain('changeover doctor');

    mkdirSync(drop);
    dropTables(drop, smallFirm(), '2026-03-02');
    const { objects } = await type<{ objects: { name: string; count: number }[] }>(['discover', 'crm']);
    expect(objects.find(({ name }) => name === 'contact')).toMatchObject({ count: 6 });
    await type(['map', 'check', 'crm']);
    await type(['provision', 'plan']);
    await type(['provision', 'apply']);
    expect(await findings()).toEqual([
      // Only one export is there, which keeps it from being read.
      ['source', null],
      ['mapping', 'MAPPING_NOT_CONFIRMED'],
    ]);
    await type(['owners', 'substitute', 'crm', CARL, ANN, '--by', 'Jo']);
    await type(['map', 'confirm', 'crm', '--by', 'Jo']);

    // A question keeps everything from being read: that is never the same as nothing to read.
    const asked = await type<Account>(['run', '--once'], 'waiting');
    expect(asked).toMatchObject({
      objects: {},
      error: { code: QUESTION },
      unread: [{ source: 'crm', object: null }],
    });
    expect(await text('status')).toContain('crm is not read before this is answered: Only one export is there.');
    expect(await text('review', 'list')).toMatch(/^crm\/second-export\b.*\bgo on with one\b/m);
    await type(['review', 'answer', 'go on with one', 'crm/second-export', '--by', 'Jo']);

    const account = await type<Account>(['run', '--once']);
    expect(account).not.toHaveProperty('error');
    expect(account.residue).toBe(0);
    expect(account.objects.company).toMatchObject({ source: 3, applied: 3, held: 0 });
    expect(account.objects.contact).toMatchObject({ source: 6, held: 0 });
    expect(sandbox.dump('company').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Ada Ltd', 'Bosphorus A.Ş.', 'Carl & Sons']),
    );
    await type(['verify']);
    expect(await text('status')).toContain('Every record is accounted for.');
  });

  test('with two sources of one kind, answers each for itself', async () => {
    const { sandbox, configuration, folder } = newcomer;
    const source = (name: string) => ({
      name,
      connector: 'smart-crm-online',
      settings: { folder: name, timezone: 'Europe/Istanbul', codePage: 'windows-1254' },
    });
    for (const name of ['london', 'izmir']) {
      mkdirSync(join(folder, name));
      dropTables(join(folder, name), smallFirm(), '2026-03-02');
    }
    writeFileSync(
      configuration,
      JSON.stringify({
        dataFolder: 'data',
        twenty: { url: sandbox.url },
        sources: [source('london'), source('izmir')],
        log: { level: 'error' },
      }),
    );
    await type(['provision', 'apply']);
    for (const name of ['london', 'izmir']) await type(['map', 'confirm', name]);
    const asked = await type<Account>(['run', '--once'], 'waiting');
    expect(asked.unread?.map((one) => one.source)).toEqual(['london', 'izmir']);

    await type(['review', 'answer', 'go on with one', 'london/second-export']);
    const { objects, unread } = await type<Account>(['run', '--once'], 'waiting');
    expect(unread).toMatchObject([{ source: 'izmir', object: null }]);
    expect(objects.company).toMatchObject({ source: 3 });
    expect(Object.keys(objects).filter((name) => name.startsWith('izmir'))).toEqual([]);

    await type(['review', 'answer', 'go on with one', 'izmir/second-export']);
    const both = await type<Account>(['run', '--once']);
    expect([both.objects['london/company'], both.objects['izmir/company']]).toMatchObject([
      { source: 3 },
      { source: 3 },
    ]);
  });

  test('who lost the log is not given an empty one by looking', async () => {
    const { sandbox, configuration, folder } = newcomer;
    await type([
      ...['init', '--url', sandbox.url, '--connector', 'smart-crm-online'],
      ...['--setting', 'folder=./exports', '--setting', 'timezone=Europe/Istanbul'],
    ]);
    expect(readFileSync(configuration, 'utf8')).toContain('dataFolder: .changeover');
    await type(['status']);
    rmSync(join(folder, '.changeover', 'log.sqlite'));
    expect(await type(['status'], 'unavailable')).toMatchObject({ error: { code: 'BUS_IO' } });
  });
});
