import { badQuery, CODE, noSegment, Refusal } from '../errors.ts';
import { parseQuery, type Query } from '../odata/query.ts';
import { IDENTITY } from '../store/identity.ts';
import { answerAction, isAction } from './actions.ts';
import { countRows, readCollection } from './collection.ts';
import { type Context, depthOf } from './context.ts';
import { csdl } from './definitions/csdl.ts';
import type { Definitions } from './definitions/definitions.ts';
import { readDefinitions } from './definitions/routes.ts';
import { readRecord, rowOf } from './record.ts';
import { type ApiAnswer, type ApiRequest, json, keyParts, plain, type Segment, segments } from './request.ts';
import { associate, createRecord, deleteRecord, patchRecord, putProperty } from './write.ts';

const DEFINITION_SETS = new Set(['EntityDefinitions', 'RelationshipDefinitions', 'GlobalOptionSetDefinitions']);

/** Answers one call behind `/api/data/v9.2/`. Throws a `Refusal`. */
export function answer(context: Context, definitions: Definitions, request: ApiRequest): ApiAnswer {
  const path = segments(request.path);
  const query = parseQuery(request.query);
  const [first, ...rest] = path;
  if (first === undefined) return serviceDocument(context);
  if (first.name === '$metadata') {
    return plain(csdl(context.organisation.schema, query.others.get('annotations') === 'true'), 'application/xml');
  }
  if (DEFINITION_SETS.has(first.name)) {
    if (request.method !== 'GET') throw badQuery('Definitions are read only here.');
    return readDefinitions(definitions.get(request.headers.consistency === 'Strong'), path, query, context.apiUrl);
  }
  if (request.method === 'GET' && FUNCTIONS[first.name] !== undefined) {
    return (FUNCTIONS[first.name] as ApiFunction)(context, first, query);
  }
  if (request.method === 'POST' && isAction(first.name)) return answerAction(context, first.name, request);
  return answerRows(context, request, first, rest, query);
}

function answerRows(
  context: Context,
  request: ApiRequest,
  first: Segment,
  rest: readonly Segment[],
  query: Query,
): ApiAnswer {
  const table = context.organisation.schema.bySet(first.name);
  if (table === undefined) throw noSegment(first.name);
  depthOf(context, table.name);
  if (first.key === undefined) {
    if (request.method === 'POST') return createRecord(context, request, table, query);
    if (request.method !== 'GET') throw notAllowed(request.method);
    const set = { table, rows: undefined, path: table.entitySet };
    return rest[0]?.name === '$count' ? countRows(context, set, query) : readCollection(context, request, set, query);
  }
  if (request.method === 'PATCH') return patchRecord(context, request, table, first.key, query);
  const row = rowOf(context, table, first.key);
  switch (request.method) {
    case 'GET':
      return readRecord(context, request, table, row, rest, query);
    case 'PUT':
      return putProperty(context, request, table, row, rest);
    case 'DELETE':
      return deleteRecord(context, request, table, row, rest);
    case 'POST':
      return associate(context, request, table, row, rest[0]?.name ?? '');
    default:
      throw notAllowed(request.method);
  }
}

function notAllowed(method: string): Refusal {
  return new Refusal(405, CODE.query, `The requested resource does not support http method '${method}'.`);
}

function serviceDocument({ apiUrl, organisation }: Context): ApiAnswer {
  return json({
    '@odata.context': `${apiUrl}$metadata`,
    value: organisation.schema
      .tables()
      .map(({ entitySet }) => ({ name: entitySet, kind: 'EntitySet', url: entitySet })),
  });
}

type ApiFunction = (context: Context, segment: Segment, query: Query) => ApiAnswer;

const FUNCTIONS: Readonly<Record<string, ApiFunction>> = {
  WhoAmI: ({ apiUrl }) =>
    json({
      '@odata.context': `${apiUrl}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse`,
      BusinessUnitId: IDENTITY.businessUnit,
      UserId: IDENTITY.applicationUser,
      OrganizationId: IDENTITY.organization,
    }),
  RetrieveVersion: ({ apiUrl }) =>
    json({
      '@odata.context': `${apiUrl}$metadata#Microsoft.Dynamics.CRM.RetrieveVersionResponse`,
      Version: '9.2.25113.142',
    }),
  RetrieveTotalRecordCount: totalRecordCount,
};

/** `RetrieveTotalRecordCount(EntityNames=['account'])`, or with the list in a parameter alias. */
function totalRecordCount(context: Context, { key }: Segment, query: Query): ApiAnswer {
  const given = keyParts(key ?? '').get('EntityNames') ?? '';
  const text = given.startsWith('@') ? (query.others.get(given) ?? '') : given;
  let names: unknown;
  try {
    names = JSON.parse(text.replaceAll("'", '"'));
  } catch {
    // Told below.
  }
  if (!Array.isArray(names)) throw badQuery('EntityNames must be a list of names.');
  const tables = names.filter((name): name is string => typeof name === 'string');
  for (const name of tables) {
    if (context.organisation.schema.table(name) === undefined) throw badQuery(`There is no table '${name}'.`);
  }
  const collection = {
    Count: tables.length,
    IsReadOnly: false,
    Keys: tables,
    Values: tables.map((name) => context.organisation.count(name)),
  };
  return json({
    '@odata.context': `${context.apiUrl}$metadata#Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse`,
    EntityRecordCountCollection: collection,
  });
}
