import { canonicalJson, parseRecordKey } from '../core/identifiers.ts';
import type { TwentyFields } from '../twenty/model.ts';
import type { CompiledMapping, Draft, LinkRequest, RecordDraft, SourceView } from './model.ts';

/** A record that another mapping would write differently. */
export interface RecordChange {
  readonly key: string;
  readonly object: string;
  /** How the record stands under each mapping; `absent` where its object is not mapped. */
  readonly before: Draft['kind'] | 'absent';
  readonly after: Draft['kind'] | 'absent';
  /** What differs: Twenty fields, `link company`, `owner ownerId`, `child target`. Empty where the kind alone tells it. */
  readonly fields: readonly string[];
}

export interface PreviewSummary {
  readonly records: number;
  readonly changed: number;
  /** Changed records by source object. */
  readonly objects: Readonly<Record<string, number>>;
  /** Changed records by what differs: `contact jobTitle`. */
  readonly fields: Readonly<Record<string, number>>;
  readonly keys: readonly string[];
}

/** Exactly the records whose writes differ between two mappings, in the order in which they come. Losses and wording do not count. */
export async function* previewChanges(
  before: CompiledMapping,
  after: CompiledMapping,
  records: AsyncIterable<SourceView>,
): AsyncIterable<RecordChange> {
  for await (const record of records) {
    const change = changeOf(before, after, record);
    if (change !== null) yield change;
  }
}

/** Null where both mappings write the same. */
export function changeOf(before: CompiledMapping, after: CompiledMapping, record: SourceView): RecordChange | null {
  const { object } = parseRecordKey(record.key);
  const old = before.objects.get(object)?.draft(record) ?? null;
  const now = after.objects.get(object)?.draft(record) ?? null;
  const change = { key: record.key, object, before: old?.kind ?? 'absent', after: now?.kind ?? 'absent' } as const;
  if (old === null || now === null || old.kind !== now.kind) return old === now ? null : { ...change, fields: [] };
  const fields = differences(old, now);
  return fields.length === 0 ? null : { ...change, fields };
}

/** Everything at once, with at most `limit` keys. */
export async function previewSummary(
  before: CompiledMapping,
  after: CompiledMapping,
  records: AsyncIterable<SourceView>,
  limit = 1000,
): Promise<PreviewSummary> {
  const objects: Record<string, number> = {};
  const fields: Record<string, number> = {};
  const keys: string[] = [];
  let count = 0;
  let changed = 0;
  for await (const record of records) {
    count++;
    const change = changeOf(before, after, record);
    if (change === null) continue;
    changed++;
    objects[change.object] = (objects[change.object] ?? 0) + 1;
    const named = change.fields.length > 0 ? change.fields : [`${change.before} → ${change.after}`];
    for (const field of named) fields[`${change.object} ${field}`] = (fields[`${change.object} ${field}`] ?? 0) + 1;
    if (keys.length < limit) keys.push(change.key);
  }
  return { records: count, changed, objects, fields, keys };
}

function differences(old: Draft, now: Draft): readonly string[] {
  if (old.kind === 'record' && now.kind === 'record') return recordDifferences(old.record, now.record);
  // Neither is written: what is asked or refused may read differently, the records of Twenty do not.
  return [];
}

function recordDifferences(old: RecordDraft, now: RecordDraft): readonly string[] {
  const found = old.target === now.target ? [] : ['target'];
  found.push(...namesThatDiffer(old.fields, now.fields));
  found.push(...namesThatDiffer(byName(old.links, essence), byName(now.links, essence)).map((name) => `link ${name}`));
  found.push(...namesThatDiffer(grouped(old.owners), grouped(now.owners)).map((name) => `owner ${name}`));
  const children = (record: RecordDraft): Record<string, unknown> =>
    byName(record.children, (child) => ({ ...child, links: child.links.map(essence) }));
  found.push(...namesThatDiffer(children(old), children(now)).map((name) => `child ${name}`));
  found.push(...namesThatDiffer({ sameAs: old.sameAs ?? null }, { sameAs: now.sameAs ?? null }));
  found.push(...namesThatDiffer({ lookups: old.lookups }, { lookups: now.lookups }));
  return found;
}

function byName<Named extends { readonly name: string }>(
  list: readonly Named[],
  part: (one: Named) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(list.map((one) => [one.name, part(one)]));
}

function grouped(owners: RecordDraft['owners']): Record<string, unknown> {
  const columns: Record<string, unknown[]> = {};
  for (const owner of owners) columns[owner.column] = [...(columns[owner.column] ?? []), owner];
  return columns;
}

/** A link without the words for people. */
function essence(link: LinkRequest): unknown {
  const { otherwise } = link;
  return {
    attempts: link.attempts.map(({ label: _label, ...attempt }) => attempt),
    otherwise: otherwise.kind === 'hold' ? { kind: otherwise.kind } : otherwise,
  };
}

function namesThatDiffer(
  a: TwentyFields | Record<string, unknown>,
  b: TwentyFields | Record<string, unknown>,
): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (name) => canonicalJson(a[name] ?? null) !== canonicalJson(b[name] ?? null),
  );
}
