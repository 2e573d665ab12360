import type { Application } from './application.ts';

/** What was refused, and what is stopped for it. */
export async function countRefusals(app: Application): Promise<void> {
  const { metrics, state } = app;
  const { retries, foreign, outbox, open, ledger } = await state.read(async (tx) => ({
    retries: await tx.retries.counts(null),
    foreign: await tx.foreignMessages.counts(null),
    outbox: await tx.outbox.count(),
    open: await tx.breakers.open(null),
    ledger: await tx.ledger.rows(null),
  }));
  metrics.clear('changeover_retry_events');
  // Every tier there can be: that nothing is parked is known.
  for (let tier = 1; tier < app.loaded.configuration.retry.attempts; tier += 1)
    metrics.set('changeover_retry_events', { tier: String(tier) }, 0);
  for (const [attempt, rows] of Map.groupBy(retries, (row) => row.attempt))
    metrics.set('changeover_retry_events', { tier: String(attempt) }, sumOf(rows.map(({ records }) => records)));
  metrics.clear('changeover_foreign_messages');
  metrics.set('changeover_foreign_messages', { reason: 'EVENT_NOT_OURS' }, 0);
  for (const [reason, rows] of Map.groupBy(foreign, (row) => row.code))
    metrics.set('changeover_foreign_messages', { reason }, sumOf(rows.map(({ messages }) => messages)));
  metrics.set('changeover_outbox_notices', {}, outbox);
  metrics.clear('changeover_objects_stopped');
  for (const { source, object } of ledger)
    metrics.set('changeover_objects_stopped', { source, object, reason: 'SINK_BREAKER_OPEN' }, 0);
  for (const { source, object } of open)
    metrics.set('changeover_objects_stopped', { source, object, reason: 'SINK_BREAKER_OPEN' }, 1);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
