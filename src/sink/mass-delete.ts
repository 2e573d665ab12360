import type { Reason, StateTransaction } from '../state/state.ts';
import type { Cluster } from './cluster.ts';
import type { PlanContext } from './context.ts';
import { DELETE_CHOICES } from './deletion-guard.ts';
import { massDeleteReviewId, reviewName } from './names.ts';

/** How much of an object may be deleted at once without asking: more records than `rows` that are more than `share` of it. */
export interface DeleteLimits {
  readonly rows: number;
  /** 0 to 1. */
  readonly share: number;
}

/** What is to come of the deletions of an object at present. */
export type DeletesNow =
  | { readonly kind: 'free' }
  | { readonly kind: 'asked'; readonly reason: Reason }
  /** A person said that the rows stay. */
  | { readonly kind: 'keep' };

/** A wave of deletions that was asked about; it lasts until none of its records is left undecided. */
interface Wave {
  /** From 1, per object: each is a question of its own. */
  readonly number: number;
  readonly open: boolean;
}

function waveSetting(source: string, object: string): string {
  return `sink.deletes:${source}/${object}`;
}

/** For every object of which a cluster has a deleted record (SPEC.md §13), by `<source>/<object>`. Asks where it has to. */
export async function deletesOf(
  context: PlanContext,
  clusters: readonly Cluster[],
): Promise<ReadonlyMap<string, DeletesNow>> {
  const found = new Map<string, DeletesNow>();
  for (const { members } of clusters) {
    for (const { row } of members) {
      const name = `${row.source}/${row.object}`;
      const limits = context.deletesUnasked(row.source);
      if (row.event.op !== 'DELETE' || limits === null || found.has(name)) continue;
      found.set(name, await judge(context.tx, row.source, row.object, limits, context.now));
    }
  }
  return found;
}

async function judge(
  tx: StateTransaction,
  source: string,
  object: string,
  limits: DeleteLimits,
  now: number,
): Promise<DeletesNow> {
  const setting = waveSetting(source, object);
  const wave = ((await tx.settings.get(setting)) as Wave | undefined) ?? { number: 0, open: false };
  const ledger = (await tx.ledger.rows(source)).find((row) => row.object === object);
  const held = (await tx.ledger.heldByReason(source)).filter(
    (row) => row.object === object && row.code === 'SINK_MASS_DELETE',
  );
  const waiting = held.reduce((sum, row) => sum + row.records, 0);
  const going = (ledger?.classes.deleting ?? 0) + waiting;
  const asked = wave.open ? massDeleteReviewId(source, object, wave.number) : null;
  const review = asked === null ? undefined : (await tx.reviews.get([asked])).get(asked);
  if (asked !== null && review?.status !== 'answered') return { kind: 'asked', reason: reasonOf(object, going, asked) };
  // The answer is for the records that waited for it: once none of them does any more, others are asked about again.
  if (review !== undefined && waiting > 0) return review.answer === 'keep' ? { kind: 'keep' } : { kind: 'free' };
  const known = (ledger?.live ?? 0) + going;
  if (going <= limits.rows || going <= limits.share * known) return { kind: 'free' };
  const next: Wave = { number: wave.number + 1, open: true };
  const id = massDeleteReviewId(source, object, next.number);
  await tx.settings.set(setting, next);
  await tx.reviews.ask([
    {
      id,
      queue: 'record',
      source,
      object,
      recordKey: null,
      question: `The source deleted ${going} of ${known} records of ${source}/${object}. Are their rows in Twenty to be deleted, or kept?`,
      detail: { deleted: going, known, limits },
      choices: DELETE_CHOICES,
      blocking: true,
      createdAt: now,
    },
  ]);
  return { kind: 'asked', reason: reasonOf(object, going, id) };
}

function reasonOf(object: string, going: number, id: string): Reason {
  return {
    code: 'SINK_MASS_DELETE',
    message: `one of ${going} records of ${object} that the source deleted at once`,
    waitsFor: [reviewName(id)],
  };
}
