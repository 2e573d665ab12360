import type { SchemaTable } from '../schema-table.ts';

/** The schemas of a log, with every version of every subject in its order. */
export interface SchemaSource {
  versions(): Promise<readonly { readonly subject: string; readonly id: number; readonly schema: string }[]>;
  schema(id: number): Promise<string | null>;
}

/** Stands for a schema that the old log did not know either: no registry gives ids in its order so far. */
const UNKNOWN_SCHEMA = 0x7fff_ffff;

/** What the ids of one schema table are in another. */
export class SchemaIds {
  readonly #bySubject = new Map<string, ReadonlyMap<number, number>>();
  readonly #all = new Map<number, number>();

  /** Registers every schema, so that each subject's versions follow each other as they did. Again: changes nothing. */
  static async copy(from: SchemaSource, to: SchemaTable): Promise<SchemaIds> {
    const ids = new SchemaIds();
    for (const { subject, id, schema } of await from.versions()) {
      const known = ids.#bySubject.get(subject) ?? new Map<number, number>();
      const given = await to.register(subject, schema);
      ids.#bySubject.set(subject, new Map([...known, [id, given]]));
      ids.#all.set(id, given);
    }
    return ids;
  }

  /** The id that stands for it in messages of the topic. A schema that nobody knew stays one that nobody knows. */
  of(topic: string, id: number): number {
    for (const [subject, known] of this.#bySubject) {
      const found = subject.startsWith(`${topic}-changeover.`) ? known.get(id) : undefined;
      if (found !== undefined) return found;
    }
    return this.#all.get(id) ?? UNKNOWN_SCHEMA;
  }
}
