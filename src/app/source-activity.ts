import { asChangeoverError } from '../core/errors.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { StateStore } from '../state/state.ts';

const SETTING = 'source.activity';
/** How often, at least, what is being read is looked at, and told where it changed or was told a third of a lease ago; milliseconds. */
const LOOK_MS = 1_000;

/** What a process tells of the sources that it reads. */
interface Told {
  /** Until when it counts, by the clock that all processes share, milliseconds: one that told nothing since is gone. */
  readonly until: number;
  /** `source/object` of which more is on its way to the log. */
  readonly reading: readonly string[];
  readonly sources: readonly string[];
}

type Activity = Readonly<Record<string, Told>>;

/** What is asked of the loop that reads a source (source-loop.ts). */
export interface ReadingLoop {
  readonly source: string;
  isReading(object: string): boolean;
}

export interface SourceActivityParts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly holder: string;
  /** How long what this process tells counts unless it tells it anew, milliseconds: as long as its leases on objects. */
  readonly leaseMs: number;
}

/** Tells other processes, through the state, which objects this one is reading: writers wait for what is coming. */
export class SourceActivity {
  readonly #parts: SourceActivityParts;
  #told: { readonly at: number; readonly reading: string } | null = null;

  constructor(parts: SourceActivityParts) {
    this.#parts = parts;
  }

  /** Tells until the signal, and says at the end that nothing comes from here any more. */
  async run(
    loops: readonly ReadingLoop[],
    objectsOf: (source: string) => readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, logger, leaseMs } = this.#parts;
    while (!signal.aborted) {
      await this.#tell(loops, objectsOf).catch((thrown: unknown) =>
        logger.warn(
          { message: asChangeoverError(thrown).message },
          'what is being read could not be told; it is tried again',
        ),
      );
      await clock.sleep(Math.min(LOOK_MS, leaseMs / 3), signal).catch(() => undefined);
    }
    await this.#put(null).catch(() => undefined);
  }

  /** Once, before the first page: from then on nobody takes the silence for an empty source. */
  begin(loops: readonly ReadingLoop[], objectsOf: (source: string) => readonly string[]): Promise<void> {
    return this.#tell(loops, objectsOf);
  }

  async #tell(loops: readonly ReadingLoop[], objectsOf: (source: string) => readonly string[]): Promise<void> {
    const reading = loops.flatMap((loop) =>
      objectsOf(loop.source)
        .filter((object) => loop.isReading(object))
        .map((object) => `${loop.source}/${object}`),
    );
    const { clock, leaseMs } = this.#parts;
    const told = { at: clock.now(), reading: reading.join() };
    const before = this.#told;
    if (before !== null && told.at - before.at < leaseMs / 3 && before.reading === told.reading) return;
    await this.#put({ reading, sources: loops.map(({ source }) => source) });
    this.#told = told;
  }

  async #put(told: Omit<Told, 'until'> | null): Promise<void> {
    const { state, holder, clock, leaseMs } = this.#parts;
    await state.transaction(async (tx) => {
      const all = ((await tx.settings.get(SETTING)) ?? {}) as Activity;
      const now = tx.sharedTime(clock.now());
      const others = Object.entries(all).filter(([who, one]) => who !== holder && one.until > now);
      const ours = told === null ? [] : [[holder, { ...told, until: now + leaseMs }] as const];
      await tx.settings.set(SETTING, Object.fromEntries([...others, ...ours]));
    });
  }
}

/**
 * Which objects some process is reading, as `source/object`. Where no process reads a source at present, an object that was
 * never read to its end counts as being read: it is about to come, and nobody may act as if it were empty.
 */
export async function readingNow(
  state: StateStore,
  now: number,
  objects: readonly { readonly source: string; readonly object: string }[],
): Promise<ReadonlySet<string>> {
  return state.read(async (tx) => {
    const told = Object.values(((await tx.settings.get(SETTING)) ?? {}) as Activity);
    const all = told.filter(({ until }) => until > tx.sharedTime(now));
    const reading = new Set(all.flatMap((one) => one.reading));
    const read = new Set(all.flatMap((one) => one.sources));
    for (const { source, object } of objects) {
      if (read.has(source)) continue;
      const checkpoint = await tx.checkpoints.get(source, object);
      if (checkpoint?.phase !== 'changes') reading.add(`${source}/${object}`);
    }
    return reading;
  });
}
