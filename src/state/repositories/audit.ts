import type { Selectable } from 'kysely';
import { fromJson, toJson } from '../json.ts';
import type { AuditTable } from '../schema/tables.ts';
import type { Audit, AuditEntry } from '../state.ts';
import { parts, type Session } from './session.ts';

export function auditOf(session: Session): Audit {
  const { builder } = session;
  return {
    append: async (entries) => {
      for (const some of parts(entries)) {
        await session.change(
          builder.insertInto('audit').values(
            some.map((entry) => ({
              at: entry.at,
              done_by: entry.by,
              action: entry.action,
              source: entry.source,
              object: entry.object,
              record_key: entry.key,
              reason: entry.reason,
              detail: toJson(entry.detail),
            })),
          ),
        );
      }
    },
    of: async (key) => {
      const query = builder.selectFrom('audit').selectAll().where('record_key', '=', key).orderBy('number');
      return (await session.rows(query)).map(auditEntry);
    },
    newest: async (limit) => {
      const query = builder.selectFrom('audit').selectAll().orderBy('number', 'desc').limit(limit);
      return (await session.rows(query)).map(auditEntry);
    },
  };
}

function auditEntry(row: Selectable<AuditTable>): AuditEntry {
  return {
    at: row.at,
    by: row.done_by,
    action: row.action,
    source: row.source,
    object: row.object,
    key: row.record_key,
    reason: row.reason,
    detail: fromJson(row.detail),
  };
}
