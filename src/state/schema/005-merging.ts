import { type Dialect, type Statement, TableDraft } from './columns.ts';

/** Who is kept apart, and what merged rows are made of. */
export function merging(dialect: Dialect): readonly Statement[] {
  const { schema } = dialect.builder;
  const table = (name: string) => new TableDraft(dialect, name);
  return [
    table('apart')
      .text('one_key', 'other_key', 'taken_out', 'decided_by')
      .optionalText('reason')
      .integer('at')
      .primaryKey('one_key', 'other_key')
      .compile(),
    schema.createIndex('apart_other').on('apart').columns(['other_key', 'one_key']).compile(),
    table('lineage').text('target_key', 'object', 'id', 'fields').integer('at').primaryKey('target_key').compile(),
    schema.createIndex('losses_kind').on('losses').columns(['kind', 'record_key']).compile(),
  ];
}
