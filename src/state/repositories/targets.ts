import { fromJson, fromJsonOrNull, toJson, toJsonOrNull } from '../json.ts';
import type { TargetTable } from '../schema/tables.ts';
import type { TargetRow, Targets } from '../state.ts';
import { type BulkWrite, replacing } from './bulk.ts';
import type { Session } from './session.ts';

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

const PUT: BulkWrite = {
  kind: 'insert',
  table: 'targets',
  columns: COLUMNS,
  key: ['target_key'],
  known: replacing(COLUMNS.slice(1)),
};

const CONTRIBUTE: BulkWrite = {
  kind: 'insert',
  table: 'contributions',
  columns: ['record_key', 'target_key'],
  key: ['record_key', 'target_key'],
  known: 'stays',
};

/** The last row wins in a map: what is written now comes after what is not. */
const WRITTEN_LAST = "CASE t.status WHEN 'written' THEN 1 ELSE 0 END, t.written_at, t.target_key";

type StoredTarget = Readonly<TargetTable>;

export function targetsOf(session: Session): Targets {
  return {
    get: async (targetKeys) => {
      const rows = await session.all<StoredTarget>(`${SELECT} FROM targets t WHERE t.target_key IN :list`, targetKeys);
      return new Map(rows.map((row) => [row.target_key, targetRow(row)]));
    },
    byIds: async (object, ids) => {
      const rows = await session.all<StoredTarget>(
        `${SELECT} FROM targets t WHERE t.object = ? AND t.id IN :list ORDER BY ${WRITTEN_LAST}`,
        object,
        ids,
      );
      return new Map(rows.map((row) => [row.id, targetRow(row)]));
    },
    childrenOf: async (recordKeys) => {
      const rows = await session.all<StoredTarget>(
        `${SELECT} FROM targets t WHERE t.parent_key IN :list ORDER BY t.target_key`,
        recordKeys,
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
      const rows = await session.all<StoredTarget & { record_key: string }>(
        `${SELECT}, c.record_key FROM contributions c JOIN targets t ON t.target_key = c.target_key
         WHERE c.record_key IN :list AND t.kind = 'record' ORDER BY ${WRITTEN_LAST}`,
        recordKeys,
      );
      return new Map(rows.map((row) => [row.record_key, targetRow(row)]));
    },
    put: async (rows) => {
      await session.write(PUT, rows.map(values));
      await session.execute(
        'DELETE FROM contributions WHERE target_key IN :list',
        rows.map((row) => row.targetKey),
      );
      await session.write(CONTRIBUTE, contributions(rows));
    },
    counts: async () =>
      session.all(
        `SELECT object, kind, count(*) AS written FROM targets WHERE status = 'written'
         GROUP BY object, kind ORDER BY object, kind`,
      ),
    released: async (exceptHash) =>
      session.all(
        `SELECT object, count(*) AS rows FROM targets
         WHERE status = 'released' AND (image_hash IS NULL OR image_hash <> ?) GROUP BY object ORDER BY object`,
        exceptHash,
      ),
    page: async (object, after, limit) =>
      (
        await session.all<StoredTarget>(
          `${SELECT} FROM targets t WHERE t.object = ? AND t.target_key > ? ORDER BY t.target_key LIMIT ?`,
          object,
          after ?? '',
          limit,
        )
      ).map(targetRow),
    adopted: async (object, after, limit) =>
      (
        await session.all<StoredTarget>(
          `${SELECT} FROM targets t WHERE t.created_by_us <= 0 AND t.kind = 'record'
           AND ${object === null ? 't.object > ?' : 't.object = ?'} AND (t.object, t.target_key) > (?, ?)
           ORDER BY t.object, t.target_key LIMIT ?`,
          object ?? '',
          after?.object ?? '',
          after?.targetKey ?? '',
          limit,
        )
      ).map(targetRow),
    adoptedCounts: async () =>
      (
        await session.all<{ object: string; restored: number; rows: number }>(
          `SELECT object, CASE WHEN created_by_us < 0 THEN 1 ELSE 0 END AS restored, count(*) AS rows FROM targets
           WHERE created_by_us <= 0 AND kind = 'record' AND status <> 'deleted'
           GROUP BY object, restored ORDER BY object, restored`,
        )
      ).map((row) => ({ object: row.object, restored: row.restored === 1, rows: row.rows })),
    remove: async (targetKeys) => {
      await session.execute('DELETE FROM contributions WHERE target_key IN :list', targetKeys);
      await session.execute('DELETE FROM targets WHERE target_key IN :list', targetKeys);
    },
  };
}

/** A target given twice in one call counts as it was given last. */
function* contributions(rows: readonly TargetRow[]): Generator<readonly string[]> {
  for (const row of new Map(rows.map((given) => [given.targetKey, given])).values()) {
    for (const contributor of row.contributors) yield [contributor, row.targetKey];
  }
}

function values(row: TargetRow): readonly (string | number | null)[] {
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
    originOf(row),
    row.writtenAt,
  ];
}

/** 1: ours. 0: it was there before us. -1: it was, soft-deleted, and we brought it back (told apart for the index that counts). */
function originOf({ createdByUs, before }: TargetRow): number {
  if (createdByUs) return 1;
  return before?.deletedAt === null || before?.deletedAt === undefined ? 0 : -1;
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
