import { busLag, busPeek, busSeek, busTopics } from '../../app/operations/bus.ts';
import { ChangeoverError } from '../../core/errors.ts';
import type { Command, CommandInput } from '../command.ts';
import { flag, number, operate, text, whoever } from '../operate.ts';
import { table } from '../table.ts';

const topic = { name: 'topic', description: 'Name of the topic, as `changeover bus topics` has it.', required: true };
const partition = { flags: '--partition <number>', description: 'Only this partition; all unless given.' };

export const busTopicsCommand: Command = {
  name: 'bus topics',
  summary: 'Lists the topics of the log, what they hold, and from where to where they go.',
  arguments: [],
  options: [],
  examples: ['changeover bus topics'],
  async run(context) {
    const result = await operate(context, busTopics, {});
    const rows = result.topics.flatMap((one) =>
      one.partitions.map(({ partition, start, end }) => [
        one.topic,
        one.source === null ? '' : `${one.source}/${one.holds}`,
        partition,
        start,
        end,
      ]),
    );
    return { json: result, text: table(['topic', 'holds', 'partition', 'start', 'end'], rows, 100), exit: 'ok' };
  },
};

export const busPeekCommand: Command = {
  name: 'bus peek',
  summary: 'Shows messages of a topic as JSON, one a line; the newest unless a position or a time is given.',
  description: 'Reads without a group: nobody notices. Events hold the data of records, as the source gave it.',
  arguments: [topic],
  options: [
    partition,
    { flags: '--offset <number>', description: 'From this offset on.' },
    { flags: '--time <time>', description: 'From this time on, as 2026-03-01T09:00:00Z.' },
    { flags: '--limit <number>', description: 'At most so many, up to 500; 10 unless given.' },
  ],
  examples: ['changeover bus peek changeover.crm.contact', 'changeover bus peek changeover.crm.dead --offset 0'],
  async run(context, input) {
    const time = text(input, 'time');
    const result = await operate(context, busPeek, {
      topic: input.arguments[0],
      ...numbers(input, 'partition', 'offset', 'limit'),
      ...(time === undefined ? {} : { time }),
    });
    return { json: result, text: result.messages.map((one) => JSON.stringify(one)).join('\n'), exit: 'ok' };
  },
};

export const busLagCommand: Command = {
  name: 'bus lag',
  summary: 'Shows how far the readers of the log are behind, in messages and seconds.',
  description: "Of the sink the position in the state decides; the group's own is a copy of it.",
  arguments: [],
  options: [{ flags: '--group <group>', description: 'Of this consumer group; sink unless given.' }],
  examples: ['changeover bus lag'],
  async run(context, input) {
    const group = text(input, 'group');
    const result = await operate(context, busLag, group === undefined ? {} : { group });
    const rows = result.partitions.map((one) => [
      one.topic,
      one.partition,
      one.position,
      one.copy,
      one.end,
      one.events,
      one.seconds,
    ]);
    const headers = ['topic', 'partition', 'position', 'copy', 'end', 'behind', 'seconds'];
    return { json: result, text: table(headers, rows, 100), exit: 'ok' };
  },
};

export const busSeekCommand: Command = {
  name: 'bus seek',
  summary: 'Moves where the sink reads a topic on: the position in the state, which decides.',
  description:
    'Without --yes it only says how many messages would be read again or skipped. Refused while somebody reads. Reading again changes nothing that is newer; skipped messages are not taken in.',
  arguments: [topic],
  options: [
    partition,
    { flags: '--offset <number>', description: 'To this offset.' },
    { flags: '--time <time>', description: 'To the first message at or after this time.' },
    { flags: '--start', description: 'To the first message that is there.' },
    { flags: '--end', description: 'Behind the last one.' },
    { flags: '--yes', description: 'Move it.' },
    { flags: '--reason <text>', description: 'Why; it stands in the audit.' },
    { flags: '--by <name>', description: 'Who asks; the user of this machine unless given.' },
  ],
  examples: [
    'changeover bus seek changeover.crm.contact --start',
    'changeover bus seek changeover.crm.contact --start --yes',
  ],
  async run(context, input) {
    const reason = text(input, 'reason');
    const result = await operate(context, busSeek, {
      topic: input.arguments[0],
      ...numbers(input, 'partition'),
      to: targetOf(input),
      yes: flag(input, 'yes'),
      by: whoever(input),
      ...(reason === undefined ? {} : { reason }),
    });
    const rows = result.moves.map((one) => [one.partition, one.from, one.to, one.again, one.skipped]);
    const lines = [
      table(['partition', 'from', 'to', 'read again', 'skipped'], rows),
      ...(result.skipped > 0 ? ['Skipped messages are never taken in: their records stay as they are.'] : []),
      result.moved ? 'Moved.' : 'Nothing was moved; --yes moves it.',
    ];
    return { json: result, text: lines.join('\n'), exit: 'ok' };
  },
};

function targetOf(input: CommandInput) {
  const offset = number(input, 'offset');
  const time = text(input, 'time');
  const targets = [
    ...(offset === undefined ? [] : [{ offset }]),
    ...(time === undefined ? [] : [{ time }]),
    ...(flag(input, 'start') ? [{ edge: 'start' }] : []),
    ...(flag(input, 'end') ? [{ edge: 'end' }] : []),
  ];
  const [target] = targets;
  if (target === undefined || targets.length > 1)
    throw new ChangeoverError('USAGE', 'say where to: one of --offset, --time, --start and --end');
  return target;
}

function numbers(input: CommandInput, ...names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = number(input, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
