import { isJsonObject, type Json, type JsonObject, jsonEquals } from '../json.ts';
import type { JoinColumn, Shape } from '../model/shape.ts';
import type { Row } from '../store/table.ts';
import { showColumn } from '../values/show.ts';
import { defaults } from './defaults.ts';
import { type Caller, type Engine, nowText } from './engine.ts';

const OBJECT = 'timelineActivity';
/** Updates of one record within this time share one row. */
const MERGE_MS = 600_000;

function targetColumn(engine: Engine, shape: Shape): JoinColumn | undefined {
  if (!engine.timeline || engine.model.object(OBJECT) === undefined) return undefined;
  return engine.model.shape(OBJECT).joins.find(({ target }) => target === shape.object.nameSingular);
}

function write(
  engine: Engine,
  join: JoinColumn,
  name: string,
  id: string,
  properties: JsonObject,
  caller: Caller,
  more: JsonObject = {},
): void {
  const now = nowText(engine);
  const row: Row = {
    ...defaults(engine.model.shape(OBJECT), now),
    id: engine.random.uuid(),
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
    happensAt: now,
    name,
    properties,
    [join.column]: id,
    workspaceMemberId: caller.memberId,
    ...more,
  };
  engine.store.put(OBJECT, row);
}

function note(engine: Engine, shape: Shape, event: string, row: Row, caller: Caller): void {
  const join = targetColumn(engine, shape);
  if (join !== undefined) write(engine, join, `${shape.object.nameSingular}.${event}`, row.id, {}, caller);
}

export function noteCreated(engine: Engine, shape: Shape, row: Row, caller: Caller): void {
  note(engine, shape, 'created', row, caller);
  noteLinked(engine, shape, row, caller);
}

/** The activity a link belongs to, by the object that holds the link. */
const ACTIVITIES: Readonly<Record<string, string>> = { noteTarget: 'note', taskTarget: 'task' };

/** A new link shows in the timeline of the record it points at, with the title the activity has now. */
function noteLinked(engine: Engine, shape: Shape, row: Row, caller: Caller): void {
  const activity = ACTIVITIES[shape.object.nameSingular];
  if (activity === undefined || !engine.timeline) return;
  const id = row[`${activity}Id`];
  const linked = typeof id === 'string' ? engine.store.table(activity).get(id) : undefined;
  for (const { column, target } of shape.joins) {
    const targetId = row[column];
    if (target === activity || typeof targetId !== 'string' || linked === undefined) continue;
    const join = targetColumn(engine, engine.model.shape(target));
    if (join === undefined) continue;
    write(engine, join, `linked-${activity}.created`, targetId, {}, caller, {
      linkedRecordCachedName: linked.title ?? null,
      linkedRecordId: linked.id,
      linkedObjectMetadataId: engine.model.object(activity)?.id ?? null,
    });
  }
}

export function noteDeleted(engine: Engine, shape: Shape, row: Row, caller: Caller): void {
  note(engine, shape, 'deleted', row, caller);
}

export function noteRestored(engine: Engine, shape: Shape, row: Row, caller: Caller): void {
  note(engine, shape, 'restored', row, caller);
}

const NOT_SHOWN = new Set([
  'id',
  'createdAt',
  'updatedAt',
  'deletedAt',
  'position',
  'searchVector',
  'createdBy',
  'updatedBy',
]);

function diff(shape: Shape, before: Row, after: Row): JsonObject {
  const found: JsonObject = {};
  for (const column of shape.columns) {
    if (column.kind === 'join' || NOT_SHOWN.has(column.key)) continue;
    const show = (row: Row): Json => showColumn(shape, row, column, (value) => value);
    if (!jsonEquals(before[column.key] ?? null, after[column.key] ?? null)) {
      found[column.key] = { before: show(before), after: show(after) };
    }
  }
  return found;
}

function part(change: Json | undefined, name: string): Json {
  return isJsonObject(change) ? (change[name] ?? null) : null;
}

/** Earlier and later change of the same record as one; what went back to where it was is left out. */
function merged(earlier: JsonObject, later: JsonObject): JsonObject {
  const both: JsonObject = { ...earlier };
  for (const [key, change] of Object.entries(later)) {
    const first = earlier[key];
    both[key] = first === undefined ? change : { before: part(first, 'before'), after: part(change, 'after') };
  }
  return Object.fromEntries(
    Object.entries(both).filter(([, change]) => !jsonEquals(part(change, 'before'), part(change, 'after'))),
  );
}

export function noteUpdated(engine: Engine, shape: Shape, before: Row, after: Row, caller: Caller): void {
  const join = targetColumn(engine, shape);
  if (join === undefined) return;
  const changes = diff(shape, before, after);
  if (Object.keys(changes).length === 0) return;
  const name = `${shape.object.nameSingular}.updated`;
  const table = engine.store.table(OBJECT);
  const since = engine.clock.now() - MERGE_MS;
  const recent = table
    .byJoin(join.column, after.id)
    .flatMap((id) => table.get(id) ?? [])
    .find(
      (row) => row.name === name && row.workspaceMemberId === caller.memberId && Date.parse(row.createdAt) >= since,
    );
  if (recent === undefined) {
    write(engine, join, name, after.id, { diff: changes }, caller);
    return;
  }
  const properties = recent.properties;
  const earlier = isJsonObject(properties) && isJsonObject(properties.diff) ? properties.diff : {};
  const now = nowText(engine);
  engine.store.put(OBJECT, {
    ...recent,
    updatedAt: now,
    happensAt: now,
    properties: { diff: merged(earlier, changes) },
  });
}
