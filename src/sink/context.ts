import type { CompiledMapping } from '../mapping/model.ts';
import type { RecordRow, StateTransaction } from '../state/state.ts';
import type { Workspace } from '../twenty/model.ts';
import type { Coming } from './deps.ts';
import type { Facts } from './facts.ts';
import type { DeleteLimits, DeletesNow } from './mass-delete.ts';

/** Everything one planning pass works with. It lives for one state transaction. */
export interface PlanContext {
  readonly tx: StateTransaction;
  readonly facts: Facts;
  readonly now: number;
  /** Which process plans, as the journal and notices name it. */
  readonly run: string;
  readonly mappings: ReadonlyMap<string, CompiledMapping>;
  readonly workspace: Workspace;
  /** Twenty objects that carry the sync fields. */
  readonly synced: ReadonlySet<string>;
  /** Of these, the ones whose rows stay, flagged, when the source deletes their record. */
  readonly flagged: ReadonlySet<string>;
  moreComing(source: string, object: string, why: Coming): boolean;
  /** How much of a source's object may be deleted at once without asking; null: the source asks itself. */
  deletesUnasked(source: string): DeleteLimits | null;
  /** What is to come of deletions in this pass, by `<source>/<object>`. */
  readonly deletes: ReadonlyMap<string, DeletesNow>;
  /** In the writer's hands: planned, not yet through. */
  inHand(key: string): boolean;
  /** Of an object of which nothing is written at present (object-gates.ts). */
  closed(row: RecordRow): boolean;
  /** The same of a row, by its target key. */
  targetInHand(targetKey: string): boolean;
  /** What records of this very pass will wait for, before it is stored. */
  readonly waits: Map<string, readonly string[]>;
}

/** Asks until everything needed has been read. Bounded: each round reads something new or ends. */
export async function settleFacts<Result>(facts: Facts, ask: () => Result | 'unread'): Promise<Result> {
  for (;;) {
    const result = ask();
    if (result !== 'unread') return result;
    if (!(await facts.load())) throw new Error('facts were asked for that nothing loads');
  }
}
