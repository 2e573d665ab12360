/**
 * Where schemas are kept: beside the log (bus/embedded) or in a schema registry. Either gives the ids that stand in the
 * header of every message, so a log moves between the two by rewriting its headers.
 */
export interface SchemaTable {
  /**
   * Stores it as the subject's newest version, unless it is that already. Equal schemas have one id. Where others can write to the
   * table, it is made sure first that the subject is ours and accepts nothing with which events could not be read.
   */
  register(subject: string, schema: string): Promise<number>;
  /** The schema's JSON; null where the id is not known. */
  schema(id: number): Promise<string | null>;
  latest(subject: string): Promise<{ readonly id: number; readonly schema: string } | null>;
}

/** Schemas in memory, for tests and for reading what is thrown away. */
export function memorySchemaTable(): SchemaTable {
  const schemas: string[] = [];
  const subjects = new Map<string, number>();
  return {
    register: async (subject, schema) => {
      const known = schemas.indexOf(schema);
      const id = known === -1 ? schemas.push(schema) : known + 1;
      subjects.set(subject, id);
      return id;
    },
    schema: async (id) => schemas[id - 1] ?? null,
    latest: async (subject) => {
      const id = subjects.get(subject);
      const schema = id === undefined ? undefined : schemas[id - 1];
      return id === undefined || schema === undefined ? null : { id, schema };
    },
  };
}

/** A part of a registry that is shared with others: its subjects have something before their names that nobody above knows. */
export function namespacedSchemas(schemas: SchemaTable, before: string): SchemaTable {
  if (before === '') return schemas;
  return {
    register: (subject, schema) => schemas.register(before + subject, schema),
    schema: (id) => schemas.schema(id),
    latest: (subject) => schemas.latest(before + subject),
  };
}
