import { readMapping } from '../mapping/parse.ts';
import { type Uncovered, uncovered } from '../mapping/uncovered.ts';
import type { SourceDescription } from '../source/connector.ts';
import type { ReviewRow, StateTransaction } from '../state/state.ts';

/** Nothing waits for the answer: it only says that somebody has seen it. */
const SEEN = 'leave it for now';

type Asked = Parameters<StateTransaction['reviews']['ask']>[0][number];

/**
 * Reports what the source has by now and the confirmed mapping knows nothing of, as review items of the queue `schema`;
 * those that a mapping confirmed since covers are withdrawn (ALL-5). The values themselves stand in the log, so that a
 * mapping that takes them in later loads them for the records of before, too.
 */
export async function reportNewcomers(
  tx: StateTransaction,
  source: string,
  description: SourceDescription,
  now: number,
): Promise<readonly string[]> {
  const confirmed = await tx.mappings.current(source);
  if (confirmed === null) return [];
  const found = uncovered(readMapping(confirmed.text, `the confirmed mapping of ${source}`), description);
  const asked = found.map((one) => reviewOf(source, one, now));
  const open = await tx.reviews.list({ source, queue: 'schema', status: 'open', limit: 100_000 });
  const still = new Set(asked.map(({ id }) => id));
  await tx.reviews.withdraw(open.map(({ id }) => id).filter((id) => isOurs(source, id) && !still.has(id)));
  return tx.reviews.ask(asked);
}

/** Other rooms ask in this queue too. */
function isOurs(source: string, id: ReviewRow['id']): boolean {
  return id.startsWith(prefixOf(source));
}

function prefixOf(source: string): string {
  return `newcomer/${source}/`;
}

function reviewOf(source: string, one: Uncovered, now: number): Asked {
  const path = one.kind === 'object' ? one.object : `${one.object}/${one.column}`;
  return {
    id: `${prefixOf(source)}${path}`,
    queue: 'schema',
    source,
    object: one.object,
    recordKey: null,
    question: `${told(one)}, which the confirmed mapping neither maps nor skips. Its values are kept in the log, and loaded once it is mapped, confirmed and provisioned.`,
    detail: { ...one },
    choices: [SEEN],
    blocking: false,
    createdAt: now,
  };
}

function told(one: Uncovered): string {
  if (one.kind === 'object') return `The source has a new object ${JSON.stringify(one.object)}`;
  const filled = one.filled === null ? '' : ` (${one.filled.rows} of ${one.filled.of} rows have a value)`;
  return `${one.object} has a new column ${JSON.stringify(one.column)}${filled}`;
}
