import process from 'node:process';
import { parseArgs } from 'node:util';
import { environmentRun } from './environment-run.ts';

// npm run test:dataverse -- [--kills 20] [--size 0.04] [--shorten 100] [--seed 1]: an environment of Dataverse at its worst.
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    size: { type: 'string', default: '0.04' },
    shorten: { type: 'string', default: '100' },
    seed: { type: 'string' },
  },
});
const seed = Number(values.seed ?? process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
process.stdout.write(`seed ${seed}\n`);
const { differences, kills, ...figures } = await environmentRun({
  seed,
  kills: Number(values.kills),
  size: Number(values.size),
  shorten: Number(values.shorten),
  say: (line) => process.stdout.write(`${line}\n`),
});
const told = { kills: kills.length, ...figures, seconds: Math.round(figures.seconds) };
for (const [what, value] of Object.entries(told)) process.stdout.write(`${what}: ${String(value)}\n`);
for (const line of differences.slice(0, 50)) process.stdout.write(`DIFFERS ${line}\n`);
const equal = differences.length === 0 && figures.residue === 0;
process.stdout.write(equal ? 'The workspace equals the environment, record by record.\n' : 'THEY DIFFER.\n');
process.exitCode = equal ? 0 : 1;
