import { balances, CUT_KIND, KEPT_KIND } from '../sink/index.ts';
import { LIVE_CLASSES } from '../state/state.ts';
import type { Application } from './application.ts';
import type { Pipeline } from './pipeline.ts';
import { LIVELINESS, processesOf } from './processes.ts';
import { ROLES } from './roles.ts';
import { countFiles } from './scrape-files.ts';
import { countRefusals } from './scrape-refusals.ts';
import { countWork } from './scrape-work.ts';

/**
 * Readings that are counted when somebody asks, so that they can never be stale. What stands in the state is shown by
 * processes that control alone: several that show the same would be added up by whoever adds over them.
 */
export function countAtScrape(app: Application, pipeline: Pipeline): void {
  const { roles } = pipeline;
  if (roles.has('control')) countState(app);
  if (roles.has('sink')) app.metrics.onScrape(() => countWork(app, pipeline));
}

function countState(app: Application): void {
  const { metrics, state } = app;
  metrics.onScrape(async () => {
    const { rows, held, dead, reviews, rejects, edits, balance, processes } = await state.read(async (tx) => ({
      rows: await tx.ledger.rows(null),
      held: await tx.ledger.heldByReason(null),
      dead: await tx.ledger.deadByReason(null),
      reviews: await tx.reviews.counts(),
      rejects: await tx.rejects.counts(null),
      edits: await tx.edits.counts(),
      balance: await balances(tx),
      processes: await processesOf(tx, app.ports.clock.now()),
    }));
    for (const role of ROLES) {
      for (const one of LIVELINESS) {
        const count = processes.filter(({ roles, state }) => state === one && roles.includes(role)).length;
        metrics.set('changeover_processes', { role, state: one }, count);
      }
    }
    metrics.clear('changeover_records');
    for (const row of rows) {
      for (const one of LIVE_CLASSES)
        metrics.set('changeover_records', { source: row.source, object: row.object, class: one }, row.classes[one]);
      metrics.set(
        'changeover_reconciliation_records',
        { source: row.source, object: row.object, side: 'log' },
        row.live,
      );
    }
    metrics.clear('changeover_records_residue');
    for (const one of balance) {
      metrics.set(
        'changeover_records_residue',
        { source: one.source, object: one.object, identity: 'a' },
        one.residueA,
      );
      metrics.set(
        'changeover_records_residue',
        { source: one.source, object: one.object, identity: 'b' },
        one.residueB,
      );
      metrics.set(
        'changeover_reconciliation_records',
        { source: one.source, object: one.object, side: 'source' },
        one.counted,
      );
    }
    setSums('changeover_held_records', held);
    setSums('changeover_dead_letters', dead);
    metrics.clear('changeover_review_items');
    for (const one of reviews) metrics.set('changeover_review_items', { queue: one.queue }, one.open);
    metrics.clear('changeover_source_rejected_rows');
    for (const { source, object } of balance) {
      const rejected = rejects.filter((row) => row.source === source && row.object === object);
      metrics.set(
        'changeover_source_rejected_rows',
        { source, object },
        rejected.reduce((sum, row) => sum + row.rows, 0),
      );
    }
    metrics.clear('changeover_drift_records');
    metrics.clear('changeover_edits');
    for (const { object, status, edits: count, records } of edits) {
      metrics.set('changeover_edits', { object, status }, count);
      if (status === 'open') metrics.set('changeover_drift_records', { object }, records);
    }
    await countMerges(app);
    await countRefusals(app);
    await countFiles(app);
  });

  function setSums(
    name: 'changeover_held_records' | 'changeover_dead_letters',
    rows: readonly { readonly code: string; readonly records: number }[],
  ): void {
    metrics.clear(name);
    for (const [reason, group] of Map.groupBy(rows, (row) => row.code))
      metrics.set(
        name,
        { reason },
        group.reduce((sum, row) => sum + row.records, 0),
      );
  }
}

/** Rows of several records, rows that were there before us, links that lost their record, and rows that stay without one. */
async function countMerges({ metrics, state }: Application): Promise<void> {
  const { merged, adopted, back, cut, kept } = await state.read(async (tx) => ({
    merged: await tx.lineage.counts(),
    adopted: await tx.targets.adoptedCounts(),
    back: await tx.givenBack.counts(),
    cut: await tx.losses.counts(CUT_KIND),
    kept: await tx.losses.counts(KEPT_KIND),
  }));
  metrics.clear('changeover_merged_rows');
  for (const { object, rows } of merged) metrics.set('changeover_merged_rows', { object }, rows);
  metrics.clear('changeover_adopted_rows');
  for (const { object, restored, rows } of adopted)
    metrics.set('changeover_adopted_rows', { object, how: restored ? 'restored' : 'taken-over' }, rows);
  for (const { object, rows } of back) metrics.set('changeover_adopted_rows', { object, how: 'given-back' }, rows);
  metrics.clear('changeover_cut_links');
  for (const { source, object, losses } of cut) metrics.set('changeover_cut_links', { source, object }, losses);
  metrics.clear('changeover_kept_rows');
  for (const { source, object, losses } of kept) metrics.set('changeover_kept_rows', { source, object }, losses);
}
