import { ChangeoverError } from '../core/errors.ts';
import type { EditRow, TargetRow } from '../state/state.ts';
import { fieldOf } from '../twenty/selection.ts';
import type { Lane } from '../twenty/twenty.ts';
import { returnOf, wasRestored } from './adopted.ts';
import type { Said } from './decisions.ts';
import { giveBack } from './given-back.ts';
import { planPass } from './pass.ts';
import { callsFor, contextOf, type PreviewDeps, type PreviewedWrite, previewed, undone } from './preview.ts';
import { normalOf } from './values.ts';

/** What giving a row back would do. */
export interface GiveBackPreview {
  readonly row: { readonly object: string; readonly id: string };
  /** The records in it, which are left out from then on. */
  readonly records: readonly string[];
  /** What goes back: what stands there now, and what will. */
  readonly returned: readonly { readonly field: string; readonly now: unknown; readonly before: unknown }[];
  /** What stays as it is, since somebody wrote it after us, or nobody knows what stood there. */
  readonly kept: readonly { readonly field: string; readonly now: unknown }[];
  /** It was deleted before us, and will be again. */
  readonly deletes: boolean;
  readonly writes: readonly PreviewedWrite[];
  readonly calls: number;
  readonly minutes: number;
}

interface Planned {
  readonly object: string;
  readonly id: string;
  readonly target: TargetRow;
  readonly edits: readonly EditRow[];
  readonly records: readonly string[];
  readonly writes: readonly PreviewedWrite[];
}

/** Plans it in a transaction that is taken back, with the row as it stands now: one call. @throws as `giveBack` */
export async function previewGiveBack(
  deps: PreviewDeps,
  key: string,
  said: Said,
  lane: Lane = 'live',
): Promise<GiveBackPreview> {
  const plans: Planned[] = [];
  await undone(deps.state, async (tx) => {
    const { object, id, targetKey, records } = await giveBack(tx, key, said);
    const target = (await tx.targets.get([targetKey])).get(targetKey);
    const edits = (await tx.edits.open([targetKey])).get(targetKey) ?? [];
    const rows = await tx.records.get(records);
    const plan = await planPass(contextOf(deps, tx), [...rows.values()]);
    const writes = plan.clusters.flatMap((one) => [...one.writes, ...one.forerunners, ...one.following]).map(previewed);
    if (target !== undefined) plans.push({ object, id, target, edits, records, writes });
  });
  const [plan] = plans;
  if (plan === undefined) throw new ChangeoverError('INTERNAL', `${key} could not be planned`);
  const { object, id, target, edits } = plan;
  const workspace = deps.twenty.workspace();
  const described = workspace.objects.get(object);
  const fields = Object.keys(target.image ?? {}).filter(
    (name) => described !== undefined && fieldOf(described, name) !== undefined,
  );
  const [row] = await deps.twenty.find({ object, by: { field: 'id', values: [id] }, fields, deleted: true, lane });
  const normal = normalOf(workspace, object);
  const back = returnOf({ target, edits, row: row ?? null, described, normal });
  const gone = row === undefined || (row.deletedAt !== null && row.deletedAt !== undefined);
  const kept = Object.entries(back.kept).map(([field, now]) => ({ field, now }));
  const deletes = !gone && wasRestored(target) && kept.length === 0;
  const writes = plan.writes.filter(({ targetKey }) => !gone || targetKey !== target.targetKey);
  // Read right before it is written; deleted by a call of its own.
  const calls = callsFor(writes, deps.twenty.batchSize()) + (gone ? 0 : 1) + (deletes ? 1 : 0);
  return {
    row: { object, id },
    records: plan.records,
    returned: gone
      ? []
      : Object.keys(back.fields).map((field) => ({
          field,
          now: row[field] ?? target.image?.[field] ?? null,
          before: target.before?.[field] ?? null,
        })),
    kept,
    deletes,
    writes,
    calls,
    minutes: calls / Math.max(1, deps.callsPerMinute),
  };
}
