/**
 * Runs work under a signal that is aborted as soon as one of several is. AbortSignal.any leaves something behind in each of
 * them; here a signal that lives as long as the process keeps nothing of the many that it was joined with.
 */
export async function underAny<Result>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const joined = new AbortController();
  const stops = signals.map((signal) => {
    const stop = () => joined.abort(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    return () => signal.removeEventListener('abort', stop);
  });
  try {
    return await work(joined.signal);
  } finally {
    for (const letGo of stops) letGo();
  }
}
