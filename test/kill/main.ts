import process from 'node:process';
import { parseArgs } from 'node:util';
import { complaints, report } from './report.ts';
import { killRun } from './run.ts';

// node test/kill/main.ts [--kills 50] [--seed 1] [--keep]: the kill test by hand, telling each kill as it happens.
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
process.stdout.write(`seed ${seed}\n`);
const result = await killRun({
  seed,
  kills: Number(values.kills),
  keep: values.keep,
  say: (line) => process.stdout.write(`${line}\n`),
});
const wrong = complaints(result);
process.stdout.write(`${report(result)}\n${wrong.map((line) => `WRONG: ${line}\n`).join('')}`);
process.exitCode = wrong.length === 0 ? 0 : 1;
