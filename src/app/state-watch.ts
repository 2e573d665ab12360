import { asChangeoverError } from '../core/errors.ts';
import type { Clock, Logger } from '../core/ports.ts';

const LOOK_MS = 1_000;

/** Something that is decided in the state and must take effect in this process. */
export interface Watched {
  readonly name: string;
  look(): Promise<void>;
}

/** Looks into the state once a second: what was decided in another process takes effect here. */
export async function watchState(
  watched: readonly Watched[],
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const one of watched) {
      await one.look().catch((thrown: unknown) => {
        const { code, message } = asChangeoverError(thrown);
        logger.warn({ watched: one.name, code, message }, 'the state could not be looked at; it is tried again');
      });
    }
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}
