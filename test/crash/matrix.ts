import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare } from '../kill/deployment.ts';
import { type Extent, makeExports } from '../kill/exports.ts';
import { type Outcome, tryCell } from './cell.ts';
import { Column } from './column.ts';
import type { Ground } from './ground.ts';
import { Nursery } from './process.ts';
import { SETTINGS } from './settings.ts';
import type { Cell, Fault, Place, Shape } from './table.ts';
import { Undisturbed } from './undisturbed.ts';

/** A cell to be tried, with what must come of it. */
export interface Trial {
  readonly shape: Shape;
  readonly place: Place;
  readonly fault: Fault;
  readonly cell: Cell;
}

export interface Tried extends Trial {
  readonly outcome: Outcome;
  /** How long it took. */
  readonly seconds: number;
}

export interface MatrixOptions {
  readonly seed: number;
  /** All of one shape. */
  readonly trials: readonly Trial[];
  /** Makes what a deployment stands on, in a folder of its own; one for each fault. */
  readonly ground: (folder: string, fault: Fault) => Promise<Ground>;
  /** Told each cell as it is done. */
  readonly tell?: (tried: Tried) => void;
  /** How many faults are tried at a time. */
  readonly atOnce: number;
}

const ROOT = join(import.meta.dirname, '..', '..');

/** What a cell takes at most: one that something happens to, and one that another process writes meanwhile. */
const EXPORTS_A_CELL = 2;

/** A firm of a few dozen records, of which each export changes, adds and removes some. */
const EXTENT: Extent = {
  kept: { company: 10, contact: 24, deal: 10, call: 12, email: 8, meeting: 6, note: 10 },
  changed: 0.1,
};

/** Tries all cells: a deployment for each fault, and an undisturbed one to compare all of them with. */
export async function tryMatrix(options: MatrixOptions): Promise<readonly Tried[]> {
  const { seed, trials } = options;
  const folder = await mkdtemp(join(tmpdir(), 'changeover-crash-'));
  const nursery = new Nursery(join(ROOT, '.cache', 'compiled'));
  const since = Date.now();
  const longest = Math.max(...[...Map.groupBy(trials, ({ fault }) => fault).values()].map(({ length }) => length));
  const exports = makeExports(seed, longest * EXPORTS_A_CELL, EXTENT);
  try {
    const undisturbed = new Undisturbed(
      await prepare(join(folder, 'undisturbed'), { settings: SETTINGS }),
      exports,
      since,
      nursery,
    );
    try {
      const faults = [...Map.groupBy(trials, ({ fault }) => fault)];
      const results = await someAtOnce(faults, options.atOnce, ([fault, own]) =>
        tryFault(own, options, async () => ({
          ground: await options.ground(join(folder, fault), fault),
          nursery,
          exports,
          undisturbed,
          since,
          folder: join(folder, `${fault}-backups`),
        })),
      );
      return results.flat();
    } finally {
      await undisturbed.close();
    }
  } finally {
    await nursery.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tryFault(
  trials: readonly Trial[],
  { tell }: MatrixOptions,
  make: () => Promise<ConstructorParameters<typeof Column>[0]>,
): Promise<readonly Tried[]> {
  const parts = await make();
  const column = new Column(parts);
  const tried: Tried[] = [];
  try {
    await column.load();
    let broken = false;
    for (const trial of trials) {
      const begun = performance.now();
      const outcome: Outcome = broken ? AFTER_ANOTHER : await tryCell(column, trial.place, trial.fault, trial.cell);
      broken ||= outcome.kind === 'broken';
      const one = { ...trial, outcome, seconds: (performance.now() - begun) / 1000 };
      tried.push(one);
      tell?.(one);
    }
    return tried;
  } finally {
    column.process.signal('SIGKILL');
    await column.process.ended;
    await parts.ground.close();
  }
}

const AFTER_ANOTHER: Outcome = {
  kind: 'broken',
  why: ['not tried: a cell before it in its column is broken'],
  counts: null,
};

async function someAtOnce<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
