import { expect, it } from 'vitest';
import { moveOf, target, upsert } from '../../../test/conformance/state/samples.ts';
import { ask, emptyDatabase, openState } from '../../../test/support/state-on-postgresql.ts';

interface Read {
  readonly name: string;
  readonly rows: number;
}

/** Rows that were read by going through a whole table. The server counts when a session has ended. */
async function readWhole(url: string): Promise<readonly Read[]> {
  return ask<Read>(
    url,
    `SELECT relname::text AS name, seq_tup_read::int AS rows FROM pg_stat_user_tables
     WHERE relname IN ('records', 'ledger', 'targets', 'contributions', 'dependencies', 'lookups') AND n_tup_ins > 0
     ORDER BY relname`,
  );
}

it('transactions find what they touch by an index, though the tables were empty when the statements were first planned', async () => {
  const url = await emptyDatabase();
  const store = await openState({ url });
  for (let batch = 0; batch < 20; batch += 1) {
    await store.transaction(async (state) => {
      const ids = Array.from({ length: 100 }, (_, index) => `${batch * 100 + index}`);
      const events = ids.map((id, index) => upsert({ id, sequence: batch * 100 + index + 1 }));
      const keys = events.map((event) => event.key);
      await state.records.take(events, 1);
      const rows = [...(await state.records.get(keys)).values()];
      await state.targets.put(keys.map((key) => target(key)));
      await state.targets.ofRecords(keys);
      await state.dependencies.set(keys.map((key) => ({ key, on: ['owner:crm/a', `record:${key}`] })));
      await state.lookups.set(
        events.map(({ key, id }) => ({
          key,
          source: 'crm',
          object: 'contact',
          values: [{ index: 'name', value: id }],
          sourceTime: batch,
        })),
      );
      await state.dependencies.release([`record:${keys[0]}`]);
      await state.records.move(
        rows.map((row) => moveOf(row, 'applied')),
        2,
      );
    });
  }
  await store.close();
  let reads = await readWhole(url);
  while (reads.length < 6) reads = await readWhole(url);
  expect(reads).toEqual(
    ['contributions', 'dependencies', 'ledger', 'lookups', 'records', 'targets'].map((name) => ({ name, rows: 0 })),
  );
});
