import { contentHash } from '../core/identifiers.ts';
import type { FieldOrigin, LineageRow, TargetRow } from '../state/state.ts';
import type { TwentyFields, TwentyValue, WorkspaceObject } from '../twenty/model.ts';
import { isEmpty } from '../twenty/values.ts';
import type { Normal } from './image.ts';

interface Making {
  readonly targetKey: string;
  readonly object: string;
  readonly id: string;
  readonly content: TwentyFields;
  readonly from: ReadonlyMap<string, readonly string[]>;
  /** What was known of it before. */
  readonly known: LineageRow | undefined;
  readonly normal: Normal;
  readonly now: number;
}

/** Which record each field of a row comes from, and since when (SPEC.md §14). Null: as it was. Pure. */
export function lineageOf({ targetKey, object, id, content, from, known, normal, now }: Making): LineageRow | null {
  const fields: Record<string, FieldOrigin> = {};
  for (const [field, records] of from) {
    if (isEmpty(content[field])) continue;
    const value = contentHash(normal(field, content[field])).slice(0, 12);
    const before = known?.fields[field];
    const same = before !== undefined && before.value === value && before.from.join() === records.join();
    fields[field] = same ? before : { from: records, since: now, value };
  }
  const names = Object.keys(fields);
  const unchanged =
    known !== undefined &&
    known.id === id &&
    Object.keys(known.fields).length === names.length &&
    names.every((name) => fields[name] === known.fields[name]);
  return unchanged ? null : { targetKey, object, id, fields, at: known?.at ?? now };
}

interface Parting {
  readonly present: TargetRow | null;
  readonly known: LineageRow | undefined;
  readonly contributors: readonly string[];
  readonly described: WorkspaceObject | undefined;
}

/**
 * Fields that only records brought which have left the row, and that those who stay say nothing of: they go with them. (What
 * somebody who stays left as it is stays.) Pure.
 */
export function goneWith(
  { present, known, contributors, described }: Parting,
  content: TwentyFields,
): Readonly<Record<string, TwentyValue>> {
  const gone: Record<string, TwentyValue> = {};
  if (known === undefined || present?.status !== 'written') return gone;
  for (const [field, { from }] of Object.entries(known.fields)) {
    const value = present.image?.[field] as TwentyValue | undefined;
    if (field in content || isEmpty(value) || from.some((key) => contributors.includes(key))) continue;
    // A field that always has a value cannot be emptied.
    if (described?.fields.get(field)?.isNullable === false && typeof value !== 'object') continue;
    gone[field] = emptied(value ?? null);
  }
  return gone;
}

/** Nothing, as Twenty takes it: composites stay complete (twenty.md §2). */
function emptied(value: TwentyValue): TwentyValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.fromEntries(
    Object.entries(value).map(([part, one]): [string, TwentyValue] => [
      part,
      typeof one === 'string' ? '' : Array.isArray(one) ? [] : null,
    ]),
  );
}
