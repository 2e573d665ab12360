import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { DinamikSandbox } from './index.ts';
import type { Play } from './sample/play.ts';

export interface Orders {
  readonly sandbox: DinamikSandbox;
  readonly play: Play;
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

function dump({ sandbox: { account }, say }: Orders, file: string): void {
  const rows = account
    .controllers()
    .flatMap((controller) => account.rows(controller).map((row) => ({ controller, ...row })));
  writeFileSync(file, `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
  say({ dumped: rows.length });
}
