import { expect, test } from 'vitest';
import { SimulatedClock } from '../core/clock.ts';
import { showLines } from './show-progress.ts';

/** What is said of these lines, one a look, and at which second; a line may be an error. */
async function said(
  terminal: boolean,
  lines: readonly (string | Error | { readonly logged: string })[],
): Promise<readonly (readonly [number, string])[]> {
  const clock = new SimulatedClock();
  const started = clock.monotonic();
  const heard: (readonly [number, string])[] = [];
  const left = [...lines];
  await new Promise<void>((resolve) => {
    const shown = showLines(
      async () => {
        const next = left.shift();
        if (next === undefined) {
          shown.stop();
          resolve();
          return '';
        }
        if (next instanceof Error) throw next;
        if (typeof next === 'string') return next;
        shown.interrupted();
        return next.logged;
      },
      { terminal, say: (line) => void heard.push([(clock.monotonic() - started) / 1000, line]) },
      clock,
    );
  });
  return heard;
}

test('elsewhere than on a terminal, plain lines come every ten seconds, and only where something changed', async () => {
  expect(await said(false, ['1 read', '1 read', '2 read'])).toEqual([
    [10, '1 read'],
    [30, '2 read'],
  ]);
});

test('on a terminal each line takes the place of the one before', async () => {
  expect(await said(true, ['1 read', '2 read', '2 read', '3 read'])).toEqual([
    [0.5, '1 read'],
    [1, '\u001b[1A\u001b[2K2 read'],
    [2, '\u001b[1A\u001b[2K3 read'],
  ]);
});

test('what was logged in between is not written over', async () => {
  expect(await said(true, ['1 read', { logged: '2 read' }, '3 read'])).toEqual([
    [0.5, '1 read'],
    [1, '2 read'],
    [1.5, '\u001b[1A\u001b[2K3 read'],
  ]);
});

test('a look that fails is left out, and the next one is shown', async () => {
  expect(await said(false, ['1 read', new Error('busy'), '2 read'])).toEqual([
    [10, '1 read'],
    [30, '2 read'],
  ]);
});
