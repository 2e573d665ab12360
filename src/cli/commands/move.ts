import { type MoveReport, type MoveStep, moveDeployment } from '../../app/move/move.ts';
import { systemPorts } from '../../app/ports.ts';
import { loadConfiguration } from '../../config/load.ts';
import type { Command, CommandContext } from '../command.ts';
import { flag, whoever } from '../operate.ts';
import { table } from '../table.ts';

export const moveCommand: Command = {
  name: 'move',
  summary: 'Moves a deployment from its files to the Kafka, registry and PostgreSQL that the configuration names.',
  description:
    'Log, state and positions, with nothing lost; the daemon must be stopped. Broken off, it goes on when started again. Afterwards the files are no longer used.',
  arguments: [],
  options: [
    { flags: '--dry-run', description: 'Only say what would move, and what stands in the way.' },
    { flags: '--by <name>', description: 'Who asks; the user of this machine unless given.' },
  ],
  examples: ['changeover move --dry-run', 'changeover move --by "Jo"'],
  async run(context, input) {
    const loaded = loadConfiguration(context.configFile, context.environment);
    const ports = systemPorts(context.logger, context.environment);
    try {
      const report = await moveDeployment(loaded, ports, {
        by: whoever(input),
        dryRun: flag(input, 'dryRun'),
        signal: context.signal,
        progress: progressOn(context, () => ports.clock.monotonic()),
      });
      return { json: report, text: textOf(report), exit: 'ok' };
    } finally {
      await ports.http.close();
    }
  },
};

const SECOND = 1_000;

/** A line at the end of each step, and one a second meanwhile. */
function progressOn(context: CommandContext, now: () => number) {
  const begun = now();
  let step = { name: '', since: begun, said: begun };
  return (kind: MoveStep, topic: string, done: number, total: number): void => {
    const name = kind === 'state' ? 'state' : `${kind} ${topic}`;
    const at = now();
    if (name !== step.name) step = { name, since: at, said: at };
    if (done < total && at - step.said < SECOND) return;
    step = { ...step, said: at };
    if (kind === 'state') context.say('state: stored and compared');
    else context.say(`${name}: ${done} of ${total}${pace(done, total, at - step.since)}`);
  };
}

function pace(done: number, total: number, ms: number): string {
  if (done === 0 || done >= total || ms < SECOND) return '';
  const rate = (done / ms) * SECOND;
  return `, ${Math.round(rate)} a second, ${Math.ceil((total - done) / rate)} s left`;
}

function textOf(report: MoveReport): string {
  switch (report.outcome) {
    case 'finished':
      return 'The move had come to its end already: the deployment lives on Kafka and PostgreSQL.';
    case 'planned': {
      const rows = report.topics.map((one) => [one.topic, one.end - one.start, one.partitions, one.position]);
      return `${table(['topic', 'messages', 'new partitions', 'read up to'], rows, 100)}\nNothing was moved.`;
    }
    case 'moved': {
      const rows = report.topics.map((one) => [one.topic, one.messages, one.partitions, one.written, one.found]);
      const { rows: count, tables, sha256 } = report.state;
      return [
        table(['topic', 'messages', 'partitions', 'in Kafka', 'of these from before'], rows, 100),
        `State: ${count} rows in ${tables} tables, SHA-256 ${sha256}`,
        'Moved. The files in the data folder are no longer used; the deployment lives on Kafka and PostgreSQL.',
      ].join('\n');
    }
  }
}
