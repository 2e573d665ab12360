import { describe, expect, it } from 'vitest';
import { postgresDialect, sqliteDialect } from './columns.ts';
import { postgresBuilder, sqliteBuilder } from './dialects.ts';
import { MIGRATIONS, migrationsTable, pendingMigrations } from './migrations.ts';

const statements = (dialect: ReturnType<typeof sqliteDialect>) => [
  migrationsTable(dialect),
  ...MIGRATIONS.flatMap((migration) => migration.statements(dialect)),
];

describe('the schema', () => {
  it('has the same tables, columns and indexes on both databases', () => {
    const plain = (text: string) =>
      text
        .replaceAll(' collate "C"', '')
        .replaceAll(' without rowid', '')
        .replaceAll('"number" bigserial primary key', '"number" integer primary key autoincrement');
    const sqlite = statements(sqliteDialect(sqliteBuilder())).map(({ sql }) => sql);
    const postgres = statements(postgresDialect(postgresBuilder())).map(({ sql }) => sql);
    expect(postgres.map(plain)).toEqual(sqlite.map(plain));
  });

  it('compares text byte by byte, holds 64 bits, and gives every index and constraint its own name on PostgreSQL', () => {
    const texts = statements(postgresDialect(postgresBuilder())).map(({ sql }) => sql);
    const names = texts.flatMap((text) =>
      [...text.matchAll(/(?:index|constraint) "([^"]+)"/g)].map((match) => match[1]),
    );
    expect(new Set(names).size).toBe(names.length);
    for (const text of texts) {
      expect(text).not.toMatch(/ text(?! collate "C")[ ,)]/);
      expect(text).not.toMatch(/" integer/);
    }
  });

  it('is numbered from 1 without gaps', () => {
    expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  it('a database of this version needs nothing, a new one everything', () => {
    expect(pendingMigrations([], 'here')).toEqual(MIGRATIONS);
    expect(pendingMigrations(MIGRATIONS, 'here')).toEqual([]);
  });
});
