import { asChangeoverError } from '../core/errors.ts';
import type { Clock, Logger } from '../core/ports.ts';

const LOOK_MS = 1_000;

/** Something that is decided in the state and must take effect in this process. */
export interface Watched {
  look(): Promise<void>;
}

/** Looks into the state once a second: what was decided in another process takes effect here. */
export async function watchState(
  watched: readonly Watched[],
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  // Told once, not at every look while it lasts.
  let told = '';
  while (!signal.aborted) {
    try {
      for (const one of watched) await one.look();
      told = '';
    } catch (thrown) {
      const { code, message } = asChangeoverError(thrown);
      if (told !== code) logger.warn({ code, message }, 'the state cannot be looked at; it is tried again and again');
      told = code;
    }
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}
