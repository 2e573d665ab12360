import type { JsonObject } from '../../src/core/exact-json.ts';
import type { Client } from './client.ts';
import { listOf, type Metadata } from './metadata.ts';
import { roleName } from './parties.ts';

/** An aggregation fails above so many rows; then the survey says that it is not known. */
type Counts = readonly JsonObject[];

/** Facts about quality before anything is loaded (OPX-S3): who stands there twice, and how people take part in activities. */
export async function survey(
  client: Client,
  metadata: Metadata,
  left: (what: string, thrown: unknown) => void,
): Promise<string[]> {
  const names = new Set(await metadata.names());
  const heads = await metadata.heads();
  const notes: string[] = [];
  const counted = async (what: string, query: string): Promise<Counts> => {
    try {
      return listOf(await client.get(query));
    } catch (thrown) {
      left(what, thrown);
      return [];
    }
  };
  for (const [table, column, called] of TWICE) {
    const set = heads.get(table)?.entitySet;
    if (set === undefined || !names.has(table)) continue;
    const groups = await counted(
      `doubles of ${table}`,
      `${set}?$apply=filter(${column}%20ne%20null)/groupby((${column}),aggregate($count%20as%20rows))`,
    );
    const twice = groups.filter(({ rows }) => Number(rows) > 1);
    if (twice.length > 0) {
      const rows = twice.reduce((sum, group) => sum + Number(group.rows), 0);
      notes.push(`${table}: ${rows} rows share ${twice.length} ${called}.`);
    }
  }
  const activities = [...heads.values()].some(({ name, activity }) => activity && names.has(name));
  if (!activities) return notes;
  const roles = await counted(
    'who takes part in activities',
    'activityparties?$apply=groupby((participationtypemask),aggregate($count%20as%20rows))',
  );
  const patterns = roles
    .map(({ participationtypemask: mask, rows }) => ({ mask: Number(mask), rows: Number(rows) }))
    .sort((a, b) => b.rows - a.rows || a.mask - b.mask)
    .map(({ mask, rows }) => `${roleName(mask)} ${rows}`);
  if (patterns.length > 0) notes.push(`Taking part in activities: ${patterns.join(', ')}.`);
  const [orphans] = await counted(
    'parties without a record',
    'activityparties?$apply=filter(_partyid_value%20eq%20null)/aggregate($count%20as%20rows)',
  );
  if (Number(orphans?.rows ?? 0) > 0) notes.push(`${Number(orphans?.rows)} parties of activities have no record.`);
  return notes;
}

/** What tells two rows of a table apart, if anything does. */
const TWICE: readonly (readonly [table: string, column: string, called: string])[] = [
  ['contact', 'emailaddress1', 'e-mail addresses'],
  ['account', 'name', 'names'],
  ['lead', 'emailaddress1', 'e-mail addresses'],
];
