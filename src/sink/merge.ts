import type { Loss, ObjectMapping } from '../mapping/model.ts';
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

/** The survivor's values win, the others fill gaps in their order. Composites are taken whole: half an address is none. */
export function mergeFields(inOrder: readonly TwentyFields[]): TwentyFields {
  const merged: Record<string, TwentyValue> = {};
  for (const fields of inOrder) {
    for (const [name, value] of Object.entries(fields)) {
      if (!(name in merged) || (isEmpty(merged[name]) && !isEmpty(value))) merged[name] = value;
    }
  }
  return merged;
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

/**
 * Fields of a merged row in which the values of all its records are kept: the survivor's first, the others' behind it, each once.
 * `names`: with each field the text field for what is more than it may hold (`most`); without one, that is listed as lost.
 */
export function uniteFields(
  inOrder: readonly TwentyFields[],
  names: ReadonlyMap<string, string | null>,
  most: (field: string) => number,
): { readonly fields: TwentyFields; readonly losses: readonly Loss[] } {
  const fields: Record<string, TwentyValue> = {};
  const losses: Loss[] = [];
  for (const [name, rest] of names) {
    const values = inOrder.flatMap((one) => (isEmpty(one[name]) ? [] : [one[name] as TwentyValue]));
    const united = values.length < 2 ? null : unite(values, most(name));
    if (united === null) continue;
    fields[name] = united.value;
    const over = united.over.map(shownElement);
    if (rest !== null) fields[rest] = over.length === 0 ? null : over.join('\n');
    else for (const before of over) losses.push({ field: name, kind: 'dropped', before, after: '' });
  }
  return { fields, losses };
}

function unite(
  values: readonly TwentyValue[],
  most: number,
): { readonly value: TwentyValue; readonly over: readonly TwentyValue[] } | null {
  if (values.every(Array.isArray)) {
    const all = [...new Set(values.flat() as TwentyValue[])];
    return { value: all.slice(0, most), over: all.slice(most) };
  }
  const kind = SEVERAL.find(({ main }) => values.every((value) => isComposite(value) && (main[0] ?? '') in value));
  if (kind === undefined) return null;
  const elements = new Map<string, TwentyValue>();
  for (const value of values as readonly TwentyFields[]) {
    const rest = value[kind.rest];
    for (const element of [kind.element(value), ...(Array.isArray(rest) ? (rest as readonly TwentyValue[]) : [])]) {
      const key = kind.name(element);
      if (key !== '' && !elements.has(key)) elements.set(key, element);
    }
  }
  const [first = '', ...others] = elements.values();
  return { value: { ...kind.first(first), [kind.rest]: others.slice(0, most - 1) }, over: others.slice(most - 1) };
}

function isComposite(value: TwentyValue): value is TwentyFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shownElement(element: TwentyValue): string {
  return typeof element === 'string' ? element : JSON.stringify(element);
}
