import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Proof, proofsIn } from './proofs.ts';
import { NOT_YET, ROWS, type RowId } from './rows.ts';

/**
 * `npm run requirements [-- --json]`: every row with the tests that prove it. Only tests under `test/` count, since
 * those go through several rooms. Exits with 1 where a row has none, or a test names a row that does not exist.
 */
const root = fileURLToPath(new URL('../../', import.meta.url));
const files = globSync('test/**/*.test.ts', { cwd: root }).toSorted();
const proofs = files.flatMap((file) => proofsIn(file.replaceAll(sep, '/'), readFileSync(`${root}/${file}`, 'utf8')));
// The scanner's own test plays with ids.
const real = proofs.filter(({ file }) => file !== 'test/requirements/proofs.test.ts');
const ids = Object.keys(ROWS) as readonly RowId[];
const byId = Map.groupBy(real, ({ id }) => id);
const unknown = real.filter(({ id }) => !(id in ROWS));
const unproven = ids.filter((id) => !byId.has(id) && !NOT_YET.test(id));

function shownAs(id: RowId): string {
  const mine = byId.get(id) ?? [];
  const state = mine.length > 0 ? `${mine.length} tests` : NOT_YET.test(id) ? 'not yet' : 'NO TEST';
  return [`${id.padEnd(7)} ${state.padEnd(9)} ${ROWS[id]}`, ...placesOf(mine)].join('\n');
}

function placesOf(mine: readonly Proof[]): readonly string[] {
  const byFile = Map.groupBy(mine, ({ file }) => file);
  return [...byFile].map(([file, some]) => `                    ${file}:${some.map(({ line }) => line).join(',')}`);
}

if (process.argv.includes('--json')) {
  const rows = ids.map((id) => ({ id, about: ROWS[id], tests: byId.get(id) ?? [], notYet: NOT_YET.test(id) }));
  process.stdout.write(`${JSON.stringify({ rows, unproven, unknown }, null, 2)}\n`);
} else {
  for (const id of ids) process.stdout.write(`${shownAs(id)}\n`);
  for (const { id, file, line } of unknown) process.stdout.write(`${file}:${line} names ${id}, which is no row\n`);
  process.stdout.write(`${ids.length - unproven.length} of ${ids.length} rows have a test or are not yet promised\n`);
  if (unproven.length > 0) process.stdout.write(`without a test: ${unproven.join(', ')}\n`);
}
process.exitCode = unproven.length + unknown.length === 0 ? 0 : 1;
