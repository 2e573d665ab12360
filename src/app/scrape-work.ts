import type { Metrics } from '../metrics/metrics.ts';
import { INTAKE_GROUP } from '../sink/index.ts';
import type { Application } from './application.ts';
import type { Pipeline } from './pipeline.ts';

/** How far the work of taking in and writing is: what only a process that does it knows. */
export async function countWork(app: Application, pipeline: Pipeline): Promise<void> {
  const { metrics, state } = app;
  const rows = await state.read((tx) => tx.ledger.rows(null));
  const onTheWay = rows.reduce((sum, row) => sum + row.classes['on-the-way'], 0);
  metrics.clear('changeover_cutover_eta_seconds');
  const left = onTheWay === 0 ? 0 : pipeline.progress.secondsFor(onTheWay);
  if (left !== null) metrics.set('changeover_cutover_eta_seconds', {}, left);
  // Where this process controls too, what the state says was set before; where not, these are all that it shows.
  if (!pipeline.roles.has('control')) metrics.clear('changeover_objects_stopped');
  for (const { source, object, reason } of pipeline.writer?.status().closed ?? [])
    metrics.set('changeover_objects_stopped', { source, object, reason: reason.code }, 1);
  await countLag(metrics, app);
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
