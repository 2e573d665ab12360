import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';
import { closeBreaker } from '../../sink/index.ts';
import type { DaemonHandle } from '../daemon-handle.ts';
import { defineOperation, type OperationContext } from '../operation.ts';

const what = z.strictObject({ what: z.enum(['source', 'writer', 'all']).default('all'), by: z.string().trim().min(1) });

function noDaemon(): ChangeoverError {
  return new ChangeoverError('DAEMON_NEEDED', 'no daemon runs on this data folder');
}

/** A pause is kept in the state, so that it survives a restart. */
export const PAUSE_SETTING = 'paused';

/** Another value here: somebody asked for the sources to be read at once. */
const POLL_SETTING = 'poll.asked';

export function pollAsked(app: OperationContext['app']): Promise<unknown> {
  return app.state.read(async (tx) => (await tx.settings.get(POLL_SETTING)) ?? null);
}

export interface Paused {
  readonly source: boolean;
  readonly writer: boolean;
}

export const NOT_PAUSED: Paused = { source: false, writer: false };

export async function pausedOf(context: Pick<OperationContext, 'app'>): Promise<Paused> {
  return (
    ((await context.app.state.read((tx) => tx.settings.get(PAUSE_SETTING))) as Paused | undefined | null) ?? NOT_PAUSED
  );
}

export function applyPause(daemon: DaemonHandle, paused: Paused): void {
  for (const runner of daemon.runners) {
    if (paused.source) runner.pause();
    else if (runner.paused) runner.resume();
  }
  if (paused.writer) daemon.writer?.pause();
  else if (daemon.writer?.paused === true) daemon.writer.resume();
}

async function setPause(
  context: OperationContext,
  what: 'source' | 'writer' | 'all',
  value: boolean,
  by: string,
): Promise<Paused> {
  const before = await pausedOf(context);
  const paused: Paused = {
    source: what === 'writer' ? before.source : value,
    writer: what === 'source' ? before.writer : value,
  };
  await context.app.state.transaction((tx) => tx.settings.set(PAUSE_SETTING, paused));
  context.app.ports.logger.info({ by, paused }, value ? 'paused' : 'resumed');
  if (context.daemon !== null) applyPause(context.daemon, paused);
  return paused;
}

export const pause = defineOperation({
  name: 'pause',
  access: 'write',
  input: what,
  run: (context, input) => setPause(context, input.what, true, input.by),
});

export const resume = defineOperation({
  name: 'resume',
  access: 'write',
  input: what,
  run: (context, input) => setPause(context, input.what, false, input.by),
});

/** Lets an object go on that was stopped because too many of its records were refused. */
export const resumeObject = defineOperation({
  name: 'resume-object',
  access: 'write',
  input: z.strictObject({
    source: z.string().min(1),
    object: z.string().min(1),
    by: z.string().trim().min(1),
    reason: z.string().trim().min(1).optional(),
  }),
  async run({ app, daemon }, { source, object, by, reason }) {
    const at = app.ports.clock.now();
    const closed = await app.state.transaction(async (tx) => {
      const found = await closeBreaker(tx, source, object, by, at);
      const entry = { at, by, action: 'resume', source, object, key: null, reason: reason ?? null, detail: {} };
      if (found) await tx.audit.append([entry]);
      return found;
    });
    if (!closed) throw new ChangeoverError('USAGE', `nothing stopped ${source}/${object}`);
    app.ports.logger.info({ by, source, object }, 'resumed');
    daemon?.writer?.wake();
    return { source, object };
  },
});

export const poll = defineOperation({
  name: 'poll',
  access: 'write',
  input: z.strictObject({}),
  async run({ app, daemon }) {
    if (daemon === null && app.shape.kind === 'embedded') throw noDaemon();
    // Other processes that read sources see it in the state.
    await app.state.transaction((tx) => tx.settings.set(POLL_SETTING, app.ports.random.uuid()));
    daemon?.poll();
    daemon?.writer?.pollSoon();
    return { asked: true };
  },
});

export const stop = defineOperation({
  name: 'stop',
  access: 'write',
  input: z.strictObject({}),
  async run(context) {
    if (context.daemon === null) throw noDaemon();
    context.daemon.stop();
    return { stopping: true };
  },
});
