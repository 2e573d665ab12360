import { asChangeoverError } from '../core/errors.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { StateStore } from '../state/state.ts';
import type { SourceLoop } from './source-loop.ts';

const SETTING = 'source.activity';
/** How often what is being read is looked at, and told where it changed. */
const LOOK_MS = 1_000;
/** Told anew so often although nothing changed: who says nothing for much longer is gone. */
const BEAT_MS = 15_000;
const GONE_MS = 60_000;

/** What a process tells of the sources that it reads. */
interface Told {
  readonly at: number;
  /** `source/object` of which more is on its way to the log. */
  readonly reading: readonly string[];
  readonly sources: readonly string[];
}

type Activity = Readonly<Record<string, Told>>;

export interface SourceActivityParts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly holder: string;
}

/** Tells other processes, through the state, which objects this one is reading: writers wait for what is coming. */
export class SourceActivity {
  readonly #parts: SourceActivityParts;
  #told: Told | null = null;

  constructor(parts: SourceActivityParts) {
    this.#parts = parts;
  }

  /** Tells until the signal, and says at the end that nothing comes from here any more. */
  async run(
    loops: readonly SourceLoop[],
    objectsOf: (source: string) => readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, logger } = this.#parts;
    while (!signal.aborted) {
      await this.#tell(loops, objectsOf).catch((thrown: unknown) =>
        logger.warn(
          { message: asChangeoverError(thrown).message },
          'what is being read could not be told; it is tried again',
        ),
      );
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
    await this.#put(null).catch(() => undefined);
  }

  /** Once, before the first page: from then on nobody takes the silence for an empty source. */
  begin(loops: readonly SourceLoop[], objectsOf: (source: string) => readonly string[]): Promise<void> {
    return this.#tell(loops, objectsOf);
  }

  async #tell(loops: readonly SourceLoop[], objectsOf: (source: string) => readonly string[]): Promise<void> {
    const reading = loops.flatMap((loop) =>
      objectsOf(loop.source)
        .filter((object) => loop.isReading(object))
        .map((object) => `${loop.source}/${object}`),
    );
    const at = this.#parts.clock.now();
    const before = this.#told;
    if (before !== null && at - before.at < BEAT_MS && before.reading.join() === reading.join()) return;
    await this.#put({ at, reading, sources: loops.map(({ source }) => source) });
  }

  async #put(told: Told | null): Promise<void> {
    const { state, holder, clock } = this.#parts;
    await state.transaction(async (tx) => {
      const all = ((await tx.settings.get(SETTING)) ?? {}) as Activity;
      const now = clock.now();
      const others = Object.entries(all).filter(([who, one]) => who !== holder && now - one.at < GONE_MS);
      await tx.settings.set(SETTING, Object.fromEntries(told === null ? others : [...others, [holder, told]]));
    });
    this.#told = told;
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
    const all = Object.values(((await tx.settings.get(SETTING)) ?? {}) as Activity).filter(
      ({ at }) => now - at < GONE_MS,
    );
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
