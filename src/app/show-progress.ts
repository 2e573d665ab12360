import type { Daemon } from './daemon.ts';
import { progressLine } from './progress.ts';

export interface ProgressScreen {
  readonly terminal: boolean;
  say(line: string): void;
}

/** On a terminal one line that is written over, elsewhere a plain line whenever something changed, at most every ten seconds. */
export function showProgress(daemon: Daemon, screen: ProgressScreen): { stop(): void } {
  let last = '';
  const show = async () => {
    const rows = await daemon.app.state.read((tx) => tx.ledger.rows(null));
    const onTheWay = rows.reduce((sum, row) => sum + row.classes['on-the-way'], 0);
    const { progress } = daemon.pipeline;
    const line = progressLine(progress.numbers(), onTheWay, progress.secondsFor(onTheWay));
    if (line === last) return;
    last = line;
    // \u001b[1A\u001b[2K: up one line and clear it, so that the next line takes its place.
    screen.say(screen.terminal && shown ? `\u001b[1A\u001b[2K${line}` : line);
    shown = true;
  };
  let shown = false;
  const timer = setInterval(() => void show().catch(() => undefined), screen.terminal ? 500 : 10_000);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
    },
  };
}
