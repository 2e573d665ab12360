import { type EditRow, ROW_FIELD, type StateTransaction, type TargetRow } from '../state/state.ts';
import { asObject } from '../twenty/answers.ts';
import type { TwentyRecord, Workspace, WorkspaceObject } from '../twenty/model.ts';
import type { Lane } from '../twenty/twenty.ts';
import { lookAt, OVERLAP_MS, type WatchParts } from './edit-poll.ts';
import { type Normal, sameValue } from './image.ts';
import { normalOf } from './values.ts';

export const TIMELINE = 'timelineActivity';
const SETTING = 'sink.edits.timeline';
const PER_FIND = 200;

/** A change that a member made, as the timeline tells it. */
interface Deed {
  readonly object: string;
  readonly id: string;
  readonly memberId: string;
  /** Milliseconds, by Twenty's clock. */
  readonly at: number;
  /** Field → value after it. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What the timeline tells of members since the last time. */
export interface Timeline {
  /** False where the workspace has no timeline that can be read: then nobody knows whether anybody works there. */
  readonly readable: boolean;
  /** Somebody did something since. */
  readonly busy: boolean;
  readonly deeds: readonly Deed[];
}

/** Where nothing can be read, anybody may be at work. */
export const UNREADABLE: Timeline = { readable: false, busy: true, deeds: [] };

/** One call, and one more for every 200 deeds: what members did since the last time. */
export async function readTimeline(parts: WatchParts, lane: Lane): Promise<Timeline> {
  const { twenty, state } = parts;
  const described = twenty.workspace().objects.get(TIMELINE);
  const member = described?.fields.get('workspaceMember')?.relation?.columns.workspaceMember;
  if (described === undefined || member === undefined || !described.fields.has('properties')) return UNREADABLE;
  const since = await state.read(async (tx) => (await tx.settings.get(SETTING)) ?? (await beginning(tx)));
  if (typeof since !== 'string') return { readable: true, busy: false, deeds: [] };
  const rows: TwentyRecord[] = [];
  const pages = twenty.scan({
    object: TIMELINE,
    fields: ['properties', 'updatedAt', ...targetFields(described), member],
    deleted: false,
    lane,
    where: { [member]: { is: 'NOT_NULL' } },
    updatedSince: new Date(Date.parse(since) - OVERLAP_MS).toISOString(),
  });
  for await (const page of pages) rows.push(...page);
  const times = rows.flatMap((row) =>
    typeof row.updatedAt === 'string' ? [new Date(row.updatedAt).toISOString()] : [],
  );
  const newest = times.reduce((latest, at) => (at > latest ? at : latest), since);
  await state.transaction((tx) => tx.settings.set(SETTING, newest));
  return { readable: true, busy: newest > since, deeds: rows.flatMap((row) => deedsOf(described, member, row)) };
}

async function beginning(tx: StateTransaction): Promise<string | null> {
  const began = await tx.journal.began();
  return began === null ? null : new Date(began).toISOString();
}

function targetFields(described: WorkspaceObject): readonly string[] {
  return [...described.fields.values()].flatMap(({ name, relation }) =>
    relation?.type === 'MANY_TO_ONE' && name !== 'workspaceMember' ? Object.values(relation.columns) : [],
  );
}

function deedsOf(described: WorkspaceObject, member: string, row: TwentyRecord): readonly Deed[] {
  const diff = asObject(asObject(row.properties)?.diff);
  const at = typeof row.updatedAt === 'string' ? Date.parse(row.updatedAt) : Number.NaN;
  const memberId = row[member];
  if (diff === undefined || Number.isNaN(at) || typeof memberId !== 'string') return [];
  const values = Object.fromEntries(Object.entries(diff).map(([field, change]) => [field, asObject(change)?.after]));
  return [...described.fields.values()].flatMap(({ relation }) =>
    Object.entries(relation?.columns ?? {}).flatMap(([object, column]) => {
      const id = row[column];
      return typeof id === 'string' && column !== member ? [{ object, id, memberId, at, values }] : [];
    }),
  );
}

/**
 * What people changed and we wrote over before we saw it (SPEC.md §12, "The window"): a member's value that is neither what we wrote nor
 * known as an edit. The rows are read, and where the value is not there either, it is listed as lost; so is what was in a row that we
 * deleted. Returns how many were.
 */
export async function listLost(
  parts: WatchParts,
  deeds: readonly Deed[],
  nameOf: (memberId: string) => string | null,
  lane: Lane,
): Promise<number> {
  const { state, twenty, clock } = parts;
  const latest = latestOf(deeds);
  let lost = 0;
  for (const [object, group] of Map.groupBy(latest, (deed) => deed.object)) {
    const suspects = await state.read((tx) => missing(tx, twenty.workspace(), object, group));
    const ids = [...new Set(suspects.map(({ deed }) => deed.id))];
    // Whatever stands in the rows is an edit like any other; what is missing afterwards, too, is gone.
    for (let at = 0; at < ids.length; at += PER_FIND) {
      await lookAt(parts, object, ids.slice(at, at + PER_FIND), lane);
    }
    if (ids.length === 0) continue;
    lost += await state.transaction(async (tx) => {
      const gone = (await missing(tx, twenty.workspace(), object, group)).filter(({ deed }) => ids.includes(deed.id));
      await tx.edits.note(
        gone.map(({ deed, target }) => ({
          targetKey: target.targetKey,
          object,
          id: deed.id,
          field: deed.field,
          base: null,
          value: deed.value ?? null,
          by: nameOf(deed.memberId) ?? deed.memberId,
          at: deed.at,
          foundAt: clock.now(),
          foundBy: 'timeline' as const,
          status: 'lost' as const,
          replacement: target.image?.[deed.field] ?? null,
          because: null,
          closedAt: clock.now(),
        })),
      );
      return gone.length;
    });
  }
  return lost;
}

interface FieldDeed {
  readonly object: string;
  readonly id: string;
  readonly memberId: string;
  readonly at: number;
  readonly field: string;
  readonly value: unknown;
}

/** Of each field of each row only the last deed says what somebody wanted to stand there. */
function latestOf(deeds: readonly Deed[]): readonly FieldDeed[] {
  const latest = new Map<string, FieldDeed>();
  for (const { values, ...deed } of [...deeds].sort((a, b) => a.at - b.at)) {
    for (const [field, value] of Object.entries(values)) {
      latest.set(JSON.stringify([deed.object, deed.id, field]), { ...deed, field, value });
    }
  }
  return [...latest.values()];
}

async function missing(
  tx: StateTransaction,
  workspace: Workspace,
  object: string,
  deeds: readonly FieldDeed[],
): Promise<readonly { readonly deed: FieldDeed; readonly target: TargetRow }[]> {
  const targets = await tx.targets.byIds(object, [...new Set(deeds.map(({ id }) => id))]);
  const edits = await tx.edits.of([...targets.values()].map(({ targetKey }) => targetKey));
  const normal = normalOf(workspace, object);
  const images = await lastImages(tx, targets, edits);
  return deeds.flatMap((deed) => {
    const target = targets.get(deed.id);
    const image = images.get(deed.id);
    if (target === undefined || image === undefined || !(deed.field in image)) return [];
    // What a row held before it was ours stands in `before`, and was written over by the policy's word.
    if (target.before !== null && sameValue(deed.field, target.before[deed.field], deed.value, normal)) return [];
    const known = (edits.get(target.targetKey) ?? []).some((edit) => isOf(edit, deed, normal));
    return known || sameValue(deed.field, image[deed.field], deed.value, normal) ? [] : [{ deed, target }];
  });
}

/** By id, what we wrote last: where we deleted the row since, what stood there by then. A person who deletes a row gives it up. */
async function lastImages(
  tx: StateTransaction,
  targets: ReadonlyMap<string, TargetRow>,
  edits: ReadonlyMap<string, readonly EditRow[]>,
): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const images = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [id, { targetKey, status, image }] of targets) {
    if (status === 'written' && image !== null) images.set(id, image);
    if (status !== 'deleted' || (edits.get(targetKey) ?? []).some(isGivenUp)) continue;
    const last = (await tx.journal.of(targetKey)).at(-1);
    if (last?.before !== null && last?.before !== undefined) images.set(id, last.before);
  }
  return images;
}

function isGivenUp({ field, value }: EditRow): boolean {
  return field === ROW_FIELD && value !== null;
}

/** Whether an edit, open or closed, is about the value that the deed left. */
function isOf(edit: EditRow, deed: FieldDeed, normal: Normal): boolean {
  return edit.field === deed.field && sameValue(deed.field, edit.value, deed.value, normal);
}
