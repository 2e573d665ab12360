import type { TwentySandbox } from '../../sandbox/twenty/index.ts';
import type { StoredRow } from '../kill/content.ts';

/** Notes every row that is stored with a link to a row that is not there: a child before its parent. */
export class OrphanWatch {
  #found: string[] = [];

  constructor({ engine }: TwentySandbox) {
    const { store, model } = engine;
    const put = store.put.bind(store);
    store.put = (object: string, row: StoredRow): void => {
      for (const { column, target } of model.shape(object).joins) {
        const id = row[column];
        if (typeof id === 'string' && id !== row.id && store.table(target).get(id) === undefined)
          this.#found.push(`${object} ${row.id} ${column} ${id}`);
      }
      put(object, row);
    };
  }

  /** Those found since the last time. */
  take(): readonly string[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }
}
