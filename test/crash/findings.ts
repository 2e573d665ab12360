import { isDeepStrictEqual } from 'node:util';
import { type Contents, compare, type Difference } from '../kill/compare.ts';
import type { Ends } from './messages.ts';
import type { Moment } from './undisturbed.ts';

/** What the issue of a cell is counted in; all zero where the cell holds. */
export interface Counts {
  /** Rows that an undisturbed run has, and this one not. */
  readonly lost: number;
  /** Rows that only this run has. */
  readonly doubled: number;
  /** Rows that say something else than after an undisturbed run. */
  readonly older: number;
  /** Rows that were written with a link to a row that was not there. */
  readonly childBeforeParent: number;
  readonly residue: number;
}

export interface Findings {
  readonly counts: Counts;
  /** What differs, a line each: records with both values. Empty where nothing does. */
  readonly differing: readonly string[];
  /** Rows compared. */
  readonly rows: number;
}

export function findingsOf(undisturbed: Moment, found: Moment, orphans: readonly string[]): Findings {
  const { differences, rows } = compare(undisturbed.contents, found.contents);
  const of = (kind: 'lost' | 'doubled' | 'older') => differences.filter((one) => kindOf(one) === kind);
  const counts = {
    lost: of('lost').length,
    doubled: of('doubled').length,
    older: new Set(of('older').map(({ object, id }) => `${object} ${id}`)).size,
    childBeforeParent: orphans.length,
    residue: found.rest.residue,
  };
  return {
    counts,
    differing: [
      ...differences.map(told),
      ...orphans.map((orphan) => `written before its parent: ${orphan}`),
      ...(found.rest.residue === 0 ? [] : [`a residue of ${found.rest.residue}`]),
      ...(found.rest.openIntents === 0 ? [] : [`${found.rest.openIntents} intents are still open`]),
      ...otherEnds(undisturbed.rest.ends, found.rest.ends),
      ...(isDeepStrictEqual(undisturbed.rest.objects, found.rest.objects)
        ? []
        : [`ledger ${JSON.stringify(found.rest.objects)}, not ${JSON.stringify(undisturbed.rest.objects)}`]),
    ],
    rows: [...rows.values()].reduce((sum, count) => sum + count, 0),
  };
}

/**
 * What is wrong with a workspace that was stopped on the way from one moment to the next: a row that both have is missing, a
 * row is there that neither has, or a field says what it says in neither.
 */
export function damageOf(before: Contents, after: Contents, found: Contents): readonly string[] {
  const damage: string[] = [];
  for (const object of new Set([...after.keys(), ...found.keys()])) {
    const [old, young, now] = [before, after, found].map((contents) => contents.get(object) ?? new Map());
    for (const id of new Set([...(young?.keys() ?? []), ...(now?.keys() ?? [])])) {
      const [was, willBe, is] = [old?.get(id), young?.get(id), now?.get(id)];
      if (is === undefined) {
        if (was !== undefined && willBe !== undefined) damage.push(`${object} ${id} is missing`);
      } else if (was === undefined && willBe === undefined) damage.push(`${object} ${id} is in neither`);
      // Of a row that has some of what changed, the checksum is that of neither.
      else
        for (const [field, value] of Object.entries(is))
          if (
            field !== 'sourceChecksum' &&
            ![was, willBe].some((one) => one !== undefined && isDeepStrictEqual(one[field], value))
          )
            damage.push(`${object} ${id} ${field}: ${JSON.stringify(value)} is in neither`);
    }
  }
  return damage;
}

function kindOf({ field, undisturbed, killed }: Difference): 'lost' | 'doubled' | 'older' {
  if (field === null) return killed === undefined ? 'lost' : 'doubled';
  // A soft-deleted row says only that it is deleted.
  if (field === 'deleted') return undisturbed === undefined ? 'lost' : 'doubled';
  return 'older';
}

function told({ object, id, field, undisturbed, killed }: Difference): string {
  if (field === null) return `${object} ${id} is ${killed === undefined ? 'lost' : 'doubled'}`;
  return `${object} ${id} ${field}: ${JSON.stringify(killed)}, not ${JSON.stringify(undisturbed)}`;
}

function otherEnds(undisturbed: Ends, found: Ends): readonly string[] {
  return [...new Set([...Object.keys(undisturbed), ...Object.keys(found)])]
    .filter((key) => undisturbed[key] !== found[key])
    .map((key) => `${key} is ${found[key] ?? 'unknown'}, not ${undisturbed[key] ?? 'unknown'}`);
}
