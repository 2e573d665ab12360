import type { Metrics } from '../metrics/metrics.ts';
import { INTAKE_GROUP } from '../sink/index.ts';
import type { Application } from './application.ts';
import type { Pipeline } from './pipeline.ts';

/** What was refused, what is stopped for it, and how far the log is read. */
export async function countRefusals(app: Application, pipeline: Pipeline): Promise<void> {
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
  for (const { source, object, reason } of pipeline.writer?.status().closed ?? [])
    metrics.set('changeover_objects_stopped', { source, object, reason: reason.code }, 1);
  if (pipeline.roles.has('sink')) await countLag(metrics, app);
}

async function countLag(metrics: Metrics, app: Application): Promise<void> {
  const lags = await app.bus.lag(INTAKE_GROUP);
  metrics.clear('changeover_bus_lag_events');
  metrics.clear('changeover_bus_lag_seconds');
  for (const [topic, partitions] of Map.groupBy(lags, (lag) => lag.topic)) {
    const labels = { topic, group: INTAKE_GROUP };
    metrics.set('changeover_bus_lag_events', labels, sumOf(partitions.map(({ events }) => events)));
    metrics.set('changeover_bus_lag_seconds', labels, Math.max(0, ...partitions.map(({ ageMs }) => ageMs ?? 0)) / 1000);
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
