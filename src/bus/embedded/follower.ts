import type Database from 'better-sqlite3';
import type { Clock, Logger } from '../../core/ports.ts';

/**
 * Notices another process's commits: looks at SQLite's data version, one number in shared memory, and calls `changed`
 * when it moved. Ends with the signal, or when nobody needs it any more.
 */
export async function follow(options: {
  readonly database: Database.Database;
  readonly clock: Clock;
  readonly logger: Logger | undefined;
  readonly everyMs: number;
  readonly signal: AbortSignal;
  needed(): boolean;
  changed(): void;
}): Promise<void> {
  let seen: unknown = null;
  while (!options.signal.aborted && options.needed()) {
    try {
      const version = options.database.pragma('data_version', { simple: true });
      if (version !== seen) {
        options.changed();
        seen = version;
      }
    } catch (thrown) {
      options.logger?.warn({ error: String(thrown) }, 'the log could not be read; trying again');
    }
    await options.clock.sleep(options.everyMs, options.signal).catch(() => undefined);
  }
}
