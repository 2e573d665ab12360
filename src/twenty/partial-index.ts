/** Which rows a unique index covers: all, those that are not soft-deleted, or what its clause says in words that are not known here. */
export type Cover = 'all' | 'live' | 'unknown';

const LIVE = /^"?deletedAt"?\s+is\s+null$/i;
/** Empty values are nobody's in any index (src/sink/values.ts), so leaving them out changes nothing. */
const NOT_EMPTY = /^(?!"?deletedAt\b)"?\w+"?(\s*(!=|<>)\s*''(::text)?|\s+is\s+not\s+null)$/i;

/**
 * Reads an index's `indexWhereClause`, SQL as the server made it. Twenty's own are `"deletedAt" IS NULL`, alone or with the column
 * being not empty.
 */
export function coverOf(where: string | null): Cover {
  const parts = (where ?? '')
    .split(/\s+and\s+/i)
    .map(bare)
    .filter((part) => part !== '');
  if (parts.some((part) => !LIVE.test(part) && !NOT_EMPTY.test(part))) return 'unknown';
  return parts.some((part) => LIVE.test(part)) ? 'live' : 'all';
}

/** Without the brackets that PostgreSQL sets around what it gives back. */
function bare(part: string): string {
  return part
    .trim()
    .replaceAll(/^\(+|\)+$/g, '')
    .trim();
}
