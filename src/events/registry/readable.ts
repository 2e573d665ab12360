import avro, { type Type } from 'avsc';

/**
 * The fields by which what was written as `before` cannot be read as `after`, by their paths; empty where all of it can.
 * The rules are those of Avro's schema resolution. A registry says only that, and at most in which record.
 */
export function unreadableFields(after: string, before: string): readonly string[] {
  return faults(typeOf(after), typeOf(before), []);
}

function typeOf(schema: string): Type {
  return avro.Type.forSchema(JSON.parse(schema) as avro.Schema);
}

function faults(reader: Type, writer: Type, path: readonly string[]): readonly string[] {
  if (isRecord(reader) && isRecord(writer) && sameName(reader, writer)) {
    return reader.fields.flatMap((field) => {
      const names = [field.name, ...field.aliases];
      const written = writer.fields.find(({ name }) => names.includes(name));
      const here = [...path, field.name];
      if (written !== undefined) return faults(field.type, written.type, here);
      return field.defaultValue() === undefined ? [here.join('.')] : [];
    });
  }
  if (isUnion(writer)) return writer.types.flatMap((branch) => faults(reader, branch, path));
  if (isUnion(reader)) {
    const readers = reader.types.map((branch) => faults(branch, writer, path));
    // Of a record, that with its name says what is wrong; of anything else, any branch that reads it will do.
    return readers.find((found) => found.length === 0) ?? closest(reader, writer, readers) ?? [nameOf(path)];
  }
  if (isArray(reader) && isArray(writer)) return faults(reader.itemsType, writer.itemsType, path);
  if (isMap(reader) && isMap(writer)) return faults(reader.valuesType, writer.valuesType, path);
  return resolves(reader, writer) ? [] : [nameOf(path)];
}

function closest(
  reader: avro.types.UnwrappedUnionType,
  writer: Type,
  found: readonly (readonly string[])[],
): readonly string[] | undefined {
  return found[reader.types.findIndex((branch) => isRecord(branch) && isRecord(writer) && sameName(branch, writer))];
}

function resolves(reader: Type, writer: Type): boolean {
  try {
    reader.createResolver(writer);
    return true;
  } catch {
    return false;
  }
}

/** By the last part of the name, as Avro's resolution has it, or an alias. */
function sameName(reader: Type, writer: Type): boolean {
  return [reader.name, ...(reader.aliases ?? [])].some((name) => lastOf(name) === lastOf(writer.name));
}

function lastOf(name: string | undefined): string {
  return name?.split('.').at(-1) ?? '';
}

function nameOf(path: readonly string[]): string {
  return path.length === 0 ? 'the record itself' : path.join('.');
}

function isRecord(type: Type): type is avro.types.RecordType {
  return type.typeName === 'record';
}

function isUnion(type: Type): type is avro.types.UnwrappedUnionType {
  return type.typeName === 'union:unwrapped' || type.typeName === 'union:wrapped';
}

function isArray(type: Type): type is avro.types.ArrayType {
  return type.typeName === 'array';
}

function isMap(type: Type): type is avro.types.MapType {
  return type.typeName === 'map';
}
