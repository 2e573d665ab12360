import type { ErrorCode } from '../../src/core/error-codes.ts';
import { ChangeoverError } from '../../src/core/errors.ts';
import type {
  ColumnProposal,
  FieldDescription,
  FieldType,
  ObjectDescription,
  OwnerDescription,
  PipelineDescription,
  ValueCount,
} from '../../src/source/connector.ts';
import { ColumnScan } from '../../src/source/delimited/infer.ts';
import { type Collection, type Field, PARENT } from './catalogue.ts';
import { classify } from './classify.ts';
import type { Computed } from './computed.ts';
import { recordOfItem } from './lists.ts';
import { foldName } from './names.ts';
import { parentsFirst } from './order.ts';
import { type RowParts, valuesOf } from './rows.ts';
import type { Settings } from './settings.ts';
import type { Sample } from './survey.ts';
import { isForeign, isLink, isUser } from './values.ts';

export interface Described {
  /** Parents first. */
  readonly objects: readonly ObjectDescription[];
  readonly owners: readonly OwnerDescription[];
  readonly pipelines: readonly PipelineDescription[];
  readonly notes: readonly string[];
}

export interface DescribeParts extends RowParts {
  readonly settings: Settings;
  readonly computed: Computed;
}

/** Distinct values of a field that may still be options. */
const FEW = 100;
/** Texts are taken for ids of another collection where so many of them are. */
const LINKS = 0.8;
/** So many links that all lead nowhere were not made by deleting records. */
const NOWHERE = 10;

/** Objects, fields, links, owners and stages, from what was looked at. @throws KINABASE_NOT_ADMINISTRATOR */
export function describeSamples(parts: DescribeParts, samples: readonly Sample[]): Described {
  const ids = new Map<string, string>();
  for (const { collection, records } of samples) for (const { id } of records) ids.set(id, collection.object);
  const notes: string[] = [];
  const everything = samples.every(({ whole }) => whole);
  const lists = samples.flatMap(listsOf);
  const objects = [
    ...samples.map((sample) => describeOne(parts, sample, samples, ids, everything, notes)),
    ...lists.map((list) => describeList(list, describeOne(parts, list, samples, ids, everything, notes))),
  ];
  const order = parentsFirst(
    objects.map(({ name, fields }) => ({ name, pointsAt: [...new Set(fields.flatMap((field) => field.refersTo))] })),
  );
  for (const circle of order.circles)
    notes.push(`${circle.join(', ')} point at each other in a circle: their links are finished by a second write.`);
  const byName = new Map(objects.map((object) => [object.name, object]));
  return {
    objects: order.names.flatMap((name) => byName.get(name) ?? []),
    owners: ownersOf([...samples, ...lists]),
    pipelines: pipelinesOf(objects),
    notes,
  };
}

/** What stands in the lists of a collection's records, each list looked at as a collection of its own. */
function listsOf({ collection, records }: Sample): readonly Sample[] {
  return [...collection.lists].map(([name, list]) => {
    const items = records.flatMap(({ lists }) => (lists[name] ?? []).map(recordOfItem));
    return { collection: list, records: items, total: items.length, whole: false };
  });
}

/** With the record that each item stands on. */
function describeList({ collection }: Sample, described: ObjectDescription): ObjectDescription {
  const parent: FieldDescription = {
    name: PARENT,
    type: { kind: 'string' },
    label: 'Record',
    standard: true,
    required: true,
    profile: null,
    values: null,
    refersTo: collection.parent === null ? [] : [collection.parent.object],
    proposal: TEXT,
  };
  // Only some of the records may have been looked at.
  return { ...described, fields: [parent, ...described.fields], count: null };
}

function describeOne(
  parts: DescribeParts,
  { collection, records, total }: Sample,
  samples: readonly Sample[],
  ids: ReadonlyMap<string, string>,
  everything: boolean,
  notes: string[],
): ObjectDescription {
  const rows = records.map((raw) => valuesOf(parts, collection, raw));
  const fields = [...collection.fields.values()].map((field): FieldDescription => {
    const served = field.own ? [] : records.map(({ data }) => data[field.key]);
    const cells = rows.map((row) => row[field.name] ?? null);
    const texts = cells.map((cell) => (Array.isArray(cell) ? cell.map(String) : cell === null ? [] : [String(cell)]));
    const refersTo = targetsOf(parts.settings, samples, collection, field, served, texts.flat(), ids);
    const links = served.flat().filter(isLink);
    const foreign = links.some((link) => isForeign(link, parts.workspace));
    // An export gives ids as text: there the settings say which fields are links.
    const leading = links.length > 0 || !isToldAsLink(parts.settings, collection, field) ? links : texts.flat();
    const arrives = links.length > 0 ? refersTo.length > 0 : leading.some((value) => ids.has(String(value)));
    if (leading.length >= NOWHERE && !arrives && everything && !foreign)
      throw nowhere(collection, field, leading.length);
    noteForeign(parts, collection, field, links, notes);
    noteFormula(parts, collection, field, served, notes);
    return describeField(field, served, texts, refersTo);
  });
  noteNames(collection, notes);
  return {
    name: collection.object,
    label: collection.raw.name,
    standard: false,
    fields,
    count: total,
    likeness: classify({
      name: collection.object,
      label: collection.raw.name,
      fields: fields.map(({ name, refersTo }) => ({
        name,
        samples: rows.slice(0, 200).map((row) => String(row[name] ?? '')),
        user: records.some(({ data }) => isUser(data[name])),
        link: refersTo.length > 0,
      })),
    }),
  };
}

function describeField(
  field: Field,
  served: readonly unknown[],
  texts: readonly (readonly string[])[],
  refersTo: readonly string[],
): FieldDescription {
  const scan = new ColumnScan(field.name);
  for (const cell of texts) scan.add(cell.join('; '));
  const text: FieldType = { kind: 'string' };
  return {
    name: field.name,
    type: field.list ? { kind: 'array', items: text } : text,
    label: labelOf(field.key),
    standard: field.own,
    required: false,
    profile: scan.profile(),
    values: refersTo.length > 0 ? null : field.list ? countsOf(texts.flat()) : scan.values(),
    refersTo,
    proposal: field.list || refersTo.length > 0 ? TEXT : (counting(field, texts) ?? byType(served) ?? scan.propose()),
    ...(field.formula === null ? {} : { formula: field.formula }),
  };
}

const TEXT: ColumnProposal = { decided: true, format: { type: 'text' }, reason: 'ids or a list of values' };

/** The number of a record in its collection: the 1 of a collection's only record may stand for a truth value by itself. */
function counting(field: Field, texts: readonly (readonly string[])[]): ColumnProposal | null {
  if (!field.own || field.name !== 'numericId' || !texts.flat().every((text) => /^\d+$/.test(text))) return null;
  return { decided: true, format: { type: 'integer' }, reason: 'Kinabase counts its records' };
}

/** JSON tells numbers and truth values from texts; no value decides more than that. */
function byType(served: readonly unknown[]): ColumnProposal | null {
  const filled = served.filter((value) => value !== null && value !== undefined);
  if (filled.length === 0) return null;
  if (filled.every((value) => typeof value === 'boolean'))
    return {
      decided: true,
      format: { type: 'boolean', yes: ['true'], no: ['false'] },
      reason: 'the source gives truth values',
    };
  if (!filled.every((value) => typeof value === 'number' || typeof value === 'bigint')) return null;
  return filled.every((value) => typeof value === 'bigint' || Number.isInteger(value))
    ? { decided: true, format: { type: 'integer' }, reason: 'the source gives whole numbers' }
    : { decided: true, format: { type: 'decimal', decimalMark: '.' }, reason: 'the source gives numbers' };
}

function countsOf(values: readonly string[]): readonly ValueCount[] | null {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts.size === 0 || counts.size > FEW ? null : [...counts].map(([value, count]) => ({ value, count }));
}

/** Objects whose ids a field holds: as the settings say, else by where its values are found. */
function targetsOf(
  settings: Settings,
  samples: readonly Sample[],
  collection: Collection,
  field: Field,
  served: readonly unknown[],
  texts: readonly string[],
  ids: ReadonlyMap<string, string>,
): readonly string[] {
  const told = toldLinks(settings, collection, field);
  if (told !== undefined) {
    const named = samples.filter(({ collection: { raw, object } }) => told.includes(object) || told.includes(raw.slug));
    return named.map(({ collection: { object } }) => object);
  }
  if (field.own) return [];
  const found = texts.flatMap((text) => ids.get(text) ?? []);
  const linked = served.flat().some(isLink);
  if (!linked && (found.length === 0 || found.length < LINKS * texts.length)) return [];
  return [...new Set(found)].sort();
}

function toldLinks(settings: Settings, collection: Collection, field: Field): readonly string[] | undefined {
  return (settings.fields[collection.object] ?? settings.fields[collection.raw.slug])?.[field.key]?.links;
}

function isToldAsLink(settings: Settings, collection: Collection, field: Field): boolean {
  return toldLinks(settings, collection, field) !== undefined;
}

function nowhere(collection: Collection, field: Field, links: number): ChangeoverError {
  return new ChangeoverError(
    'KINABASE_NOT_ADMINISTRATOR',
    `all ${links} links of ${collection.raw.name}.${field.key} lead to records that are in no collection that is visible`,
    { place: { object: collection.object, field: field.name } },
  );
}

function noteForeign(
  { workspace }: DescribeParts,
  { object }: Collection,
  field: Field,
  links: readonly unknown[],
  notes: string[],
): void {
  const foreign = links.filter((link) => isForeign(link, workspace)).length;
  if (foreign === 0) return;
  const code: ErrorCode = 'KINABASE_FOREIGN_LINK';
  notes.push(
    `[${code}] ${foreign} links of ${object}.${field.name} lead to another workspace: they stay as text, "workspace/id".`,
  );
}

/** Already in discovery: the value moves, and does not compute itself any more (KIN-6). */
function noteFormula(
  { computed }: DescribeParts,
  collection: Collection,
  field: Field,
  served: readonly unknown[],
  notes: string[],
): void {
  if (field.formula === null) return;
  const what = `${collection.object}.${field.name} is computed (${field.formula}): its value moves as it is, and stays so`;
  const missing = served.filter((value) => value === null || value === undefined).length;
  const problem = missing === 0 ? null : computed.problem(collection, field);
  notes.push(
    problem === null
      ? `${what}.`
      : `${what}. [${problem.code}] Where it is not served it stays empty: ${problem.message}`,
  );
}

function noteNames({ object, raw, fields }: Collection, notes: string[]): void {
  if (object !== raw.slug)
    notes.push(`${raw.name} stands under the name ${object}: its own collides with another, or holds a slash.`);
  for (const { own, key, name } of fields.values())
    if (!own && key !== name)
      notes.push(`${object}.${key} stands under the name ${name}: its own collides with another.`);
}

/** Users that records name; a list of all users is not public (KIN-11). */
function ownersOf(samples: readonly Sample[]): readonly OwnerDescription[] {
  const owners = new Map<string, OwnerDescription>();
  for (const { records } of samples) {
    for (const { data } of records) {
      for (const value of Object.values(data).flat()) {
        if (!isUser(value)) continue;
        const email = typeof value.email === 'string' && value.email !== '' ? value.email : null;
        const name = typeof value.name === 'string' && value.name !== '' ? value.name : null;
        const reference = email ?? name ?? String(value.id);
        owners.set(reference, { reference, name, email, active: true });
      }
    }
  }
  return [...owners.values()].sort((a, b) => (a.reference < b.reference ? -1 : 1));
}

/** Stage fields with their values, in no order: nothing public tells it (KIN-10, KIN-12). */
function pipelinesOf(objects: readonly ObjectDescription[]): readonly PipelineDescription[] {
  return objects.flatMap(({ name: object, label, fields, likeness }) =>
    likeness?.[0]?.target !== 'opportunity'
      ? []
      : fields
          .filter(({ name, values }) => /^(stage|phase|pipelinestage)$/.test(foldName(name)) && values !== null)
          .map(({ values }) => ({
            name: label,
            object,
            stages: (values ?? []).map(({ value }) => ({ name: value, order: null, probability: null, outcome: null })),
          })),
  );
}

/** `lastContacted` → `Last contacted` */
function labelOf(key: string): string {
  const words = key
    .replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .trim();
  const lower = words === words.toUpperCase() ? words : words.toLowerCase();
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}
