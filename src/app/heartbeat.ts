import { hostname } from 'node:os';
import process from 'node:process';
import { asChangeoverError } from '../core/errors.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { ProcessRow, StateStore } from '../state/state.ts';

const BEAT_MS = 10_000;
/** After three beats that did not come. */
export const SILENT_MS = 35_000;
/** A process that was silent for so long is not listed any more. */
export const GONE_MS = 900_000;

export interface HeartbeatParts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly holder: string;
  readonly roles: readonly string[];
  /** Those that this process reads. */
  readonly sources: readonly string[];
  readonly version: string;
  readonly startedAt: number;
}

/** Tells whoever looks into the state that this process lives, and forgets those that have not said so for long. */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #process: Omit<ProcessRow, 'seenAt'>;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
    const { holder, roles, sources, version, startedAt } = parts;
    this.#process = { holder, host: hostname(), pid: process.pid, roles, sources, version, startedAt };
  }

  async beat(): Promise<void> {
    const now = this.#parts.clock.now();
    await this.#parts.state.transaction(async (tx) => {
      await tx.processes.beat(this.#process, now);
      await tx.processes.forget(now - GONE_MS);
    });
  }

  /** Until the signal. A state that cannot be reached keeps nothing but the telling from going on. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    // Told once, not at every beat while it lasts.
    let told = '';
    while (!signal.aborted) {
      try {
        await this.beat();
        told = '';
      } catch (thrown) {
        const { code, message } = asChangeoverError(thrown);
        if (told !== code) logger.warn({ code, message }, 'this process cannot say that it lives; it is tried again');
        told = code;
      }
      await clock.sleep(BEAT_MS, signal).catch(() => undefined);
    }
  }

  /** At an orderly end: what stopped on purpose is not silent. */
  async leave(): Promise<void> {
    await this.#parts.state.transaction((tx) => tx.processes.leave(this.#process.holder)).catch(() => undefined);
  }
}
