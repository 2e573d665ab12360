import type { ObjectDescription, SourceDescription } from '../source/connector.ts';
import { columnsUsed } from './check-source.ts';
import { compileSourceFile } from './compile.ts';
import type { MappingSource } from './parse.ts';

/** What a source has that a mapping neither maps nor skips, nor lists as undecided: it came after the mapping was made. */
export type Uncovered =
  | { readonly kind: 'object'; readonly object: string }
  | {
      readonly kind: 'column';
      readonly object: string;
      readonly column: string;
      /** Of the rows profiled, where the connector profiles. */
      readonly filled: { readonly rows: number; readonly of: number } | null;
    };

/** In the order of the description (ALL-5). */
export function uncovered(source: MappingSource, description: SourceDescription): readonly Uncovered[] {
  const { builder } = compileSourceFile(source);
  return description.objects.flatMap((object): readonly Uncovered[] => {
    if (builder.file.objects[object.name] === undefined) return [{ kind: 'object', object: object.name }];
    const moved = builder.objects.moved.get(object.name);
    if (moved === undefined) return [];
    const decided = new Set((moved.spec.undecided ?? []).map(({ column }) => column));
    return columnsBeyond(object, new Set([...columnsUsed(builder, object.name), ...decided]));
  });
}

function columnsBeyond(object: ObjectDescription, known: ReadonlySet<string>): readonly Uncovered[] {
  return object.fields
    .filter(({ name }) => !known.has(name))
    .map(({ name, profile }) => ({
      kind: 'column',
      object: object.name,
      column: name,
      filled: profile === null ? null : { rows: profile.filled, of: profile.rows },
    }));
}
