import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { table } from '../../src/cli/table.ts';
import type { Outcome } from './cell.ts';
import { embeddedGround } from './embedded.ts';
import { type MatrixOptions, type Tried, tryMatrix } from './matrix.ts';
import { byPlace, crashMatrixPage, type Outcomes } from './page.ts';
import { scaledOutGround } from './scaled-out.ts';
import { startServers } from './servers.ts';
import { FAULT, FAULTS, PLACE, PLACES, SHAPES, type Shape } from './table.ts';
import { allTrials } from './trials.ts';

// `npm run test:crash`: tries every cell of the crash matrix, prints what became of it, and writes the page. Some of it alone:
//   npm run test:crash -- --shape embedded --fault killed --place before-append --seed 7
const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'crash-matrix.md');
/** Faults tried at a time: what one waits for another one works in. */
const AT_ONCE = 3;
/** Lines shown of what is wrong with a cell. */
const SHOWN = 40;

const { values } = parseArgs({
  options: {
    shape: { type: 'string', multiple: true },
    fault: { type: 'string', multiple: true },
    place: { type: 'string', multiple: true },
    seed: { type: 'string', default: '1' },
  },
});
const whole = values.shape === undefined && values.fault === undefined && values.place === undefined;

/** How deployments of a shape are made; what they share is started first and ended by `close`. */
interface Bench {
  readonly ground: MatrixOptions['ground'];
  readonly atOnce: number;
  close(): Promise<void>;
}

const BENCHES: Readonly<Record<Shape, () => Promise<Bench>>> = {
  embedded: async () => ({ ground: embeddedGround, atOnce: AT_ONCE, close: async () => undefined }),
  'scaled-out': async () => {
    const servers = await startServers(AT_ONCE);
    return {
      ground: (folder, fault) => scaledOutGround(servers, folder, fault),
      atOnce: AT_ONCE,
      close: servers.close,
    };
  },
};

const tried: Tried[] = [];
for (const shape of SHAPES.filter((one) => values.shape?.includes(one) ?? true)) {
  const trials = allTrials(shape).filter(
    ({ fault, place }) => (values.fault?.includes(fault) ?? true) && (values.place?.includes(place) ?? true),
  );
  const bench = await BENCHES[shape]();
  try {
    tried.push(...(await tryMatrix({ seed: Number(values.seed), trials, ...bench, tell })));
  } finally {
    await bench.close();
  }
}
for (const shape of SHAPES) print(shape);
const broken = tried.filter(({ outcome }) => outcome.kind === 'broken');
if (whole && broken.length === 0) {
  mkdirSync(dirname(PAGE), { recursive: true });
  writeFileSync(
    PAGE,
    crashMatrixPage(Object.fromEntries(SHAPES.map((shape) => [shape, outcomesOf(shape)])) as Record<Shape, Outcomes>),
  );
}
const cells = tried.filter(({ outcome }) => outcome.kind !== 'cannot-happen').length;
process.stdout.write(`${cells - broken.length} cells are as the table says, ${broken.length} are not\n`);
process.exitCode = broken.length === 0 && cells > 0 ? 0 : 1;

function tell({ shape, place, fault, outcome, seconds }: Tried): void {
  if (outcome.kind === 'cannot-happen') return;
  process.stdout.write(
    `${shape}: ${FAULT[fault].name}, ${PLACE[place].name}: ${outcome.kind} (${seconds.toFixed(1)} s)\n`,
  );
  if (outcome.kind === 'broken') process.stdout.write(`  ${outcome.why.slice(0, SHOWN).join('\n  ')}\n`);
}

function print(shape: Shape): void {
  const own = tried.filter((one) => one.shape === shape);
  if (own.length === 0) return;
  const text = new Map(own.map(({ place, fault, outcome }) => [`${place} ${fault}`, short(outcome)]));
  const rows = PLACES.map((place) => [
    PLACE[place].name,
    ...FAULTS.map((fault) => text.get(`${place} ${fault}`) ?? ''),
  ]);
  process.stdout.write(
    `\n${shape}: lost/doubled/older over newer/child before parent/residue\n${table(['', ...FAULTS.map((fault) => FAULT[fault].name)], rows)}\n\n`,
  );
}

function short(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'holds':
      return `${zeros(outcome)}${outcome.refused === null ? '' : ` ${outcome.refused}`}`;
    case 'stops':
      return `${outcome.code} ${zeros(outcome)}`;
    case 'cannot-happen':
      return 'cannot happen';
    case 'broken':
      return `BROKEN ${outcome.counts === null ? '' : zeros({ counts: outcome.counts })}`;
  }
}

function zeros({ counts }: Pick<Extract<Outcome, { kind: 'holds' }>, 'counts'>): string {
  const { lost, doubled, older, childBeforeParent, residue } = counts;
  return [lost, doubled, older, childBeforeParent, residue].join('/');
}

function outcomesOf(shape: Shape): Outcomes {
  const of = new Map(
    tried.filter((one) => one.shape === shape).map((one) => [`${one.place} ${one.fault}`, one.outcome]),
  );
  return byPlace((place, fault) => {
    const outcome = of.get(`${place} ${fault}`);
    if (outcome === undefined) throw new Error(`${place} ${fault} was not tried`);
    return outcome;
  });
}
