import { type Status, status } from '../../app/operations/status.ts';
import { verify } from '../../app/operations/verify.ts';
import type { Command } from '../command.ts';
import { operate } from '../operate.ts';
import { table } from '../table.ts';

export const statusCommand: Command = {
  name: 'status',
  summary: 'Shows where every record stands, what waits for whom, and whether the numbers add up.',
  arguments: [],
  options: [],
  examples: ['changeover status', 'changeover status --json'],
  async run(context) {
    const result = await operate(context, status, {});
    return { json: result, text: statusText(result), exit: result.residue === 0 ? 'ok' : 'findings' };
  },
};

export function balanceTable(objects: Status['objects']): string {
  if (objects.length === 0) return 'No record has been read yet.';
  return table(
    ['object', 'source', 'applied', 'merged', 'held', 'dead letters', 'excluded', 'on the way', 'residue'],
    objects.map((row) => [
      `${row.source}/${row.object}`,
      row.counted,
      row.applied,
      row.merged,
      row.held,
      row.deadLettered,
      row.excluded,
      row.onTheWay,
      row.residue,
    ]),
  );
}

/**
 * The account of a run, as scripts read it: per object what the source counts and where each of its records is. An object that
 * several sources have is named with its source.
 */
export function accountOf(objects: Status['objects']) {
  const isShared = ({ object }: Status['objects'][number]) => objects.filter((row) => row.object === object).length > 1;
  return {
    objects: Object.fromEntries(
      objects.map((row) => [
        isShared(row) ? `${row.source}/${row.object}` : row.object,
        {
          source: row.counted,
          applied: row.applied,
          merged: row.merged,
          held: row.held,
          deadLettered: row.deadLettered,
          excluded: row.excluded,
          onTheWay: row.onTheWay,
          residue: row.residue,
        },
      ]),
    ),
    residue: objects.reduce((sum, row) => sum + row.residue, 0),
  };
}

/** How fast a source is called whose limit is found and not known (DIN-S1). */
function paceText({ source, pace }: Status['sources'][number]): readonly string[] {
  if (pace === null) return [];
  const limit =
    pace.ceilingPerSecond === null ? 'no limit met yet' : `refused at ${pace.ceilingPerSecond.toFixed(1)} a second`;
  return [
    `${source}: ${pace.callsPerSecond.toFixed(1)} calls a second, ${pace.atOnce} at once (${pace.phase}; ${limit}; ${pace.refused} of ${pace.answered + pace.refused} calls refused)`,
  ];
}

/** Who works on the deployment. */
export function processTable(processes: Status['processes']): string {
  return table(
    ['process', 'roles', 'since', 'last heartbeat', 'does'],
    processes.map((one) => [
      `${one.host}:${one.pid}`,
      one.roles.join(', '),
      one.startedAt,
      one.state === 'alive' ? `${one.silentFor} s ago` : `SILENT FOR ${one.silentFor} s`,
      doing(one),
    ]),
  );
}

function doing({ writing, sources, reading }: Status['processes'][number]): string {
  const reads = sources.length === 0 ? [] : [`reads ${sources.join(', ')}`];
  const now = reading.length === 0 ? [] : [`reading ${reading.join(', ')} now`];
  return [...(writing === null ? [] : [writing]), ...reads, ...now].join('; ');
}

/** Where every record stands, whether that adds up, and what waits for people. */
export function standingText(result: Status): string {
  return standing(result).join('\n');
}

function standing({ objects, residue, classes, restored, unanswered, reviews, processes }: Status): readonly string[] {
  const lines = [balanceTable(objects), ''];
  if (residue > 0) lines.push(`${residue} RECORDS ARE NOT ACCOUNTED FOR. Do not go on before this is explained.`);
  else if (objects.length > 0) lines.push('Every record is accounted for.');
  if (restored)
    lines.push(
      'The state was restored from a backup: nothing is written before Twenty was read, once all of the log is taken in.',
    );
  if (processes.length > 0) lines.push('', processTable(processes), '');
  if ((classes.held ?? 0) > 0)
    lines.push(`${classes.held} records are held; each says what it waits for (changeover held)`);
  for (const { source, object, question } of unanswered)
    lines.push(`${object === null ? source : `${source}/${object}`} is not read before this is answered: ${question}`);
  const open = reviews.filter((row) => row.open > 0);
  if (open.length > 0)
    lines.push(
      `Questions for people: ${open.map((row) => `${row.open} ${row.queue}`).join(', ')} (changeover review list)`,
    );
  return lines;
}

function statusText(result: Status): string {
  const lines = [
    `${result.deployment}: ${result.running ? `running since ${result.startedAt}` : 'not running'}${result.paused.source ? ', reading paused' : ''}${result.paused.writer ? ', writing paused' : ''}`,
    '',
    ...standing(result),
  ];
  if (result.parked > 0) lines.push(`${result.parked} records were refused and are tried again later.`);
  const closed = result.writer?.closed ?? [];
  for (const { source, object, reason } of closed) lines.push(`${source}/${object} is closed: ${reason.message}`);
  for (const { source, object, reason } of result.writer?.phases ?? [])
    lines.push(`${source}/${object} has not begun: ${reason.message}`);
  for (const { source, object, why } of result.stopped) {
    if (!closed.some((one) => one.source === source && one.object === object))
      lines.push(`${source}/${object} is stopped: ${why}`);
  }
  for (const source of result.sources) {
    lines.push(...paceText(source));
    if (source.state.kind === 'waiting' && 'error' in source.state)
      lines.push(`${source.source} waits: ${source.state.error.message}`);
    for (const [object, one] of Object.entries(source.objects)) {
      if (one.kind === 'stopped' || one.kind === 'backing-off')
        lines.push(`${source.source}/${object} ${one.kind}: ${one.error.message}`);
      if (one.kind === 'absent') lines.push(`${source.source}/${object} is left out: ${one.error.message}`);
    }
  }
  return lines.join('\n');
}

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'Compares both sides: the conservation law, and the counts of what was written and what Twenty has.',
  description: 'Costs one call per Twenty object. Says what it cannot see.',
  arguments: [],
  options: [],
  examples: ['changeover verify --json'],
  async run(context) {
    const result = await operate(context, verify, {});
    const counts = table(
      ['object', 'written', 'released', 'in Twenty', 'counted', 'difference'],
      result.counts.map((row) => [row.object, row.written, row.released, row.found, row.counted, row.difference]),
    );
    const good = result.residue === 0 && result.differences === 0;
    return {
      json: result,
      text: `${balanceTable(result.objects)}\n\n${counts}\n\n${good ? 'Both sides agree.' : 'BOTH SIDES DO NOT AGREE.'} ${result.unseen}`,
      exit: good ? 'ok' : 'findings',
    };
  },
};
