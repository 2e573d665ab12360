import { type Dialect, type Statement, TableDraft } from './columns.ts';

/** The processes of a deployment, as each tells of itself again and again. */
export function processes(dialect: Dialect): readonly Statement[] {
  return [
    new TableDraft(dialect, 'processes')
      .text('holder', 'host')
      .integer('pid')
      .text('roles', 'sources', 'version')
      .integer('started_at', 'seen_at')
      .primaryKey('holder')
      .compile(),
  ];
}
