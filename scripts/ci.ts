// What .ci/run runs: the checks, then `npm test`'s own tests. Its last line is `N passed, N failed`.
import process from 'node:process';
import { CHECKS, runChecks } from './checks.ts';
import { runTests } from './tests.ts';

const failedChecks = await runChecks();
const tests = await runTests([]);
const failed = failedChecks.length + tests.failed + tests.skipped;
if (failedChecks.length > 0) process.stdout.write(`failed checks: ${failedChecks.join(', ')}\n`);
if (tests.skipped > 0) process.stdout.write(`${tests.skipped} tests were left out, which counts as failure\n`);
process.stdout.write(`${CHECKS.length - failedChecks.length + tests.passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && tests.passed > 0 ? 0 : 1;
