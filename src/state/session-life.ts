import { ChangeoverError } from '../core/errors.ts';

/**
 * How long a session may be used: until its end, or until a statement failed. Databases take some transactions back by
 * themselves, and what came after would be committed statement by statement.
 */
export class SessionLife {
  #ended = false;
  #failure: { readonly error: unknown } | null = null;

  /** @throws INTERNAL after the end, or what failed before. */
  check(): void {
    if (this.#ended) throw new ChangeoverError('INTERNAL', 'the state was used after the end of the transaction');
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** What failed; undefined where nothing did. */
  get failure(): unknown {
    return this.#failure?.error;
  }

  /** From now on everything fails as this did. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** No more statements, however it ended. */
  end(): void {
    this.#ended = true;
  }

  /** @throws what failed, even where the work caught it: half of it must not be committed. */
  assertWhole(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
