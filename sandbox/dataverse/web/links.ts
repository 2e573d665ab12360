import type { TableDefinition } from '../model/definitions.ts';
import { type Preferences, wants } from '../odata/prefer.ts';
import type { Query } from '../odata/query.ts';
import { deltaToken, type Position, readDeltaToken, skipToken } from '../odata/tokens.ts';
import type { Organisation } from '../store/organisation.ts';
import type { Row } from '../store/rows.ts';
import type { Context } from './context.ts';

/** A set of rows that a URL names: a whole table, or those at the end of a navigation property. */
export interface RowSet {
  readonly table: TableDefinition;
  /** In the order of their ids; undefined for the whole table. */
  readonly rows: readonly Row[] | undefined;
  /** The URL's path behind the version. */
  readonly path: string;
}

/** The options come back decoded but for what a URL cannot hold, as the real links do. */
export function nextLink(context: Context, set: RowSet, query: Query, position: Position): string {
  const options = query.text.replaceAll(/[^\w$@=&,()/;:.!*~-]/g, (sign) =>
    encodeURIComponent(sign).replace("'", '%27'),
  );
  const delta = query.deltaToken === undefined ? '' : `$deltatoken=${deltaToken(readDeltaToken(query.deltaToken))}&`;
  const separator = options === '' ? '' : '&';
  return `${context.apiUrl}${set.path}?${options}${separator}${delta}$skiptoken=${skipToken(set.table.primaryId, position)}`;
}

export function metadataVersion(organisation: Organisation, preferences: Preferences): Record<string, unknown> {
  return wants(preferences, 'Microsoft.Dynamics.CRM.globalmetadataversion')
    ? { '@Microsoft.Dynamics.CRM.globalmetadataversion': String(organisation.schema.version) }
    : {};
}

export function applied(preferences: Preferences): Record<string, string> {
  return preferences.applied.length === 0 ? {} : { 'preference-applied': preferences.applied.join(',') };
}
