import type { RecordKey } from '../../core/identifiers.ts';
import { fromJsonOrNull, toJsonOrNull } from '../json.ts';
import type { Correction, Corrections } from '../state.ts';
import { parts, type Session } from './session.ts';

export function correctionsOf(session: Session): Corrections {
  const { builder } = session;
  return {
    get: async (keys) => {
      const found = new Map<string, Correction>();
      for (const some of parts(keys)) {
        const query = builder.selectFrom('corrections').selectAll().where('record_key', 'in', some);
        for (const row of await session.rows(query)) {
          found.set(row.record_key, {
            key: row.record_key as RecordKey,
            order: { epoch: row.epoch, sequence: row.sequence },
            kind: row.kind as Correction['kind'],
            changes: fromJsonOrNull(row.changes),
            by: row.decided_by,
            reason: row.reason,
            at: row.at,
          });
        }
      }
      return found;
    },
    put: async (rows) => {
      for (const row of rows) {
        const values = {
          epoch: row.order.epoch,
          sequence: row.order.sequence,
          kind: row.kind,
          changes: toJsonOrNull(row.changes),
          decided_by: row.by,
          reason: row.reason,
          at: row.at,
        };
        await session.change(
          builder
            .insertInto('corrections')
            .values({ record_key: row.key, ...values })
            .onConflict((on) => on.column('record_key').doUpdateSet(values)),
        );
      }
    },
  };
}
