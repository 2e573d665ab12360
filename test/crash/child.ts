import { readSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { createInterface } from 'node:readline';
import '../../connectors/smart-crm-online/index.ts';
import { Application } from '../../src/app/application.ts';
import { Daemon } from '../../src/app/daemon.ts';
import { runOperation } from '../../src/app/operation.ts';
import { stateBackup, stateRestore } from '../../src/app/operations/state.ts';
import { status } from '../../src/app/operations/status.ts';
import { systemPorts } from '../../src/app/ports.ts';
import { exitCodeOf } from '../../src/cli/failure.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { asChangeoverError, ChangeoverError } from '../../src/core/errors.ts';
import type { Clock, LogFields, Logger, Step, Steps } from '../../src/core/ports.ts';
import type { AtRest, Birth, Go, Order, Said } from './messages.ts';

/**
 * `changeover run` with a tell-tale: it tells each step it comes to, stands still at those it was told of, and stays at
 * work until it is told to end, by SIGTERM or otherwise. How it is told: messages.ts.
 */

/** The pipe by which one that stands still is told to go on. */
const GO = 3;
const SOURCE = 'smart-crm';

function say(said: Said): void {
  writeSync(1, `${JSON.stringify(said)}\n`);
}

/** A clock that can be put forward. */
class LaterClock implements Clock {
  readonly #clock = systemClock();
  #aheadMs: number;

  constructor(aheadMs: number) {
    this.#aheadMs = aheadMs;
  }

  now(): number {
    return this.#clock.now() + this.#aheadMs;
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }

  putForward(ms: number): void {
    this.#aheadMs += ms;
  }
}

class TellTale implements Steps {
  readonly #clock: LaterClock;
  #stops: ReadonlySet<Step> = new Set();

  constructor(clock: LaterClock) {
    this.#clock = clock;
  }

  standAt(stops: readonly Step[]): void {
    this.#stops = new Set(stops);
  }

  reached(step: Step): void {
    say({ said: 'step', step });
    if (!this.#stops.has(step)) return;
    say({ said: 'here', step });
    const { stops, laterMs } = JSON.parse(waitForLine()) as Go;
    this.standAt(stops);
    this.#clock.putForward(laterMs);
  }
}

/** Keeps the whole process standing still. */
function waitForLine(): string {
  const bytes = Buffer.alloc(4096);
  let text = '';
  while (!text.endsWith('\n')) {
    const count = readSync(GO, bytes);
    if (count === 0) process.exit(1);
    text += bytes.toString('utf8', 0, count);
  }
  return text;
}

/** Tells what goes wrong; the rest is nobody's concern. */
function toldLogger(): Logger {
  const tell = (fields: LogFields, message: string) => {
    const text = (value: unknown) => (typeof value === 'string' ? value : null);
    say({ said: 'logged', code: text(fields.code), message, detail: text(fields.message) });
    writeSync(2, `${message} ${JSON.stringify(fields)}\n`);
  };
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: tell,
    error: tell,
    child: () => logger,
  };
  return logger;
}

async function atRest(app: Application, daemon: Daemon): Promise<AtRest> {
  const { residue, objects } = await runOperation(status, { app, daemon: daemon.handle() }, {});
  return app.state.read(async (tx) => {
    const ends: Record<string, string> = {};
    for (const object of await tx.records.objects(SOURCE)) {
      for (const row of await tx.records.page(SOURCE, object, null, 100_000))
        ends[row.key] = row.reason === null ? row.class : `${row.class} (${row.reason.code})`;
    }
    return {
      residue,
      objects: objects.map((object) => ({ ...object })),
      ends,
      openIntents: (await tx.intents.all()).length,
    };
  });
}

/** Until nothing waits to be tried again either. */
async function settle({ app, pipeline }: Daemon, signal: AbortSignal): Promise<void> {
  for (;;) {
    await pipeline.settle(signal);
    const waits = pipeline.lanes.some(
      ({ loop }) =>
        loop?.state.kind !== 'reading' ||
        [...loop.runner.statuses().values()].some(({ kind }) => kind === 'backing-off' || kind === 'elsewhere'),
    );
    if (!waits) return;
    await app.ports.clock.sleep(100, signal);
  }
}

async function obey(order: Order, daemon: Daemon, steps: TellTale, signal: AbortSignal): Promise<void> {
  const { app } = daemon;
  switch (order.do) {
    case 'settle':
      steps.standAt(order.stops);
      await settle(daemon, AbortSignal.any([signal, daemon.stopping]));
      steps.standAt([]);
      say({ said: 'rest', rest: await atRest(app, daemon) });
      return;
    case 'backup':
      await runOperation(stateBackup, { app, daemon: daemon.handle() }, { file: order.file });
      say({ said: 'done' });
      return;
    case 'end':
      return;
  }
}

async function live(birth: Birth, orders: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  const loaded = loadConfiguration(birth.configuration, { ...process.env, ...birth.environment });
  const clock = new LaterClock(birth.aheadMs);
  const steps = new TellTale(clock);
  const ports = { ...systemPorts(toldLogger(), { ...process.env, ...birth.environment }, steps), clock };
  const app = await Application.open(loaded, ports, 'write');
  try {
    if (birth.restore !== null)
      await runOperation(stateRestore, { app, daemon: null }, { file: birth.restore, replace: true, by: 'crash-test' });
    const daemon = await Daemon.start(app, { version: 'crash-test' });
    try {
      for await (const line of orders) await obey(JSON.parse(line) as Order, daemon, steps, signal);
    } finally {
      await daemon.stop();
    }
  } finally {
    await app.close();
  }
}

flushCompileCache();
const input = createInterface({ input: process.stdin });
const stop = new AbortController();
process.on('SIGTERM', () => {
  stop.abort(new ChangeoverError('CANCELLED', 'stopped by SIGTERM'));
  input.close();
});
const lines = input[Symbol.asyncIterator]();
const first = await lines.next();
try {
  if (first.done !== true)
    await live(JSON.parse(first.value) as Birth, { [Symbol.asyncIterator]: () => lines }, stop.signal);
} catch (thrown) {
  const error = asChangeoverError(thrown);
  if (!stop.signal.aborted || error.code !== 'CANCELLED') {
    say({ said: 'failed', code: error.code, message: error.message });
    writeSync(2, `${error.stack ?? error.message}\n`);
    process.exitCode = exitCodeOf(error);
  }
} finally {
  input.close();
}
