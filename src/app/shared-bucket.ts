import { asChangeoverError } from '../core/errors.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { StateStore } from '../state/state.ts';
import type { RateLimit } from '../twenty/budget.ts';
import type { SharedBucket } from '../twenty/budget-contract.ts';

const SETTING = 'twenty.bucket';
/** Where the state cannot be asked, nobody calls; it is asked again after so long, milliseconds. */
const UNKNOWN_MS = 1_000;
/** A per mille more than by the book, as in the model of one process: two clocks never run alike. */
const CAUTION = 1.001;
/** Tokens that stay in the bucket; see RESERVE in src/twenty/budget.ts. */
const RESERVE = 2;

interface Kept {
  readonly tokens: number;
  /** Wall clock of whoever took last, milliseconds. */
  readonly at: number;
}

/**
 * The bucket of a workspace for all processes of a deployment, kept in the state: the budget belongs to the workspace,
 * whoever writes. It starts empty, because nobody knows who called before. Clocks may differ by what the reserve bears,
 * a second or two at 100 calls a minute; `changeover doctor` compares them.
 */
export function sharedBucket(state: StateStore, clock: Clock, logger: Logger): SharedBucket {
  const guarded = async (work: () => Promise<number>): Promise<number> => {
    try {
      return await work();
    } catch (thrown) {
      logger.warn({ message: asChangeoverError(thrown).message }, 'the shared rate budget cannot be read; calls wait');
      return UNKNOWN_MS;
    }
  };
  return {
    take: (calls, limit, keptBack) =>
      guarded(() =>
        state.transaction(async (tx) => {
          const now = clock.now();
          const interval = (limit.windowMs / limit.tokens) * CAUTION;
          const kept = (await tx.settings.get(SETTING)) as Kept | undefined;
          const { tokens, at } = gathered(kept, limit, interval, now);
          const missing = Math.min(calls + RESERVE + keptBack, limit.tokens) - tokens;
          // Kept even where nothing is taken: who asked first must not lose what had gathered by then.
          const left = missing > 0 ? tokens : tokens - calls;
          if (missing <= 0 || kept === undefined) await tx.settings.set(SETTING, { tokens: left, at } satisfies Kept);
          return missing > 0 ? Math.max(1, Math.ceil(at + missing * interval - now)) : 0;
        }),
      ),
    async emptied() {
      await guarded(async () => {
        await state.transaction((tx) => tx.settings.set(SETTING, { tokens: 0, at: clock.now() } satisfies Kept));
        return 0;
      });
    },
  };
}

/** What is there now, whole tokens only; a clock that went backwards gathers nothing. */
function gathered(kept: Kept | undefined, limit: RateLimit, interval: number, now: number): Kept {
  if (kept === undefined || now < kept.at) return { tokens: Math.min(kept?.tokens ?? 0, limit.tokens), at: now };
  const more = Math.floor((now - kept.at) / interval);
  const tokens = Math.min(limit.tokens, kept.tokens + more);
  // The server drops the fraction of a token at a grant (twenty.md O5); here it is dropped with every whole one.
  return { tokens, at: more === 0 ? kept.at : now };
}
