import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readingNow } from '../../src/app/source-activity.ts';
import { systemClock } from '../../src/core/clock.ts';
import { systemRandom } from '../../src/core/random.ts';
import type { LogEvent } from '../../src/events/event.ts';
import { ObjectReader, type ReadOutcome } from '../../src/source/runner/object-reader.ts';
import { SourceRunner } from '../../src/source/runner/runner.ts';
import type { StateStore } from '../../src/state/state.ts';
import { OBJECT, pageOf, partsOf, readingConnector, SOURCE } from './reading.ts';

/** A state that is new and empty, and where another process finds it. Whoever gives it removes it after the test. */
export type OpenShared = () => Promise<{ readonly state: StateStore; readonly place: string }>;

const CHILD = fileURLToPath(new URL('./reading-child.ts', import.meta.url));
const LEASE_MS = 2_000;
const NAME = `reader:${SOURCE}/${OBJECT}`;
const SLOW = { timeout: 120_000 };
const clock = systemClock();
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
  /** What it says next. */
  next(): Promise<Readonly<Record<string, unknown>>>;
}

/** A process that reads an object, and holds its lease. */
function startChild(place: string): Child {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', CHILD, place, 'other', `${LEASE_MS}`],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    ended,
    async next() {
      const { value, done } = await lines.next();
      if (done === true) throw new Error('the child said no more');
      return JSON.parse(value) as Readonly<Record<string, unknown>>;
    },
  };
}

/** Reads in this process, as another one of the deployment. */
function readHere(state: StateStore) {
  const appended: LogEvent[] = [];
  const from: unknown[] = [];
  const connector = readingConnector(async function* (since) {
    from.push(since);
    yield pageOf('third', 3);
  });
  const parts = { ...partsOf({ state, clock, holder: 'this', leaseMs: LEASE_MS, connector }) };
  const events = {
    append: async (_source: string, _object: string, more: readonly LogEvent[]) => appended.push(...more),
  };
  return { appended, from, parts: { ...parts, events } };
}

const expiryOf = (state: StateStore) =>
  state.read(async (tx) => (await tx.leases.all()).find(({ name }) => name === NAME)?.expiresAt ?? 0);
const reading = (state: StateStore) => readingNow(state, clock.now(), []);

/** Asks until it may read. Whoever is told that another one reads asked before that one's lease was over, and whoever reads began after. */
async function takeOver(state: StateStore, reader: ObjectReader, leaseMs = LEASE_MS): Promise<number> {
  for (let refused = 0; ; refused += 1) {
    const asked = clock.now();
    const expires = await expiryOf(state);
    const outcome: ReadOutcome = await reader.readToEnd(new AbortController().signal);
    if (outcome.kind === 'read') {
      expect(clock.now()).toBeGreaterThanOrEqual(expires);
      return refused;
    }
    expect(outcome.kind).toBe('elsewhere');
    expect(asked).toBeLessThan(expires);
    expect(expires - asked).toBeLessThanOrEqual(leaseMs);
    await pause(50);
  }
}

/** Of two processes that read the same sources, on every database behind the state. */
export function readersConformance(name: string, open: OpenShared): void {
  describe(`readers on ${name}`, SLOW, () => {
    it('one that was killed is waited for as long as its lease, and what it told of its reading counts no longer', async () => {
      const { state, place } = await open();
      const child = startChild(place);
      const { epochs } = await child.next();
      expect(await child.next()).toEqual({ said: 'kept' });
      expect(await reading(state)).toEqual(new Set([`${SOURCE}/${OBJECT}`]));
      child.process.kill('SIGKILL');
      await child.ended;
      const died = clock.now();
      const { parts, appended, from } = readHere(state);
      await takeOver(state, new ObjectReader({ ...parts, object: OBJECT }));
      expect(from).toEqual([{ at: 1 }]);
      expect(appended.map((event) => (event.kind === 'change' ? event.id : event.kind))).toEqual(['third']);
      expect(appended[0]?.order.epoch).toBeGreaterThan(Math.max(...(epochs as number[])));
      for (let told = true; told; ) {
        const asked = clock.now();
        told = (await reading(state)).size > 0;
        if (told) expect(asked).toBeLessThan(died + LEASE_MS);
        await pause(50);
      }
      // Read to its end by nobody, it is still about to come where no process reads its source.
      const missing = await readingNow(state, clock.now(), [{ source: SOURCE, object: 'deal' }]);
      expect(missing).toEqual(new Set([`${SOURCE}/deal`]));
    });

    it('one that is frozen is not overtaken before its lease is over, and moves nothing once it goes on', async () => {
      const { state, place } = await open();
      const child = startChild(place);
      const { epochs } = await child.next();
      expect(await child.next()).toEqual({ said: 'kept' });
      // Not in the middle of a transaction of its own: while this one writes, it cannot.
      await state.transaction(async () => child.process.kill('SIGSTOP'));
      const { parts, appended } = readHere(state);
      await takeOver(state, new ObjectReader({ ...parts, object: OBJECT }));
      child.process.stdin?.write('go on\n');
      child.process.kill('SIGCONT');
      const late: number[] = [];
      let said = await child.next();
      for (; said.said === 'appended'; said = await child.next()) late.push(...(said.epochs as number[]));
      expect(said).toEqual({ said: 'ended', kind: 'elsewhere' });
      // What it may have appended is older than what was read in its place, whatever the order in the log.
      for (const epoch of [...late, ...(epochs as number[])]) {
        expect(epoch).toBeLessThan(appended[0]?.order.epoch ?? 0);
      }
      const kept = await state.read((tx) => tx.checkpoints.get(SOURCE, OBJECT));
      expect(kept).toMatchObject({ at: { at: 3 } });
    });

    it('whoever waits for another one reads as soon as that one is gone, and not at the next poll', async () => {
      const { state } = await open();
      await state.transaction((tx) => tx.leases.take(NAME, 'gone', clock.now(), LEASE_MS));
      const { parts, appended } = readHere(state);
      const stopping = new AbortController();
      const runner = new SourceRunner({ ...parts, objects: [OBJECT], random: systemRandom(), pollMs: 3_600_000 });
      const running = runner.run(stopping.signal);
      await expect.poll(() => runner.statuses().get(OBJECT)?.kind, SLOW).toBe('up-to-date');
      expect(appended).toHaveLength(1);
      stopping.abort();
      await running;
    });
  });
}
