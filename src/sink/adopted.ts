import type { EditRow, TargetRow } from '../state/state.ts';
import { ROW_FIELD } from '../state/state.ts';
import { checkFields } from '../twenty/check.ts';
import type { TwentyFields, TwentyValue, WorkspaceObject } from '../twenty/model.ts';
import { DELETION_FIELD, SYNC_FIELD_NAMES } from '../twenty/sync-fields.ts';
import { isEmpty } from '../twenty/values.ts';
import { type Normal, sameValue } from './image.ts';

/** Read along with a row, and never written. */
const NEVER_WRITTEN: ReadonlySet<string> = new Set(['id', 'deletedAt', 'updatedAt', 'updatedBy']);
/** Ours alone: nobody else writes them. */
const SYNC_FIELDS: ReadonlySet<string> = new Set([...SYNC_FIELD_NAMES, DELETION_FIELD]);

/** What became of one field of a row that was there before us. */
export interface AdoptedField {
  readonly field: string;
  /** What the row held before our first write; undefined where nobody read it. */
  readonly before: unknown;
  /** What was written last, or what a person's edit made of it. */
  readonly now: unknown;
  /** It held something else before, which is written over. */
  readonly overwritten: boolean;
}

/** Whether it is known what the row held before us. It is not where our key stood in it when it was read. */
export function isBeforeKnown({ before }: Pick<TargetRow, 'before'>): boolean {
  return before !== null && isEmpty(before.sourceKey);
}

/** Whether the row was soft-deleted before us, and we brought it back. */
export function wasRestored({ before }: Pick<TargetRow, 'before'>): boolean {
  return !isEmpty(before?.deletedAt);
}

/** Field by field, without those that are our own. Pure. */
export function adoptedFields(target: Pick<TargetRow, 'before' | 'image'>, normal: Normal): readonly AdoptedField[] {
  const { before, image } = target;
  return Object.keys(image ?? {})
    .filter((field) => !NEVER_WRITTEN.has(field) && !SYNC_FIELDS.has(field))
    .map((field): AdoptedField => {
      const [was, now] = [before?.[field], image?.[field] ?? null];
      const overwritten = !isEmpty(was) && !sameValue(field, was, now, normal);
      return { field, before: was, now, overwritten };
    })
    .filter(({ before: was, now }) => !isEmpty(was) || !isEmpty(now));
}

/** What giving a row back sends, and what stays. */
export interface Return {
  readonly fields: TwentyFields;
  /** What Twenty holds that is not what we wrote, or that nobody can give back: field → what stands there. */
  readonly kept: Readonly<Record<string, unknown>>;
  /** What stands in the row afterwards, as far as we know it. */
  readonly image: Readonly<Record<string, unknown>>;
}

interface Returning {
  readonly target: Pick<TargetRow, 'before' | 'image'>;
  /** What people changed since, as far as it is known. */
  readonly edits: readonly EditRow[];
  /** The row as it was just read; null where it was not. */
  readonly row: Readonly<Record<string, unknown>> | null;
  readonly described: WorkspaceObject | undefined;
  readonly normal: Normal;
}

/**
 * Three-way, field by field (SPEC.md §17): what the row held before us goes back only where Twenty still holds what we wrote.
 * What somebody else wrote since stays. Pure.
 */
export function returnOf({ target, edits, row, described, normal }: Returning): Return {
  const fields: Record<string, TwentyValue> = {};
  const kept: Record<string, unknown> = {};
  const image: Record<string, unknown> = { ...target.image };
  const edited = new Map(edits.filter(({ field }) => field !== ROW_FIELD).map(({ field, value }) => [field, value]));
  for (const [field, written] of Object.entries(target.image ?? {})) {
    if (NEVER_WRITTEN.has(field)) continue;
    const known = edited.has(field) ? edited.get(field) : written;
    const now = row !== null && field in row ? row[field] : known;
    image[field] = now ?? null;
    const was = SYNC_FIELDS.has(field) ? (target.before?.[field] ?? null) : target.before?.[field];
    if (was === undefined) {
      if (!isEmpty(now) && !SYNC_FIELDS.has(field)) kept[field] = now;
      continue;
    }
    if (sameValue(field, was, now, normal)) continue;
    const theirs = edited.has(field) || !sameValue(field, written, now, normal);
    const refused =
      described !== undefined && checkFields(described, { [field]: was as TwentyValue }, false).length > 0;
    if ((theirs && !SYNC_FIELDS.has(field)) || refused) {
      kept[field] = now ?? null;
      continue;
    }
    // A unique field takes nothing only as null.
    fields[field] = SYNC_FIELDS.has(field) && isEmpty(was) ? null : sendable(field, was as TwentyValue, described);
    image[field] = was;
  }
  return { fields, kept, image };
}

/** As it is sent: of a rich text the one form that the other is made of (twenty.md §2). */
function sendable(name: string, value: TwentyValue, described: WorkspaceObject | undefined): TwentyValue {
  if (described?.fields.get(name)?.type !== 'RICH_TEXT' || typeof value !== 'object' || value === null) return value;
  const { blocknote = null, markdown = null } = value as TwentyFields;
  return isEmpty(blocknote) ? { markdown } : { blocknote };
}

/** What was not given back, once it is through. Pure. */
export function keptIn(target: Pick<TargetRow, 'before' | 'image'>, normal: Normal): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(target.image ?? {}).filter(
      ([field, now]) =>
        !NEVER_WRITTEN.has(field) && !SYNC_FIELDS.has(field) && !sameValue(field, target.before?.[field], now, normal),
    ),
  );
}
