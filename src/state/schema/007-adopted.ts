import { sql } from 'kysely';
import { type Dialect, type Statement, TableDraft } from './columns.ts';

/** Rows that were there before us: found by an index of their own, and those that were given back. */
export function adopted(dialect: Dialect): readonly Statement[] {
  const { schema } = dialect.builder;
  return [
    schema
      .createIndex('targets_adopted')
      .on('targets')
      .columns(['object', 'target_key'])
      .where(sql.ref('created_by_us'), '<=', sql.lit(0))
      .compile(),
    new TableDraft(dialect, 'given_back')
      .text('object', 'id', 'target_key', 'records', 'decided_by')
      .optionalText('reason')
      .integer('at')
      .optionalInteger('done_at')
      .text('kept')
      .primaryKey('object', 'id')
      .compile(),
    new TableDraft(dialect, 'given_back_records').text('record_key', 'object', 'id').primaryKey('record_key').compile(),
  ];
}
