import type { CompiledMapping } from '../mapping/model.ts';
import type { EditRow, TargetRow } from '../state/state.ts';
import type { TwentyRecord, WorkspaceField, WorkspaceObject } from '../twenty/model.ts';
import { fieldOf } from '../twenty/selection.ts';
import { DELETION_FIELD, SYNC_FIELD_NAMES } from '../twenty/sync-fields.ts';
import { isEmpty } from '../twenty/values.ts';
import { type Normal, sameValue } from './image.ts';

/** A field whose value in Twenty is another one than we knew of. */
export interface Found {
  readonly field: string;
  /** What we had written; null where we never wrote it. */
  readonly base: unknown;
  readonly value: unknown;
  /** The edit that was open until now, where the person put back what we had written. */
  readonly undone: EditRow | null;
}

export interface Looking {
  readonly target: TargetRow;
  readonly record: TwentyRecord;
  readonly open: readonly EditRow[];
  /** What records of the mappings may fill in this object, beside what was written. */
  readonly columns: ReadonlySet<string>;
  readonly described: WorkspaceObject | undefined;
  readonly normal: Normal;
  /** Not looked at. */
  readonly except: ReadonlySet<string>;
}

const OURS: ReadonlySet<string> = new Set([
  ...SYNC_FIELD_NAMES,
  DELETION_FIELD,
  'id',
  'updatedAt',
  'updatedBy',
  'deletedAt',
  'position',
]);

/** The fields of a row that people may have edited: what we wrote, and what the mapping may write. */
export function watchedFields(
  target: Pick<TargetRow, 'kind' | 'image'>,
  columns: ReadonlySet<string>,
): readonly string[] {
  const names = new Set(Object.keys(target.image ?? {}));
  if (target.kind === 'record') for (const name of columns) names.add(name);
  return [...names].filter((name) => !OURS.has(name));
}

/** What the mappings may fill in a Twenty object. */
export function columnsOf(mappings: readonly CompiledMapping[], object: string): ReadonlySet<string> {
  const columns = new Set<string>();
  for (const mapping of mappings) {
    for (const one of mapping.objects.values()) {
      if (one.target === object) for (const name of one.columns ?? []) columns.add(name);
    }
  }
  return columns;
}

/** Compares a row as it was read with what we know of it. Pure. */
export function findEdits(looking: Looking): readonly Found[] {
  const { target, record, open, normal, except, columns } = looking;
  const found: Found[] = [];
  for (const field of watchedFields(target, columns)) {
    if (except.has(field) || !(field in record)) continue;
    const known = open.find((edit) => edit.field === field) ?? null;
    const value = record[field] ?? null;
    const base = known === null ? baseOf(looking, field, value) : known.base;
    if (sameValue(field, known === null ? base : known.value, value, normal)) continue;
    const undone = known !== null && sameValue(field, known.base, value, normal) ? known : null;
    found.push({ field, base, value, undone });
  }
  return found;
}

/** What we last wrote; in a row that was there before us, what it held then; else what the server puts there by itself. */
function baseOf({ target, described }: Looking, field: string, value: unknown): unknown {
  const { image, before } = target;
  if (image !== null && field in image) return image[field] ?? null;
  if (before !== null && field in before) return before[field] ?? null;
  const known = described === undefined ? undefined : fieldOf(described, field)?.field;
  return known !== undefined && isDefault(known, value) ? value : null;
}

/** Metadata quotes texts within defaults: `"'NEW'"` (twenty.md §5). */
function isDefault(field: WorkspaceField, value: unknown): boolean {
  if (isEmpty(field.defaultValue)) return false;
  return JSON.stringify(unquoted(field.defaultValue)) === JSON.stringify(value);
}

function unquoted(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^'(.*)'$/s, '$1');
  if (Array.isArray(value)) return value.map(unquoted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, unquoted(member)]));
}
