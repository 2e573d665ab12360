import { fromJson, fromJsonOrNull, toJson, toJsonOrNull } from '../json.ts';
import type { TargetTable } from '../schema/tables.ts';
import type { TargetRow, Targets } from '../state.ts';
import type { SqliteSession } from './session.ts';

const COLUMNS = [
  'target_key',
  'kind',
  'object',
  'id',
  'parent_key',
  'contributors',
  'status',
  'image',
  'image_hash',
  'checksum',
  'epoch',
  'sequence',
  'before_image',
  'created_by_us',
  'written_at',
] as const satisfies readonly (keyof TargetTable)[];

const SELECT = `SELECT ${COLUMNS.map((column) => `t.${column}`).join(', ')}`;
const GIVEN = '(SELECT value FROM json_each(?))';

const PUT = `
  INSERT INTO targets (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (target_key) DO UPDATE SET ${COLUMNS.slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`;

/** The last row wins in a map: what is written now comes after what is not. */
const WRITTEN_LAST = "CASE t.status WHEN 'written' THEN 1 ELSE 0 END, t.written_at, t.target_key";

type StoredTarget = Readonly<TargetTable>;

export function targetsOf(session: SqliteSession): Targets {
  return {
    get: async (targetKeys) => {
      const rows = session.all<StoredTarget>(
        `${SELECT} FROM targets t WHERE t.target_key IN ${GIVEN}`,
        JSON.stringify(targetKeys),
      );
      return new Map(rows.map((row) => [row.target_key, targetRow(row)]));
    },
    byIds: async (object, ids) => {
      const rows = session.all<StoredTarget>(
        `${SELECT} FROM targets t WHERE t.object = ? AND t.id IN ${GIVEN} ORDER BY ${WRITTEN_LAST}`,
        object,
        JSON.stringify(ids),
      );
      return new Map(rows.map((row) => [row.id, targetRow(row)]));
    },
    childrenOf: async (recordKeys) => {
      const rows = session.all<StoredTarget>(
        `${SELECT} FROM targets t WHERE t.parent_key IN ${GIVEN} ORDER BY t.target_key`,
        JSON.stringify(recordKeys),
      );
      const children = new Map<string, TargetRow[]>();
      for (const row of rows) {
        const parent = row.parent_key ?? '';
        const siblings = children.get(parent);
        if (siblings === undefined) children.set(parent, [targetRow(row)]);
        else siblings.push(targetRow(row));
      }
      return children;
    },
    ofRecords: async (recordKeys) => {
      const rows = session.all<StoredTarget & { record_key: string }>(
        `${SELECT}, c.record_key FROM contributions c JOIN targets t ON t.target_key = c.target_key
         WHERE c.record_key IN ${GIVEN} AND t.kind = 'record' ORDER BY ${WRITTEN_LAST}`,
        JSON.stringify(recordKeys),
      );
      return new Map(rows.map((row) => [row.record_key, targetRow(row)]));
    },
    put: async (rows) => {
      session.executeEach(
        PUT,
        rows.map((row) => values(row)),
      );
      session.execute(
        `DELETE FROM contributions WHERE target_key IN ${GIVEN}`,
        JSON.stringify(rows.map((row) => row.targetKey)),
      );
      session.executeEach(
        'INSERT OR IGNORE INTO contributions (record_key, target_key) VALUES (?, ?)',
        contributions(rows),
      );
    },
    counts: async () =>
      session.all(
        `SELECT object, kind, count(*) AS written FROM targets WHERE status = 'written'
         GROUP BY object, kind ORDER BY object, kind`,
      ),
    page: async (object, after, limit) =>
      session
        .all<StoredTarget>(
          `${SELECT} FROM targets t WHERE t.object = ? AND t.target_key > ? ORDER BY t.target_key LIMIT ?`,
          object,
          after ?? '',
          limit,
        )
        .map(targetRow),
  };
}

/** A target given twice in one call counts as it was given last. */
function* contributions(rows: readonly TargetRow[]): Generator<readonly unknown[]> {
  for (const row of new Map(rows.map((given) => [given.targetKey, given])).values()) {
    for (const contributor of row.contributors) yield [contributor, row.targetKey];
  }
}

function values(row: TargetRow): readonly unknown[] {
  return [
    row.targetKey,
    row.kind,
    row.object,
    row.id,
    row.parentKey,
    toJson(row.contributors),
    row.status,
    toJsonOrNull(row.image),
    row.imageHash,
    row.checksum,
    row.order.epoch,
    row.order.sequence,
    toJsonOrNull(row.before),
    row.createdByUs ? 1 : 0,
    row.writtenAt,
  ];
}

function targetRow(row: StoredTarget): TargetRow {
  return {
    targetKey: row.target_key,
    kind: row.kind as TargetRow['kind'],
    object: row.object,
    id: row.id,
    parentKey: row.parent_key,
    contributors: fromJson(row.contributors),
    status: row.status as TargetRow['status'],
    image: fromJsonOrNull(row.image),
    imageHash: row.image_hash,
    checksum: row.checksum,
    order: { epoch: row.epoch, sequence: row.sequence },
    before: fromJsonOrNull(row.before_image),
    createdByUs: row.created_by_us === 1,
    writtenAt: row.written_at,
  };
}
