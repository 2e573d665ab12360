import type { FileFilter, FileRow, StateTransaction } from '../state/state.ts';
import { contradictionOf } from './keys.ts';
import { advance } from './life.ts';

const PAGE = 500;

/** Files that somebody wants tried again: held and refused ones move, all others stay. Returns how many moved. */
export async function retryFiles(
  tx: StateTransaction,
  which:
    | { readonly keys: readonly string[] }
    | (Omit<FileFilter, 'state' | 'after' | 'limit'> & { readonly code?: string }),
  now: number,
): Promise<number> {
  let moved = 0;
  for (const rows of await chosen(tx, which)) {
    const put = rows.flatMap((row) => {
      const after = advance(row, { kind: 'retried' }, now);
      return after === row || after === 'forgotten' ? [] : [after];
    });
    await tx.files.put(put);
    moved += put.length;
  }
  return moved;
}

async function chosen(
  tx: StateTransaction,
  which: Parameters<typeof retryFiles>[1],
): Promise<readonly (readonly FileRow[])[]> {
  if ('keys' in which) return [[...(await tx.files.get(which.keys)).values()]];
  const { code, ...filter } = which;
  const pages: (readonly FileRow[])[] = [];
  for (const state of ['held', 'refused'] as const) {
    for (let after: string | null = null; ; ) {
      const page: readonly FileRow[] = await tx.files.page({
        ...filter,
        state,
        limit: PAGE,
        ...(after === null ? {} : { after }),
      });
      pages.push(page.filter(({ reason }) => code === undefined || reason?.code === code));
      after = page.at(-1)?.key ?? null;
      if (page.length < PAGE || after === null) break;
    }
  }
  return pages;
}

/** Files whose question was answered go on. */
export async function answerContradictions(
  tx: StateTransaction,
  reviewIds: readonly string[],
  now: number,
): Promise<number> {
  const keys = reviewIds.flatMap((id) => contradictionOf(id) ?? []);
  return keys.length === 0 ? 0 : retryFiles(tx, { keys }, now);
}
