import type { Loss, MergeRule, ObjectMapping } from '../mapping/model.ts';
import type { RecordRow } from '../state/state.ts';
import type { TwentyFields, TwentyValue } from '../twenty/model.ts';
import { isEmpty } from '../twenty/values.ts';

interface Ranked {
  readonly row: RecordRow;
  readonly mapping: ObjectMapping | null;
}

/**
 * Who of several contributors comes first: as the mapping ranks them, then created first in the source, then by key. No clock of ours and no order of
 * arrival has a say, so the same records always give the same survivor.
 */
export function bySeniority(one: Ranked, other: Ranked): number {
  const priority = (other.mapping?.policies.priority ?? 0) - (one.mapping?.policies.priority ?? 0);
  if (priority !== 0) return priority;
  const a = one.row;
  const b = other.row;
  const left = a.event.sourceCreated ?? a.event.sourceTime ?? Number.POSITIVE_INFINITY;
  const right = b.event.sourceCreated ?? b.event.sourceTime ?? Number.POSITIVE_INFINITY;
  if (left !== right) return left < right ? -1 : 1;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** What one record brings into a row that it shares with others. */
export interface Part {
  readonly key: string;
  readonly source: string;
  readonly object: string;
  /** When the source changed the record last, milliseconds; null where it does not say. */
  readonly modified: number | null;
  readonly fields: TwentyFields;
  /** What its object's mapping says of each field. */
  readonly rules: ReadonlyMap<string, MergeRule> | undefined;
}

/** The contents of a row of several records, and where each field of it comes from. */
export interface Merged {
  readonly fields: TwentyFields;
  /** By field: the records whose value it is, those kept side by side in their order. Empty fields are not in it. */
  readonly from: ReadonlyMap<string, readonly string[]>;
  /** By record: which of its values the row has no room for, or that the rule passes over although the field could hold several. */
  readonly losses: ReadonlyMap<string, readonly Loss[]>;
}

const FIRST: MergeRule = { kind: 'first' };

/**
 * Field by field as the mapping says (SPEC.md §14); the parts are in their order of seniority. Where the mappings of several
 * objects speak of a field, that of the most senior record counts. Composites are taken whole: half an address is none.
 * `most`: how many values a field may hold; a record alone is held to it too.
 */
export function mergeParts(parts: readonly Part[], most: (field: string) => number): Merged {
  const fields: Record<string, TwentyValue> = {};
  const from = new Map<string, readonly string[]>();
  const losses = new Map<string, Loss[]>();
  const rests: Record<string, TwentyValue> = {};
  for (const field of new Set(parts.flatMap((part) => Object.keys(part.fields)))) {
    const rule = ruleOf(parts, field);
    const naming = parts.filter((part) => field in part.fields);
    const filled = inOrderOf(
      rule,
      naming.filter((part) => !isEmpty(part.fields[field])),
    );
    const [winner] = filled;
    if (winner === undefined) {
      fields[field] = naming[0]?.fields[field] ?? null;
      continue;
    }
    fields[field] = winner.fields[field] ?? null;
    from.set(field, [winner.key]);
    const all = rule.kind === 'all' ? filled : [winner];
    const united = unite(
      all.map((part) => part.fields[field] as TwentyValue),
      most(field),
    );
    // Values of one kind, but no list: the first is all there can be.
    if (united === null) continue;
    // Of one record that the workspace has room for, nothing is touched.
    if (all.length > 1 || united.over.length > 0) fields[field] = united.value;
    from.set(
      field,
      all.map(({ key }) => key),
    );
    const rest = rule.kind === 'all' ? rule.rest : null;
    if (rest !== null) {
      const over = united.over.map(shownElement);
      rests[rest] = over.length === 0 ? null : over.join('\n');
    }
    const kept = new Set([...united.within, ...(rest === null ? [] : united.over)].map(united.name));
    for (const part of filled) {
      for (const one of elementsOf(part.fields[field] as TwentyValue)) {
        if (kept.has(united.name(one))) continue;
        // What two records have in common is lost once.
        kept.add(united.name(one));
        const loss: Loss = { field, kind: 'dropped', before: shownElement(one), after: '' };
        losses.set(part.key, [...(losses.get(part.key) ?? []), loss]);
      }
    }
  }
  return { fields: { ...fields, ...rests }, from, losses };
}

/** What the mapping says of a field of a row of these records. */
export function ruleOf(parts: readonly Part[], field: string): MergeRule {
  return parts.map(({ rules }) => rules?.get(field)).find((one) => one !== undefined) ?? FIRST;
}

/** Who has the first say of a field; equal ones in their order of seniority. Independent of the order of arrival. */
function inOrderOf(rule: MergeRule, parts: readonly Part[]): readonly Part[] {
  switch (rule.kind) {
    case 'first':
    case 'all':
      return parts;
    case 'newest':
      return [...parts].sort(
        (a, b) => (b.modified ?? Number.NEGATIVE_INFINITY) - (a.modified ?? Number.NEGATIVE_INFINITY) || 0,
      );
    case 'prefer': {
      const rank = ({ source, object }: Part): number => {
        const at = rule.objects.findIndex((name) => name === object || name === `${source}/${object}`);
        return at === -1 ? rule.objects.length : at;
      };
      return [...parts].sort((a, b) => rank(a) - rank(b));
    }
  }
}

/** A composite that holds one value before the others: its main part, and the list of the rest. */
interface Several {
  readonly main: readonly string[];
  readonly rest: string;
  /** The main part as an element of the list, and back. */
  readonly element: (value: TwentyFields) => TwentyValue;
  readonly first: (element: TwentyValue) => TwentyFields;
  /** What tells two elements apart. */
  readonly name: (element: TwentyValue) => string;
}

const member = (value: TwentyValue, name: string): TwentyValue =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? ((value as TwentyFields)[name] ?? '') : '';

const SEVERAL: readonly Several[] = [
  {
    main: ['primaryEmail'],
    rest: 'additionalEmails',
    element: (value) => value.primaryEmail ?? '',
    first: (element) => ({ primaryEmail: element }),
    name: (element) => String(element).toLowerCase(),
  },
  {
    main: ['primaryPhoneNumber', 'primaryPhoneCountryCode', 'primaryPhoneCallingCode'],
    rest: 'additionalPhones',
    element: (value) => ({
      number: value.primaryPhoneNumber ?? '',
      countryCode: value.primaryPhoneCountryCode ?? '',
      callingCode: value.primaryPhoneCallingCode ?? '',
    }),
    first: (element) => ({
      primaryPhoneNumber: member(element, 'number'),
      primaryPhoneCountryCode: member(element, 'countryCode'),
      primaryPhoneCallingCode: member(element, 'callingCode'),
    }),
    name: (element) =>
      `${String(member(element, 'callingCode'))}${String(member(element, 'number'))}`.replace(/\D/g, ''),
  },
  {
    main: ['primaryLinkUrl', 'primaryLinkLabel'],
    rest: 'secondaryLinks',
    element: (value) => ({ label: value.primaryLinkLabel ?? '', url: value.primaryLinkUrl ?? '' }),
    first: (element) => ({ primaryLinkUrl: member(element, 'url'), primaryLinkLabel: member(element, 'label') }),
    name: (element) => String(member(element, 'url')).toLowerCase(),
  },
];

interface United {
  readonly value: TwentyValue;
  /** The elements in it, and those that it has no room for. */
  readonly within: readonly TwentyValue[];
  readonly over: readonly TwentyValue[];
  readonly name: Several['name'];
}

/** Null: these are no values of which a field can hold several. */
function unite(values: readonly TwentyValue[], most: number): United | null {
  if (values.every(Array.isArray)) {
    const all = [...new Set(values.flat() as TwentyValue[])];
    const within = all.slice(0, most);
    return { value: within, within, over: all.slice(most), name: shownElement };
  }
  const kind = severalOf(values);
  if (kind === undefined) return null;
  const elements = new Map<string, TwentyValue>();
  for (const element of values.flatMap(elementsOf)) {
    const key = kind.name(element);
    if (key !== '' && !elements.has(key)) elements.set(key, element);
  }
  const all = [...elements.values()];
  const [first = '', ...others] = all;
  const value = { ...kind.first(first), [kind.rest]: others.slice(0, most - 1) };
  return { value, within: all.slice(0, most), over: all.slice(most), name: kind.name };
}

function severalOf(values: readonly TwentyValue[]): Several | undefined {
  return SEVERAL.find(({ main }) => values.every((value) => isComposite(value) && (main[0] ?? '') in value));
}

/** The values in a field that can hold several, the main one first; of others none. */
function elementsOf(value: TwentyValue): readonly TwentyValue[] {
  if (Array.isArray(value)) return value as readonly TwentyValue[];
  const kind = severalOf([value]);
  if (kind === undefined || !isComposite(value)) return [];
  const rest = value[kind.rest];
  return [kind.element(value), ...(Array.isArray(rest) ? (rest as readonly TwentyValue[]) : [])].filter(
    (element) => kind.name(element) !== '',
  );
}

function isComposite(value: TwentyValue): value is TwentyFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As people read it. */
function shownElement(element: TwentyValue): string {
  if (typeof element === 'string') return element;
  const [number, url] = [member(element, 'number'), member(element, 'url')];
  if (typeof number === 'string' && number !== '') return `${String(member(element, 'callingCode'))} ${number}`.trim();
  return typeof url === 'string' && url !== '' ? url : JSON.stringify(element);
}
