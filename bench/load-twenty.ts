// The simulated Twenty of `bench load`, in a process of its own. It lives by the clock of whoever asks: every call comes with
// its time, and none passes meanwhile.
import { startTwentySandbox } from '../sandbox/twenty/index.ts';
import type { Clock, HttpRequest, HttpResponse } from '../src/core/ports.ts';

export type Asked = {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly request: Pick<HttpRequest, 'method' | 'url' | 'headers'> & { readonly body?: string };
};

export type Told =
  | { readonly kind: 'ready'; readonly url: string; readonly token: string }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: HttpResponse | null };

const tell = (told: Told) => process.send?.(told);

let now = Date.UTC(2026, 0, 1);
const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => undefined };
const tokens = Number(process.argv[2] ?? 100);
const sandbox = await startTwentySandbox({
  clock,
  listen: false,
  timeline: false,
  limits: { short: { tokens, windowMs: 1000 }, long: { tokens, windowMs: 60_000 } },
});
sandbox.engine.limiter.drain(now);
process.on('message', (asked: Asked) => {
  now = Math.max(now, asked.now);
  void sandbox.ask(asked.request).then((answer) => {
    // Only the last calls are looked at by anybody.
    sandbox.clearCalls();
    tell({ kind: 'answer', id: asked.id, answer });
  });
});
process.on('disconnect', () => process.exit(0));
tell({ kind: 'ready', url: sandbox.url, token: sandbox.token });
