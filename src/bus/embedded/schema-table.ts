import type Database from 'better-sqlite3';
import { canonicalJson, sha256 } from '../../core/identifiers.ts';
import { guarded } from './errors.ts';

/**
 * The schemas of the log's messages, kept in the same file: what a registry is to Kafka, so that a log is readable from
 * itself alone. Ids count from 1. Equal schemas (the same JSON, whatever its order of members) have one id.
 */
export class EmbeddedSchemaTable {
  readonly #file: string;
  readonly #database: Database.Database;

  constructor(file: string, database: Database.Database) {
    this.#file = file;
    this.#database = database;
  }

  /** Stores the schema as the subject's newest version, unless it is that already. Durable when it resolves. */
  async register(subject: string, schema: string): Promise<number> {
    const fingerprint = sha256(canonicalJson(JSON.parse(schema)));
    return guarded(this.#file, () =>
      this.#database.transaction(() => this.#register(subject, fingerprint, schema)).immediate(),
    );
  }

  /** The schema's JSON; null where the id is not known. */
  async schema(id: number): Promise<string | null> {
    return guarded(
      this.#file,
      () => this.#database.prepare<[number], string>('SELECT schema FROM schemas WHERE id = ?').pluck().get(id) ?? null,
    );
  }

  /** The subject's newest version; null where it has none. */
  async latest(subject: string): Promise<{ readonly id: number; readonly schema: string } | null> {
    return guarded(this.#file, () => this.#latest(subject));
  }

  /** Every version of every subject, each subject's in their order. */
  async versions(): Promise<readonly { readonly subject: string; readonly id: number; readonly schema: string }[]> {
    return guarded(this.#file, () =>
      this.#database
        .prepare<[], { subject: string; id: number; schema: string }>(
          `SELECT subject, schemas.id AS id, schema FROM subjects JOIN schemas ON schemas.id = subjects.schema_id
           ORDER BY subject, version`,
        )
        .all(),
    );
  }

  #latest(subject: string): { id: number; schema: string } | null {
    return (
      this.#database
        .prepare<[string], { id: number; schema: string }>(
          `SELECT schemas.id AS id, schema FROM subjects JOIN schemas ON schemas.id = subjects.schema_id
           WHERE subject = ? ORDER BY version DESC LIMIT 1`,
        )
        .get(subject) ?? null
    );
  }

  #register(subject: string, fingerprint: string, schema: string): number {
    const database = this.#database;
    database
      .prepare('INSERT INTO schemas (fingerprint, schema) VALUES (?, ?) ON CONFLICT (fingerprint) DO NOTHING')
      .run(fingerprint, schema);
    const id = database
      .prepare<[string], number>('SELECT id FROM schemas WHERE fingerprint = ?')
      .pluck()
      .get(fingerprint);
    if (id === undefined) throw new Error('a schema just stored was not found');
    if (this.#latest(subject)?.id !== id) {
      database
        .prepare(
          `INSERT INTO subjects (subject, version, schema_id)
           SELECT ?, coalesce(max(version), 0) + 1, ? FROM subjects WHERE subject = ?`,
        )
        .run(subject, id, subject);
    }
    return id;
  }
}
