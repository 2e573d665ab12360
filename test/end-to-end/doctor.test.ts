import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NO_LIMITS, startTwentySandbox, type TwentySandbox } from '../../sandbox/twenty/index.ts';
import { Application } from '../../src/app/application.ts';
import type { Check } from '../../src/app/doctor/check.ts';
import { runOperation } from '../../src/app/operation.ts';
import { doctor } from '../../src/app/operations/doctor.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { EXIT_CODES } from '../../src/cli/command.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Clock } from '../../src/core/ports.ts';
import { addUniqueTogether } from '../support/unique-combination.ts';
import { command, type Deployment, prepare } from './deployment.ts';
import { CARL } from './exports.ts';

const SLOW = 120_000;

interface Report {
  readonly ready: boolean;
  readonly failures: number;
  readonly warnings: number;
  readonly checks: readonly Check[];
}

let deployment: Deployment;
let asWritten: string;
beforeAll(async () => {
  deployment = await prepare();
  asWritten = readFileSync(deployment.configuration, 'utf8');
}, SLOW);
afterAll(() => deployment?.close());
beforeEach(() => writeFileSync(deployment.configuration, asWritten));

function rewrite(from: string, to: string): void {
  expect(asWritten).toContain(from);
  writeFileSync(deployment.configuration, asWritten.replace(from, to));
}

async function examine(environment?: Readonly<Record<string, string>>): Promise<Report & { code: number | null }> {
  const { code, out } = await command(deployment, ['doctor', '--json'], environment);
  return { code, ...(JSON.parse(out) as Report) };
}

/** The same without a process of its own, by another clock if one is given. */
async function examineHere(clock: Partial<Clock> = {}): Promise<readonly Check[]> {
  const ports = systemPorts(silentLogger(), deployment.environment);
  const loaded = loadConfiguration(deployment.configuration, deployment.environment);
  const app = await Application.open(loaded, { ...ports, clock: { ...ports.clock, ...clock } }, 'read');
  try {
    return await runOperation(doctor, { app, daemon: null }, {});
  } finally {
    await app.close();
  }
}

function troubles(report: Report): readonly (readonly [Check['category'], Check['outcome'], Check['code']])[] {
  return report.checks
    .filter((check) => check.outcome !== 'ok')
    .map(({ category, outcome, code }) => [category, outcome, code]);
}

describe('changeover doctor', { timeout: SLOW }, () => {
  test('finds a prepared deployment ready, names the owner whose records will be held, and changes nothing', async () => {
    const before = deployment.sandbox.dump('company');
    deployment.sandbox.clearCalls();
    const report = await examine();
    expect(report).toMatchObject({ code: EXIT_CODES.ok.code, ready: true, failures: 0, warnings: 3 });
    expect(new Set(report.checks.map((check) => check.category))).toEqual(
      new Set([
        ...(['program', 'configuration', 'data folder', 'disk', 'workspace', 'clock'] as const),
        ...(['source', 'mapping', 'data model', 'owners'] as const),
      ]),
    );
    expect(report.checks.filter((check) => check.outcome === 'warn')).toMatchObject([
      { category: 'source', found: expect.stringContaining('primary contact') },
      { category: 'mapping', fix: expect.stringContaining('changeover map check crm') },
      { category: 'owners', found: expect.stringContaining(CARL) },
    ]);
    for (const check of report.checks) expect(check.fix === null, check.found).toBe(check.outcome === 'ok');
    const writes = deployment.sandbox
      .calls()
      .filter(({ operation }) => /^(create|update|upsert|delete|destroy|restore)/.test(operation));
    expect(writes).toEqual([]);
    expect(deployment.sandbox.dump('company')).toEqual(before);
  });

  test('goes on after a fault, and tells all there are', async () => {
    rewrite('folder: exports', 'folder: nowhere');
    const mapping = join(deployment.folder, 'mapping.yaml');
    const text = readFileSync(mapping, 'utf8');
    rmSync(mapping);
    try {
      const report = await examine({ TWENTY_API_KEY: 'wrong' });
      expect(report).toMatchObject({ code: EXIT_CODES.findings.code, ready: false, failures: 3 });
      expect(troubles(report)).toEqual([
        ['workspace', 'fail', 'TWENTY_TOKEN_REFUSED'],
        ['source', 'fail', expect.stringMatching(/^EXPORT_/)],
        ['mapping', 'fail', 'MAPPING_UNREADABLE'],
      ]);
      expect(JSON.stringify(report)).not.toContain('"wrong"');
    } finally {
      writeFileSync(mapping, text);
    }
  });

  test('LIFE-2: a mapping that changed since it was confirmed fails', async () => {
    const mapping = join(deployment.folder, 'mapping.yaml');
    const text = readFileSync(mapping, 'utf8');
    const changed = text.replace('default: (no name)', 'default: (nameless)');
    expect(changed).not.toBe(text);
    writeFileSync(mapping, changed);
    try {
      expect(troubles(await examine())).toContainEqual(['mapping', 'fail', 'MAPPING_CHANGED']);
    } finally {
      writeFileSync(mapping, text);
    }
  });

  describe('beside the workspace of another deployment', () => {
    let theirs: TwentySandbox;
    beforeAll(async () => {
      theirs = await startTwentySandbox({ limits: NO_LIMITS });
      const configuration = asWritten
        .replace(deployment.sandbox.url, theirs.url)
        .replace('deployment: live-test', 'deployment: somebody-else')
        .replace('dataFolder: data', 'dataFolder: theirs');
      writeFileSync(deployment.configuration, configuration);
      const made = await command(deployment, ['provision', 'apply'], { TWENTY_API_KEY: theirs.token });
      expect(made.code, made.errors).toBe(EXIT_CODES.ok.code);
    }, SLOW);
    afterAll(() => theirs.close());
    // As somebody who mistook one address for the other, after everything was confirmed.
    beforeEach(() => rewrite(deployment.sandbox.url, theirs.url));

    test('its sync fields fail, and it is not written to either', async () => {
      const key = { TWENTY_API_KEY: theirs.token };
      expect(troubles(await examine(key))).toContainEqual(['data model', 'fail', 'TWENTY_SYNC_FIELDS_FOREIGN']);
      theirs.clearCalls();
      for (const words of [
        ['map', 'confirm', 'crm', '--by', 'a test'],
        ['run', '--once'],
      ]) {
        const ended = await command(deployment, [...words, '--json'], key);
        expect(ended.code).toBe(EXIT_CODES.failed.code);
        expect(JSON.parse(ended.out)).toMatchObject({
          error: { code: 'TWENTY_SYNC_FIELDS_FOREIGN', message: expect.stringContaining('somebody-else') },
        });
      }
      expect(theirs.calls().filter(({ api }) => api !== 'metadata')).toEqual([]);
    });

    test('text for people says of each trouble where it is and what to do', async () => {
      const { out } = await command(deployment, ['doctor'], { TWENTY_API_KEY: theirs.token });
      expect(out).toMatch(
        /^FAIL {2}data model: .*\[TWENTY_SYNC_FIELDS_FOREIGN\]\n {6}where: object \w+\n {6}what to do: /m,
      );
      expect(out).toMatch(/^ok {4}program: Changeover /m);
      expect(out.trimEnd()).toMatch(/Not ready: \d+ things must be mended first\.$/);
    });
  });

  test('a workspace without its fields fails, with the command that makes them', async () => {
    const bare = await startTwentySandbox({ limits: NO_LIMITS });
    try {
      rewrite(deployment.sandbox.url, bare.url);
      const report = await examine({ TWENTY_API_KEY: bare.token });
      expect(report.checks.filter((check) => check.category === 'data model')).toMatchObject([
        { outcome: 'fail', fix: expect.stringContaining('changeover provision apply') },
      ]);
    } finally {
      await bare.close();
    }
  });

  test('a unique index that is for some rows by a rule that nobody here knows is a warning, with the rule', async () => {
    const { engine } = deployment.sandbox;
    const withRule = (rule: string) => addUniqueTogether(engine, 'opportunity', ['name', 'stage'], rule);
    const warnings = async () =>
      (await examineHere()).filter(({ category, outcome }) => category === 'workspace' && outcome === 'warn');
    const before = engine.model.object('opportunity');
    try {
      withRule(`"stage" = 'WON'`);
      expect(await warnings()).toMatchObject([
        {
          found: `the unique index of opportunity over name, stage is for some rows only ("stage" = 'WON'), and is taken to be for all`,
          fix: expect.stringContaining('`policies`'),
          place: { url: deployment.sandbox.url },
        },
      ]);
      withRule('"deletedAt" IS NULL');
      expect(await warnings()).toEqual([]);
    } finally {
      if (before !== undefined) engine.model.put(before);
      engine.store.modelChanged();
    }
  });

  test('a clock that is an hour off is told, and by how much', async () => {
    const checks = await examineHere({ now: () => Date.now() - 3_600_000 });
    expect(checks.filter((check) => check.category === 'clock')).toMatchObject([
      { outcome: 'warn', found: expect.stringMatching(/ 3[56]\d\d seconds behind/) },
    ]);
  });

  test('without a configuration that is the finding', async () => {
    rmSync(deployment.configuration);
    const report = await examine();
    expect(report.code).toBe(EXIT_CODES.findings.code);
    expect(troubles(report)).toEqual([['configuration', 'fail', 'CONFIG_NOT_READABLE']]);
  });
});
