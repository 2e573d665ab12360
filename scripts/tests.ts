// `npm test`: finds or installs what the tests need beyond npm, then runs every test.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { node, root, run } from './run.ts';
import { preparePrometheus } from './tools/prometheus.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
}

/** Runs vitest and counts from its own report, not from its output. A suite that could not load counts as a failure. */
export async function runTests(args: readonly string[]): Promise<Counts> {
  const prometheus = await preparePrometheus();
  const folder = mkdtempSync(join(tmpdir(), 'changeover-tests-'));
  try {
    const report = join(folder, 'report.json');
    const result = await run(
      node,
      [
        `${root}/node_modules/vitest/vitest.mjs`,
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...args,
      ],
      {
        env: {
          ...process.env,
          CHANGEOVER_PROMETHEUS: prometheus.prometheus,
          CHANGEOVER_PROMTOOL: prometheus.promtool,
          FORCE_COLOR: '0',
        },
      },
    );
    const counted = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
    const failed =
      counted.numFailedTests +
      (counted.numFailedTests === 0 && result.code !== 0 ? Math.max(1, counted.numFailedTestSuites) : 0);
    return { passed: counted.numPassedTests, failed, skipped: counted.numPendingTests };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const counts = await runTests(process.argv.slice(2));
  // With CI=true nothing may be left out in silence.
  const bad = counts.failed + (process.env.CI === 'true' ? counts.skipped : 0);
  process.stdout.write(`${counts.passed} passed, ${bad} failed\n`);
  process.exitCode = bad === 0 && counts.passed > 0 ? 0 : 1;
}
