import { type Dialect, type Statement, TableDraft } from './columns.ts';

/** What people changed in Twenty of what was written there. */
export function edits(dialect: Dialect): readonly Statement[] {
  const { schema } = dialect.builder;
  return [
    new TableDraft(dialect, 'edits')
      .number('number')
      .text('target_key', 'object', 'id', 'field', 'base', 'value')
      .optionalText('edited_by')
      .optionalInteger('edited_at')
      .integer('found_at')
      .text('found_by', 'status', 'replacement')
      .optionalText('because')
      .optionalInteger('closed_at')
      .optionalText('question')
      .compile(),
    schema.createIndex('edits_target').on('edits').columns(['target_key', 'number']).compile(),
    schema.createIndex('edits_status').on('edits').columns(['status', 'object', 'number']).compile(),
  ];
}
