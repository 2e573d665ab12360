import { createHash } from 'node:crypto';
import { databaseRefusal, duplicate, nulCharacter } from '../errors.ts';
import type { Json } from '../json.ts';
import type { Shape } from '../model/shape.ts';
import { covers, type Row, uniqueKey } from '../store/table.ts';
import type { Engine } from './engine.ts';

/** The name the server generates for a foreign key: stable, and not to be understood. */
export function foreignKeyName(table: string, column: string): string {
  return `FK_${createHash('sha1').update(`${table}.${column}`).digest('hex').slice(0, 27)}`;
}

function holdsNul(value: Json | undefined): boolean {
  if (typeof value === 'string') return value.includes('\u0000');
  if (Array.isArray(value)) return value.some(holdsNul);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsNul);
}

/** What the database refuses of a single row: NUL characters, missing values, numbers out of range. */
export function checkRow(shape: Shape, row: Row): void {
  if (holdsNul(row)) throw nulCharacter();
  for (const { key, field, kind } of shape.columns) {
    const value = row[key] ?? null;
    if (value === null && !field.isNullable && kind !== 'composite' && field.type !== 'TS_VECTOR') {
      throw databaseRefusal(`null value in column "${key}" of relation "${shape.table}" violates not-null constraint`);
    }
    if (typeof value === 'number' && field.settings?.dataType === 'int') checkInteger(value);
    if (typeof value === 'number' && field.settings?.dataType === 'bigint' && !Number.isInteger(value)) {
      throw databaseRefusal(`invalid input syntax for type bigint: "${value}"`);
    }
  }
}

function checkInteger(value: number): void {
  if (!Number.isInteger(value)) throw databaseRefusal(`invalid input syntax for type integer: "${value}"`);
  if (Math.abs(value) > 2_147_483_647) throw databaseRefusal(`value "${value}" is out of range for type integer`);
}

/** Unique values held by another row, soft-deleted rows included (O4) where the index covers them. */
export function checkUniques(engine: Engine, shape: Shape, row: Row): void {
  const name = shape.object.nameSingular;
  const table = engine.store.table(name);
  for (const index of shape.uniques) {
    const key = covers(index, row) ? uniqueKey(row, index) : undefined;
    const holder = key === undefined ? undefined : table.byUnique(index, key);
    if (holder === undefined || holder === row.id) continue;
    const live = table.get(holder)?.deletedAt === null;
    throw duplicate(live ? { id: holder, object: name } : undefined);
  }
}

/** Foreign keys must name a row that is there, soft-deleted or not, or that comes in the same block. */
export function checkForeignKeys(engine: Engine, shape: Shape, row: Row, sameBlock?: ReadonlySet<string>): void {
  for (const { column, target } of shape.joins) {
    const id = row[column];
    if (typeof id !== 'string' || engine.store.table(target).get(id.toLowerCase()) !== undefined) continue;
    if (target === shape.object.nameSingular && sameBlock?.has(id) === true) continue;
    throw databaseRefusal(
      `insert or update on table "${shape.table}" violates foreign key constraint "${foreignKeyName(shape.table, column)}"`,
    );
  }
}
