import { badQuery, noPrivilege, Refusal } from '../errors.ts';
import type { TableDefinition } from '../model/definitions.ts';
import { MOST_ROWS, type Preferences } from '../odata/prefer.ts';
import type { Query } from '../odata/query.ts';
import { deltaToken, optionsHash, type Position, readDeltaToken, type TrackingPosition } from '../odata/tokens.ts';
import { IDENTITY } from '../store/identity.ts';
import type { Organisation } from '../store/organisation.ts';
import { type Context, depthOf } from './context.ts';
import { contextOf } from './expand.ts';
import { applied, metadataVersion, nextLink, type RowSet } from './links.ts';
import { firstAfter } from './order.ts';
import { selected, shown } from './present.ts';
import { type ApiAnswer, json } from './request.ts';
import type { ChangePage } from './tracking.ts';

const UNSUPPORTED = ['$filter', '$orderby', '$expand', '$top'] as const;

function assertTracked(context: Context, table: TableDefinition): void {
  const { switches } = context.organisation;
  if (!table.tracking) {
    throw new Refusal(
      switches.untracked.status,
      switches.untracked.code,
      `Change tracking is not enabled for entity '${table.name}'.`,
    );
  }
  if (depthOf(context, table.name) !== 'organization') {
    throw noPrivilege(IDENTITY.applicationUser, `prvRead${table.name}`, table.name);
  }
}

/** A page of a tracked read: all rows at first, what changed since with a delta token. */
export function trackedPage(
  context: Context,
  set: RowSet,
  query: Query,
  preferences: Preferences,
  position: Position | undefined,
): ApiAnswer {
  for (const option of UNSUPPORTED) {
    if (!query.given.has(option)) continue;
    throw badQuery(`The "\${${option.slice(1)}}" query parameter isn't supported when Change Tracking is enabled.`);
  }
  if (set.rows !== undefined) throw badQuery('Change tracking is only supported on an entity set.');
  assertTracked(context, set.table);
  const { organisation, tracking } = context;
  if (query.deltaToken !== undefined) tracking.check(set.table, readDeltaToken(query.deltaToken));
  const columns = selected(organisation, set.table, query.select);
  const size = preferences.maxPageSize ?? MOST_ROWS;
  const at = position?.tracking ?? begin(organisation, query);
  const page =
    at.phase === 'all'
      ? initialPage(context, set.table, position, size)
      : tracking.changes(set.table, at, Number(position?.last[0] ?? 0), size);
  const rows = page.changes.map((change) =>
    change.kind === 'row'
      ? shown(organisation, set.table, change.row, columns, preferences)
      : deletedEntry(context, set.table, change.stone.id),
  );
  const head: Record<string, unknown> = {
    '@odata.context': `${contextOf(context, set.path, query)}${at.phase === 'all' ? '' : '/$delta'}`,
    ...metadataVersion(organisation, preferences),
  };
  if (page.next !== undefined) {
    const link = nextLink(context, set, query, {
      page: (position?.page ?? 1) + 1,
      size,
      options: optionsHash(query.text),
      firstId: page.firstId,
      lastId: page.next.lastId,
      last: [page.next.lastVersion],
      tracking: { phase: page.next.phase, since: at.since, upto: at.upto },
    });
    return json({ ...head, value: rows, '@odata.nextLink': link }, 200, applied(preferences));
  }
  const { switches } = organisation;
  const linkLost = switches.annotationsLoseDeltaLink && preferences.annotations.length > 0;
  const valueLeftOut = rows.length === 0 && switches.emptyDelta === 'absent' && at.phase !== 'all';
  return json(
    {
      ...head,
      ...(linkLost ? {} : { '@odata.deltaLink': deltaLink(context, set, query, at.upto) }),
      ...(valueLeftOut ? {} : { value: rows }),
    },
    200,
    applied(preferences),
  );
}

/** What changed after this moment belongs to the next delta. */
function begin(organisation: Organisation, query: Query): TrackingPosition {
  const upto = organisation.store.version;
  return query.deltaToken === undefined
    ? { phase: 'all', since: 0, upto }
    : { phase: 'changes', since: readDeltaToken(query.deltaToken).version, upto };
}

function deletedEntry(context: Context, table: TableDefinition, id: string): Record<string, unknown> {
  return { '@odata.context': `${context.apiUrl}$metadata#${table.entitySet}/$deletedEntity`, id, reason: 'deleted' };
}

/** Carries nothing but the columns and the token: all other options are refused with change tracking. */
function deltaLink(context: Context, set: RowSet, query: Query, upto: number): string {
  const select = query.select === undefined ? '' : `$select=${query.select.join(',')}&`;
  return `${context.apiUrl}${set.path}?${select}$deltatoken=${deltaToken(context.tracking.token(upto))}`;
}

/** All rows there are, in the order of their ids. Rows that come before the reader's place belong to the first delta. */
function initialPage(
  context: Context,
  table: TableDefinition,
  position: Position | undefined,
  size: number,
): ChangePage {
  const rows = context.organisation.rows(table.name);
  const start = position === undefined ? 0 : firstAfter(rows, [], position);
  const page = rows.slice(start, start + size);
  const last = page.at(-1);
  const more = start + size < rows.length && last !== undefined;
  return {
    changes: page.map((row) => ({ kind: 'row', row })),
    firstId: page[0]?.id ?? '',
    next: more ? { phase: 'all', lastId: last.id, lastVersion: last.version } : undefined,
  };
}

/** Changes since a token, without reading them. */
export function countChanges(context: Context, table: TableDefinition, text: string): number {
  const token = readDeltaToken(text);
  assertTracked(context, table);
  context.tracking.check(table, token);
  return context.tracking.count(table, token.version);
}
