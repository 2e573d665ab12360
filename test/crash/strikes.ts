import { setTimeout as sleep } from 'node:timers/promises';
import { runOperation } from '../../src/app/operation.ts';
import { busLag, busSeek } from '../../src/app/operations/bus.ts';
import type { TcpProxy } from '../support/servers/tcp-proxy.ts';
import type { Column } from './column.ts';
import { damageOf } from './findings.ts';
import type { AtRest } from './messages.ts';
import type { Process } from './process.ts';
import { LOG_TIMEOUT_SECONDS, STATE_TIMEOUT_SECONDS } from './settings.ts';
import { ASKED_NEXT, type Asked, type Fault, type Place } from './table.ts';

/** What was seen after something had happened. */
export interface Aftermath {
  /** What the state says once everything has come to rest. */
  readonly rest: AtRest;
  /** The error by which the process stopped, before a person did something. */
  readonly stopped: string | null;
  /** The error by which another process was refused meanwhile. */
  readonly refused: string | null;
  /** What was wrong before it came to rest, a line each. */
  readonly damage: readonly string[];
}

/** Does something to a process that stands still at the place, and lets everything come to rest. @throws where it did not happen. */
export type Strike = (column: Column, place: Place) => Promise<Aftermath>;

/** As if it had stood still for so long, milliseconds: past its leases and the deadlines of its calls. */
const BEYOND_MS = 120_000;

export const STRIKES: Readonly<Record<Fault, Strike>> = {
  async killed(column) {
    await kill(column);
    return settled(await startAgain(column));
  },

  async terminated(column, place) {
    const { process } = column;
    process.signal('SIGTERM');
    await column.goOn(place);
    await endsInOrder(process);
    return settled(await startAgain(column));
  },

  async 'connection-cut'(column, place) {
    const { process, ground } = column;
    const { mark } = process;
    if (ground.cut() === 0) throw new Error('nothing happened: no connection was open');
    await column.goOn(place);
    return settled(await column.awaitRest(process, mark));
  },

  frozen: (column, place) => (column.ground.sharing ? frozenAmongOthers(column, place) : frozenAlone(column, place)),

  async 'late-answer'(column, place) {
    const { process, ground } = column;
    const { mark } = process;
    const asked = ASKED_NEXT[place];
    const way = ground.ways[asked];
    if (way === undefined) throw new Error(`nothing happened: the ${asked} is asked over no connection`);
    const { left } = way;
    way.set('hold-answers');
    if (place === 'call-unanswered') await column.standsAfterItsCall();
    process.go({ stops: [], laterMs: 0 });
    await GIVEN_UP[asked](process, mark, way, left);
    way.set('forward');
    return settled(await column.awaitRest(process, mark));
  },

  async 'state-restored'(column) {
    await kill(column);
    const backup = column.lastBackup;
    if (backup === null) throw new Error('nothing happened: there is no backup');
    return settled(await startAgain(column, backup));
  },

  async 'log-shortened'(column) {
    await kill(column);
    await column.ground.shorten();
    const stopped = await stops(column);
    const [before, after] = [await column.undisturbed(1), await column.undisturbed()];
    const damage = damageOf(before.contents, after.contents, column.contents());
    await readOn(column);
    column.giveAgain();
    return { ...settled(await startAgain(column)), stopped, damage };
  },
};

/** Waits until the process has given up what was not answered. Nothing is answered meanwhile. */
const GIVEN_UP: Readonly<
  Record<Asked, (process: Process, mark: number, way: TcpProxy, left: number) => Promise<unknown>>
> = {
  // A write that still waits for its turn is given up too; of one that was sent the message says so.
  twenty: (process, mark) =>
    process.hears('give a call up', mark, (said) =>
      said.said === 'logged' && said.message === 'a write was not answered' && said.detail?.includes('no answer within')
        ? true
        : null,
    ),
  log: (_process, _mark, way, left) => givenUp(way, left, LOG_TIMEOUT_SECONDS),
  state: (_process, _mark, way, left) => givenUp(way, left, STATE_TIMEOUT_SECONDS),
};

/** Until the time-out is over, and a connection was given up for it. */
async function givenUp(way: TcpProxy, left: number, timeoutSeconds: number): Promise<void> {
  await sleep(timeoutSeconds * 1_000);
  for (const begun = performance.now(); way.left === left; await sleep(20)) {
    if (performance.now() - begun > 30_000) throw new Error('nothing happened: the process gave nothing up');
  }
}

function settled(rest: AtRest): Aftermath {
  return { rest, stopped: null, refused: null, damage: [] };
}

async function kill(column: Column): Promise<void> {
  const { process } = column;
  process.signal('SIGKILL');
  const { signal } = await process.ended;
  if (signal !== 'SIGKILL') throw new Error(`nothing happened: it had ended by itself before\n${process.complaint}`);
  await column.quiet();
  await column.ground.outlive('dead');
}

async function endsInOrder(process: Process): Promise<void> {
  const { code, signal } = await process.ended;
  if (code !== 0) throw new Error(`asked to stop, it ended with ${String(code ?? signal)}\n${process.complaint}`);
}

async function startAgain(column: Column, restore: string | null = null): Promise<AtRest> {
  column.process = column.start(restore);
  return column.rest(column.process);
}

/** Another process finds the deployment taken; the first one goes on as if nothing had been. */
async function frozenAlone(column: Column, place: Place): Promise<Aftermath> {
  const { process } = column;
  const { mark } = process;
  process.signal('SIGSTOP');
  const refused = await failure(column.start());
  process.signal('SIGCONT');
  await column.goOn(place, BEYOND_MS);
  return { ...settled(await column.awaitRest(process, mark)), refused };
}

/**
 * Another process takes over, and writes what is due and a newer export too; then the first one goes on, finds its leases
 * lost, and is asked to stop.
 */
async function frozenAmongOthers(column: Column, place: Place): Promise<Aftermath> {
  const { process: first, ground } = column;
  first.signal('SIGSTOP');
  // Its answer waits where it will find it.
  ground.ways.twenty.set('forward');
  await ground.outlive('frozen');
  const second = column.start();
  await column.rest(second);
  column.next();
  await column.rest(second);
  const { mark } = first;
  first.signal('SIGCONT');
  await column.goOn(place);
  await first.hears('go on', mark, () => true);
  // For what it had in hand, and what it would do next.
  await sleep(500);
  first.signal('SIGTERM');
  await endsInOrder(first);
  column.process = second;
  return settled(await column.rest(second));
}

/** The code of the error by which it ends. */
async function failure(process: Process): Promise<string> {
  const code = await process.hears('end by an error', 0, (said) => {
    if (said.said === 'rest') throw new Error('it came to rest; it should have stopped');
    return said.said === 'failed' ? said.code : null;
  });
  const { code: exit, signal } = await process.ended;
  if (signal !== null || exit === 0) throw new Error(`it failed by ${code}, and ended with ${String(exit ?? signal)}`);
  return code;
}

function stops(column: Column): Promise<string> {
  const process = column.start();
  process.order({ do: 'settle', stops: [] });
  return failure(process);
}

/** What the code's hint says: moves the position on purpose, wherever it is outside of the log. */
async function readOn(column: Column): Promise<void> {
  await column.ground.outlive('dead');
  await column.ground.inProcess(async (app) => {
    const context = { app, daemon: null };
    const { partitions } = await runOperation(busLag, context, {});
    for (const topic of new Set(partitions.map((one) => one.topic)))
      await runOperation(busSeek, context, { topic, to: { edge: 'start' }, yes: true, by: 'crash-test' });
  });
}
