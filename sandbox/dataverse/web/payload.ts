import { badPayload, badQuery, CODE, Refusal } from '../errors.ts';
import { isGuid } from '../guid.ts';
import { isObject } from '../json.ts';
import { type ColumnDefinition, isLookup, type TableDefinition } from '../model/definitions.ts';
import { PARTICIPATION } from '../model/standard/activities.ts';
import type { Party } from '../store/organisation.ts';
import type { Reference, Value } from '../store/rows.ts';
import { type Context, depthOf } from './context.ts';
import { columnOfProperty } from './present.ts';
import { type ApiRequest, segments } from './request.ts';

/** What the body of a create or update asks for. */
export interface Payload {
  readonly values: Readonly<Record<string, Value>>;
  /** Undefined where the body does not speak of parties. */
  readonly parties: readonly Party[] | undefined;
  /** Base64 text of a note's or attachment's body. */
  readonly body: string | null | undefined;
}

const BIND = '@odata.bind';

export function jsonBody(request: ApiRequest): Record<string, unknown> {
  if (request.body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(request.body.toString('utf8'));
    if (isObject(parsed)) return parsed;
  } catch {
    // Told below.
  }
  throw badPayload('The body is not a JSON object.');
}

export function readPayload(context: Context, table: TableDefinition, body: Record<string, unknown>): Payload {
  const values: Record<string, Value> = {};
  let parties: readonly Party[] | undefined;
  let fileBody: string | null | undefined;
  for (const [name, value] of Object.entries(body)) {
    if (name === `${table.name}_activity_parties`) {
      parties = readParties(context, value);
    } else if (name.endsWith(BIND)) {
      const column = lookupColumn(context, table, name.slice(0, -BIND.length));
      values[column.name] = value === null ? null : readLink(context, String(value));
    } else if (name.includes('@')) {
      // Other annotations say nothing about what to store.
    } else if (name === context.organisation.bodyColumn(table.name)) {
      fileBody = value === null ? null : String(value);
    } else {
      Object.assign(values, plainProperty(context, table, name, value));
    }
  }
  return { values, parties, body: fileBody };
}

function plainProperty(context: Context, table: TableDefinition, name: string, value: unknown): Record<string, Value> {
  if (/^_\w+_value$/.test(name)) {
    throw badQuery(
      'CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.',
    );
  }
  const column = columnOfProperty(context.organisation, table, name);
  if (column === undefined) {
    throw badPayload(`The property '${name}' does not exist on type 'Microsoft.Dynamics.CRM.${table.name}'.`);
  }
  if (isLookup(column)) {
    if (value !== null) throw badPayload(`The navigation property '${name}' needs @odata.bind.`);
    return { [column.name]: null };
  }
  if (column.write === 'never') return {};
  return { [column.name]: primitive(column, value) };
}

function primitive(column: ColumnDefinition, value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  throw badPayload(`The value of '${column.name}' is not a primitive value.`);
}

function lookupColumn(context: Context, table: TableDefinition, navigation: string): ColumnDefinition {
  const column = columnOfProperty(context.organisation, table, navigation);
  if (column !== undefined && isLookup(column)) return column;
  throw badPayload(
    `An undeclared property '${navigation}' which only has property annotations in the payload but no property value was found in the payload.`,
  );
}

/** `/contacts(id)`, `contacts(id)` or the whole URL. */
export function readLink(context: Context, link: string): Reference {
  const path = link.startsWith(context.apiUrl) ? link.slice(context.apiUrl.length) : link.replace(/^\//, '');
  const [segment] = segments(path);
  const table = segment === undefined ? undefined : context.organisation.schema.bySet(segment.name);
  const id = segment?.key ?? '';
  if (table === undefined || !isGuid(id)) throw badPayload(`The link '${link}' does not lead to a row.`);
  depthOf(context, table.name, 'prvAppendTo');
  const row = context.organisation.row(table.name, id.toLowerCase());
  if (row === undefined) throw new Refusal(404, CODE.missingRow, `${table.name} With Id = ${id} Does Not Exist`);
  return { id: row.id, table: row.table };
}

function readParties(context: Context, value: unknown): Party[] {
  if (!Array.isArray(value)) throw badPayload('Activity parties must be a list.');
  const highest = Object.keys(PARTICIPATION).length;
  return value.filter(isObject).map((given) => {
    const mask = Number(given.participationtypemask);
    if (!Number.isInteger(mask) || mask < 1 || mask > highest)
      throw badPayload('A party needs its participationtypemask.');
    const bind = Object.entries(given).find(([name]) => name.startsWith('partyid_') && name.endsWith(BIND));
    const address = typeof given.addressused === 'string' ? given.addressused : undefined;
    return {
      party: bind === undefined ? null : readLink(context, String(bind[1])),
      mask,
      ...(address === undefined ? {} : { address }),
    };
  });
}
