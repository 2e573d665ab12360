import { type Dialect, type Statement, TableDraft } from './columns.ts';

/** What becomes of records that Twenty refused, and of messages that are no events of ours. */
export function deadLetters(dialect: Dialect): readonly Statement[] {
  const { schema } = dialect.builder;
  const table = (name: string) => new TableDraft(dialect, name);
  return [
    // One column a statement: SQLite takes no more.
    ...['log_partition', 'log_offset'].map((column) =>
      schema.alterTable('records').addColumn(column, 'bigint').compile(),
    ),
    table('outbox')
      .number('number')
      .text('source', 'topic')
      .optionalText('record_key')
      .text('notice')
      .optionalText('payload')
      .compile(),
    schema.createIndex('outbox_record').on('outbox').columns(['topic', 'record_key']).compile(),
    table('corrections')
      .text('record_key')
      .integer('epoch', 'sequence')
      .text('kind')
      .optionalText('changes')
      .text('decided_by')
      .optionalText('reason')
      .integer('at')
      .primaryKey('record_key')
      .compile(),
    table('breakers').text('source', 'object').integer('open').text('state').primaryKey('source', 'object').compile(),
    table('foreign_messages')
      .text('topic')
      .integer('partition_number', 'log_offset')
      .text('source')
      .optionalText('object')
      .text('message_key', 'code', 'message')
      .integer('size')
      .optionalText('bytes')
      .integer('at')
      .text('status')
      .primaryKey('topic', 'partition_number', 'log_offset')
      .compile(),
    schema
      .createIndex('foreign_messages_status')
      .on('foreign_messages')
      .columns(['status', 'topic', 'partition_number', 'log_offset'])
      .compile(),
    table('audit')
      .number('number')
      .integer('at')
      .text('done_by', 'action', 'source')
      .optionalText('object', 'record_key', 'reason')
      .text('detail')
      .compile(),
    schema.createIndex('audit_record').on('audit').columns(['record_key', 'number']).compile(),
  ];
}
