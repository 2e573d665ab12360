import process from 'node:process';
import { node, root, run } from '../../scripts/run.ts';
import { LIVE } from './target.ts';

/**
 * `npm run test:twenty`: what Changeover builds on, tried on the workspace that TWENTY_URL and TWENTY_API_KEY name, or on
 * the simulator in every version where they are not set. Writes under names of its own, and removes all of it.
 */
const named = Boolean(process.env.TWENTY_URL) && Boolean(process.env.TWENTY_API_KEY);
const suite = `${root}/test/twenty-contract/contract.test.ts`;
const result = await run(
  node,
  [`${root}/node_modules/vitest/vitest.mjs`, 'run', '--project', 'alone', suite, ...process.argv.slice(2)],
  { env: { ...process.env, ...(named ? { [LIVE]: '1' } : {}) } },
);
process.exitCode = result.code ?? 1;
