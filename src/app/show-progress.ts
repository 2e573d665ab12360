import { systemClock } from '../core/clock.ts';
import type { Clock } from '../core/ports.ts';
import type { Daemon } from './daemon.ts';
import { progressLine } from './progress.ts';

export interface ProgressScreen {
  readonly terminal: boolean;
  say(line: string): void;
}

export interface ShownProgress {
  /** Something else was written to the same terminal: the next line goes below it. */
  interrupted(): void;
  stop(): void;
}

/** Shows how far a daemon is, until it is stopped. */
export function showProgress(daemon: Daemon, screen: ProgressScreen): ShownProgress {
  return showLines(() => lineOf(daemon), screen, systemClock());
}

async function lineOf(daemon: Daemon): Promise<string> {
  const rows = await daemon.app.state.read((tx) => tx.ledger.rows(null));
  const onTheWay = rows.reduce((sum, row) => sum + row.classes['on-the-way'], 0);
  const { progress } = daemon.pipeline;
  return progressLine(progress.numbers(), onTheWay, progress.secondsLeft(onTheWay));
}

const TERMINAL_MS = 500;
const PLAIN_MS = 10_000;
/** Up one line and clear it, so that the next line takes its place. */
const OVERWRITE = '\u001b[1A\u001b[2K';

/** On a terminal one line that is written over, elsewhere a plain line whenever something changed, at most every ten seconds. */
export function showLines(line: () => Promise<string>, screen: ProgressScreen, clock: Clock): ShownProgress {
  const stopping = new AbortController();
  let below = true;
  void (async () => {
    let last: string | null = null;
    for (;;) {
      await clock.sleep(screen.terminal ? TERMINAL_MS : PLAIN_MS, stopping.signal);
      // A state that is out of reach for the moment is told of elsewhere.
      const next = await line().catch(() => last);
      if (stopping.signal.aborted || next === null || next === last) continue;
      screen.say(screen.terminal && !below ? `${OVERWRITE}${next}` : next);
      last = next;
      below = false;
    }
  })().catch(() => undefined);
  return {
    interrupted: () => {
      below = true;
    },
    stop: () => stopping.abort(),
  };
}
