import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../src/cli/run.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { type Deployment, prepare } from './deployment.ts';

let deployment: Deployment;
let asWritten: string;
beforeAll(async () => {
  deployment = await prepare();
  asWritten = readFileSync(deployment.configuration, 'utf8');
});
afterAll(() => deployment?.close());
beforeEach(() => writeFileSync(deployment.configuration, asWritten));

async function refused(...words: readonly string[]): Promise<readonly [code: string | undefined, exit: number]> {
  const out: string[] = [];
  const exit = await runCommandLine([...words, '--json', '--config', deployment.configuration], {
    environment: deployment.environment,
    terminal: false,
    ask: null,
    out: (text) => void out.push(text),
    say: () => undefined,
    makeLogger: silentLogger,
    onSignal: () => () => undefined,
    exitNow: () => undefined,
  });
  const { error } = JSON.parse(out.join('')) as { error?: { code: string } };
  return [error?.code, exit];
}

function rewrite(from: string, to: string): void {
  expect(asWritten).toContain(from);
  writeFileSync(deployment.configuration, asWritten.replace(from, to));
}

describe('what a command refuses, each with its own code', () => {
  test('LIFE-2: nothing runs, and nothing is previewed, under a mapping that nobody confirmed', async () => {
    rewrite('dataFolder: data', 'dataFolder: fresh');
    deployment.sandbox.clearCalls();
    expect(await refused('run', '--once')).toEqual(['MAPPING_NOT_CONFIRMED', 3]);
    expect(await refused('map', 'preview', 'crm')).toEqual(['MAPPING_NOT_CONFIRMED', 3]);
    expect(deployment.sandbox.calls().filter(({ api }) => api !== 'metadata')).toEqual([]);
  });

  test('TW-5: nobody stands for an owner who is no member of the workspace', async () => {
    expect(await refused('owners', 'substitute', 'crm', 'carl@firm.example', 'nobody@firm.example')).toEqual([
      'OWNER_NOT_A_MEMBER',
      3,
    ]);
  });

  test('a command for the daemon, where none runs', async () => {
    expect(await refused('poll')).toEqual(['DAEMON_NEEDED', 4]);
  });

  test('a workspace that is not there', async () => {
    rewrite(deployment.sandbox.url, 'http://127.0.0.1:9');
    expect(await refused('provision', 'plan')).toEqual(['TWENTY_UNREACHABLE', 4]);
  });

  test('a key that is not set, a connector that does not exist, a source that is not configured', async () => {
    rewrite('  pollSeconds: 2', '  pollSeconds: 2\n  apiKey: { env: NOT_SET_ANYWHERE }');
    expect(await refused('provision', 'plan')).toEqual(['CONFIG_SECRET_MISSING', 1]);
    rewrite('connector: smart-crm-online', 'connector: something-else');
    expect(await refused('discover', 'crm')).toEqual(['CONNECTOR_UNKNOWN', 1]);
    writeFileSync(deployment.configuration, asWritten);
    expect(await refused('discover', 'other')).toEqual(['USAGE', 2]);
  });

  test('a drop folder that is not there, and one that is empty', async () => {
    rewrite('folder: exports', 'folder: nowhere');
    expect(await refused('discover', 'crm')).toEqual(['EXPORT_VANISHED', 4]);
    rmSync(join(deployment.drop, 'export-2026-03-02'), { recursive: true });
    writeFileSync(deployment.configuration, asWritten);
    expect(await refused('discover', 'crm')).toEqual(['EXPORT_NONE', 4]);
  });
});
