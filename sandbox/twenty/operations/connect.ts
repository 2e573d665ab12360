import { Refusal } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { JoinColumn, Shape } from '../model/shape.ts';
import { uniqueKey, valueAt } from '../store/table.ts';
import { normaliseComposite } from '../values/composites.ts';
import { SCALARS } from '../values/scalars.ts';
import type { Engine } from './engine.ts';

function refuse(message: string, userFriendlyMessage: string): never {
  throw new Refusal(message, {
    status: 400,
    restError: 'BadRequestException',
    code: 'BAD_USER_INPUT',
    userFriendlyMessage,
  });
}

/** The condition in stored form, so that an e-mail in capitals finds its row. */
function normalisedWhere(engine: Engine, shape: Shape, where: Record<string, unknown>): JsonObject {
  const values: { [name: string]: Json } = {};
  for (const [key, value] of Object.entries(where)) {
    const column = shape.byKey.get(key);
    if (column === undefined) {
      refuse(`Field metadata not found for field ${key}`, `Field ${key} does not exist.`);
    }
    values[key] =
      column.kind === 'composite'
        ? normaliseComposite(column.field.type, value, key, () => engine.random.uuid())
        : (SCALARS[column.field.type]?.(value, key, column.field) ?? null);
  }
  return values;
}

function describe(where: Record<string, unknown>, values: JsonObject): string {
  return Object.entries(where)
    .flatMap(([key, value]) =>
      isObject(value)
        ? Object.keys(value).map(
            (part) => `${key}${part.charAt(0).toUpperCase()}${part.slice(1)} = ${String(valueAt(values, [key, part]))}`,
          )
        : [`${key} = ${String(values[key])}`],
    )
    .join(' and ');
}

/** `{connect: {where: {…}}}`: the id of the one live row with that id or unique value (O2; soft-deleted rows count as none, O4). */
export function resolveConnect(engine: Engine, join: JoinColumn, where: Record<string, unknown>): string {
  const shape = engine.model.shape(join.target);
  const table = engine.store.table(join.target);
  const values = normalisedWhere(engine, shape, where);
  const id = values.id;
  const keys = shape.uniques.flatMap((index) => {
    const key = uniqueKey(values, index);
    return key === undefined ? [] : [table.byUnique(index, key)];
  });
  if (typeof id !== 'string' && keys.length === 0) {
    const message = `Missing required fields: at least one unique constraint have to be fully populated for '${join.relation}'.`;
    refuse(message, message);
  }
  const found = typeof id === 'string' ? id : keys[0];
  const row = found === undefined ? undefined : table.get(found);
  if (row === undefined || row.deletedAt !== null) {
    const condition = describe(where, values);
    refuse(
      `Expected 1 record to connect to ${join.relation}, but found 0 for ${condition}`,
      `Can't connect to ${join.relation}. No unique record found with condition: ${condition}`,
    );
  }
  return row.id;
}
