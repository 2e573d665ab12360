import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { underAny } from './abort.ts';

describe('work under several signals', () => {
  it('is aborted with the first of them, and for its reason', async () => {
    const one = new AbortController();
    const other = new AbortController();
    const seen = underAny([one.signal, other.signal], async (signal) => {
      other.abort('over');
      one.abort('late');
      return signal.reason;
    });
    expect(await seen).toBe('over');
    expect(await underAny([one.signal], async (signal) => signal.aborted)).toBe(true);
  });

  it('leaves nothing behind in a signal that lives on', async () => {
    const { signal } = new AbortController();
    for (let call = 0; call < 100; call += 1) {
      await underAny([signal], async () => call);
      await underAny([signal], async () => Promise.reject(new Error('failed'))).catch(() => undefined);
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});
