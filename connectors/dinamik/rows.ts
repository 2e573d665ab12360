import { type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type { FieldDescription, FieldValue, FieldValues } from '../../src/source/connector.ts';
import { derivedOf } from './derived.ts';
import {
  type Detail,
  type DetailRows,
  type Details,
  describeField,
  detailFields,
  filledOf,
  scalarText,
} from './details.ts';
import type { Joins } from './joins.ts';
import { INSERTED, type Module, UPDATED } from './modules.ts';
import type { References } from './references.ts';
import type { Times } from './times.ts';

export interface RowParts {
  readonly details: Details;
  readonly references: References;
  readonly joins: Joins;
  readonly times: Times;
  /** The object of a controller, where it is read. */
  readonly objectOf: (controller: string) => string | null;
  readonly noteTypes: readonly string[];
}

/** A row as it becomes a record, with the fields that it showed. */
export interface Assembled {
  readonly id: number;
  readonly created: number | null;
  readonly modified: number | null;
  readonly values: FieldValues;
  readonly fields: readonly FieldDescription[];
  /** Details of which it has some. */
  readonly filled: readonly Detail[];
}

/** Fields that say nothing of the record itself: its key, the tenant, and what stands in fields of its own. */
const OWN = new Set(['id', 'groupId', 'addresses', 'emails', 'phones', 'customFields', 'lines']);
/** Fields that hold a user's number, and the field that names the person. */
const USERS: Readonly<Record<string, string>> = {
  ownerId: 'owner',
  assigneeId: 'assignee',
  insertUserId: 'insertedBy',
  updateUserId: 'updatedBy',
};

/** The id of a row; null where it has none that can be one. */
export function idOf(row: JsonObject): number | null {
  const { id } = row;
  const number = typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : id;
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : null;
}

/** Whether the row belongs to this object: one controller may give two (DIN-6). */
export function belongs(module: Module, row: JsonObject, noteTypes: readonly string[]): boolean {
  if (module.only === undefined) return true;
  const type = (textOf(row.type) ?? textOf(row.activityType) ?? '').toLocaleLowerCase('tr').trim();
  return noteTypes.includes(type) === (module.only === 'notes');
}

/** Null where the record went away while it was read. Throws BadValue. */
export async function assemble(
  parts: RowParts,
  module: Module,
  row: JsonObject,
  id: number,
  signal: AbortSignal,
): Promise<Assembled | null> {
  const details = await parts.details.of(module, row, signal);
  return details === null ? null : withDetails(parts, module, row, id, details);
}

async function withDetails(
  parts: RowParts,
  module: Module,
  row: JsonObject,
  id: number,
  details: DetailRows,
): Promise<Assembled> {
  const { times, references } = parts;
  const values: Record<string, FieldValue> = {};
  const fields: FieldDescription[] = [];
  for (const [name, value] of Object.entries(row)) {
    if (OWN.has(name)) continue;
    const user = USERS[name];
    if (user !== undefined) {
      values[user] = await references.user(value);
      fields.push(describeField(user, {}));
      continue;
    }
    values[name] = plain(module, name, value, times);
    const target = module.links[name];
    fields.push(describeField(name, { refersTo: target === undefined ? [] : [target], standard: module.standard }));
  }
  const detailed = detailFields(details, times, parts.objectOf);
  const derived = await derivedOf(parts, module, id, row, details);
  return {
    id,
    created: instantOf(row[INSERTED], times),
    modified: instantOf(row[UPDATED], times),
    values: { ...values, ...detailed.values, ...derived.values },
    fields: [...fields, ...detailed.fields, ...derived.fields],
    filled: filledOf(details),
  };
}

/** Everything is text, so that a field never changes its type: times with their zone, days as days, the rest as it stands. */
function plain(module: Module, name: string, value: unknown, times: Times): FieldValue {
  const text = scalarText(value);
  if (text === null) return null;
  if (module.days.includes(name)) return times.day(text) ?? text;
  const timely = module.times.includes(name) || name === INSERTED || name === UPDATED;
  if (!timely) return text;
  const instant = times.instant(text);
  return instant === null ? text : new Date(instant).toISOString();
}

export function instantOf(value: unknown, times: Times): number | null {
  const text = textOf(value);
  return text === null ? null : times.instant(text);
}
