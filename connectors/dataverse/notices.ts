import type { ErrorCode } from '../../src/core/error-codes.ts';
import { ChangeoverError, type Place } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/ports.ts';

/** More different notices than this are not told one by one: the rule behind them is what is wrong then. */
const MOST = 1000;

/** What is odd in the source and stops nothing: told once each, by its code. */
export class Notices {
  readonly #logger: Logger;
  readonly #told = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  tell(code: ErrorCode, message: string, place: Place = {}): void {
    const name = `${code} ${message}`;
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
