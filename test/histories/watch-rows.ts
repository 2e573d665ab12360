import type { TwentySandbox } from '../../sandbox/twenty/index.ts';
import { EDITED, OBJECTS, TARGETS } from './invented.ts';
import type { People } from './people.ts';
import { textOf } from './seen.ts';
import type { Trace } from './trace.ts';

/** Notes in the trace whatever comes to stand in a field that people edit, and by whom. */
export function watchRows(sandbox: TwentySandbox, people: People, trace: Trace): void {
  const { store } = sandbox.engine;
  const { put, remove } = store;
  store.put = (object, row) => {
    const before = store.table(object).get(row.id);
    put.call(store, object, row);
    const kind = OBJECTS.find((one) => TARGETS[one] === object);
    if (kind === undefined) return;
    if (!people.atWork && before?.deletedAt === null && row.deletedAt !== null) trace.forget(row.id);
    // What people write into rows of their own is what these hold, and no edit.
    const isOurs = Array.isArray(row.sourceKeys) && row.sourceKeys.length > 0;
    const by = people.atWork && isOurs ? 'person' : 'us';
    for (const field of Object.keys(EDITED[kind])) {
      const stood = before === undefined ? null : textOf(before[field]);
      trace.wrote(row.id, field, by, textOf(row[field]), stood);
    }
  };
  store.remove = (object, id) => {
    trace.destroyed(id);
    return remove.call(store, object, id);
  };
}
