import { uniqueIndexName } from '../../sandbox/twenty/metadata/index-names.ts';
import type { Engine } from '../../sandbox/twenty/operations/engine.ts';
import type { SinkWorld } from './sink-world.ts';

/** Makes a unique index over several fields, as an application of the workspace does: the API itself makes none (twenty.md §5). */
export function addUniqueTogether(
  { model, store }: Engine,
  object: string,
  fields: readonly string[],
  indexWhereClause: string | null = null,
): void {
  const before = model.object(object);
  if (before === undefined) throw new Error(`the workspace has no object ${object}`);
  const ids = fields.map((name) => before.fields.find((field) => field.name === name)?.id ?? name);
  const where = indexWhereClause === null ? {} : { indexWhereClause };
  const index = { name: uniqueIndexName(object, fields.join()), isUnique: true, fields: ids, ...where };
  // Over the same fields there is one.
  const others = before.indexes.filter((one) => !(one.isUnique && one.fields.join() === ids.join()));
  model.put({ ...before, indexes: [...others, index] });
  store.modelChanged();
}

/** The same, in a world whose client knows of it at once. */
export async function makeUniqueTogether(
  world: SinkWorld,
  object: string,
  fields: readonly string[],
  indexWhereClause: string | null = null,
): Promise<void> {
  addUniqueTogether(world.sandbox.engine, object, fields, indexWhereClause);
  await world.client.refresh();
}
