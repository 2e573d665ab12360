import type { TwentyClient } from '../../src/twenty/client.ts';
import type { RefusalReason, WriteOutcome } from '../../src/twenty/twenty.ts';

/** Why a row is to be refused; null: let it pass. Asked anew at each call. */
export type Judge = (object: string, fields: Readonly<Record<string, unknown>>) => RefusalReason | null;

/** Lets Twenty refuse batches that hold certain rows, in words that name no row; returns how to let it be again. */
export function refuse(client: TwentyClient, judge: Judge): { readonly calls: () => number; stop(): void } {
  const { create, upsert } = client;
  let refused = 0;
  const judged =
    (real: typeof create) =>
    async (...[object, rows, options]: Parameters<typeof create>): Promise<WriteOutcome> => {
      const reason = rows.map((row) => judge(object, row.fields)).find((one) => one !== null) ?? null;
      if (reason === null) return real.call(client, object, rows, options);
      refused += 1;
      return { kind: 'refused', reason, message: 'something is wrong', partial: false };
    };
  client.create = judged(create);
  client.upsert = judged(upsert);
  return {
    calls: () => refused,
    stop: () => {
      client.create = create;
      client.upsert = upsert;
    },
  };
}
