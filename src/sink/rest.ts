import { declareFiles } from '../files/declare.ts';
import type {
  LineageRow,
  LossRow,
  RecordClass,
  RecordMove,
  RecordRow,
  StateTransaction,
  TargetRow,
} from '../state/state.ts';
import type { Workspace } from '../twenty/model.ts';
import type { PlanContext } from './context.ts';
import type { Formed } from './form.ts';
import { letGoOf } from './given-back.ts';
import type { KeptRow } from './kept.ts';
import { asksOfRecord, parseReviewName, recordName, recordReviewId, reviewName, uniqueName } from './names.ts';
import type { Change } from './notices.ts';
import { dependenciesOf, type PassPlan } from './pass.ts';
import { declarationsOf } from './record-files.ts';
import type { CutLink } from './standing.ts';
import { indexedValues, linkColumns } from './values.ts';

/** Records that came to rest, for whoever counts. */
export interface Settled {
  readonly row: RecordRow;
  readonly to: RecordMove['to'];
}

/** How a losses row says that it is a choice made for a link (SCO-5), not a loss. */
export const CHOICE_KIND = 'link-choice';

/** How a losses row says that it is a link to a record that the source deleted: `before` is that record's key. */
export const CUT_KIND = 'link-cut';

/** How a losses row says that a row stays though the source deleted its record: `before` is its id, `after` since when it is flagged. */
export const KEPT_KIND = 'row-kept';

/** Classes in which others find no row of the record any more, or find it again although the source deleted it. */
const DECIDED: ReadonlySet<RecordClass> = new Set(['excluded', 'dead-lettered', 'deleted', 'delete-held']);

/** What a pass did to records. */
export interface Rested {
  readonly settled: readonly Settled[];
  /** Every move that happened. */
  readonly changes: readonly Change[];
  /** Files that have something to do now. */
  readonly files: number;
}

/** Stores what a pass decided: verdicts, what they rest on, questions, losses; and makes due whoever it concerns. */
export async function storeRest(context: PlanContext, plan: PassPlan, planned: ReadonlySet<string>): Promise<Rested> {
  const { tx, now } = context;
  const changes: Change[] = [];
  const dependencies: { key: string; on: readonly string[] }[] = [];
  const losses: LossRow[] = [];
  const lossKeys: string[] = [];
  const released = new Set<string>(plan.changed);
  const settled: Settled[] = [];
  const settles: TargetRow[] = [];
  const made: LineageRow[] = [];
  for (const cluster of plan.clusters) {
    for (const row of cluster.settles) settles.push({ ...row, writtenAt: now });
    for (const { row, record } of cluster.lineage) if (cluster.verdicts.get(record)?.kind === 'rest') made.push(row);
    const givenUp = givenUpIn(cluster.formed);
    for (const { row } of cluster.formed.cluster.members) {
      const verdict = cluster.verdicts.get(row.key);
      const stood = plan.stood.get(row.key);
      if (verdict === undefined || verdict.kind === 'later') continue;
      if (verdict.kind === 'write') {
        if (row.class === 'held' || row.class === 'dead-lettered' || row.class === 'excluded') {
          changes.push({ row, move: moveOf(row, 'on-the-way', null, true) });
        }
        continue;
      }
      const same = row.class === verdict.class && row.reason?.message === verdict.reason?.message;
      // Looked at only for the sake of another record, and nothing about it changed.
      if (same && !row.due && !planned.has(row.key)) continue;
      changes.push({ row, move: moveOf(row, verdict.class, verdict.reason, false) });
      settled.push({ row, to: verdict.class });
      const asked = cluster.edits.consulted.get(row.key) ?? [];
      const waitsFor = [...(verdict.reason?.waitsFor ?? []), ...asked, ...(givenUp.get(row.key) ?? [])];
      dependencies.push({ key: row.key, on: dependenciesOf(stood, waitsFor, row.key) });
      const kept = cluster.kept.get(row.key);
      // What was kept of it stays listed as long as the source does not have it again.
      if (row.class !== 'deleted' || verdict.class !== 'deleted' || kept !== undefined) lossKeys.push(row.key);
      if (kept !== undefined) losses.push(keptLoss(row, kept));
      const cuts = cluster.cuts.get(row.key) ?? [];
      losses.push(...lossesOf(row, cluster.losses.get(row.key) ?? [], cluster.choices.get(row.key) ?? [], cuts));
      if (DECIDED.has(verdict.class) && row.class !== verdict.class) released.add(recordName(row.key));
    }
  }
  await storeTargets(tx, context.workspace, settles, released);
  for (const { target, kept } of plan.clusters.flatMap(({ letGo }) => letGo)) {
    await letGoOf(tx, target, kept, now);
    for (const key of target.contributors) released.add(recordName(key));
  }
  if (made.length > 0) await tx.lineage.put(made);
  await withdrawOutdated(
    context,
    plan,
    dependencies.map(({ key }) => key),
  );
  await ask(context, plan);
  await storeEdits(tx, plan);
  if (lossKeys.length > 0) await tx.losses.set(lossKeys, losses);
  const moved =
    changes.length === 0
      ? []
      : await tx.records.move(
          changes.map(({ move }) => move),
          now,
        );
  if (dependencies.length > 0) await tx.dependencies.set(dependencies);
  if (released.size > 0) await tx.dependencies.release([...released]);
  const files = await declareFiles(tx, await declarationsOf(context, plan), now);
  return { settled, changes: happened(changes, moved), files };
}

/** Unique values that records gave up for another one: they take them once they are free. */
function givenUpIn({ groups }: Formed): ReadonlyMap<string, readonly string[]> {
  return new Map(
    groups.flatMap(({ contributors }) =>
      contributors.flatMap(({ member, gaveUp }): [string, readonly string[]][] =>
        gaveUp.length === 0
          ? []
          : [[member.row.key, gaveUp.map(({ object, field, value }) => uniqueName(object, field, value))]],
      ),
    ),
  );
}

function moveOf(row: RecordRow, to: RecordClass, reason: RecordMove['reason'], due: boolean): RecordMove {
  return { key: row.key, order: row.event.order, to, reason, due };
}

/** Those whose record had no newer event. */
export function happened(changes: readonly Change[], moved: readonly string[]): readonly Change[] {
  const keys = new Set(moved);
  return changes.filter(({ move }) => keys.has(move.key));
}

/** Puts targets, and adds to `released` whoever sees something else through them now. */
export async function storeTargets(
  tx: StateTransaction,
  workspace: Workspace,
  rows: readonly TargetRow[],
  released: Set<string>,
): Promise<void> {
  if (rows.length === 0) return;
  const before = await tx.targets.get(rows.map((row) => row.targetKey));
  await tx.targets.put(rows);
  await endEdits(
    tx,
    rows.filter((row) => row.status === 'deleted'),
  );
  const single = rows.filter((row) => isSingle(before.get(row.targetKey), row)).map(({ targetKey }) => targetKey);
  if (single.length > 0) await tx.lineage.remove(single);
  // Who no longer stands in a row is looked at again: nothing else may know that it needs another one.
  const left = rows.flatMap((row) =>
    (before.get(row.targetKey)?.contributors ?? []).filter((key) => !row.contributors.includes(key)),
  );
  if (left.length > 0) await tx.records.touch(left);
  for (const row of rows) {
    for (const name of seenChange(workspace, before.get(row.targetKey) ?? null, row)) released.add(name);
  }
}

/** A row that was of several records, and was written without the others, or is gone: it has no lineage to keep. */
function isSingle(before: TargetRow | undefined, after: TargetRow): boolean {
  if (before === undefined || before.contributors.length < 2) return false;
  return after.status !== 'written' || (after.contributors.length < 2 && after.imageHash !== before.imageHash);
}

/** Edits of rows that are gone are over, also where one stands there again that was made anew; in one that is only let go of they stand. */
export async function endEdits(
  tx: StateTransaction,
  gone: readonly Pick<TargetRow, 'targetKey' | 'writtenAt'>[],
): Promise<void> {
  if (gone.length === 0) return;
  const open = await tx.edits.open(gone.map((row) => row.targetKey));
  const edits = gone.flatMap((row) => (open.get(row.targetKey) ?? []).map((edit) => ({ edit, at: row.writtenAt })));
  if (edits.length === 0) return;
  await tx.reviews.withdraw(edits.flatMap(({ edit }) => edit.question ?? []));
  await tx.edits.close(
    edits.map(({ edit, at }) => ({ number: edit.number, status: 'gone', replacement: null, because: null, at })),
  );
}

/** The names whose resolution a change of this target alters: its records, and unique values that it gave up. */
function seenChange(workspace: Workspace, before: TargetRow | null, after: TargetRow): ReadonlySet<string> {
  const names = new Set<string>();
  const wasThere = before?.status === 'written';
  const isThere = after.status === 'written';
  const other = wasThere !== isThere || before?.id !== after.id || !sameLinks(workspace, before, after);
  const contributors = new Set([...(before?.contributors ?? []), ...after.contributors]);
  for (const key of contributors) {
    const moved = (before?.contributors.includes(key) ?? false) !== after.contributors.includes(key);
    if (other || moved) names.add(recordName(key));
  }
  if (after.kind !== 'record' && other) names.add(recordName(after.targetKey));
  const kept = new Set(indexedValues(workspace, after.object, after.image ?? {}).map(nameOf));
  for (const claim of indexedValues(workspace, after.object, before?.image ?? {})) {
    if (!kept.has(nameOf(claim))) names.add(nameOf(claim));
  }
  return names;
}

function nameOf(claim: { readonly object: string; readonly field: string; readonly value: string }): string {
  return uniqueName(claim.object, claim.field, claim.value);
}

function sameLinks(workspace: Workspace, before: TargetRow | null, after: TargetRow): boolean {
  const left = before?.image ?? {};
  const right = after.image ?? {};
  const columns = new Set([
    ...linkColumns(workspace, after.object, left),
    ...linkColumns(workspace, after.object, right),
  ]);
  return [...columns].every((column) => (left[column] ?? null) === (right[column] ?? null));
}

function lossesOf(
  row: RecordRow,
  losses: readonly { readonly field: string; readonly kind: string; readonly before: string; readonly after: string }[],
  choices: readonly { readonly link: string; readonly label: string }[],
  cuts: readonly CutLink[],
): LossRow[] {
  const place = { key: row.key, source: row.source, object: row.object };
  return [
    ...losses.map((loss) => ({ ...place, field: loss.field, kind: loss.kind, before: loss.before, after: loss.after })),
    ...choices.map((choice) => ({
      ...place,
      field: `${choice.link}: ${choice.label}`,
      kind: CHOICE_KIND,
      before: row.id,
      after: choice.label,
    })),
    ...cuts.map((cut) => ({ ...place, field: cut.link, kind: CUT_KIND, before: cut.on, after: '' })),
  ];
}

function keptLoss({ key, source, object }: RecordRow, kept: KeptRow): LossRow {
  return { key, source, object, field: kept.object, kind: KEPT_KIND, before: kept.id, after: kept.since ?? '' };
}

/** What was decided about edits by people: closed before a write that no longer knows them is looked at again. */
async function storeEdits(tx: StateTransaction, plan: PassPlan): Promise<void> {
  const outcomes = plan.clusters.map((cluster) => cluster.edits);
  const questions = outcomes.flatMap((outcome) => outcome.questions);
  const withdrawn = outcomes.flatMap((outcome) => outcome.withdrawn);
  const asked = outcomes.flatMap((outcome) => outcome.asked);
  const closings = outcomes.flatMap((outcome) => outcome.closings);
  if (withdrawn.length > 0) await tx.reviews.withdraw(withdrawn);
  if (questions.length > 0) await tx.reviews.ask(questions);
  if (asked.length > 0) await tx.edits.ask(asked);
  if (closings.length > 0) await tx.edits.close(closings);
}

/** Questions that the records' last plans asked and these do not: nobody is to answer what no longer applies. */
async function withdrawOutdated({ tx }: PlanContext, { stood }: PassPlan, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const outdated: string[] = [];
  for (const [key, names] of await tx.dependencies.named(keys)) {
    const now = new Set(stood.get(key)?.questions.map(({ id }) => reviewName(recordReviewId(key, id))));
    for (const name of names) {
      const id = parseReviewName(name);
      if (id !== null && asksOfRecord(id, key) && !now.has(name)) outdated.push(id);
    }
  }
  if (outdated.length > 0) await tx.reviews.withdraw(outdated);
}

async function ask(context: PlanContext, plan: PassPlan): Promise<void> {
  const questions = [...plan.stood].flatMap(([key, stood]) => stood.questions.map((question) => ({ key, question })));
  if (questions.length === 0) return;
  const rows = await context.tx.records.get([...new Set(questions.map(({ key }) => key))]);
  await context.tx.reviews.ask(
    questions.flatMap(({ key, question }) => {
      const row = rows.get(key);
      if (row === undefined) return [];
      return [
        {
          id: recordReviewId(key, question.id),
          queue: question.queue,
          source: row.source,
          object: row.object,
          recordKey: row.key,
          question: question.question,
          detail: {},
          choices: question.choices,
          blocking: question.blocking,
          createdAt: context.now,
        },
      ];
    }),
  );
}
