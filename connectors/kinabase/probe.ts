import type { Clock } from '../../src/core/ports.ts';
import type { Api } from './api.ts';
import type { Catalogue } from './catalogue.ts';
import type { Client } from './client.ts';
import type { RawRecord } from './raw.ts';
import type { Settings } from './settings.ts';

export interface ProbeParts {
  readonly client: Client;
  readonly api: Api;
  readonly catalogue: Catalogue;
  readonly settings: Settings;
  readonly clock: Clock;
}

/** Records whose activities are looked at. */
const LOOKED_AT = 3;
const DAY_MS = 86_400_000;

/** What the public pages leave open, settled by reads alone; each answer names the setting that it is for. */
export async function probe(parts: ProbeParts): Promise<readonly string[]> {
  const { api, catalogue, settings, clock, client } = parts;
  const found: string[] = [];
  const collections = await catalogue.refresh();
  found.push(`The key sees ${collections.length} collections: ${collections.map(({ raw }) => raw.name).join(', ')}.`);
  const told = collections.some(({ raw }) => raw.fields.length > 0);
  found.push(
    told
      ? 'The list of collections tells fields: formulas are taken from it.'
      : 'The list of collections tells no fields: name formulas and lists under `fields`.',
  );
  const answered = await client.get('collections');
  const ahead = Math.round((answered.at - clock.now()) / 1000);
  found.push(
    answered.dated
      ? `The service's clock is ${Math.abs(ahead)} seconds ${ahead < 0 ? 'behind' : 'ahead of'} ours.`
      : 'The service does not say what time it is: times go by our clock, which must not be ahead of its own by more than `overlapSeconds`.',
  );
  for (const collection of collections) {
    const page = await api.page(collection.raw, 0, null);
    const [first] = page.records;
    const times = first === undefined ? 'no records' : timesOf(first, settings);
    found.push(`${collection.object}: ${page.total} records, pages of ${page.size}; ${times}.`);
    if (first === undefined) continue;
    found.push(`${collection.object}: ${await wholeness(parts, collection.raw, page.total)}.`);
    const edge = await inclusive(parts, collection.raw, first);
    if (edge !== null) found.push(`${collection.object}: ${edge}.`);
    const activities = await touching(parts, collection.raw, page.records);
    if (activities !== null) found.push(`${collection.object}: ${activities}.`);
  }
  return found;
}

/** Whether one call gives a collection; of a large one nothing is asked for but whether there is such a call. */
async function wholeness(
  { api, settings, clock }: ProbeParts,
  collection: Parameters<Api['page']>[0],
  total: number,
): Promise<string> {
  const small = total <= settings.discoveryRecords;
  const whole = await api.whole(collection, small ? null : clock.now() + DAY_MS);
  if (whole === null) return 'only page by page (`whole: never`)';
  const count = whole.records.length + whole.rejects.length;
  return small && count < total
    ? `one call gives only ${count} of ${total} records (\`wholeRecords: ${count}\`)`
    : 'one call reads it whole';
}

function timesOf({ created, updated }: RawRecord, { createdKey, updatedKey }: Settings): string {
  const missing = [...(created === null ? [createdKey] : []), ...(updated === null ? [updatedKey] : [])];
  return missing.length === 0
    ? 'they say when they were made and changed'
    : `they do not say ${missing.join(' and ')} (\`createdKey\`, \`updatedKey\`)`;
}

/** Whether a record is among those "after" its own time: the overlap covers both. */
async function inclusive(
  { api }: ProbeParts,
  collection: Parameters<Api['page']>[0],
  record: RawRecord,
): Promise<string | null> {
  if (record.updated === null) return null;
  for await (const batch of api.changed(collection, record.updated)) {
    if (batch.records.some(({ id }) => id === record.id)) return '`updatedAfter` includes the time itself';
  }
  return '`updatedAfter` leaves out the time itself';
}

/** Whether an activity that is younger than its record shows that activities do not count as changes. */
async function touching(
  { api }: ProbeParts,
  collection: Parameters<Api['page']>[0],
  records: readonly RawRecord[],
): Promise<string | null> {
  let seen = false;
  for (const record of records.slice(0, LOOKED_AT)) {
    for (const { time } of (await api.activities(collection, record.id)) ?? []) {
      seen = true;
      if (time !== null && record.updated !== null && time > record.updated + 5_000)
        return 'an activity is younger than the last change of its record: set `activitiesTouch: false`';
    }
  }
  return seen ? 'no activity is younger than the last change of its record: `activitiesTouch: true` fits' : null;
}
