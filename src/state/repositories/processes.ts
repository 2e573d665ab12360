import { fromJson, toJson } from '../json.ts';
import type { Processes, ProcessRow } from '../state.ts';
import type { Session } from './session.ts';

/** @param ahead how far the clock that all processes share is ahead of the caller's, milliseconds: see leasesOf. */
export function processesOf(session: Session, ahead = 0): Processes {
  const { builder } = session;
  return {
    beat: async (process, now) => {
      const told = {
        host: process.host,
        pid: process.pid,
        roles: toJson(process.roles),
        sources: toJson(process.sources),
        version: process.version,
        started_at: process.startedAt + ahead,
        seen_at: now + ahead,
      };
      await session.change(
        builder
          .insertInto('processes')
          .values({ holder: process.holder, ...told })
          .onConflict((conflict) => conflict.column('holder').doUpdateSet(told)),
      );
    },
    all: async () => {
      const rows = await session.rows(builder.selectFrom('processes').selectAll().orderBy('holder'));
      return rows.map(
        (row): ProcessRow => ({
          holder: row.holder,
          host: row.host,
          pid: row.pid,
          roles: fromJson(row.roles),
          sources: fromJson(row.sources),
          version: row.version,
          startedAt: row.started_at - ahead,
          seenAt: row.seen_at - ahead,
        }),
      );
    },
    leave: async (holder) => {
      await session.change(builder.deleteFrom('processes').where('holder', '=', holder));
    },
    forget: async (before) => {
      await session.change(builder.deleteFrom('processes').where('seen_at', '<', before + ahead));
    },
  };
}
