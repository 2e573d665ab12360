import type { ErrorCode } from '../core/error-codes.ts';
import { ChangeoverError, type Place } from '../core/errors.ts';
import type { Logger } from '../core/ports.ts';

/** More different notices than this are not told one by one: the rule behind them is what is wrong then. */
const MOST = 1000;

/** What is odd in a source and stops nothing: told once each, by its code, so that a log is not filled with it. */
export class Notices {
  readonly #logger: Logger;
  readonly #told = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** `once`: what makes it the same notice as one before; left out, its words. */
  tell(code: ErrorCode, message: string, place: Place = {}, once: string = message): void {
    const name = `${code} ${once}`;
    if (this.#told.has(name) || this.#told.size >= MOST) return;
    this.#told.add(name);
    const { hint } = new ChangeoverError(code, message);
    this.#logger.warn({ code, place, hint }, message);
  }

  /** As a note of a description. */
  note(code: ErrorCode, message: string): string {
    return `${message} (${code}) ${new ChangeoverError(code, message).hint}`;
  }
}
