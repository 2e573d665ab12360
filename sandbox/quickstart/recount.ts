// `npm run verify:quickstart`: counts a finished quickstart again, from the raw files and the sandbox's own store.
// Nothing of Changeover's log, state or ledger is opened, and none of its readers is used.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { errorText, exitCodeOf } from '../../src/cli/failure.ts';
import { asChangeoverError } from '../../src/core/errors.ts';
import { quickstartFolder } from './folder.ts';
import { recountQuickstart } from './recount/quickstart.ts';
import type { Account } from './recount/recount.ts';

const USAGE = `npm run verify:quickstart -- [options]
  --account <file|->  the JSON line of npm start -- --once --json; the last run's unless given
  --json              print one JSON object
`;
/** More lines than this help nobody. */
const SHOWN = 50;

const { values } = parseArgs({
  options: {
    account: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
try {
  if (values.help) process.stdout.write(USAGE);
  else process.exitCode = run();
} catch (thrown) {
  const error = asChangeoverError(thrown);
  process.stderr.write(`${errorText(error)}\n`);
  process.exitCode = exitCodeOf(error);
}

function run(): number {
  const folder = quickstartFolder(process.env);
  const file = values.account ?? folder.account;
  const account = JSON.parse(
    readFileSync(file === '-' ? process.stdin.fd : file, 'utf8')
      .trim()
      .split('\n')
      .at(-1) ?? '',
  ) as Account;
  const result = recountQuickstart(folder, account);
  if (values.json) process.stdout.write(`${JSON.stringify({ agrees: result.differences.length === 0, ...result })}\n`);
  else {
    for (const [object, one] of Object.entries(result.objects)) {
      process.stdout.write(
        `${object}: ${one.source} rows, ${one.applied} applied, ${one.merged} merged, ${one.waiting} waiting\n`,
      );
    }
    const values = Object.values(result.compared).flatMap((fields) => Object.values(fields));
    process.stdout.write(`${values.reduce((sum, one) => sum + one, 0)} values of their rows compared.\n`);
    for (const line of result.differences.slice(0, SHOWN)) process.stdout.write(`DIFFERS ${line}\n`);
    process.stdout.write(
      result.differences.length === 0
        ? 'The account agrees with the source and the workspace.\n'
        : `${result.differences.length} differences.\n`,
    );
  }
  return result.differences.length === 0 ? 0 : 1;
}
