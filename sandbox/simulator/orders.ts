import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Working } from './play.ts';

export interface Orders {
  readonly play: Working;
  /** Every row as it is now, as `dump` writes it. */
  readonly rows: () => readonly unknown[];
  /** Where each order is answered, a JSON object per line. */
  readonly say: (answer: Readonly<Record<string, unknown>>) => void;
}

/**
 * Takes orders, a line each, from whoever runs the process: `play <deeds> <seconds>` lets people do so many things, one every so
 * many seconds; `dump <file>` writes every row as it is now, a JSON object per line. Each is answered once it is done.
 */
export function takeOrders(input: Readable, orders: Orders): void {
  createInterface({ input }).on('line', (line) => {
    const [order = '', first = '', second = ''] = line.trim().split(' ');
    if (order === 'play') void perform(orders, Number(first), Number(second) * 1000);
    else if (order === 'dump') dump(orders, line.trim().slice('dump '.length));
    else if (order !== '') orders.say({ unknown: order });
  });
}

async function perform({ play, say }: Orders, deeds: number, everyMs: number): Promise<void> {
  for (let at = 0; at < deeds; at += 1) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    play.next();
  }
  say({ played: play.deeds });
}

function dump({ rows, say }: Orders, file: string): void {
  const all = rows();
  writeFileSync(file, linesOf(all));
  say({ dumped: all.length });
}

/** Rows as a recount reads them: a JSON object per line. */
export function linesOf(rows: readonly unknown[]): string {
  return `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
}
