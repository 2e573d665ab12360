import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scratchFolder } from '../../test/support/scratch.ts';
import { layConnector } from './new-connector.ts';

const run = promisify(execFile);
const CHECKOUT = join(import.meta.dirname, '..', '..');
/** What a checkout must hold for a connector to be made in it. */
const PARTS = [
  'src',
  'connectors',
  'schemas',
  'test/conformance',
  'test/support',
  'package.json',
  'tsconfig.json',
  'biome.json',
  'vitest.config.ts',
  '.dependency-cruiser.cjs',
];
/** As short and as long as a name may be: lines must be right for both. */
const NAMES = ['ax', 'a-rather-long-crm-system'];

let scratch: string;

beforeAll(() => {
  scratch = scratchFolder('new-connector-');
  for (const part of PARTS) {
    mkdirSync(join(scratch, part, '..'), { recursive: true });
    cpSync(join(CHECKOUT, part), join(scratch, part), { recursive: true });
  }
  symlinkSync(join(CHECKOUT, 'node_modules'), join(scratch, 'node_modules'));
  for (const name of NAMES) layConnector(scratch, name);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs a tool of the checkout in the scratch copy; fails with what it said. */
async function tool(file: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(CHECKOUT, 'node_modules', file), ...args], {
    cwd: scratch,
    maxBuffer: 1 << 26,
  }).catch((thrown: { stdout?: string; stderr?: string }) => {
    throw new Error(`${thrown.stdout ?? ''}${thrown.stderr ?? ''}`);
  });
  return stdout;
}

describe('a connector that was just laid', () => {
  const folders = NAMES.map((name) => `connectors/${name}`);

  it('is registered by one line, and says its own name everywhere', () => {
    const before = readFileSync(join(CHECKOUT, 'src/app/registry.ts'), 'utf8').split('\n');
    const added = readFileSync(join(scratch, 'src/app/registry.ts'), 'utf8')
      .split('\n')
      .filter((line) => !before.includes(line));
    expect(added).toEqual([
      "  ax: () => import('../../connectors/ax/index.ts'),",
      "  'a-rather-long-crm-system': () => import('../../connectors/a-rather-long-crm-system/index.ts'),",
    ]);
    expect(readFileSync(join(scratch, 'connectors/ax/settings.ts'), 'utf8')).toContain("env: 'AX_KEY'");
    expect(readFileSync(join(scratch, 'connectors/ax/connector.ts'), 'utf8')).toMatch(
      /class Ax .*inventory template.*source = 'ax'/s,
    );
  });

  it('has right types', async () => {
    const settings = { extends: './tsconfig.json', include: [...folders, 'src/app/registry.ts'] };
    writeFileSync(join(scratch, 'tsconfig.laid.json'), JSON.stringify(settings));
    await tool('typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.laid.json');
  }, 120_000);

  it('passes the lint', async () => {
    await tool(
      '@biomejs/biome/bin/biome',
      'check',
      '--error-on-warnings',
      '--vcs-enabled=false',
      ...folders,
      'src/app/registry.ts',
    );
  });

  it('imports only what a connector may', async () => {
    const args = ['--config', '.dependency-cruiser.cjs', ...folders, 'src/app/registry.ts'];
    await tool('dependency-cruiser/bin/dependency-cruise.mjs', ...args);
  });

  it('passes the contract suite', async () => {
    const report = join(scratch, 'report.json');
    await tool(
      'vitest/vitest.mjs',
      'run',
      '--project',
      'alone',
      '--reporter=json',
      `--outputFile=${report}`,
      ...folders,
    );
    const { numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
    expect(numPassedTests).toBe(numTotalTests);
    expect(numTotalTests).toBeGreaterThanOrEqual(2 * 17);
  });
});

describe('a connector is not laid', () => {
  it.each(['', 'Acme', 'acme_crm', '../acme', 'template', 'acme-', '1st', 'a-name-that-is-much-too-long'])(
    'under the name %j',
    (name) => expect(() => layConnector(scratch, name)).toThrow(expect.objectContaining({ code: 'USAGE' })),
  );

  it('over another one, nor outside a checkout', () => {
    expect(() => layConnector(scratch, 'kinabase')).toThrow(expect.objectContaining({ code: 'CONNECTOR_EXISTS' }));
    expect(() => layConnector(join(scratch, 'src'), 'acme')).toThrow(
      expect.objectContaining({ code: 'CONNECTOR_NO_CHECKOUT' }),
    );
    expect(existsSync(join(scratch, 'connectors/acme'))).toBe(false);
  });
});
