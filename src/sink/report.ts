import type { WriterDeps } from './deps.ts';
import type { Settled } from './rest.ts';

/** Tells whoever counts which records came to rest, and how long their change took to be in Twenty. */
export function report(deps: Pick<WriterDeps, 'events' | 'clock'>, settled: readonly Settled[]): void {
  const { events, clock } = deps;
  if (events === undefined || settled.length === 0) return;
  for (const group of Map.groupBy(settled, ({ row, to }) => `${row.source}/${row.object}/${to}`).values()) {
    const [first] = group;
    if (first !== undefined) events.settled(first.row.source, first.row.object, first.to, group.length);
  }
  const now = clock.now();
  for (const { row, to } of settled) {
    if (to !== 'applied' && to !== 'merged' && to !== 'deleted') continue;
    // Looked at again for another reason than a change of its own: that is no latency.
    if (row.class !== 'on-the-way' && row.class !== 'deleting') continue;
    events.visible(row.source, row.object, Math.max(0, now - (row.event.sourceTime ?? row.event.observedAt)));
  }
}
