import type { IntentRow, StateTransaction, TargetRow } from '../state/state.ts';
import type { Desk } from './desk.ts';
import { deleteWrite } from './let-go.ts';
import { isPlaceholderKey, parsePlaceholder, placeholderName } from './names.ts';
import { columnTargets, linkColumns } from './values.ts';

/** Before rows are written: placeholders that they point at now, and perhaps not afterwards. */
export async function noteSuspects(desk: Desk, tx: StateTransaction, rows: readonly IntentRow[]): Promise<void> {
  const workspace = desk.deps.twenty.workspace();
  const present = await tx.targets.get(rows.map((row) => row.target.targetKey));
  const left = new Map<string, Set<string>>();
  for (const row of rows) {
    const before = present.get(row.target.targetKey)?.image ?? {};
    const after = row.target.image ?? {};
    for (const column of linkColumns(workspace, row.target.object, before)) {
      const id = before[column];
      if (typeof id !== 'string' || id === after[column]) continue;
      for (const object of columnTargets(workspace, row.target.object, column)) {
        left.set(object, (left.get(object) ?? new Set()).add(id));
      }
    }
  }
  for (const [object, ids] of left) {
    for (const target of (await tx.targets.byIds(object, [...ids])).values()) {
      if (isPlaceholderKey(target.targetKey) && target.status === 'written') desk.suspects.add(target.targetKey);
    }
  }
}

/** Queues the removal of placeholders that nobody points at any more. Called when nothing else is to do. */
export async function dropLonely(desk: Desk): Promise<number> {
  const keys = desk.takeSuspects();
  if (keys.length === 0) return 0;
  return desk.deps.state.transaction(async (tx) => {
    let dropped = 0;
    for (const target of (await tx.targets.get(keys)).values()) {
      if (target.status !== 'written') continue;
      if ((await tx.dependencies.count(placeholderName(target.targetKey))) > 0) continue;
      desk.placeholders.delete(target.targetKey);
      remove(desk, target);
      dropped += 1;
    }
    return dropped;
  });
}

function remove(desk: Desk, target: TargetRow): void {
  const { source } = parsePlaceholder(target.targetKey);
  // Nothing of it is a person's work, and a soft-deleted one would keep its unique values for ever.
  desk.enqueueAlone(deleteWrite(target, 'destroy', target.order, source));
}

/** After a restart: every placeholder is suspected once. */
export async function suspectAll(desk: Desk): Promise<void> {
  await desk.deps.state.read(async (tx) => {
    const counts = await tx.targets.counts();
    for (const { object, kind, written } of counts) {
      if (kind !== 'placeholder' || written === 0) continue;
      for (let after: string | null = null; ; ) {
        const page: readonly TargetRow[] = await tx.targets.page(object, after, 1000);
        for (const { targetKey } of page) {
          if (!isPlaceholderKey(targetKey)) continue;
          desk.placeholders.add(targetKey);
          desk.suspects.add(targetKey);
        }
        after = page.at(-1)?.targetKey ?? null;
        if (page.length < 1000 || after === null) break;
      }
    }
  });
}
