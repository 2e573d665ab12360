import { z } from 'zod';
import { balances } from '../../sink/index.ts';
import { RESTORED_SETTING } from '../../sink/reclaim.ts';
import { LIVE_CLASSES } from '../../state/state.ts';
import { defineOperation } from '../operation.ts';
import { type ProcessStatus, processesOf } from '../processes.ts';
import type { SourceLoop } from '../source-loop.ts';
import { pausedOf } from './control.ts';

/** Everything an operator looks at first: what stands where, what waits for whom, and whether the numbers add up. */
export const status = defineOperation({
  name: 'status',
  access: 'read',
  input: z.strictObject({}),
  async run(context) {
    const { app, daemon } = context;
    const { ledger, balance, reviews, asked, marks, stopped, parked, told, restored } = await app.state.read(
      async (tx) => ({
        ledger: await tx.ledger.rows(null),
        balance: await balances(tx),
        reviews: await tx.reviews.counts(),
        asked: await tx.reviews.list({ queue: 'source', status: 'open', limit: 10_000 }),
        marks: await tx.watermarks.latest(null),
        stopped: await tx.breakers.open(null),
        parked: await tx.retries.counts(null),
        restored: (await tx.settings.get(RESTORED_SETTING)) !== undefined,
        told: await processesOf(tx, app.ports.clock.now()),
      }),
    );
    // Files belong to one process, which answers by itself; of servers any process may tell what the others said.
    const nobody = app.shape.kind === 'embedded' && daemon === null;
    const processes = nobody ? told.map((one): ProcessStatus => ({ ...one, state: 'silent' })) : told;
    const onTheWay = ledger.reduce((sum, row) => sum + row.classes['on-the-way'], 0);
    return {
      deployment: app.loaded.configuration.deployment,
      running: daemon !== null || processes.some(({ state }) => state === 'alive'),
      startedAt: daemon === null ? firstStart(processes) : new Date(daemon.startedAt).toISOString(),
      processes,
      paused: await pausedOf(context),
      /** From a backup, and what was written since was not looked for in Twenty yet: nothing is written before. */
      restored,
      objects: balance,
      residue: balance.reduce((sum, row) => sum + Math.abs(row.residue), 0),
      classes: Object.fromEntries(
        LIVE_CLASSES.map((one) => [one, ledger.reduce((sum, row) => sum + row.classes[one], 0)]),
      ),
      snapshots: marks.map((row) => ({
        source: row.source,
        object: row.object,
        snapshot: row.snapshot,
        rows: row.rows,
        rejected: row.rejected,
        retained: row.retained,
      })),
      reviews,
      /** Questions before whose answer a source, or an object of it, is not read. */
      unanswered: asked
        .filter(({ blocking }) => blocking)
        .map(({ source, object, id, question }) => ({ source, object, id, question })),
      /** Objects whose breaker is open. */
      stopped: stopped.map(({ source, object, open }) => ({ source, object, why: open?.reason.message ?? '' })),
      /** On the way, but not before their next attempt. */
      parked: parked.reduce((sum, row) => sum + row.records, 0),
      sources: daemon?.pipeline.lanes.flatMap(({ loop }) => (loop === null ? [] : [describeLoop(loop)])) ?? [],
      writer: daemon?.writer?.status() ?? null,
      progress: daemon?.pipeline.progress.numbers() ?? null,
      secondsLeft: daemon?.pipeline.progress.secondsLeft(onTheWay) ?? null,
    };
  },
});

/** ISO; null where none is alive. */
function firstStart(processes: readonly ProcessStatus[]): string | null {
  const alive = processes.filter(({ state }) => state === 'alive').map(({ startedAt }) => startedAt);
  return alive.sort()[0] ?? null;
}

function describeLoop({ state, runner, source, pace }: SourceLoop) {
  return {
    source,
    pace,
    state:
      state.kind === 'waiting'
        ? { kind: state.kind, error: state.error.toJSON(), since: new Date(state.since).toISOString() }
        : { kind: state.kind },
    objects: Object.fromEntries(
      [...runner.statuses()].map(([object, one]) => [
        object,
        'error' in one ? { ...one, error: one.error.toJSON() } : one,
      ]),
    ),
  };
}

export type Status = Awaited<ReturnType<typeof status.run>>;
