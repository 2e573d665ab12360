import { Application } from '../../app/application.ts';
import { Daemon } from '../../app/daemon.ts';
import { runOperation } from '../../app/operation.ts';
import { status } from '../../app/operations/status.ts';
import { systemPorts } from '../../app/ports.ts';
import { showProgress } from '../../app/show-progress.ts';
import { loadConfiguration } from '../../config/load.ts';
import { createLogger } from '../../core/logger.ts';
import type { Command } from '../command.ts';
import { flag } from '../operate.ts';
import { version } from '../version.ts';
import { accountOf, balanceTable } from './status.ts';

export const runCommand: Command = {
  name: 'run',
  summary: 'Runs the parallel changeover until it is stopped.',
  description:
    'SIGTERM or Ctrl-C finishes the calls in flight and stops; a second one stops at once, which is safe too.',
  arguments: [],
  options: [
    { flags: '--once', description: 'Read everything once, write it, print where every record stands, and stop.' },
  ],
  examples: ['changeover run', 'changeover run --once --json'],
  async run(context, input) {
    const loaded = loadConfiguration(context.configFile, context.environment);
    const logger = createLogger({ level: loaded.configuration.log.level });
    const app = await Application.open(loaded, systemPorts(logger, context.environment), 'write');
    try {
      const once = flag(input, 'once');
      const daemon = await Daemon.start(app, { version: version() });
      const progress = showProgress(daemon, context);
      try {
        if (once) await daemon.pipeline.settle(AbortSignal.any([context.signal, daemon.stopping]));
        else await daemon.poll(context.signal);
        if (!isOrderly(daemon.stopping)) throw daemon.stopping.reason;
      } finally {
        progress.stop();
        await daemon.stop();
      }
      const result = await runOperation(status, { app, daemon: null }, {});
      return {
        json: accountOf(result.objects),
        text: balanceTable(result.objects),
        exit: result.residue === 0 ? 'ok' : 'findings',
      };
    } finally {
      await app.close();
    }
  },
};

/** Whether nothing but a person or a signal stopped it. */
function isOrderly(stopping: AbortSignal): boolean {
  if (!stopping.aborted) return true;
  const reason: unknown = stopping.reason;
  return reason instanceof Error && 'code' in reason && reason.code === 'CANCELLED';
}
