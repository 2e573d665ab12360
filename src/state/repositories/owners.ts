import type { Selectable } from 'kysely';
import { fromJson, toJson } from '../json.ts';
import type { OwnerTable } from '../schema/tables.ts';
import type { OwnerRow, Owners } from '../state.ts';
import { parts, type Session } from './session.ts';

export function ownersOf(session: Session): Owners {
  const { builder } = session;
  return {
    get: async (source, references) => {
      const found = new Map<string, OwnerRow>();
      for (const some of parts(references)) {
        const rows = await session.rows(
          builder.selectFrom('owners').selectAll().where('source', '=', source).where('reference', 'in', some),
        );
        for (const row of rows) found.set(row.reference, ownerRow(row));
      }
      return found;
    },
    put: async (owners) => {
      for (const owner of owners) {
        const { source, reference, ...rest } = {
          source: owner.source,
          reference: owner.reference,
          email: owner.email,
          name: owner.name,
          active: owner.active ? 1 : 0,
          decision: toJson(owner.decision),
          decided_at: owner.decidedAt,
        };
        await session.change(
          builder
            .insertInto('owners')
            .values({ source, reference, ...rest })
            .onConflict((on) => on.columns(['source', 'reference']).doUpdateSet(rest)),
        );
      }
    },
    all: async (source) => {
      let query = builder.selectFrom('owners').selectAll().orderBy('source').orderBy('reference');
      if (source !== null) query = query.where('source', '=', source);
      return (await session.rows(query)).map(ownerRow);
    },
  };
}

function ownerRow(row: Selectable<OwnerTable>): OwnerRow {
  return {
    source: row.source,
    reference: row.reference,
    email: row.email,
    name: row.name,
    active: row.active === 1,
    decision: fromJson(row.decision),
    decidedAt: row.decided_at,
  };
}
