// node bench/main.ts <name> [--json] [--<option> <number>]: runs one benchmark. The last line is its result as JSON.
import { parseArgs } from 'node:util';
import { systemClock } from '../src/core/clock.ts';
import type { BenchResult } from './result.ts';

type Options = Readonly<Record<string, number>>;

/** Every benchmark, loaded only when it is asked for. */
const BENCHES: Readonly<Record<string, (options: Options) => Promise<BenchResult>>> = {
  budget: async (options) => (await import('./budget.ts')).benchBudget(options),
  bus: async (options) => (await import('./bus.ts')).benchBus({ clock: systemClock(), ...options }),
  dataverse: async (options) => (await import('./dataverse.ts')).benchDataverse(options),
  dinamik: async (options) => (await import('./dinamik.ts')).benchDinamik(options),
  diff: async (options) => (await import('./diff.ts')).benchDiff(options),
  kinabase: async (options) => (await import('./kinabase.ts')).benchKinabase(options),
  load: async (options) => (await import('./load.ts')).benchLoad(options),
  mix: async (options) => (await import('./mix.ts')).benchMix(options),
  sink: async (options) => (await import('./sink.ts')).benchSink(options),
};

async function main(): Promise<number> {
  const { values, positionals, tokens } = parseArgs({
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: { json: { type: 'boolean' } },
  });
  const [name, ...rest] = positionals;
  const bench = name === undefined ? undefined : BENCHES[name];
  const options = numbers(tokens, rest);
  if (bench === undefined || options === undefined) {
    process.stderr.write(`usage: bench <${Object.keys(BENCHES).join('|')}> [--json] [--<option> <number>]\n`);
    return 2;
  }
  const result = await bench(options);
  if (values.json !== true) process.stdout.write(`${table(result)}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.holds ? 0 : 1;
}

/** `--rows 1000` or `--rows=1000`; undefined where something else was given. */
function numbers(
  tokens: readonly { readonly kind: string; readonly name?: string; readonly value?: unknown }[],
  rest: readonly string[],
): Options | undefined {
  const options: Record<string, number> = {};
  const loose = [...rest];
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name === undefined || token.name === 'json') continue;
    const value = Number(token.value ?? loose.shift());
    if (!Number.isFinite(value)) return undefined;
    options[token.name] = value;
  }
  return loose.length === 0 ? options : undefined;
}

function table(result: BenchResult): string {
  const rows = Object.entries(result.figures).map(([name, value]) => [
    name,
    Number.isInteger(value) ? String(value) : value.toFixed(4),
    result.goals[name] ?? '',
  ]);
  const all = [['figure', 'value', 'goal'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

process.exitCode = await main();
