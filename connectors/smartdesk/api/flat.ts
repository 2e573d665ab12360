import { isObject, type JsonObject } from '../../../src/core/exact-json.ts';
import { foldHeader } from '../../../src/source/delimited/header.ts';
import type { ExportObjectProfile } from '../../../src/source/export/export-source.ts';

/** Objects in objects as `company.id`; lists of single values with semicolons between them, as exports have them. */
export function flat(record: JsonObject, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]): [string, unknown][] => {
      const path = `${prefix}${name}`;
      if (isObject(value)) return Object.entries(flat(value, `${path}.`));
      if (Array.isArray(value) && !value.some(isStructure)) return [[path, value.map(String).join('; ')]];
      return [[path, value]];
    }),
  );
}

function isStructure(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Folded header → the name of its column. */
export function namesOf({ id, columns }: ExportObjectProfile): ReadonlyMap<string, string> {
  const named = [{ name: id[0] ?? '', aliases: id }, ...columns];
  // The first column that goes by a name has it.
  return new Map(
    named
      .flatMap(({ name, aliases = [] }) => [name, ...aliases].map((one) => [foldHeader(one), name] as const))
      .reverse(),
  );
}
