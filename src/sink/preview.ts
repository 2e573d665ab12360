import { ChangeoverError } from '../core/errors.ts';
import { type FilePrice, fileCalls, filesToMove, NO_FILES, sumOf } from '../files/price.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import type { Operation, RecordRow, StateStore, StateTransaction } from '../state/state.ts';
import type { Twenty } from '../twenty/twenty.ts';
import type { PlanContext } from './context.ts';
import { objectsInOrder } from './due.ts';
import { Facts } from './facts.ts';
import { loadOrder } from './load-order.ts';
import { OwnerBook } from './owners.ts';
import { planPass } from './pass.ts';
import { declarationsOf } from './record-files.ts';
import type { Write } from './write.ts';

export interface PreviewDeps {
  readonly state: StateStore;
  readonly twenty: Twenty;
  /** The mappings as they would be, with the one to preview in place of its predecessor. */
  readonly mappings: readonly CompiledMapping[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What the workspace's budget allows; minutes are priced with it. */
  readonly callsPerMinute: number;
}

/** Which records to look at. */
export interface PreviewScope {
  readonly source: string;
  /** All objects of the source where it is left out. */
  readonly objects?: readonly string[];
  /** Only these. */
  readonly keys?: readonly string[];
  /** A decision about these records, to see what would come of it: taken back with everything else. */
  readonly first?: (tx: StateTransaction, keys: readonly string[]) => Promise<unknown>;
  /** Something to find out about these records before that, outside of any transaction; it gives what to do with it in there. */
  readonly look?: (rows: readonly RecordRow[]) => Promise<(tx: StateTransaction) => Promise<unknown>>;
}

export interface PreviewedWrite {
  readonly operation: Operation;
  readonly object: string;
  readonly targetKey: string;
  /** Names of the fields that would be sent; empty for deletions. */
  readonly fields: readonly string[];
}

export interface Preview {
  /** Source records whose planning asks for at least one write, in key order. */
  readonly keys: readonly string[];
  readonly writes: readonly PreviewedWrite[];
  /** Records that would change where they stand without a write: held, left out, refused. */
  readonly moves: readonly { readonly key: string; readonly from: string; readonly to: string }[];
  /** Files that would move, and the calls of their uploads, which `calls` does not hold: they are not counted by the workspace. */
  readonly files: FilePrice & { readonly uploadCalls: number };
  /** Attachments of files included. */
  readonly calls: number;
  readonly minutes: number;
  readonly looked: number;
}

const PAGE = 500;

/** Thrown to take the transaction back: a preview stores nothing. */
class Undo extends Error {}

/**
 * Plans records as the writer would, and says what it would send and what that costs, in API minutes. Nothing is
 * written, neither to Twenty nor to the state: each page is planned in a transaction that is taken back.
 */
export async function preview(deps: PreviewDeps, scope: PreviewScope): Promise<Preview> {
  const keys = new Set<string>();
  const writes = new Map<string, PreviewedWrite>();
  const moves = new Map<string, { key: string; from: string; to: string }>();
  let looked = 0;
  let files = NO_FILES;
  for await (const rows of pagesOf(deps, scope)) {
    looked += rows.length;
    const seen = await scope.look?.(rows);
    await undone(deps.state, async (tx) => {
      await seen?.(tx);
      await scope.first?.(
        tx,
        rows.map(({ key }) => key),
      );
      const context = contextOf(deps, tx);
      const plan = await planPass(context, rows);
      files = sumOf(files, await filesToMove(tx, await declarationsOf(context, plan)));
      for (const cluster of plan.clusters) {
        const sent = [...cluster.writes, ...cluster.forerunners, ...cluster.following];
        for (const write of sent) writes.set(write.target.targetKey, previewed(write));
        for (const { row } of cluster.formed.cluster.members) {
          const verdict = cluster.verdicts.get(row.key);
          if (sent.length > 0) keys.add(row.key);
          else if (verdict?.kind === 'rest' && verdict.class !== row.class) {
            moves.set(row.key, { key: row.key, from: row.class, to: verdict.class });
          }
        }
      }
    });
  }
  const all = [...writes.values()];
  const forFiles = fileCalls(files, deps.twenty.batchSize());
  const calls = callsFor(all, deps.twenty.batchSize()) + forFiles.calls;
  return {
    files: { ...files, uploadCalls: forFiles.uploadCalls },
    keys: [...keys].sort(),
    writes: all.sort((a, b) => (a.targetKey < b.targetKey ? -1 : 1)),
    moves: [...moves.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
    calls,
    minutes: calls / Math.max(1, deps.callsPerMinute),
    looked,
  };
}

/** Makes exactly the records of a preview due; returns how many. */
export async function touchPreviewed(state: StateStore, found: Preview): Promise<number> {
  const keys = [...found.keys, ...found.moves.map((move) => move.key)];
  for (let at = 0; at < keys.length; at += PAGE) {
    const part = keys.slice(at, at + PAGE);
    await state.transaction((tx) => tx.records.touch(part));
  }
  return keys.length;
}

/** Full batches per object and operation; what is waited for in between costs time, not calls. */
export function callsFor(writes: readonly PreviewedWrite[], batchSize: number): number {
  let calls = 0;
  for (const group of Map.groupBy(writes, (write) => `${write.operation} ${write.object}`).values()) {
    calls += Math.ceil(group.length / Math.max(1, batchSize));
  }
  return calls;
}

export function previewed(write: Write): PreviewedWrite {
  const { operation, target, fields } = write;
  return { operation, object: target.object, targetKey: target.targetKey, fields: Object.keys(fields).sort() };
}

async function* pagesOf(deps: PreviewDeps, scope: PreviewScope): AsyncGenerator<readonly RecordRow[]> {
  const { keys } = scope;
  if (keys !== undefined) {
    for (let at = 0; at < keys.length; at += PAGE) {
      const part = keys.slice(at, at + PAGE);
      yield [...(await deps.state.read((tx) => tx.records.get(part))).values()];
    }
    return;
  }
  const mapping = deps.mappings.find((one) => one.source === scope.source);
  if (mapping === undefined) {
    throw new ChangeoverError('SINK_MAPPING_UNCONFIRMED', `no mapping of the source ${scope.source} is loaded`);
  }
  const known = await deps.state.read((tx) => tx.records.objects(scope.source));
  const objects = objectsInOrder(loadOrder(mapping, deps.twenty.workspace()), known).filter(
    (object) => scope.objects?.includes(object) ?? true,
  );
  for (const object of objects) {
    for (let after: string | null = null; ; ) {
      const page: readonly RecordRow[] = await deps.state.read((tx) =>
        tx.records.page(scope.source, object, after, PAGE),
      );
      if (page.length > 0) yield page;
      after = page.at(-1)?.key ?? null;
      if (page.length < PAGE || after === null) break;
    }
  }
}

/** Does the work in a transaction that is taken back. */
export async function undone(state: StateStore, work: (tx: StateTransaction) => Promise<void>): Promise<void> {
  try {
    await state.transaction(async (tx) => {
      await work(tx);
      throw new Undo();
    });
  } catch (thrown) {
    if (!(thrown instanceof Undo)) throw thrown;
  }
}

/** As the writer plans, with nothing in hand and nothing that is still to come. */
export function contextOf(deps: PreviewDeps, tx: StateTransaction): PlanContext {
  const mappings = new Map(deps.mappings.map((mapping) => [mapping.source, mapping]));
  return {
    tx,
    now: deps.now,
    run: 'preview',
    mappings,
    facts: new Facts(tx, mappings, new OwnerBook(), deps.now),
    workspace: deps.twenty.workspace(),
    synced: new Set(deps.mappings.flatMap((mapping) => mapping.desired.synced)),
    flagged: new Set(deps.mappings.flatMap((mapping) => mapping.desired.flagged ?? [])),
    moreComing: () => false,
    deletesUnasked: () => null,
    deletes: new Map(),
    inHand: () => false,
    closed: () => false,
    targetInHand: () => false,
    waits: new Map(),
  };
}
