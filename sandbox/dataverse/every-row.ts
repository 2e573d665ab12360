import type { Organisation } from './store/organisation.ts';

/** Every row of every table as it is now, for whoever counts again. */
export function rowsOf({ schema, store }: Organisation): readonly unknown[] {
  return schema
    .tables()
    .flatMap(({ name }) => [...store.rows(name)])
    .map(({ table, id, values }) => ({ table, id, values }));
}
