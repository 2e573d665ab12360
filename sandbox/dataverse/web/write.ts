import { badQuery, CODE, noRow, noSegment, Refusal } from '../errors.ts';
import { isGuid } from '../guid.ts';
import { isLookup, type TableDefinition } from '../model/definitions.ts';
import { parsePreferences } from '../odata/prefer.ts';
import type { Query } from '../odata/query.ts';
import type { Row } from '../store/rows.ts';
import { type Context, depthOf } from './context.ts';
import { contextOf } from './expand.ts';
import { jsonBody, type Payload, readLink, readPayload } from './payload.ts';
import { columnOfProperty, etag, selected, shown } from './present.ts';
import { rowOf } from './record.ts';
import { type ApiAnswer, type ApiRequest, json, nothing, type Segment } from './request.ts';

/** `POST` to an entity set. */
export function createRecord(context: Context, request: ApiRequest, table: TableDefinition, query: Query): ApiAnswer {
  depthOf(context, table.name, 'prvCreate');
  const payload = readPayload(context, table, jsonBody(request));
  const row = stored(context, table, payload, (values) => context.organisation.create(table.name, values));
  return written(context, request, table, row, query, 201);
}

/** `PATCH` of a row: an update, or a create where the row is not there and nothing forbids it. */
export function patchRecord(
  context: Context,
  request: ApiRequest,
  table: TableDefinition,
  key: string,
  query: Query,
): ApiAnswer {
  const { organisation } = context;
  const ifMatch = request.headers['if-match'];
  const before = isGuid(key) ? organisation.row(table.name, key.toLowerCase()) : rowOf(context, table, key);
  if (before === undefined) {
    if (ifMatch !== undefined) throw noRow(table.name, key);
    depthOf(context, table.name, 'prvCreate');
    const payload = readPayload(context, table, { ...jsonBody(request), [table.primaryId]: key });
    const row = stored(context, table, payload, (values) => organisation.create(table.name, values));
    return written(context, request, table, row, query, 201);
  }
  if (request.headers['if-none-match'] === '*') {
    throw new Refusal(412, CODE.duplicateKey, 'A record with matching key values already exists.');
  }
  depthOf(context, table.name, 'prvWrite');
  assertVersion(before, ifMatch);
  const payload = readPayload(context, table, jsonBody(request));
  const row = stored(context, table, payload, (values) => organisation.update(before.table, before.id, values));
  return written(context, request, table, row, query, 200);
}

/** `PUT` of one property, or of a link. */
export function putProperty(
  context: Context,
  request: ApiRequest,
  table: TableDefinition,
  row: Row,
  rest: readonly Segment[],
): ApiAnswer {
  depthOf(context, table.name, 'prvWrite');
  assertVersion(row, request.headers['if-match']);
  const [part, reference] = rest;
  const column = columnOfProperty(context.organisation, table, part?.name ?? '');
  if (column === undefined) throw noSegment(part?.name ?? '');
  const body = jsonBody(request);
  const values =
    reference?.name === '$ref' && isLookup(column)
      ? { [column.name]: readLink(context, String(body['@odata.id'])) }
      : readPayload(context, table, { [column.name]: body.value ?? null }).values;
  context.organisation.update(row.table, row.id, values);
  return nothing();
}

/** `POST` to `…/collection/$ref`: links two rows. */
export function associate(
  context: Context,
  request: ApiRequest,
  table: TableDefinition,
  row: Row,
  name: string,
): ApiAnswer {
  const other = readLink(context, String(jsonBody(request)['@odata.id']));
  const navigation = context.organisation.schema.navigation(table.name, name);
  if (navigation?.kind === 'many') {
    const { definition, here, there } = navigation;
    context.organisation.create(definition.intersect, { [here.attribute]: row.id, [there.attribute]: other.id });
  } else if (navigation?.kind === 'collection') {
    context.organisation.update(other.table, other.id, {
      [navigation.relationship.column.name]: { id: row.id, table: row.table },
    });
  } else {
    throw noSegment(name);
  }
  return nothing();
}

/** `DELETE` of a row, of one of its values, or of a link. */
export function deleteRecord(
  context: Context,
  request: ApiRequest,
  table: TableDefinition,
  row: Row,
  rest: readonly Segment[],
): ApiAnswer {
  assertVersion(row, request.headers['if-match']);
  const { organisation } = context;
  const [part] = rest;
  if (part === undefined) {
    depthOf(context, table.name, 'prvDelete');
    organisation.remove(row.table, row.id);
    return nothing();
  }
  depthOf(context, table.name, 'prvWrite');
  const navigation = organisation.schema.navigation(table.name, part.name);
  if (navigation !== undefined && navigation.kind !== 'single' && part.key !== undefined) {
    unlink(context, row, navigation, part.key);
    return nothing();
  }
  const column = columnOfProperty(organisation, table, part.name);
  if (column === undefined) throw noSegment(part.name);
  organisation.update(row.table, row.id, { [column.name]: null });
  return nothing();
}

function unlink(
  context: Context,
  row: Row,
  navigation: NonNullable<ReturnType<Context['organisation']['schema']['navigation']>>,
  otherId: string,
): void {
  const { organisation } = context;
  if (navigation.kind === 'many') {
    const { definition, here, there } = navigation;
    for (const { id, values } of organisation.rows(definition.intersect)) {
      if (values[here.attribute] === row.id && values[there.attribute] === otherId)
        organisation.remove(definition.intersect, id);
    }
  } else if (navigation.kind === 'collection') {
    const { table, column } = navigation.relationship;
    organisation.update(table, otherId, { [column.name]: null });
  }
}

function assertVersion(row: Row, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch === etag(row)) return;
  throw new Refusal(
    412,
    CODE.rowVersion,
    "The version of the existing record doesn't match the RowVersion property provided.",
  );
}

function stored(
  context: Context,
  table: TableDefinition,
  { values, parties, body }: Payload,
  write: (values: Payload['values']) => Row,
): Row {
  const { organisation } = context;
  const row = write(values);
  if (parties !== undefined) organisation.setParties({ id: row.id, table: row.table }, parties);
  const column = organisation.bodyColumn(table.name);
  if (typeof body === 'string' && column !== undefined) {
    const name = typeof row.values.filename === 'string' ? row.values.filename : 'file';
    const type = typeof row.values.mimetype === 'string' ? row.values.mimetype : 'application/octet-stream';
    organisation.attach(row.table, row.id, column, name, type, { kind: 'bytes', bytes: Buffer.from(body, 'base64') });
  }
  const after = organisation.row(row.table, row.id);
  if (after === undefined) throw badQuery('The row is gone.');
  return after;
}

function written(
  context: Context,
  request: ApiRequest,
  table: TableDefinition,
  row: Row,
  query: Query,
  status: number,
): ApiAnswer {
  const preferences = parsePreferences(request.headers.prefer);
  const url = `${context.apiUrl}${table.entitySet}(${row.id})`;
  const headers = { 'odata-entityid': url, ...(status === 201 ? { location: url } : {}) };
  if (!preferences.representation) return nothing(headers);
  const columns = selected(context.organisation, table, query.select);
  return json(
    {
      '@odata.context': contextOf(context, table.entitySet, query, true),
      ...shown(context.organisation, table, row, columns, preferences),
    },
    status,
    { ...headers, 'preference-applied': preferences.applied.join(',') },
  );
}
