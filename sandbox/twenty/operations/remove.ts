import { databaseRefusal } from '../errors.ts';
import type { JoinColumn, Shape } from '../model/shape.ts';
import type { Row } from '../store/table.ts';
import { checkUniques, foreignKeyName } from './constraints.ts';
import { type Caller, type Engine, nowText } from './engine.ts';
import { noteDeleted, noteRestored } from './timeline.ts';

export function softDeleteRow(engine: Engine, shape: Shape, row: Row, caller: Caller): Row {
  const now = nowText(engine);
  const deleted: Row = { ...row, deletedAt: now, updatedAt: now };
  if (shape.byKey.has('updatedBy')) deleted.updatedBy = { ...caller.actor };
  engine.store.put(shape.object.nameSingular, deleted);
  noteDeleted(engine, shape, deleted, caller);
  return deleted;
}

export function restoreRow(engine: Engine, shape: Shape, row: Row, caller: Caller): Row {
  const restored: Row = { ...row, deletedAt: null, updatedAt: nowText(engine) };
  if (shape.byKey.has('updatedBy')) restored.updatedBy = { ...caller.actor };
  checkUniques(engine, shape, restored);
  engine.store.put(shape.object.nameSingular, restored);
  if (row.deletedAt !== null) noteRestored(engine, shape, restored, caller);
  return restored;
}

interface Reference {
  readonly child: Shape;
  readonly join: JoinColumn;
}

function referencesTo(engine: Engine, name: string): Reference[] {
  return engine.model.objects().flatMap(({ nameSingular }) => {
    const child = engine.model.shape(nameSingular);
    return child.joins.filter(({ target }) => target === name).map((join) => ({ child, join }));
  });
}

/**
 * Removes a row for good. Foreign keys that point at it follow their rule: emptied in silence, without touching
 * `updatedAt` (twenty.md §0, "Silent changes"), or the child goes too.
 */
export function destroyRow(engine: Engine, shape: Shape, row: Row): void {
  const name = shape.object.nameSingular;
  const references = referencesTo(engine, name);
  for (const { child, join } of references) {
    const held = join.onDelete === 'RESTRICT' || join.onDelete === 'NO_ACTION';
    if (held && engine.store.table(child.object.nameSingular).byJoin(join.column, row.id).length > 0) {
      throw databaseRefusal(
        `update or delete on table "${shape.table}" violates foreign key constraint "${foreignKeyName(child.table, join.column)}" on table "${child.table}"`,
      );
    }
  }
  engine.store.remove(name, row.id);
  for (const { child, join } of references) {
    const table = engine.store.table(child.object.nameSingular);
    for (const id of table.byJoin(join.column, row.id)) {
      const orphan = table.get(id);
      if (orphan === undefined) continue;
      if (join.onDelete === 'CASCADE') destroyRow(engine, child, orphan);
      else engine.store.put(child.object.nameSingular, { ...orphan, [join.column]: null });
    }
  }
}
