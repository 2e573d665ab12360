import type { IntentRow } from '../state/state.ts';
import type { TwentyRecord } from '../twenty/model.ts';
import { isEmpty } from '../twenty/values.ts';

/**
 * An upsert carries only what changed. Where the row was destroyed meanwhile, the server makes a new one of just that
 * (twenty.md O2): everything that was not sent is empty then.
 */
export function isHollow(row: IntentRow, record: TwentyRecord | undefined): boolean {
  if (record === undefined) return false;
  const unsent = Object.entries(row.target.image ?? {}).filter(
    ([name, value]) => !(name in row.fields) && name in record && !isEmpty(value),
  );
  return unsent.length > 0 && unsent.every(([name]) => isEmpty(record[name]));
}
