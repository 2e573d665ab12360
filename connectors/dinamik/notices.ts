import { ERROR_CODES, type ErrorCode } from '../../src/core/error-codes.ts';
import type { Logger } from '../../src/core/ports.ts';

/** Something odd that was dealt with: told once per object and code, so that a log is not filled with it. */
export interface Notice {
  readonly code: ErrorCode;
  readonly object: string;
  readonly message: string;
}

export class Notices {
  readonly #logger: Logger;
  readonly #told = new Map<string, Notice>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  tell(code: ErrorCode, object: string, message: string): void {
    const name = `${code}/${object}`;
    if (this.#told.has(name)) return;
    this.#told.set(name, { code, object, message });
    this.#logger.warn({ code, object, hint: ERROR_CODES[code].hint }, message);
  }

  all(): readonly Notice[] {
    return [...this.#told.values()];
  }
}
