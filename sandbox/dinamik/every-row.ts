import type { Account } from './account.ts';

/** Every row of every controller as it is now, for whoever counts again. */
export function rowsOf(account: Account): readonly unknown[] {
  return account.controllers().flatMap((controller) => account.rows(controller).map((row) => ({ controller, ...row })));
}
