import { Refusal } from '../errors.ts';
import type { Json } from '../json.ts';
import type { Shape, UniqueIndex } from '../model/shape.ts';
import { type Row, type Table, uniqueKey, valueAt } from '../store/table.ts';
import type { Caller, Engine } from './engine.ts';
import { insertBlock } from './insert.ts';
import { type Prepared, resolved } from './prepare.ts';
import { updateRow } from './update.ts';

/** What a record is matched by: its id, then each unique index in turn. */
interface MatchGroup {
  readonly fields: readonly string[];
  readonly paths: readonly (readonly string[])[];
  find(table: Table, record: Prepared): string | undefined;
}

function groupsOf(shape: Shape): MatchGroup[] {
  const byId: MatchGroup = {
    fields: ['id'],
    paths: [['id']],
    find: (table, { values }) => (typeof values.id === 'string' ? table.get(values.id)?.id : undefined),
  };
  const byIndex = (index: UniqueIndex): MatchGroup => ({
    fields: index.fields,
    paths: index.paths,
    find: (table, { values }) => {
      const key = uniqueKey(values, index);
      return key === undefined ? undefined : table.byUniqueColumns(index, key);
    },
  });
  return [byId, ...shape.uniques.map(byIndex)];
}

/** The one stored row a record means, soft-deleted rows included. Refuses where two rows could be meant (O2). */
function matchOf(table: Table, groups: readonly MatchGroup[], record: Prepared): string | undefined {
  const matches = new Set(groups.flatMap((group) => group.find(table, record) ?? []));
  if (matches.size > 1) throw severalMatches(groups, record);
  return [...matches][0];
}

function severalMatches(groups: readonly MatchGroup[], { values }: Prepared): Refusal {
  const described = groups.flatMap((group) => {
    const sent = group.paths.flatMap((path) => {
      const value: Json = valueAt(values, path);
      return value === null ? [] : [`${path.join('.')}: ${String(value)}`];
    });
    return sent.length === 0 ? [] : [`${group.fields.join(', ')} (${sent.join(', ')})`];
  });
  const message = `Multiple records found with the same unique field values for ${described.join('; ')}. Cannot determine which record to update.`;
  return new Refusal(message, {
    status: 400,
    restError: 'BadRequestException',
    code: 'BAD_USER_INPUT',
    subCode: 'UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT',
    userFriendlyMessage: message,
  });
}

/**
 * Updates what is there, one row after the other, then inserts the rest as one block. Updates stay when something later
 * fails. Answers updated rows first, each once, then the inserted ones (O2).
 */
export function upsertRows(engine: Engine, shape: Shape, records: readonly Prepared[], caller: Caller): Row[] {
  const name = shape.object.nameSingular;
  const table = engine.store.table(name);
  const groups = groupsOf(shape);
  const updates: { readonly id: string; readonly record: Prepared }[] = [];
  const inserts: Prepared[] = [];
  for (const record of records) {
    const id = matchOf(table, groups, record);
    if (id === undefined) inserts.push(record);
    else updates.push({ id, record });
  }
  const updated = new Set<string>();
  for (const { id, record } of updates) {
    const row = table.get(id);
    if (row === undefined) continue;
    const { createdBy: _ignored, ...values } = resolved(engine, record);
    updateRow(engine, shape, row, { ...values, deletedAt: null }, caller);
    updated.add(id);
    engine.store.commit();
  }
  const inserted = inserts.length === 0 ? [] : insertBlock(engine, shape, inserts, caller);
  return [...[...updated].flatMap((id) => table.get(id) ?? []), ...inserted];
}
