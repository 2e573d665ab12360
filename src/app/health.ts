import type { Health } from '../server/server.ts';
import type { Application } from './application.ts';
import type { Pipeline } from './pipeline.ts';

/** Alive is not advancing: readiness names everything that keeps records from moving. */
export async function healthOf(app: Application, pipeline: Pipeline, stopping: AbortSignal): Promise<Health> {
  const waiting: string[] = [];
  if (stopping.aborted) waiting.push('stopping');
  for (const lane of pipeline.lanes) {
    const { source, state, runner } = lane.loop;
    if (state.kind === 'waiting') waiting.push(`${source}: ${state.error.message}`);
    if (runner.paused) waiting.push(`${source}: reading is paused`);
    for (const [object, status] of runner.statuses()) {
      if (status.kind === 'asking')
        waiting.push(`${source}/${object}: ${status.questions.length} questions for a person`);
      if (status.kind === 'stopped' || status.kind === 'backing-off')
        waiting.push(`${source}/${object}: ${status.error.message}`);
    }
    const stopped = lane.intake.stopped();
    if (stopped !== null) waiting.push(`${source}: intake stopped: ${stopped.message}`);
  }
  const writer = pipeline.writer.status();
  if (writer.paused) waiting.push('writing: paused by an operator');
  else if (writer.state === 'paused' || writer.state === 'unconfirmed' || writer.state === 'waiting-for-lease') {
    waiting.push(`writing: ${writer.reason ?? writer.state}`);
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
