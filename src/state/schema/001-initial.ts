import { sql } from 'kysely';
import { type Dialect, type Statement, TableDraft } from './columns.ts';

/** Everything as it was first. */
export function initial(dialect: Dialect): readonly Statement[] {
  return [...bookkeeping(dialect), ...records(dialect), ...targets(dialect), ...links(dialect), ...people(dialect)];
}

function bookkeeping(dialect: Dialect): readonly Statement[] {
  const table = (name: string) => new TableDraft(dialect, name);
  return [
    table('settings').text('name', 'value').primaryKey('name').clustered().compile(),
    table('leases')
      .text('name', 'holder')
      .integer('epoch', 'expires_at', 'next_sequence')
      .primaryKey('name')
      .clustered()
      .compile(),
    table('positions')
      .text('group_name', 'topic')
      .integer('partition_number', 'next')
      .primaryKey('group_name', 'topic', 'partition_number')
      .clustered()
      .compile(),
    table('checkpoints').text('source', 'object', 'checkpoint').integer('at').primaryKey('source', 'object').compile(),
    table('watermarks')
      .text('source', 'object')
      .integer('epoch', 'sequence')
      .text('snapshot')
      .integer('rows', 'rejected', 'retained', 'observed_at', 'live')
      .primaryKey('source', 'object', 'epoch', 'sequence')
      .compile(),
    table('names').text('scope', 'name', 'legal').primaryKey('scope', 'name').clustered().compile(),
    dialect.builder.schema.createIndex('names_legal').unique().on('names').columns(['scope', 'legal']).compile(),
  ];
}

function records(dialect: Dialect): readonly Statement[] {
  const { schema } = dialect.builder;
  const index = (name: string, columns: readonly string[]) =>
    schema
      .createIndex(name)
      .on('records')
      .columns([...columns] as never[]);
  return [
    new TableDraft(dialect, 'records')
      .text('key', 'source', 'object', 'id')
      .integer('incarnation')
      .optionalInteger('incarnation_created')
      .text('op')
      .integer('epoch', 'sequence', 'seen_epoch', 'seen_sequence')
      .optionalText('source_version')
      .optionalInteger('source_time', 'source_created')
      .integer('observed_at')
      .text('run', 'content_hash', 'class')
      .optionalText('reason_code')
      .integer('due', 'due_at', 'attempt', 'touches', 'since')
      .optionalText('reason', 'after')
      .primaryKey('key')
      .compile(),
    index('records_due', ['source', 'object', 'due_at', 'epoch', 'sequence'])
      .where(sql.ref('due'), '=', sql.lit(1))
      .compile(),
    index('records_parked', ['due_at'])
      .where(sql.ref('due'), '=', sql.lit(1))
      .where(sql.ref('due_at'), '>', sql.lit(0))
      .compile(),
    // Most records are on the way or applied; listing those goes by key. An index over all of them would cost half of
    // what intake can take in.
    index('records_exceptions', ['source', 'object', 'class', 'key', 'reason_code'])
      .where(sql.ref('class'), 'not in', [sql.lit('on-the-way'), sql.lit('applied')])
      .compile(),
    new TableDraft(dialect, 'ledger')
      .text('source', 'object', 'class')
      .integer('records')
      .primaryKey('source', 'object', 'class')
      .clustered()
      .compile(),
  ];
}

function targets(dialect: Dialect): readonly Statement[] {
  const { schema } = dialect.builder;
  const table = (name: string) => new TableDraft(dialect, name);
  return [
    table('targets')
      .text('target_key', 'kind', 'object', 'id')
      .optionalText('parent_key')
      .text('contributors', 'status')
      .optionalText('image_hash')
      .optionalInteger('checksum')
      .integer('epoch', 'sequence', 'created_by_us', 'written_at')
      .optionalText('image', 'before_image')
      .primaryKey('target_key')
      .compile(),
    schema.createIndex('targets_id').on('targets').columns(['object', 'id']).compile(),
    schema.createIndex('targets_page').on('targets').columns(['object', 'target_key']).compile(),
    schema.createIndex('targets_status').on('targets').columns(['object', 'kind', 'status']).compile(),
    schema
      .createIndex('targets_parent')
      .on('targets')
      .column('parent_key')
      .where(sql.ref('parent_key'), 'is not', sql.lit(null))
      .compile(),
    table('contributions')
      .text('record_key', 'target_key')
      .primaryKey('record_key', 'target_key')
      .belongsTo('target_key', 'targets', 'target_key')
      .clustered()
      .compile(),
    schema.createIndex('contributions_target').on('contributions').column('target_key').compile(),
    table('intents')
      .text('id')
      .integer('writer_epoch')
      .text('operation', 'object', 'rows')
      .integer('created_at', 'deadline')
      .primaryKey('id')
      .compile(),
    table('journal')
      .number('number')
      .integer('at')
      .text('run', 'target_key', 'object', 'id', 'operation')
      .optionalText('before_image', 'after_image')
      .integer('epoch', 'sequence')
      .compile(),
    schema.createIndex('journal_target').on('journal').columns(['target_key', 'number']).compile(),
  ];
}

function links(dialect: Dialect): readonly Statement[] {
  const { schema } = dialect.builder;
  const table = (name: string) => new TableDraft(dialect, name);
  return [
    table('dependencies').text('record_key', 'on_name').primaryKey('record_key', 'on_name').clustered().compile(),
    schema.createIndex('dependencies_on').on('dependencies').columns(['on_name', 'record_key']).compile(),
    table('lookups')
      .text('record_key', 'index_name', 'value', 'source', 'object')
      .optionalInteger('source_time')
      .primaryKey('record_key', 'index_name', 'value')
      .clustered()
      .compile(),
    schema
      .createIndex('lookups_value')
      .on('lookups')
      .columns(['source', 'object', 'index_name', 'value', 'record_key'])
      .compile(),
    table('uniques')
      .text('object', 'field', 'value', 'id')
      .integer('deleted')
      .primaryKey('object', 'field', 'value')
      .clustered()
      .compile(),
    schema.createIndex('uniques_id').on('uniques').columns(['object', 'id']).compile(),
  ];
}

function people(dialect: Dialect): readonly Statement[] {
  const { schema } = dialect.builder;
  const table = (name: string) => new TableDraft(dialect, name);
  return [
    table('owners')
      .text('source', 'reference')
      .optionalText('email', 'name')
      .integer('active')
      .text('decision')
      .optionalInteger('decided_at')
      .primaryKey('source', 'reference')
      .compile(),
    table('reviews')
      .text('id', 'queue', 'source')
      .optionalText('object', 'record_key')
      .text('question', 'detail', 'choices')
      .integer('blocking')
      .text('status')
      .optionalText('answer', 'answered_by')
      .optionalInteger('answered_at')
      .integer('created_at')
      .primaryKey('id')
      .compile(),
    schema.createIndex('reviews_status').on('reviews').columns(['status', 'queue', 'id']).compile(),
    table('mappings').number('number').text('source', 'hash', 'text', 'confirmed_by').integer('confirmed_at').compile(),
    schema.createIndex('mappings_source').on('mappings').columns(['source', 'number']).compile(),
    table('rejects')
      .number('number')
      .text('source', 'object', 'snapshot', 'file')
      .integer('line')
      .text('code', 'reason', 'excerpt')
      .optionalText('id')
      .compile(),
    schema.createIndex('rejects_object').on('rejects').columns(['source', 'object', 'number']).compile(),
    table('losses')
      .number('number')
      .text('record_key', 'source', 'object', 'field', 'kind', 'before_value', 'after_value')
      .compile(),
    schema.createIndex('losses_record').on('losses').column('record_key').compile(),
  ];
}
