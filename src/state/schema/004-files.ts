import { type Dialect, type Statement, TableDraft } from './columns.ts';

/** Files that records bring along, and a ledger of their own (design §6.5). */
export function files(dialect: Dialect): readonly Statement[] {
  const { schema } = dialect.builder;
  const table = (name: string) => new TableDraft(dialect, name);
  return [
    table('files')
      .text('file_key', 'source', 'object', 'record_key', 'reference', 'fingerprint', 'name', 'source_name', 'state')
      .optionalText('declared_type')
      .optionalInteger('declared_size')
      .optionalText('target', 'content', 'upload', 'attached', 'reason_code', 'reason')
      .integer('due_at', 'attempt', 'touches', 'since')
      .primaryKey('file_key')
      .compile(),
    schema.createIndex('files_record').on('files').columns(['record_key', 'file_key']).compile(),
    schema.createIndex('files_due').on('files').columns(['state', 'due_at', 'since', 'file_key']).compile(),
    schema.createIndex('files_page').on('files').columns(['source', 'object', 'file_key']).compile(),
    table('file_ledger')
      .text('source', 'object', 'class')
      .integer('files', 'bytes')
      .primaryKey('source', 'object', 'class')
      .clustered()
      .compile(),
  ];
}
