import type { TwentySandbox } from '../../sandbox/twenty/index.ts';

export type StoredRow = Parameters<TwentySandbox['engine']['store']['put']>[1];
export type Content = Readonly<Record<string, unknown>>;

/** The server makes these by itself: times of writing, the order of arrival, and what it derives from other fields. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['updatedAt', 'updatedBy', 'position', 'searchVector']);

/** What a row says, without what the server makes by itself. */
export function contentOf(row: Readonly<Record<string, unknown>>): Content {
  const kept: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(row)) if (!OWN_FIELDS.has(field)) kept[field] = withoutBlockIds(value);
  return kept;
}

/** Rich text: the server makes its blocks from the Markdown, each time with new ids. */
function withoutBlockIds(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || !('blocknote' in value) || typeof value.blocknote !== 'string') {
    return value;
  }
  const blocks: unknown = JSON.parse(value.blocknote, (key, part: unknown) => (key === 'id' ? undefined : part));
  return { ...value, blocknote: blocks };
}
