import { uniqueIndexName } from '../../sandbox/twenty/metadata/index-names.ts';
import type { SinkWorld } from './sink-world.ts';

/** Makes a unique index over several fields, as an application of the workspace does: the API itself makes none (twenty.md §5). */
export async function makeUniqueTogether(
  world: SinkWorld,
  object: string,
  fields: readonly string[],
  indexWhereClause: string | null = null,
): Promise<void> {
  const { model, store } = world.sandbox.engine;
  const before = model.object(object);
  if (before === undefined) throw new Error(`the workspace has no object ${object}`);
  const ids = fields.map((name) => before.fields.find((field) => field.name === name)?.id ?? name);
  const where = indexWhereClause === null ? {} : { indexWhereClause };
  const index = { name: uniqueIndexName(object, fields.join()), isUnique: true, fields: ids, ...where };
  // Over the same fields there is one.
  const others = before.indexes.filter((one) => !(one.isUnique && one.fields.join() === ids.join()));
  model.put({ ...before, indexes: [...others, index] });
  store.modelChanged();
  await world.client.refresh();
}
