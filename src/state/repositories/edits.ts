import { fromJson, toJson } from '../json.ts';
import type { EditTable } from '../schema/tables.ts';
import type { EditRow, Edits } from '../state.ts';
import type { Session } from './session.ts';

type StoredEdit = Readonly<Omit<EditTable, 'number'>> & { readonly number: number };

export function editsOf(session: Session): Edits {
  const { builder } = session;

  const of = async (targetKeys: readonly string[], open: boolean): Promise<ReadonlyMap<string, readonly EditRow[]>> => {
    if (targetKeys.length === 0) return new Map();
    const rows = await session.all<StoredEdit>(
      open
        ? "SELECT * FROM edits WHERE target_key IN :list AND status = 'open' ORDER BY number"
        : 'SELECT * FROM edits WHERE target_key IN :list ORDER BY number',
      targetKeys,
    );
    return Map.groupBy(rows.map(editRow), (row) => row.targetKey);
  };

  return {
    open: (targetKeys) => of(targetKeys, true),
    of: (targetKeys) => of(targetKeys, false),
    note: async (noted) => {
      const known = await of([...new Set(noted.map((edit) => edit.targetKey))], true);
      for (const edit of noted) {
        const before =
          edit.status === 'open' ? known.get(edit.targetKey)?.find(({ field }) => field === edit.field) : undefined;
        const found = {
          value: toJson(edit.value),
          edited_by: edit.by,
          edited_at: edit.at,
          found_at: edit.foundAt,
          found_by: edit.foundBy,
        };
        if (before !== undefined) {
          await session.change(builder.updateTable('edits').set(found).where('number', '=', before.number));
          continue;
        }
        await session.change(
          builder.insertInto('edits').values({
            target_key: edit.targetKey,
            object: edit.object,
            id: edit.id,
            field: edit.field,
            base: toJson(edit.base),
            ...found,
            status: edit.status,
            replacement: toJson(edit.replacement),
            because: edit.because,
            closed_at: edit.closedAt,
            question: null,
          }),
        );
      }
    },
    close: async (closings) => {
      for (const { number, status, replacement, because, at } of closings) {
        await session.change(
          builder
            .updateTable('edits')
            .set({ status, replacement: toJson(replacement), because, closed_at: at })
            .where('number', '=', number)
            .where('status', '=', 'open'),
        );
      }
    },
    ask: async (asked) => {
      for (const { number, question } of asked) {
        await session.change(builder.updateTable('edits').set({ question }).where('number', '=', number));
      }
    },
    counts: async () =>
      (
        await session.all<{ object: string; status: string; edits: number; records: number }>(
          `SELECT object, status, count(*) AS edits, count(DISTINCT target_key) AS records FROM edits
           GROUP BY object, status ORDER BY object, status`,
        )
      ).map((row) => ({ ...row, status: row.status as EditRow['status'] })),
    list: async ({ status, object, after, limit }) => {
      let query = builder.selectFrom('edits').selectAll().orderBy('number').limit(limit);
      if (status !== undefined) query = query.where('status', '=', status);
      if (object !== undefined) query = query.where('object', '=', object);
      if (after !== undefined) query = query.where('number', '>', after);
      return (await session.rows(query)).map(editRow);
    },
  };
}

function editRow(row: StoredEdit): EditRow {
  return {
    number: row.number,
    targetKey: row.target_key,
    object: row.object,
    id: row.id,
    field: row.field,
    base: fromJson(row.base),
    value: fromJson(row.value),
    by: row.edited_by,
    at: row.edited_at,
    foundAt: row.found_at,
    foundBy: row.found_by as EditRow['foundBy'],
    status: row.status as EditRow['status'],
    replacement: fromJson(row.replacement),
    because: row.because,
    closedAt: row.closed_at,
    question: row.question,
  };
}
