import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readRecording } from './recording.ts';
import { replay } from './replay.ts';

const RECORDING = fileURLToPath(new URL('../fixtures/twenty/twenty-2.21.0-exchanges.jsonl', import.meta.url));

describe('the simulator of Twenty 2.21.0', () => {
  it('answers every recorded request as the real server did', async () => {
    const results = await replay(readRecording(RECORDING));
    expect(results).toHaveLength(89);
    expect(results.filter(({ mismatches }) => mismatches.length > 0)).toEqual([]);
  });
});
