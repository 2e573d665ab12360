import { compareAccount } from './compare-account.ts';
import { compareFields, differing, FieldCounts, type FieldRules } from './fields.ts';
import { cell, FILES, OBJECTS, type ObjectName, type RawExport, sortableTime } from './raw.ts';
import { type ExpectedLink, type OwnerRules, SampleRules } from './rules.ts';
import { sampleFields, stageOrder } from './sample-fields.ts';
import type { Place, StoredRow, Workspace } from './store.ts';

/** The account of a run, as `--json` prints it. */
export interface Account {
  readonly objects: Readonly<Record<string, ObjectAccount>>;
  readonly residue: number;
}

export interface ObjectAccount {
  readonly source: number;
  readonly applied: number;
  readonly merged: number;
  readonly held: number;
  readonly deadLettered: number;
  readonly excluded: number;
  readonly onTheWay: number;
  readonly residue: number;
}

/** What the files and the workspace say of one object. */
export interface Count {
  readonly source: number;
  readonly applied: number;
  readonly merged: number;
  /** Records that must wait, by the files: without a row, or with a row that shows less than they say. */
  readonly waiting: number;
}

export interface Recount {
  readonly objects: Readonly<Record<string, Count>>;
  /** In how many rows each field was compared with what it should be, by object. */
  readonly compared: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Whatever does not agree, a line each; empty: everything does. */
  readonly differences: readonly string[];
}

export interface RecountParts {
  readonly account: Account;
  /** Newest last; the last one is what the workspace must show. */
  readonly exports: readonly RawExport[];
  readonly workspace: Workspace;
  readonly owners: OwnerRules;
}

/** Counts a run again from the raw files and the workspace's own file, and compares that with its account. */
export function recount(parts: RecountParts): Recount {
  const raw = parts.exports.at(-1);
  if (raw === undefined) throw new Error('no export to recount');
  const { account, workspace, owners } = parts;
  const differences: string[] = [];
  const rules = new SampleRules(raw, workspace, owners);
  const earlier = parts.exports
    .slice(0, -1)
    .map((one) => ({ raw: one, rules: new SampleRules(one, workspace, owners) }));
  // A record that must wait may still show what it was: a row short of a link, or its state of an earlier export.
  const mayStand = (object: ObjectName, id: string, row: StoredRow) =>
    row.sourceChecksum === null || earlier.some((one) => couldStand(one.raw, one.rules, `${object} ${id}`));
  const waits = new Map<string, readonly Cause[]>();
  const checks: Checks = {
    rules,
    fields: sampleFields(raw, workspace, owners),
    joins: joinRows(workspace),
    topics: topicsByRow(workspace),
    people: new Map([...workspace.rows('workspaceMember').values()].map((row) => [row.id, String(row.userEmail)])),
    counts: new FieldCounts(),
  };

  const objects = Object.fromEntries(
    OBJECTS.map((object) => {
      let applied = 0;
      let merged = 0;
      let waiting = 0;
      for (const id of raw[object].keys()) {
        const places = workspace.places(object, id);
        const [place] = places;
        const why = causes(raw, rules, object, id);
        if (places.length > 1) differences.push(`${object} ${id} stands in ${places.length} places: it is doubled`);
        if (why.length > 0) {
          waiting += 1;
          waits.set(`${object} ${id}`, why);
          if (place !== undefined && !mayStand(object, id, place.row)) {
            differences.push(
              `${object} ${id} has a row that nothing explains: ${why.map((one) => one.text).join('; ')}`,
            );
          } else if (place?.survivor === true && place.row.sourceChecksum !== null) {
            // It shows what it was when it could last be written.
            const then = earlier.findLast((one) => couldStand(one.raw, one.rules, `${object} ${id}`));
            if (then !== undefined) differences.push(...checkValues(object, id, place.row, then.raw, checks));
          }
        } else if (place === undefined) {
          differences.push(`${object} ${id} is missing, and nothing in the files says why`);
        } else {
          if (place.survivor) applied += 1;
          else merged += 1;
          differences.push(...checkRow(object, id, place, raw, checks));
        }
      }
      for (const id of workspace.ids(object)) {
        if (!raw[object].has(id)) differences.push(`${object} ${id} has a row, but the newest export does not hold it`);
      }
      return [object, { source: raw[object].size, applied, merged, waiting }];
    }),
  ) as Record<ObjectName, Count>;

  differences.push(
    ...stageOrder(raw, workspace),
    ...ungrounded(waits),
    ...strangers(workspace),
    ...dangling(workspace, waits),
    ...compareAccount(account, objects),
    ...(account.residue === 0 ? [] : [`all: the account says residue ${account.residue}, counted 0`]),
  );
  return { objects, compared: checks.counts.all(), differences };
}

/** Why a record cannot be settled. `on`: it waits for another record. */
interface Cause {
  readonly text: string;
  readonly on: string | null;
}

function causes(raw: RawExport, rules: SampleRules, object: ObjectName, id: string): readonly Cause[] {
  const row = raw[object].get(id);
  const owner = row === undefined ? '' : cell(row, FILES[object].owner);
  const found: Cause[] = rules.ownerMissing(owner) ? [{ text: `nobody stands for the owner ${owner}`, on: null }] : [];
  for (const link of rules.links(object, id)) {
    if (link === null) found.push({ text: 'the record it belongs to is not in the export', on: null });
    else if (link.found.kind === 'absent')
      found.push({ text: `${link.found.record} has no row`, on: link.found.record });
  }
  return found;
}

/** Whether a record could have been written when an export was the newest: nothing for good stood in its way. */
function couldStand(
  raw: RawExport,
  rules: SampleRules,
  record: string,
  asking: ReadonlySet<string> = new Set(),
): boolean {
  const [object, id = ''] = splitName(record);
  if (!raw[object].has(id)) return false;
  const further = new Set([...asking, record]);
  return causes(raw, rules, object, id).every(
    (one) => one.on !== null && (further.has(one.on) || couldStand(raw, rules, one.on, further)),
  );
}

function splitName(record: string): readonly [ObjectName, string] {
  const at = record.indexOf(' ');
  return [record.slice(0, at) as ObjectName, record.slice(at + 1)];
}

/** A wait must end somewhere: records that wait only for each other would be waiting for nothing. */
function ungrounded(waits: ReadonlyMap<string, readonly Cause[]>): readonly string[] {
  const grounded = new Set<string>();
  for (let before = -1; grounded.size > before; ) {
    before = grounded.size;
    for (const [record, why] of waits) {
      if (why.some((one) => (one.on === null || grounded.has(one.on)) && one.on !== record)) grounded.add(record);
    }
  }
  return [...waits.keys()].filter((record) => !grounded.has(record)).map((record) => `${record} waits in a circle`);
}

/** Which rows the targets of a task or note point at. */
type Joins = ReadonlyMap<string, ReadonlySet<string>>;

const JOINS = [
  { object: 'taskTarget', owner: 'taskId' },
  { object: 'noteTarget', owner: 'noteId' },
] as const;
const TARGET_COLUMNS = ['targetPersonId', 'targetOpportunityId', 'targetCompanyId'] as const;

function joinRows(workspace: Workspace): Joins {
  const joins = new Map<string, Set<string>>();
  for (const { object, owner } of JOINS) {
    for (const row of workspace.rows(object).values()) {
      const of = joins.get(String(row[owner])) ?? new Set<string>();
      joins.set(String(row[owner]), of);
      for (const column of TARGET_COLUMNS) if (typeof row[column] === 'string') of.add(row[column]);
    }
  }
  return joins;
}

/** The names of the topics that are assigned to each company and person. */
function topicsByRow(workspace: Workspace): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const row of workspace.rows('topicAssignment').values()) {
    const topic = workspace.rows('topic').get(String(row.topicId));
    for (const owner of [row.companyId, row.personId]) {
      if (typeof owner !== 'string') continue;
      const names = found.get(owner) ?? [];
      found.set(owner, names);
      names.push(String(topic?.name ?? 'a topic that is not there'));
    }
  }
  return found;
}

/** What a row is compared with and counted by. */
interface Checks {
  readonly rules: SampleRules;
  readonly fields: FieldRules;
  readonly joins: Joins;
  readonly topics: ReadonlyMap<string, readonly string[]>;
  /** Addresses of the workspace's members, by id: nobody knows people by their ids. */
  readonly people: ReadonlyMap<string, string>;
  readonly counts: FieldCounts;
}

/** Compares the fields of a row with the raw rows behind it, and names whatever differs. */
function checkValues(
  object: ObjectName,
  id: string,
  row: StoredRow,
  raw: RawExport,
  { fields, topics, people, counts }: Checks,
): readonly string[] {
  const compared = compareFields(
    object,
    contributors(object, row, raw).map((each) => raw[object].get(each) ?? {}),
    { ...row, topics: topics.get(row.id) ?? [] },
    fields,
  );
  counts.add(object, compared);
  const shown = (value: string | null) => JSON.stringify(people.get(value ?? '') ?? value);
  return differing(compared).map(
    ({ field, wanted, found }) =>
      `${object} ${id} (${FILES[object].target} ${row.id}): ${field} is ${shown(found)}, and ${shown(wanted)} in the file`,
  );
}

function checkRow(object: ObjectName, id: string, place: Place, raw: RawExport, checks: Checks): readonly string[] {
  const { rules, joins } = checks;
  const differences: string[] = [];
  const say = (text: string) => void differences.push(`${object} ${id}: ${text}`);
  const own = raw[object].get(id) ?? {};
  if (!place.survivor) {
    // Only contacts merge, and only under one address.
    const other = raw.contact.get(idOf(place.row.sourceKey));
    if (
      object !== 'contact' ||
      other === undefined ||
      cell(other, 'Email').toLowerCase() !== cell(own, 'Email').toLowerCase()
    ) {
      say(`merged into ${String(place.row.sourceKey)}, which has another address`);
    }
    return differences;
  }
  if (place.row.sourceChecksum === null) say('its row is not finished: it carries no checksum');
  const behind = contributors(object, place.row, raw);
  if (behind[0] !== id) say(`${behind[0]} was created before it, so that one's values should win`);
  differences.push(...checkValues(object, id, place.row, raw, checks));
  const targets = joins.get(place.row.id) ?? new Set<string>();
  for (const link of gathered(behind.map((each) => rules.links(object, each)))) {
    if (link.found.kind === 'absent') continue;
    const wanted = link.found.kind === 'row' ? link.found.row.id : null;
    if (link.column === null) {
      if (wanted !== null && !targets.has(wanted)) say(`has no target that points at ${wanted}`);
    } else if ((place.row[link.column] ?? null) !== wanted) {
      say(`${link.column} is ${String(place.row[link.column])}, and by the files ${String(wanted)}`);
    }
  }
  if ((FILES[object].target === 'task' || FILES[object].target === 'note') && targets.size === 0) say('has no target');
  return differences;
}

/** The records behind a row, the one created first in front. */
function contributors(object: ObjectName, row: StoredRow, raw: RawExport): readonly string[] {
  const ids = (Array.isArray(row.sourceKeys) ? row.sourceKeys : []).map(idOf);
  if (ids.length < 2) return ids;
  const createdAt = (id: string) =>
    sortableTime(cell(raw[object].get(id) ?? {}, 'Created')) || Number.POSITIVE_INFINITY;
  return ids.toSorted((a, b) => Math.sign(createdAt(a) - createdAt(b)) || (a < b ? -1 : 1));
}

/** The first record's links; one that leads nowhere is filled from the next. */
function gathered(lists: readonly (readonly (ExpectedLink | null)[])[]): readonly ExpectedLink[] {
  const [own = [], ...others] = lists;
  return own.flatMap((link, place) => {
    const filled = [link, ...others.map((list) => list[place] ?? null)].find(
      (one) => one !== null && one.found.kind !== 'nothing',
    );
    return filled ?? link ?? [];
  });
}

function idOf(key: unknown): string {
  return String(key).split('/').slice(2).join('/');
}

const LINKS: readonly { readonly object: string; readonly column: string; readonly to: string }[] = [
  { object: 'person', column: 'companyId', to: 'company' },
  { object: 'opportunity', column: 'companyId', to: 'company' },
  { object: 'opportunity', column: 'pointOfContactId', to: 'person' },
  ...JOINS.flatMap(({ object, owner }) => [
    { object, column: owner, to: owner.slice(0, -2) },
    { object, column: 'targetPersonId', to: 'person' },
    { object, column: 'targetOpportunityId', to: 'opportunity' },
    { object, column: 'targetCompanyId', to: 'company' },
  ]),
];

/** Rows behind which no record stands, and join rows that are there twice. */
function strangers(workspace: Workspace): readonly string[] {
  const differences: string[] = [];
  for (const target of new Set(OBJECTS.map((object) => FILES[object].target))) {
    for (const row of workspace.rows(target).values()) {
      const keys = Array.isArray(row.sourceKeys) ? row.sourceKeys.length : 0;
      if (keys === 0 && row.isPlaceholder !== true) differences.push(`${target} ${row.id} belongs to no record`);
    }
  }
  for (const { object, owner } of JOINS) {
    const seen = new Set<string>();
    for (const row of workspace.rows(object).values()) {
      const what = [owner, ...TARGET_COLUMNS].map((column) => String(row[column] ?? '')).join(' ');
      if (seen.has(what)) differences.push(`${object} ${row.id} is there twice`);
      seen.add(what);
    }
  }
  return differences;
}

/** Links to rows that are not there. Targets of tasks and notes that must wait are left out: they show an earlier state. */
function dangling(workspace: Workspace, waits: ReadonlyMap<string, unknown>): readonly string[] {
  const waiting = (row: StoredRow) =>
    Array.isArray(row.sourceKeys) &&
    row.sourceKeys.some((key) => waits.has(String(key).split('/').slice(1, 3).join(' ')));
  return LINKS.flatMap(({ object, column, to }) =>
    [...workspace.rows(object).values()]
      .filter((row) => typeof row[column] === 'string' && !workspace.rows(to).has(row[column]) && !waiting(row))
      .map((row) => `${object} ${row.id}: ${column} points at a ${to} that is not there`),
  );
}
