import { isDeepStrictEqual } from 'node:util';
import type { TwentySandbox } from '../../sandbox/twenty/index.ts';
import { type Content, contentOf } from './content.ts';

/** A workspace at the end of a run. */
export interface Ended {
  /** Milliseconds since 1970: times from then on are the server's own, not the source's. */
  readonly since: number;
  readonly sandbox: TwentySandbox;
}

/** What every row of a workspace says, by object and id. */
export type Contents = ReadonlyMap<string, ReadonlyMap<string, Content>>;

export interface Difference {
  readonly object: string;
  readonly id: string;
  /** Null: the row is there in one of them only. */
  readonly field: string | null;
  readonly undisturbed: unknown;
  readonly killed: unknown;
}

export interface Comparison {
  /** Rows compared, by object. */
  readonly rows: ReadonlyMap<string, number>;
  readonly differences: readonly Difference[];
}

const DELETED: Content = { deleted: true };

/**
 * Every row of every object, all fields. Of a soft-deleted row only that it is deleted: what it said last depends on how
 * much of the export that deleted it had been read when it was written for the last time. By the same measure a deleted row
 * is as good as one that was never written: a record that waited for a parent may be let go by the parent's delete, and be
 * written once before its own delete is read.
 */
export function compareContents(undisturbed: Ended, killed: Ended): Comparison {
  return compare(contentsOf(undisturbed), contentsOf(killed));
}

/** A workspace as it is now, to be compared later. */
export function contentsOf(ended: Ended): Contents {
  const objects = ended.sandbox.engine.model.objects().map(({ nameSingular }) => nameSingular);
  return new Map(objects.map((object) => [object, byId(ended, object)]));
}

export function compare(undisturbed: Contents, killed: Contents): Comparison {
  const rows = new Map<string, number>();
  const differences: Difference[] = [];
  for (const object of new Set([...undisturbed.keys(), ...killed.keys()])) {
    const left = undisturbed.get(object) ?? new Map<string, Content>();
    const right = killed.get(object) ?? new Map<string, Content>();
    rows.set(object, left.size);
    for (const id of new Set([...left.keys(), ...right.keys()])) {
      differences.push(...compareRows(object, id, left.get(id), right.get(id)));
    }
  }
  return { rows, differences };
}

function byId({ sandbox, since }: Ended, object: string): ReadonlyMap<string, Content> {
  return new Map(sandbox.dump(object).map((row) => [String(row.id), comparable(contentOf(row), since)]));
}

function comparable(content: Content, since: number): Content {
  if (content.deletedAt !== null && content.deletedAt !== undefined) return DELETED;
  return Object.fromEntries(
    Object.entries(content).map(([field, value]) => [
      field,
      isServerTime(value, since) ? 'a time during the run' : value,
    ]),
  );
}

function isServerTime(value: unknown, since: number): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && Date.parse(value) >= since;
}

function compareRows(
  object: string,
  id: string,
  undisturbed: Content | undefined,
  killed: Content | undefined,
): Difference[] {
  if (undisturbed === undefined || killed === undefined) {
    const gone = isDeepStrictEqual(undisturbed ?? killed, DELETED);
    return gone ? [] : [{ object, id, field: null, undisturbed, killed }];
  }
  const fields = new Set([...Object.keys(undisturbed), ...Object.keys(killed)]);
  return [...fields]
    .filter((field) => !isDeepStrictEqual(undisturbed[field], killed[field]))
    .map((field) => ({ object, id, field, undisturbed: undisturbed[field], killed: killed[field] }));
}
