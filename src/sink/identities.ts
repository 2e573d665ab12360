import type { LedgerRow, StateTransaction, WatermarkRow } from '../state/state.ts';

/** Where the records of one object stand, and whether the sums hold (ALL-3, design §6.5). */
export interface ObjectBalance {
  readonly source: string;
  readonly object: string;
  /** Rows the source itself counted at its newest complete snapshot, rejected ones included; null: no snapshot ended yet. */
  readonly counted: number;
  readonly live: number;
  readonly applied: number;
  readonly merged: number;
  readonly held: number;
  /** Records refused for good, and rows that could not become records. */
  readonly deadLettered: number;
  readonly excluded: number;
  readonly onTheWay: number;
  /** Rows of the newest snapshot that could not become records; part of `deadLettered`. */
  readonly rejected: number;
  /** Live keys less the sum of the classes. Anything but 0 is a fault of ours. */
  readonly residueA: number;
  /** Live keys at the newest watermark less what the source counted. Anything but 0: something was lost, or came twice. */
  readonly residueB: number;
  /** The larger of the two, without sign. */
  readonly residue: number;
}

/** Both identities for every object, of one source or of all. Reads running totals: cheap enough for every scrape. */
export async function balances(tx: StateTransaction, source: string | null = null): Promise<readonly ObjectBalance[]> {
  const marks = new Map((await tx.watermarks.latest(source)).map((row) => [nameOf(row), row]));
  const rows = new Map((await tx.ledger.rows(source)).map((row) => [nameOf(row), row]));
  const names = [...new Set([...rows.keys(), ...marks.keys()])].sort();
  return names.map((name) => balance(rows.get(name) ?? null, marks.get(name) ?? null));
}

/** The sum of all residues: 0 or a phase must not go on. */
export async function residue(tx: StateTransaction, source: string | null = null): Promise<number> {
  return (await balances(tx, source)).reduce((sum, one) => sum + one.residue, 0);
}

function balance(row: LedgerRow | null, mark: WatermarkRow | null): ObjectBalance {
  const { source, object } = row ?? mark ?? { source: '', object: '' };
  const classes = row?.classes;
  const live = row?.live ?? 0;
  const applied = classes?.applied ?? 0;
  const merged = classes?.merged ?? 0;
  const held = classes?.held ?? 0;
  const dead = classes?.['dead-lettered'] ?? 0;
  const excluded = classes?.excluded ?? 0;
  const onTheWay = classes?.['on-the-way'] ?? 0;
  const rejected = mark?.rejected ?? 0;
  const residueA = live - (applied + merged + held + dead + excluded + onTheWay);
  const residueB = mark === null ? 0 : mark.live - (mark.rows - mark.rejected + mark.retained);
  return {
    source,
    object,
    // Keys that came or went since the watermark change what the source has by as much.
    counted: mark === null ? live : mark.rows + mark.retained + (live - mark.live),
    live,
    applied,
    merged,
    held,
    deadLettered: dead + rejected,
    excluded,
    onTheWay,
    rejected,
    residueA,
    residueB,
    residue: Math.max(Math.abs(residueA), Math.abs(residueB)),
  };
}

function nameOf(row: { readonly source: string; readonly object: string }): string {
  return `${row.source}/${row.object}`;
}
