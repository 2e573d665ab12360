import { describe, expect, test } from 'vitest';
import { CHECKS } from './connector/checks.ts';
import type { Candidate, World } from './connector/world.ts';

export { SeenCalls } from './connector/seen-calls.ts';
export type { Candidate, Circumstances, ReaderContext, World } from './connector/world.ts';

/** What only a source with an API has, and every source with an API. */
const OF_LIVE_SOURCES = ['expiredCredentials', 'throttling'] as const;

/** What every connector must keep, whatever it reads (src/source/connector.ts). What does not apply is shown with its reason. */
export function connectorConformance<W extends World>(name: string, candidate: Candidate<W>): void {
  describe(`${name} keeps the contract of connectors`, () => {
    for (const { promise, needs, run } of Object.values(CHECKS)) {
      const arrangement = needs === null ? true : candidate.arrangements[needs];
      if (typeof arrangement === 'object' && 'because' in arrangement) {
        test(`does not apply: ${promise} — ${arrangement.because}`, () => {
          expect(arrangement.because).toMatch(/\w+ \w+/);
          if (candidate.live) expect(OF_LIVE_SOURCES).not.toContain(needs);
        });
      } else test(promise, () => run(candidate));
    }
  });
}
