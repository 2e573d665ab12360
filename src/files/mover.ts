import { underAny } from '../core/abort.ts';
import { asChangeoverError } from '../core/errors.ts';
import { DUE_STATES, type FileState } from '../state/file-states.ts';
import type { FileRow } from '../state/state.ts';
import { Carrier } from './carrier.ts';
import { FILE_DEFAULTS, type FileDeps, type FileFence, type FileLife, type FileOptions } from './context.ts';
import { Linker } from './linker.ts';
import type { Staging } from './staging.ts';

/** What the writer of records tells the writer of files, and hears from it. */
export interface Beside {
  /** Whether calls to Twenty may start: not while an operator paused, a lane waits, or a mapping is not confirmed. */
  mayWork(): boolean;
  /** Something was done that may let others come to rest. */
  wake(): void;
}

/** The writer of files: works beside the writer of records, under its lease. */
export interface FileMover {
  /** Until the signal; rejects where it cannot go on (lease lost, state gone). */
  run(fence: FileFence, beside: Beside, signal: AbortSignal): Promise<void>;
  /** Something may be due. */
  wake(): void;
  /** Whether anything is in its hands, or due. */
  busy(): Promise<boolean>;
}

export function createFileMover(deps: FileDeps): FileMover {
  return new TheMover(deps, { ...FILE_DEFAULTS, ...deps.options });
}

/** How often the state is looked at when nobody woke us. */
const LOOK_MS = 1000;
const FAILED_MS = 5000;
/** Those that were begun come first: so staged bytes leave the disk before others come. */
const CARRIED: readonly FileState[] = ['asked', 'staged', 'wanted'];
/** Bytes of these are still needed. */
const NEEDS_BYTES: readonly FileState[] = ['staged', 'asked', 'uploaded', 'linking'];
const PAGE = 500;
const LATEST = Number.MAX_SAFE_INTEGER;

class TheMover implements FileMover {
  readonly #deps: FileDeps;
  readonly #options: FileOptions;
  /** In the hands of this process. */
  readonly #inHand = new Set<string>();
  readonly #carrying = new Set<Promise<void>>();
  #linking: Promise<void> | null = null;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #failure: unknown = null;
  #woken = false;
  #waiting: AbortController | null = null;

  constructor(deps: FileDeps, options: FileOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  wake(): void {
    this.#woken = true;
    this.#waiting?.abort();
  }

  async busy(): Promise<boolean> {
    if (this.#inHand.size > 0 || this.#linking !== null) return true;
    const now = this.#deps.clock.now();
    return this.#deps.state.read(async (tx) => {
      const due = await tx.files.dueCount(DUE_STATES, now);
      return due > 0 || (await tx.files.dueCount(['linking'], LATEST)) > 0;
    });
  }

  async run(fence: FileFence, beside: Beside, signal: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([signal, fence.lost]);
    const life: FileLife = {
      deps: this.#deps,
      options: this.#options,
      staging: await this.#deps.staging(),
      fence,
      signal: ended,
      pause: (forMs, why) => {
        this.#pausedUntil = Math.max(this.#pausedUntil, this.#deps.clock.monotonic() + forMs);
        this.#deps.logger.warn({ forMs, why }, 'files wait');
      },
    };
    const carrier = new Carrier(life);
    const linker = new Linker(life);
    await this.#sweep(life.staging, carrier);
    try {
      while (!ended.aborted && this.#failure === null) {
        this.#woken = false;
        const worked = beside.mayWork() && this.#deps.clock.monotonic() >= this.#pausedUntil;
        const more = worked && (await this.#turn(life, carrier, linker, beside));
        if (!more) await this.#wait(ended);
      }
    } finally {
      await Promise.allSettled([...this.#carrying, this.#linking]);
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** One look at everything. True: there may be more to do at once. */
  async #turn(life: FileLife, carrier: Carrier, linker: Linker, beside: Beside): Promise<boolean> {
    const now = this.#deps.clock.now();
    if (this.#linking === null) {
      const batch = await this.#batch(now, carrier);
      if (batch !== null) {
        this.#link(batch, linker, life.staging, carrier, beside);
      }
    }
    if (carrier.full) {
      await this.#sweep(life.staging, carrier);
      if (life.staging.hasRoom(1)) carrier.full = false;
    }
    const room = this.#options.parallel - this.#carrying.size;
    if (room <= 0) return false;
    const states = carrier.full ? CARRIED.filter((state) => state !== 'wanted') : CARRIED;
    const rows = await this.#deps.state.read((tx) => tx.files.due({ states, now, limit: room, except: this.#inHand }));
    for (const row of rows) this.#carry(row, carrier, beside);
    return false;
  }

  #carry(row: FileRow, carrier: Carrier, beside: Beside): void {
    this.#inHand.add(row.key);
    const running = carrier
      .carry(row)
      .catch((thrown: unknown) => this.#failed(thrown))
      .finally(() => {
        this.#carrying.delete(running);
        this.#inHand.delete(row.key);
        this.wake();
        beside.wake();
      });
    this.#carrying.add(running);
  }

  #link(batch: Batch, linker: Linker, staging: Staging, carrier: Carrier, beside: Beside): void {
    for (const { key } of batch.rows) this.#inHand.add(key);
    const work = {
      link: () => linker.link(batch.rows),
      'read-back': () => linker.readBack(batch.rows),
      remove: () => linker.remove(batch.rows),
    }[batch.kind];
    this.#linking = work()
      .then(() => this.#sweep(staging, carrier))
      .catch((thrown: unknown) => this.#failed(thrown))
      .finally(() => {
        this.#linking = null;
        for (const { key } of batch.rows) this.#inHand.delete(key);
        this.wake();
        beside.wake();
      });
  }

  /** What Twenty is to be told next. A batch of attachments is full, or nothing more is under way, or its oldest waited. */
  async #batch(now: number, carrier: Carrier): Promise<Batch | null> {
    const limit = this.#deps.twenty.batchSize();
    const except = this.#inHand;
    return this.#deps.state.read(async (tx): Promise<Batch | null> => {
      const late = await tx.files.due({ states: ['linking'], now, limit, except });
      if (late.length > 0) return { kind: 'read-back', rows: late };
      const leaving = await tx.files.due({ states: ['withdrawing', 'deleting'], now, limit, except });
      if (leaving.length > 0) return { kind: 'remove', rows: leaving };
      const rows = await tx.files.due({ states: ['uploaded'], now, limit, except });
      const oldest = rows[0];
      if (oldest === undefined) return null;
      const coming = this.#carrying.size > 0 || (await tx.files.dueCount(CARRIED, now)) > 0;
      const waits = rows.length < limit && coming && !carrier.full && now - oldest.since < this.#options.linkWaitMs;
      return waits ? null : { kind: 'link', rows };
    });
  }

  /** Removes bytes that nobody needs any more. */
  async #sweep(staging: Staging, carrier: Carrier): Promise<void> {
    const there = staging.hashes();
    if (there.length === 0) return;
    const needed = new Set<string>(carrier.holding);
    for (const state of NEEDS_BYTES) {
      for (let after: string | null = null; ; ) {
        const rows: readonly FileRow[] = await this.#deps.state.read((tx) =>
          tx.files.page({ state, limit: PAGE, ...(after === null ? {} : { after }) }),
        );
        for (const { content } of rows) if (content !== null) needed.add(content.sha256);
        after = rows.at(-1)?.key ?? null;
        if (rows.length < PAGE || after === null) break;
      }
    }
    for (const sha256 of there) {
      if (!needed.has(sha256) && !carrier.holding.has(sha256)) await staging.drop(sha256);
    }
  }

  /** What ends the work is a state or a lease that is gone; anything else waits and is tried again. */
  #failed(thrown: unknown): void {
    const error = asChangeoverError(thrown);
    if (error.code === 'CANCELLED') return;
    if (error.code.startsWith('STATE_') || error.code === 'INTERNAL') {
      this.#failure ??= error;
      return;
    }
    this.#pausedUntil = this.#deps.clock.monotonic() + (error.retryAfterMs ?? FAILED_MS);
    this.#deps.logger.warn(
      { code: error.code, message: error.message },
      'a file could not be moved; it is tried again',
    );
  }

  async #wait(ended: AbortSignal): Promise<void> {
    if (this.#woken || ended.aborted) return;
    const waiting = new AbortController();
    this.#waiting = waiting;
    await underAny([waiting.signal, ended], (signal) => this.#deps.clock.sleep(LOOK_MS, signal)).catch(() => undefined);
    this.#waiting = null;
  }
}

interface Batch {
  readonly kind: 'link' | 'read-back' | 'remove';
  readonly rows: readonly FileRow[];
}
