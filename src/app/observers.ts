import type { Clock } from '../core/ports.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { SinkEvents } from '../sink/deps.ts';
import type { SourceObserver } from '../source/runner/observer.ts';
import type { Progress } from './progress.ts';
import type { SourceAges } from './source-ages.ts';

/** What the source's reader tells, as metrics and progress. */
export function sourceObserver(metrics: Metrics, progress: Progress, ages: SourceAges, clock: Clock): SourceObserver {
  return {
    appended(source, object, events) {
      for (const op of ['UPSERT', 'DELETE'] as const) {
        const count = events.filter((event) => event.op === op).length;
        if (count > 0) metrics.add('changeover_source_events_total', { source, object, op }, count);
      }
      progress.read(source, object, events.length);
    },
    rejected: () => undefined,
    snapshotRead(source, _object, takenAt) {
      if (takenAt !== null) ages.took(source, takenAt);
    },
    progress: (source, object, remaining) => progress.remaining(source, object, remaining),
    polled(source, status) {
      metrics.add('changeover_source_requests_total', { source, status });
      if (status !== 'error')
        metrics.set('changeover_source_last_success_timestamp_seconds', { source }, clock.now() / 1000);
    },
    waited: (source, cause, seconds) =>
      metrics.add('changeover_source_backoff_seconds_total', { source, cause }, seconds),
  };
}

/** What the sink tells, as metrics and progress. */
export function sinkEvents(metrics: Metrics, progress: Progress): SinkEvents {
  return {
    settled(_source, object, outcome, records) {
      metrics.add('changeover_sink_records_total', { object, outcome }, records);
      progress.settled(records);
    },
    called(call) {
      metrics.observe('changeover_sink_batch_records', { object: call.object }, call.rows);
      progress.called();
    },
    visible: (source, object, latencyMs) =>
      metrics.observe('changeover_sink_apply_seconds', { source, object }, latencyMs / 1000),
    altered: () => undefined,
    waiting: () => undefined,
  };
}
