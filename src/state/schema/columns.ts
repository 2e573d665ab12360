import {
  type ColumnDefinitionBuilder,
  type CompiledQuery,
  type CreateTableBuilder,
  type RawBuilder,
  sql,
} from 'kysely';
import type { Builder } from './dialects.ts';

/** What differs between the two databases, and nothing else. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  readonly builder: Builder;
  /** Text compared byte by byte, as key order needs; PostgreSQL would use the locale's order otherwise. */
  readonly text: RawBuilder<unknown>;
}

export function sqliteDialect(builder: Builder): Dialect {
  return { name: 'sqlite', builder, text: sql`text` };
}

export function postgresDialect(builder: Builder): Dialect {
  return { name: 'postgres', builder, text: sql`text collate "C"` };
}

export type Statement = CompiledQuery;

type Column = ColumnDefinitionBuilder;

const required = (column: Column): Column => column.notNull();

/** A table in the making: the few kinds of column that both databases have. */
export class TableDraft {
  readonly #dialect: Dialect;
  readonly #name: string;
  #table: CreateTableBuilder<string>;

  constructor(dialect: Dialect, name: string) {
    this.#dialect = dialect;
    this.#name = name;
    this.#table = dialect.builder.schema.createTable(name);
  }

  /** Grows by itself, and is the primary key. */
  number(name: string): this {
    this.#table =
      this.#dialect.name === 'sqlite'
        ? this.#table.addColumn(name, 'integer', (column) => column.primaryKey().autoIncrement())
        : this.#table.addColumn(name, 'bigserial', (column) => column.primaryKey());
    return this;
  }

  text(...names: readonly string[]): this {
    for (const name of names) this.#table = this.#table.addColumn(name, this.#dialect.text, required);
    return this;
  }

  optionalText(...names: readonly string[]): this {
    for (const name of names) this.#table = this.#table.addColumn(name, this.#dialect.text);
    return this;
  }

  /** 64 bits; SQLite gives `bigint` its integer affinity. */
  integer(...names: readonly string[]): this {
    for (const name of names) this.#table = this.#table.addColumn(name, 'bigint', required);
    return this;
  }

  optionalInteger(...names: readonly string[]): this {
    for (const name of names) this.#table = this.#table.addColumn(name, 'bigint');
    return this;
  }

  primaryKey(...names: readonly string[]): this {
    const columns: string[] = [...names];
    this.#table = this.#table.addPrimaryKeyConstraint(`${this.#name}_key`, columns as never);
    return this;
  }

  /** The row goes with the one it points at. */
  belongsTo(column: string, table: string, key: string): this {
    this.#table = this.#table.addForeignKeyConstraint(
      `${this.#name}_${table}`,
      [column] as never,
      table,
      [key] as never,
      (constraint) => constraint.onDelete('cascade'),
    );
    return this;
  }

  /** Kept in the order of its primary key, without a second tree for it; for narrow rows. */
  clustered(): this {
    if (this.#dialect.name === 'sqlite') this.#table = this.#table.modifyEnd(sql`without rowid`);
    return this;
  }

  compile(): Statement {
    return this.#table.compile();
  }
}
