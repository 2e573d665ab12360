// node test/histories/main.ts [--runs N] [--seed S]: plays random histories, any number of them, and prints the seed.
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { Player } from './play.ts';
import { histories } from './steps.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string' }, seed: { type: 'string' }, path: { type: 'string' } },
});
const numRuns = Number(values.runs ?? 1000);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isInteger(numRuns) || !Number.isInteger(seed) || numRuns < 1) {
  process.stderr.write('usage: histories [--runs <number>] [--seed <number>] [--path <path that a failure named>]\n');
  process.exit(2);
}
process.stdout.write(`${numRuns} histories, seed ${seed}\n`);
const began = performance.now();
const player = await Player.open();
let played = 0;
const result = await fc.check(
  fc.asyncProperty(histories, async (history) => {
    played += 1;
    if (played % 100 === 0) process.stdout.write(`${played} played\n`);
    await player.play(history);
  }),
  { numRuns, seed, ...(values.path === undefined ? {} : { path: values.path }) },
);
await player.close();
const { figures } = player;
process.stdout.write(
  `${Object.keys(figures)
    .sort()
    .map((name) => `  ${name} ${figures[name]}\n`)
    .join('')}`,
);
const seconds = ((performance.now() - began) / 1000).toFixed(1);
const { user, system } = process.cpuUsage();
if (result.failed) {
  process.stdout.write(`${await fc.asyncDefaultReportMessage(result)}\n`);
  process.stdout.write(
    `${String(result.errorInstance instanceof Error ? result.errorInstance.stack : result.errorInstance)}\n`,
  );
} else
  process.stdout.write(
    `${result.numRuns} histories hold, seed ${seed}, ${seconds} s, ${((user + system) / 1e6).toFixed(1)} s of CPU\n`,
  );
process.exitCode = result.failed ? 1 : 0;
