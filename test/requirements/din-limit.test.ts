import { describe, expect, it } from 'vitest';
import { CHANGES, measure } from '../../bench/dinamik.ts';

describe('DIN-S1 a limit that nobody documents', () => {
  for (const change of CHANGES) {
    it(`is found from a cold start and used to 85 % within five simulated minutes, ${change.name}`, async () => {
      const { shareUsed, shareRefused } = await measure(change, 5, 1);
      expect(shareUsed).toBeGreaterThanOrEqual(0.85);
      expect(shareRefused).toBeLessThan(0.02);
    });
  }
});
