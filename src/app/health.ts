import type { Health } from '../server/server.ts';
import type { WriterStatus } from '../sink/index.ts';
import type { Application } from './application.ts';
import type { Pipeline } from './pipeline.ts';
import type { Shape } from './shapes/shape.ts';
import type { SourceLoop } from './source-loop.ts';

function readingWaits({ source, state, runner }: SourceLoop): readonly string[] {
  const waiting: string[] = [];
  if (state.kind === 'waiting') waiting.push(`${source}: ${state.error.message}`);
  if (runner.paused) waiting.push(`${source}: reading is paused`);
  for (const [object, status] of runner.statuses()) {
    if (status.kind === 'asking')
      waiting.push(`${source}/${object}: ${status.questions.length} questions for a person`);
    if (status.kind === 'stopped' || status.kind === 'backing-off')
      waiting.push(`${source}/${object}: ${status.error.message}`);
  }
  return waiting;
}

/** A process that stands by is ready: where several share the work, another one writes. */
function writingWaits(writer: WriterStatus, shape: Shape['kind']): readonly string[] {
  if (writer.paused) return ['writing: paused by an operator'];
  const stuck: readonly WriterStatus['state'][] =
    shape === 'embedded' ? ['paused', 'unconfirmed', 'waiting-for-lease'] : ['paused', 'unconfirmed'];
  // Between two lives, the reason is why the first one ended: the state had no room, or was out of reach.
  const left = writer.state === 'stopped' && writer.reason !== null;
  return left || stuck.includes(writer.state) ? [`writing: ${writer.reason ?? writer.state}`] : [];
}

/** Alive is not advancing: readiness names everything that keeps records from moving. */
export async function healthOf(app: Application, pipeline: Pipeline, stopping: AbortSignal): Promise<Health> {
  const waiting: string[] = [];
  if (stopping.aborted) waiting.push('stopping');
  for (const lane of pipeline.lanes) {
    if (lane.loop !== null) waiting.push(...readingWaits(lane.loop));
    const stopped = lane.intake?.stopped() ?? null;
    if (stopped !== null) waiting.push(`${lane.source}: intake stopped: ${stopped.message}`);
    const retried = lane.intake?.waiting() ?? null;
    if (retried !== null) waiting.push(`${lane.source}: intake waits: ${retried.message}`);
  }
  const writer = pipeline.writer?.status();
  if (writer !== undefined) waiting.push(...writingWaits(writer, app.shape.kind));
  for (const { source, object, reason } of writer?.closed ?? []) {
    // Before its first snapshot there is nothing of it to move.
    if (reason.code !== 'SINK_QUALITY_UNKNOWN') waiting.push(`${source}/${object}: ${reason.message}`);
  }
  // A state that cannot be read is not alive.
  const live = await app.state
    .read((tx) => tx.settings.get('deployment'))
    .then(
      () => true,
      () => false,
    );
  return { live, ready: live && waiting.length === 0, waiting };
}
