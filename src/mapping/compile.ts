import { contentHash } from '../core/identifiers.ts';
import { Builder } from './builder.ts';
import { compileObject } from './compile-object.ts';
import { desiredModel } from './desired.ts';
import { type Finding, throwFirst } from './finding.ts';
import type { CompiledMapping, ObjectMapping } from './model.ts';
import { type MappingSource, readMapping } from './parse.ts';
import { validate } from './validate.ts';

/** Counts up when the same text would mean something else: then every mapping must be confirmed again. */
export const LANGUAGE = 1;

export interface Compilation {
  readonly mapping: CompiledMapping;
  /** What was compiled from what: for checks and documents. */
  readonly builder: Builder;
  readonly findings: readonly Finding[];
}

/**
 * The hash of what a mapping says: comments, anchors, the order of keys and the way it is written do not count. The same file says
 * something else of a source that is read another way.
 */
export function mappingHash({ file, plain }: MappingSource): string {
  return contentHash({ language: LANGUAGE, file, ...(Object.keys(plain).length === 0 ? {} : { plain }) });
}

/** Compiles whatever can be; errors are findings. A mapping with errors must not be run. */
export function compileSourceFile(source: MappingSource): Compilation {
  const builder = new Builder(source);
  const objects = new Map<string, ObjectMapping>();
  for (const [name, resolved] of builder.objects.moved) objects.set(name, compileObject(builder, resolved));
  validate(builder);
  const mapping: CompiledMapping = {
    source: source.file.source,
    hash: mappingHash(source),
    objects,
    skipped: builder.objects.skipped,
    desired: desiredModel(builder),
  };
  return { mapping, builder, findings: builder.findings.all };
}

/** A mapping ready to run; throws the first error with its place. */
export function compileMapping(source: MappingSource): CompiledMapping {
  const { mapping, findings } = compileSourceFile(source);
  throwFirst(findings);
  return mapping;
}

/** From text to a mapping ready to run; throws the first error with its place. */
export function loadMapping(text: string, name: string): CompiledMapping {
  return compileMapping(readMapping(text, name));
}
