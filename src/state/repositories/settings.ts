import { fromJson, toJson } from '../json.ts';
import type { Checkpoints, Names, Settings } from '../state.ts';
import { parts, type Session } from './session.ts';

export function settingsOf(session: Session): Settings {
  const { builder } = session;
  return {
    get: async (name) => {
      const [row] = await session.rows(builder.selectFrom('settings').select('value').where('name', '=', name));
      return row === undefined ? undefined : fromJson(row.value);
    },
    set: async (name, value) => {
      const row = { name, value: toJson(value) };
      await session.change(
        builder
          .insertInto('settings')
          .values(row)
          .onConflict((on) => on.column('name').doUpdateSet({ value: row.value })),
      );
    },
    delete: async (name) => {
      await session.change(builder.deleteFrom('settings').where('name', '=', name));
    },
  };
}

export function checkpointsOf(session: Session): Checkpoints {
  const { builder } = session;
  return {
    get: async (source, object) => {
      const [row] = await session.rows(
        builder
          .selectFrom('checkpoints')
          .select('checkpoint')
          .where('source', '=', source)
          .where('object', '=', object),
      );
      return row === undefined ? null : fromJson(row.checkpoint);
    },
    set: async (source, object, checkpoint, now) => {
      const row = { source, object, checkpoint: toJson(checkpoint), at: now };
      await session.change(
        builder
          .insertInto('checkpoints')
          .values(row)
          .onConflict((on) => on.columns(['source', 'object']).doUpdateSet({ checkpoint: row.checkpoint, at: now })),
      );
    },
  };
}

export function namesOf(session: Session): Names {
  const { builder } = session;
  return {
    all: async (scope) => {
      const rows = await session.rows(
        builder.selectFrom('names').select(['name', 'legal']).where('scope', '=', scope).orderBy('name'),
      );
      return new Map(rows.map((row) => [row.name, row.legal]));
    },
    add: async (scope, pairs) => {
      for (const some of parts(pairs)) {
        await session.change(
          builder
            .insertInto('names')
            .values(some.map(({ name, legal }) => ({ scope, name, legal })))
            .onConflict((on) => on.columns(['scope', 'name']).doNothing()),
        );
      }
    },
  };
}
