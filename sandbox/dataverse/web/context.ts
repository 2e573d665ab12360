import type { Clock, Random } from '../../../src/core/ports.ts';
import { noPrivilege } from '../errors.ts';
import { IDENTITY } from '../store/identity.ts';
import type { Organisation } from '../store/organisation.ts';
import type { Row } from '../store/rows.ts';
import { isReference } from '../store/rows.ts';
import type { Downloads } from './downloads.ts';
import type { Tracking } from './tracking.ts';

/** How far the application user's role reaches into a table. */
export type Depth = 'organization' | 'user' | 'none';

/** What every answer needs. */
export interface Context {
  readonly organisation: Organisation;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracking: Tracking;
  readonly downloads: Downloads;
  /** Tables that the role cannot read whole; all others it can. */
  readonly privileges: ReadonlyMap<string, Depth>;
  /** `http://host:port/api/data/v9.2/`. */
  readonly apiUrl: string;
}

/** Throws where the role lacks the table; says how far it reaches otherwise. */
export function depthOf(context: Context, table: string, privilege = 'prvRead'): Depth {
  const depth = context.privileges.get(table) ?? 'organization';
  if (depth === 'none') throw noPrivilege(IDENTITY.applicationUser, `${privilege}${table}`, table);
  return depth;
}

/** The rows of these that the caller may see. */
export function visible(context: Context, table: string, rows: readonly Row[]): readonly Row[] {
  if (depthOf(context, table) === 'organization') return rows;
  return rows.filter(({ values }) => isReference(values.ownerid) && values.ownerid.id === IDENTITY.applicationUser);
}
