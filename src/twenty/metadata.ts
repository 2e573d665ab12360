import { ChangeoverError } from '../core/errors.ts';
import { contentHash } from '../core/identifiers.ts';
import type { Clock } from '../core/ports.ts';
import { type Answer, asObject } from './answers.ts';
import { parseObject } from './metadata-parse.ts';
import type { Workspace, WorkspaceObject } from './model.ts';
import { bodyField, linkColumn } from './selection.ts';
import type { Call, Transport } from './transport.ts';

/** Members of a field that older or newer servers may lack; one that is refused is left out and asked for no more. */
const OBJECT_MEMBERS = [
  'id',
  'nameSingular',
  'namePlural',
  'labelSingular',
  'labelPlural',
  'isSystem',
  'isActive',
  'isUIReadOnly',
];
const FIELD_MEMBERS = [
  'id',
  'name',
  'label',
  'description',
  'type',
  'isNullable',
  'isUnique',
  'isSystem',
  'isActive',
  'defaultValue',
  'options',
  'settings',
];
const RELATION = '{type targetObjectMetadata{nameSingular} targetFieldMetadata{name}}';
const INDEX_MEMBERS = ['name', 'isUnique', 'indexWhereClause'];
const PAGE = 200;
const MOST_PAGES = 50;
const ATTEMPTS = 12;
/** Metadata calls aren't throttled in 2.21; should a version do it, the wait is this. */
const THROTTLED_MS = 6000;

/**
 * Reads the whole data model, by GraphQL where it is there, else by REST (both answer formats, twenty.md §5).
 * Throws TWENTY_TOKEN_REFUSED, TWENTY_MODEL_RIGHT_MISSING, TWENTY_NOT_TWENTY, TWENTY_TOO_OLD or TWENTY_UNREACHABLE.
 */
export async function readWorkspace(transport: Transport, clock: Clock, signal?: AbortSignal): Promise<Workspace> {
  const raw = (await byGraphql(transport, clock, signal)) ?? (await byRest(transport, signal));
  const objects = new Map<string, WorkspaceObject>();
  for (const entry of raw) {
    const object = parseObject(entry);
    if (object !== undefined) objects.set(object.nameSingular, object);
  }
  const workspace: Workspace = { objects, hash: hashOf(objects), readAt: clock.now() };
  checkCapabilities(workspace);
  return workspace;
}

/** What every run needs (requirement TW-7). Other objects are checked by the mapping, which knows whether it uses them. */
const NEEDED: readonly (readonly [object: string, fields: readonly string[]])[] = [
  ['company', ['name', 'domainName']],
  ['person', ['name', 'emails']],
  ['opportunity', ['name', 'stage']],
  ['note', ['title']],
  ['task', ['title']],
  ['noteTarget', []],
  ['taskTarget', []],
  ['workspaceMember', ['userEmail']],
];

/** Versions can't be asked for, so what counts is what the workspace has. Throws TWENTY_TOO_OLD naming what is missing. */
export function checkCapabilities(workspace: Workspace): void {
  const missing: string[] = [];
  for (const [name, fields] of NEEDED) {
    const object = workspace.objects.get(name);
    if (object === undefined || !object.isActive) missing.push(name);
    else missing.push(...fields.filter((field) => !object.fields.has(field)).map((field) => `${name}.${field}`));
  }
  for (const name of ['note', 'task']) {
    const object = workspace.objects.get(name);
    if (object !== undefined && bodyField(object) === undefined) missing.push(`${name}.bodyV2`);
  }
  for (const name of ['noteTarget', 'taskTarget']) {
    const object = workspace.objects.get(name);
    if (object !== undefined && linkColumn(object, 'person') === undefined) missing.push(`${name}.targetPersonId`);
  }
  if (missing.length === 0) return;
  throw new ChangeoverError('TWENTY_TOO_OLD', `the workspace lacks ${missing.join(', ')}`);
}

async function byGraphql(
  transport: Transport,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<readonly unknown[] | undefined> {
  const refused = new Set<string>();
  const found: unknown[] = [];
  let after: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const data = await askPage(transport, clock, refused, after, signal);
    if (data === undefined) return undefined;
    const connection = asObject(data.objects);
    const edges = connection?.edges;
    if (!Array.isArray(edges)) return undefined;
    found.push(...edges.map((edge) => asObject(edge)?.node));
    const info = asObject(connection?.pageInfo);
    const next = info?.endCursor;
    if (info?.hasNextPage !== true || typeof next !== 'string' || next === after) break;
    after = next;
  }
  return found;
}

/** One page; undefined where the server has no such query. */
async function askPage(
  transport: Transport,
  clock: Clock,
  refused: Set<string>,
  after: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await transport.free(metadataCall('read-model', objectsQuery(refused, after)), signal);
    if (answer.kind === 'ok') return asObject(answer.data);
    if (answer.kind === 'refused') {
      const unknown = /Cannot query field \\?["']?(\w+)/.exec(answer.message)?.[1];
      if (unknown !== undefined && !refused.has(unknown) && unknown !== 'objects') {
        refused.add(unknown);
        continue;
      }
      if (answer.status === 404 || answer.reason === 'schema-changed') return undefined;
      throw await refusalOf(transport, answer, signal);
    }
    if (attempt >= ATTEMPTS || answer.kind !== 'throttled') throw failed(transport, answer);
    await clock.sleep(answer.retryAfterMs ?? THROTTLED_MS, signal);
  }
}

function objectsQuery(refused: ReadonlySet<string>, after: string | undefined): string {
  const keep = (members: readonly string[]) => members.filter((member) => !refused.has(member)).join(' ');
  const relations = ['relation', 'morphRelations']
    .filter((member) => !refused.has(member))
    .map((member) => `${member}${RELATION}`)
    .join(' ');
  const indexes = refused.has('indexMetadataList')
    ? ''
    : `indexMetadataList{${keep(INDEX_MEMBERS)} indexFieldMetadataList{order fieldMetadataId}}`;
  const paging = `paging:{first:${PAGE}${after === undefined ? '' : `,after:${JSON.stringify(after)}`}}`;
  return `{objects(${paging}){edges{node{${keep(OBJECT_MEMBERS)} fieldsList{${keep(FIELD_MEMBERS)} ${relations}} ${indexes}}} pageInfo{hasNextPage endCursor}}}`;
}

async function byRest(transport: Transport, signal: AbortSignal | undefined): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  let after: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = `limit=${PAGE}${after === undefined ? '' : `&starting_after=${encodeURIComponent(after)}`}`;
    const answer = await transport.free(
      { operation: 'read-model', object: null, method: 'GET', path: `/rest/metadata/objects?${query}`, form: 'rest' },
      signal,
    );
    if (answer.kind === 'refused') throw await refusalOf(transport, answer, signal);
    if (answer.kind !== 'ok') throw failed(transport, answer);
    const data = answer.data;
    const objects = Array.isArray(data) ? data : asObject(data)?.objects;
    if (!Array.isArray(objects)) throw notTwenty(transport, 'its metadata API answers in an unknown form');
    found.push(...objects);
    const info = asObject(asObject(answer.body)?.pageInfo);
    const next = info?.endCursor;
    if (info?.hasNextPage !== true || typeof next !== 'string' || next === after) break;
    after = next;
  }
  return found;
}

export function metadataCall(
  operation: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Call {
  const body = Object.keys(variables).length === 0 ? { query } : { query, variables };
  return { operation, object: null, method: 'POST', path: '/metadata', body: JSON.stringify(body), form: 'graphql' };
}

/**
 * A refused metadata call: FORBIDDEN is said both of a bad key and of a role without the right (twenty.md O5), so a
 * record is asked for to tell them apart.
 */
export async function refusalOf(
  transport: Transport,
  answer: Extract<Answer, { kind: 'refused' }>,
  signal?: AbortSignal,
): Promise<ChangeoverError> {
  const place = { url: transport.url };
  if (answer.reason !== 'unauthorized') {
    if (answer.status === 404) return notTwenty(transport, answer.message);
    return new ChangeoverError('TWENTY_REFUSED', answer.message, { place });
  }
  if (answer.code === 'UNAUTHENTICATED' || answer.status === 401) {
    return new ChangeoverError('TWENTY_TOKEN_REFUSED', answer.message, { place });
  }
  const probe = await transport.free(
    { operation: 'probe', object: null, method: 'GET', path: '/rest/companies?limit=1', form: 'rest' },
    signal,
  );
  const tokenRefused = probe.kind === 'refused' && probe.reason === 'unauthorized' && probe.status !== 400;
  return new ChangeoverError(tokenRefused ? 'TWENTY_TOKEN_REFUSED' : 'TWENTY_MODEL_RIGHT_MISSING', answer.message, {
    place,
  });
}

function failed(transport: Transport, answer: Exclude<Answer, { kind: 'ok' | 'refused' }>): ChangeoverError {
  if (answer.kind === 'unanswered' && /without a readable body/.test(answer.message)) {
    return notTwenty(transport, answer.message);
  }
  const code = answer.kind === 'throttled' ? 'TWENTY_THROTTLED' : 'TWENTY_UNREACHABLE';
  return new ChangeoverError(code, `the data model could not be read: ${answer.message}`, {
    place: { url: transport.url },
  });
}

function notTwenty(transport: Transport, message: string): ChangeoverError {
  return new ChangeoverError('TWENTY_NOT_TWENTY', message, { place: { url: transport.url } });
}

function hashOf(objects: ReadonlyMap<string, WorkspaceObject>): string {
  const sorted = [...objects.values()].sort((one, other) => (one.nameSingular < other.nameSingular ? -1 : 1));
  return contentHash(
    sorted.map((object) => ({
      ...object,
      fields: [...object.fields.values()].sort((one, other) => (one.name < other.name ? -1 : 1)),
    })),
  );
}
