import { badRequest, invalidData, invalidId } from '../errors.ts';
import { isUuid } from '../identifiers.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { JoinColumn, Shape } from '../model/shape.ts';
import { normaliseComposite } from '../values/composites.ts';
import { SCALARS, uuid } from '../values/scalars.ts';
import { asVersionStores } from '../versions/values.ts';
import { resolveConnect } from './connect.ts';
import type { Engine } from './engine.ts';
import { assignPositions } from './positions.ts';

/** A checked record: stored values by column. Composites hold only the parts that were sent. */
export interface Prepared {
  readonly values: JsonObject;
  /** Links by natural key, looked up when the row is written. */
  readonly connects: readonly Connect[];
}

export interface Connect {
  readonly join: JoinColumn;
  readonly where: Record<string, unknown>;
}

/** Ids are checked before anything else, with a message of their own (recorded exchange 27). */
export function checkIds(records: readonly Record<string, unknown>[]): void {
  for (const { id } of records) {
    if (id !== undefined && id !== null && id !== '' && !isUuid(id)) throw invalidId(id);
  }
}

export function asRecords(data: unknown): Record<string, unknown>[] {
  if (Array.isArray(data) && data.every(isObject)) return data;
  throw badRequest('Invalid data: an array of records was expected', 'INVALID_ARGS_DATA');
}

/**
 * Checks records against the model in the server's way: positions first (which changes their order), then field by
 * field. Raises the first refusal before anything is written.
 */
export function prepare(
  engine: Engine,
  shape: Shape,
  records: readonly Record<string, unknown>[],
  fillPosition: boolean,
): Prepared[] {
  return assignPositions(engine, shape, records, fillPosition).map((record) => prepareOne(engine, shape, record));
}

function prepareOne(engine: Engine, shape: Shape, record: Record<string, unknown>): Prepared {
  const values: JsonObject = {};
  const connects: Connect[] = [];
  for (const [key, value] of Object.entries(record)) {
    if (value === undefined) continue;
    const column = shape.byKey.get(key);
    if (column === undefined) {
      prepareRelation(shape, key, value, values, connects);
      continue;
    }
    const { field } = column;
    const required = !field.isNullable && (field.defaultValue === null || field.defaultValue === undefined);
    if (value === null && required) {
      throw invalidData(`Field ${key} is not nullable and has no default value.`, 'A required field is missing.');
    }
    if (column.kind === 'join') values[key] = uuid(value, key)?.toLowerCase() ?? null;
    else if (column.kind === 'composite') {
      const stored = normaliseComposite(field.type, value, key, () => engine.random.uuid());
      values[key] = asVersionStores(engine.traits, field, stored);
    } else {
      const rule = SCALARS[field.type];
      if (rule === undefined) throw new Error(`No rule for ${field.type}`);
      values[key] = rule(value, key, field);
    }
    if (field.type === 'FILES') engine.files.checkAttached(values[key] ?? null);
  }
  return { values, connects };
}

function prepareRelation(shape: Shape, key: string, value: unknown, values: JsonObject, connects: Connect[]): void {
  const join = shape.joinByRelation.get(key);
  if (join === undefined) {
    if (shape.childByRelation.has(key)) {
      throw invalidData(`One-to-many relation ${key} field does not support write operations.`);
    }
    throw invalidData(`Object ${shape.object.nameSingular} doesn't have any "${key}" field.`);
  }
  const operation = isObject(value) ? value : undefined;
  const connect = isObject(operation?.connect) ? operation.connect : undefined;
  if (isObject(connect?.where)) connects.push({ join, where: connect.where });
  else if (operation?.disconnect === true) values[join.column] = null;
  else throw invalidData(`Relation "${key}" requires connect or disconnect operation`);
}

/** Values with the links by natural key filled in. Refuses where a link does not find exactly one live row. */
export function resolved(engine: Engine, prepared: Prepared): JsonObject {
  if (prepared.connects.length === 0) return prepared.values;
  const values: { [name: string]: Json } = { ...prepared.values };
  for (const connect of prepared.connects) {
    values[connect.join.column] = resolveConnect(engine, connect.join, connect.where);
  }
  return values;
}
