import type { Random } from '../../../src/core/ports.ts';
import type { Fault } from '../faults.ts';
import type { Collection, StoredRecord } from '../store/model.ts';
import { present } from '../store/present.ts';
import type { Workspace } from '../store/workspace.ts';
import type { Switches } from '../switches.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface RouteContext {
  readonly workspace: Workspace;
  readonly switches: Switches;
  readonly random: Random;
  readonly administrator: boolean;
}

const refused = (status: number, error: string): Answer => ({ status, body: { error } });
const noCollection = refused(404, 'Collection not found');

/** Answers a call behind `/api/v1`, as the public pages describe it. */
export function route(context: RouteContext, path: string, query: URLSearchParams, fault: Fault | undefined): Answer {
  const [first, second, third] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  if (first === 'activities') return activities(context, second ?? '', third ?? '');
  if (first !== 'collections') return refused(404, 'Not found');
  if (second === undefined) return { status: 200, body: collections(context) };
  const collection = visible(context, second);
  if (collection === 'restricted') return refused(403, 'You do not have permission to view this collection');
  if (collection === undefined) return noCollection;
  if (third === undefined) return page(context, collection, query, fault);
  return third === 'all' ? all(context, collection, query, fault) : record(context, collection, third);
}

function visible({ workspace, administrator }: RouteContext, name: string): Collection | 'restricted' | undefined {
  const found = workspace.find(name);
  return found?.restricted === true && !administrator ? 'restricted' : found;
}

function collections({ workspace, switches, administrator }: RouteContext): unknown {
  const list = workspace
    .collections()
    .filter(({ restricted }) => administrator || restricted !== true)
    .map(({ id, slug, name, fields }) => ({
      id,
      slug,
      name,
      ...(switches.collections === 'with-fields' ? { fields: fields ?? [] } : {}),
    }));
  return switches.collectionsIn === 'array' ? list : { collections: list };
}

function chosen(context: RouteContext, collection: Collection, query: URLSearchParams, fault: Fault | undefined) {
  const after = query.get('updatedAfter');
  const from = after === null ? null : Date.parse(after);
  const blind = new Set(fault?.kind === 'blind' ? fault.ids : []);
  const { updatedAfter } = context.switches;
  const records = [...collection.records.values()].filter(
    ({ id, updatedAt }) =>
      !blind.has(id) && (from === null || (updatedAfter === 'inclusive' ? updatedAt >= from : updatedAt > from)),
  );
  return ordered(context, records);
}

function ordered({ switches, random }: RouteContext, records: readonly StoredRecord[]): readonly StoredRecord[] {
  switch (switches.order) {
    case 'created':
      return records;
    case 'updated':
      return [...records].sort((a, b) => b.updatedAt - a.updatedAt);
    case 'shuffled':
      return records
        .map((record) => ({ record, at: random.next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ record }) => record);
  }
}

function page(context: RouteContext, collection: Collection, query: URLSearchParams, fault: Fault | undefined): Answer {
  const { switches } = context;
  const asked = Number(query.get('pageSize') ?? 10);
  const index = Number(query.get('pageIndex') ?? 0);
  if (!Number.isInteger(asked) || asked < 1 || asked > 300 || !Number.isInteger(index) || index < 0)
    return refused(400, 'Invalid paging');
  const size = switches.pageSize === 'ignored' ? 10 : asked;
  const records = chosen(context, collection, query, fault);
  const begin = index * size - (fault?.kind === 'repeated-record' && index > 0 ? 1 : 0);
  const rows = fault?.kind === 'empty-page' ? [] : records.slice(begin, index * size + size);
  const withLists = query.get('includeLists') === 'true';
  return {
    status: 200,
    body: {
      records: rows.map((one) => present(collection, one, switches, withLists)),
      totalRecords: fault?.kind === 'other-total' ? fault.total : records.length,
      pageIndex: index,
      pageSize: size,
    },
  };
}

function all(context: RouteContext, collection: Collection, query: URLSearchParams, fault: Fault | undefined): Answer {
  const { switches } = context;
  if (!switches.all) return record(context, collection, 'all');
  const withLists = switches.listsInAll && query.get('includeLists') === 'true';
  const records = chosen(context, collection, query, fault).slice(0, switches.allRecords);
  return { status: 200, body: records.map((one) => present(collection, one, switches, withLists)) };
}

function record({ switches }: RouteContext, collection: Collection, id: string): Answer {
  const found = collection.records.get(id);
  return found === undefined
    ? refused(switches.goneStatus, 'Record not found')
    : { status: 200, body: present(collection, found, switches, true) };
}

function activities(context: RouteContext, name: string, id: string): Answer {
  const collection = visible(context, name);
  if (collection === 'restricted') return refused(403, 'You do not have permission to view this collection');
  if (collection === undefined) return noCollection;
  if (!collection.records.has(id)) return refused(context.switches.goneStatus, 'Record not found');
  const found = collection.activities.get(id) ?? [];
  return {
    status: 200,
    body: found.map(({ timestamp, ...rest }) => ({ ...rest, timestamp: new Date(timestamp).toISOString() })),
  };
}
