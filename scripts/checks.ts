// The checks besides the tests: types, lint, import rule, generated pages. Each is one line of the closing count.
import process from 'node:process';
import { node, root, run } from './run.ts';

export interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

const modules = `${root}/node_modules`;

export const CHECKS: readonly Check[] = [
  { name: 'types', args: [`${modules}/typescript/bin/tsc`, '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'lint', args: [`${modules}/@biomejs/biome/bin/biome`, 'check', '--error-on-warnings', '.'] },
  {
    name: 'imports',
    args: [
      `${modules}/dependency-cruiser/bin/dependency-cruise.mjs`,
      '--config',
      '.dependency-cruiser.cjs',
      'src',
      'connectors',
      'sandbox',
      'bench',
    ],
  },
  { name: 'pages', args: ['scripts/docs.ts', '--check'] },
  { name: 'requirements', args: ['test/requirements/main.ts'] },
];

/** Runs every check, even after one has failed, and returns the names of those that did. */
export async function runChecks(): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const check of CHECKS) {
    const result = await run(node, check.args, { quiet: true });
    process.stdout.write(`${result.code === 0 ? 'ok    ' : 'FAILED'} ${check.name}\n`);
    if (result.code === 0) continue;
    failed.push(check.name);
    process.stdout.write(result.output);
  }
  return failed;
}

if (import.meta.main) process.exitCode = (await runChecks()).length === 0 ? 0 : 1;
