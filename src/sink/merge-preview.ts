import { ChangeoverError } from '../core/errors.ts';
import type { RecordRow, StateTransaction, TargetRow } from '../state/state.ts';
import type { TwentyFields } from '../twenty/model.ts';
import type { Said } from './decisions.ts';
import { type Group, lossOf, partsOf } from './form.ts';
import { type Part, ruleOf } from './merge.ts';
import { recordName } from './names.ts';
import { type PassPlan, planPass } from './pass.ts';
import { callsFor, contextOf, type PreviewDeps, type PreviewedWrite, previewed, undone } from './preview.ts';
import { columnsOf } from './unique-columns.ts';
import { takeOut } from './unmerge.ts';
import { linkColumns, RECORD_CLAIM } from './values.ts';

/** What a record of a shared row brings into it, and why it is there. */
export interface Brought {
  readonly key: string;
  readonly class: RecordRow['class'];
  /** Milliseconds, by the source's clock. */
  readonly created: number | null;
  readonly modified: number | null;
  /** What it has in common with another one: unique values, or that the source says so (`@record`). Empty while it waits. */
  readonly because: readonly string[];
  readonly fields: TwentyFields;
}

export interface SharedRow {
  readonly records: readonly Brought[];
  /** By field, what the mapping says of it: `first`, `newest`, `prefer`, `all`. */
  readonly rules: Readonly<Record<string, string>>;
}

/** A row's records with what each of them has to say, as the mapping makes it of their newest events now. Stores nothing. */
export async function sharedRow(deps: PreviewDeps, target: TargetRow): Promise<SharedRow> {
  let found: SharedRow = { records: [], rules: {} };
  await undone(deps.state, async (tx) => {
    const rows = await tx.records.get(target.contributors);
    const plan = await planPass(contextOf(deps, tx), [...rows.values()]);
    const group = groupsIn(plan).find(({ present }) => present?.targetKey === target.targetKey);
    const parts: readonly Part[] = group === undefined ? [] : partsOf(group);
    const fields = new Set(parts.flatMap((part) => Object.keys(part.fields)));
    found = {
      records: target.contributors.flatMap((key): Brought[] => {
        const row = rows.get(key);
        if (row === undefined) return [];
        const { sourceCreated: created, sourceTime: modified } = row.event;
        const part = parts.find((one) => one.key === key);
        const because = group === undefined ? [] : sharedBy(group, key);
        return [{ key, class: row.class, created, modified, because, fields: part?.fields ?? {} }];
      }),
      rules: Object.fromEntries([...fields].map((field) => [field, ruleOf(parts, field).kind])),
    };
  });
  return found;
}

/** What taking a record out of its row would do. */
export interface UnmergePreview {
  readonly row: { readonly object: string; readonly id: string; readonly records: readonly string[] };
  readonly record: string;
  readonly from: readonly string[];
  /** The records whose row stays the one that it is; the others get another one. */
  readonly stay: readonly string[];
  /** Unique values that only one of them can have: who is written without which. */
  readonly without: readonly { readonly key: string; readonly field: string; readonly value: string }[];
  readonly writes: readonly PreviewedWrite[];
  readonly calls: number;
  readonly minutes: number;
}

/** Plans it in a transaction that is taken back. @throws MERGE_UNKNOWN */
export async function previewUnmerge(deps: PreviewDeps, key: string, said: Said): Promise<UnmergePreview> {
  let found: UnmergePreview | null = null;
  await undone(deps.state, async (tx) => {
    const { record, from, target } = await takeOut(tx, key, said);
    const rows = await tx.records.get(target.contributors);
    const plan = await planPass(contextOf(deps, tx), [...rows.values()]);
    const groups = groupsIn(plan);
    const keysOf = (group: Group) => group.contributors.map(({ member }) => member.row.key);
    const staying = groups.find(({ present }) => present?.targetKey === target.targetKey);
    const stay = staying === undefined ? [] : keysOf(staying);
    const leaving = groups.flatMap(keysOf).filter((one) => target.contributors.includes(one) && !stay.includes(one));
    const planned = plan.clusters.flatMap(({ writes, forerunners, following }) => [
      ...writes,
      ...forerunners,
      ...following,
    ]);
    const writes = [...planned.map(previewed), ...(await linksTo(tx, deps, leaving, target))];
    const calls = callsFor(writes, deps.twenty.batchSize());
    found = {
      row: { object: target.object, id: target.id, records: target.contributors },
      record,
      from,
      stay,
      without: groups.flatMap((group) =>
        group.contributors.flatMap(({ member, gaveUp }) =>
          gaveUp.map((claim) => {
            const { field, before } = lossOf(claim);
            return { key: member.row.key, field, value: before };
          }),
        ),
      ),
      writes,
      calls,
      minutes: calls / Math.max(1, deps.callsPerMinute),
    };
  });
  if (found === null) throw new ChangeoverError('INTERNAL', `${key} could not be planned`);
  return found;
}

function groupsIn(plan: PassPlan): readonly Group[] {
  return plan.clusters.flatMap(({ formed }) => formed.groups);
}

function sharedBy(group: Group, key: string): readonly string[] {
  const claims = new Map(group.contributors.map(({ member }) => [member.row.key as string, member.claims]));
  const others = [...claims].filter(([other]) => other !== key).flatMap(([, wanted]) => wanted);
  return (claims.get(key) ?? [])
    .filter((claim) => others.some((other) => other.field === claim.field && other.value === claim.value))
    .map((claim) =>
      claim.field === RECORD_CLAIM
        ? RECORD_CLAIM
        : columnsOf(claim.field)
            .map((column, index) => `${column} ${claim.values[index] ?? ''}`)
            .join(' with '),
    );
}

/** How many dependants of one record are looked at; of more, the price names those alone. */
const MOST_LINKS = 10_000;

/** Rows of others that point at the row because of these records, and will follow them. */
async function linksTo(
  tx: StateTransaction,
  deps: PreviewDeps,
  leaving: readonly string[],
  target: TargetRow,
): Promise<readonly PreviewedWrite[]> {
  const found = new Map<string, PreviewedWrite>();
  for (const key of leaving) {
    const dependants = await tx.dependencies.of(recordName(key), MOST_LINKS);
    const rows = [
      ...(await tx.targets.ofRecords(dependants)).values(),
      ...[...(await tx.targets.childrenOf(dependants)).values()].flat(),
    ];
    for (const { targetKey, object, status, image } of rows) {
      if (status !== 'written' || image === null || target.targetKey === targetKey) continue;
      const fields = linkColumns(deps.twenty.workspace(), object, image).filter(
        (column) => image[column] === target.id,
      );
      if (fields.length > 0) found.set(targetKey, { operation: 'upsert', object, targetKey, fields });
    }
  }
  return [...found.values()];
}
