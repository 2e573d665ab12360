import { Application } from '../../app/application.ts';
import { Daemon } from '../../app/daemon.ts';
import { runOperation } from '../../app/operation.ts';
import { status } from '../../app/operations/status.ts';
import { systemPorts } from '../../app/ports.ts';
import { ROLES, type Roles, rolesOf } from '../../app/roles.ts';
import { scaledOut } from '../../app/shapes/settings.ts';
import { type ShownProgress, showProgress } from '../../app/show-progress.ts';
import { loadConfiguration } from '../../config/load.ts';
import { ChangeoverError } from '../../core/errors.ts';
import { createLogger } from '../../core/logger.ts';
import type { Command } from '../command.ts';
import { errorText, exitOf } from '../failure.ts';
import { flag, number, text } from '../operate.ts';
import { version } from '../version.ts';
import { accountOf, standingText } from './status.ts';

export const runCommand: Command = {
  name: 'run',
  summary: 'Runs the parallel changeover until it is stopped.',
  description:
    'SIGTERM or Ctrl-C finishes the calls in flight and stops; a second one stops at once, which is safe too.',
  arguments: [],
  options: [
    {
      flags: '--once',
      description:
        'Read everything once, write it, print where every record stands, and stop. A source or object that could not be read ends it with that error, after the others.',
    },
    {
      flags: '--patience <seconds>',
      description:
        'With --once: how long to wait for records that were refused and are tried again; 60 unless given. Later ones are reported as on the way.',
    },
    {
      flags: '--role <role>',
      description: 'What this process does: source, sink, control or all (the default). Needs Kafka and PostgreSQL.',
    },
  ],
  examples: ['changeover run', 'changeover run --once --json', 'changeover run --role sink'],
  async run(context, input) {
    const loaded = loadConfiguration(context.configFile, context.environment);
    const once = flag(input, 'once');
    const roles = rolesAsked(text(input, 'role'), scaledOut(loaded.configuration) !== null, once);
    const patience = number(input, 'patience');
    const patienceMs = patience === undefined ? undefined : patience * 1000;
    let progress: ShownProgress | null = null;
    const logger = createLogger({ level: loaded.configuration.log.level, onLine: () => progress?.interrupted() });
    const app = await Application.open(loaded, systemPorts(logger, context.environment), 'write');
    try {
      const daemon = await Daemon.start(app, { version: version(), roles });
      progress = showProgress(daemon, context);
      try {
        if (once) await daemon.pipeline.settle(AbortSignal.any([context.signal, daemon.stopping]), patienceMs);
        else await daemon.poll(context.signal);
        if (!isOrderly(daemon.stopping)) throw daemon.stopping.reason;
      } finally {
        progress.stop();
        await daemon.stop();
      }
      const result = await runOperation(status, { app, daemon: null }, {});
      // What could be read was moved all the same, and is accounted for.
      const unread = once ? daemon.pipeline.unread() : [];
      for (const { error } of unread) context.say(errorText(error));
      const [first] = unread;
      return {
        json: {
          ...accountOf(result.objects),
          ...(first === undefined
            ? {}
            : {
                error: first.error.toJSON(),
                unread: unread.map(({ source, object, error }) => ({ source, object, error: error.toJSON() })),
              }),
        },
        text: standingText(result),
        exit: first !== undefined ? exitOf(first.error) : result.residue === 0 ? 'ok' : 'findings',
      };
    } finally {
      await app.close();
    }
  },
};

/** @throws USAGE for roles that cannot stand alone here. */
function rolesAsked(word: string | undefined, sharing: boolean, once: boolean): Roles {
  const roles = rolesOf(word ?? 'all');
  if (roles === null) throw new ChangeoverError('USAGE', `--role takes ${ROLES.join(', ')} or all, not ${word ?? ''}`);
  if (roles.size === ROLES.length) return roles;
  if (once) throw new ChangeoverError('USAGE', '--once does everything in one process: leave out --role');
  if (!sharing) {
    throw new ChangeoverError('USAGE', 'one process does everything where log and state are files: leave out --role', {
      hint: 'Roles are for several processes that share Kafka and PostgreSQL: set kafka, registry and state in changeover.yaml.',
    });
  }
  return roles;
}

/** Whether nothing but a person or a signal stopped it. */
function isOrderly(stopping: AbortSignal): boolean {
  if (!stopping.aborted) return true;
  const reason: unknown = stopping.reason;
  return reason instanceof Error && 'code' in reason && reason.code === 'CANCELLED';
}
