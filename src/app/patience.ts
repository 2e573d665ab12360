import { asChangeoverError } from '../core/errors.ts';
import type { Clock, Logger, Random } from '../core/ports.ts';

const FIRST_WAIT_MS = 200;
const LAST_WAIT_MS = 5_000;
/** After so long without success it is given up, and whoever started the process sees why. */
const LONGEST_MS = 60_000;

/**
 * Does it again while it fails for a reason that passes: servers that are still starting, or that processes which begin
 * together get in each other's way at. Waits are of random length, so that these do not meet again.
 * @throws what it failed with last.
 */
export async function patiently<Result>(
  what: string,
  work: () => Promise<Result>,
  { clock, random, logger }: { readonly clock: Clock; readonly random: Random; readonly logger: Logger },
): Promise<Result> {
  const begun = clock.monotonic();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      const passes = error.retry === 'now' || error.retry === 'later';
      if (!passes || clock.monotonic() - begun > LONGEST_MS) throw thrown;
      const wait = Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) * (0.5 + random.next());
      logger.warn({ code: error.code, message: error.message, waitMs: Math.round(wait) }, `${what}: it is tried again`);
      await clock.sleep(wait);
    }
  }
}
