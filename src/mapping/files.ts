import { basename } from 'node:path';
import { elementsOf } from './children.ts';
import { compileCondition } from './conditions.ts';
import type { FileSpec } from './file.ts';
import type { Path } from './finding.ts';
import { compileLinks } from './links.ts';
import type { FileDraft } from './model.ts';
import { Notes } from './outcome.ts';
import type { RecordScope, Scope } from './scope.ts';
import { compileShort, compileSource, type ObjectBuild } from './sources.ts';
import { BadValue } from './values.ts';

export type FilesProgram = (scope: RecordScope) => readonly FileDraft[];

const SIZE = /^\d{1,15}$/;

/** The files that a record names. What cannot be read of one (its size, its type) is left out, never the file. */
export function compileFiles(build: ObjectBuild, specs: readonly FileSpec[], path: Path): FilesProgram {
  const names = new Set(specs.map((spec) => spec.name));
  if (names.size < specs.length)
    build.builder.findings.error('MAPPING_CONFLICT', 'two kinds of files have the same name', path);
  const compiled = specs.map((spec, index) => compileFile(build, spec, [...path, index]));
  return (scope) => compiled.flatMap((file) => file(scope));
}

function compileFile(build: ObjectBuild, spec: FileSpec, path: Path): FilesProgram {
  const when = compileCondition(build, spec.when, [...path, 'when']);
  const references = compileSource(build, spec, path);
  const inner: ObjectBuild = { ...build, each: true };
  const short = (member: 'fileName' | 'size' | 'type' | 'version'): ((scope: Scope) => string) => {
    const given = spec[member];
    if (given === undefined) return () => '';
    const read = compileShort(inner, given, [...path, member]);
    return (scope) => {
      try {
        return read(scope);
      } catch (thrown) {
        if (thrown instanceof BadValue) return '';
        throw thrown;
      }
    };
  };
  const [fileName, size, type, version] = [short('fileName'), short('size'), short('type'), short('version')];
  const links =
    spec.link === undefined ? null : compileLinks(inner, [spec.link], 'attachment', [...path, 'link'], new Set(), true);
  return (scope) => {
    if (!when(scope)) return [];
    const found = [...new Set(elementsOf(references, scope))];
    return found.map((reference): FileDraft => {
      const own = scope.withItem(reference);
      const declaredSize = size(own);
      return {
        name: spec.name,
        reference,
        fileName: fileName(own) || endOf(reference),
        declaredType: type(own) || null,
        declaredSize: SIZE.test(declaredSize) ? Number(declaredSize) : null,
        version: version(own),
        link: links?.run(own, new Notes())[0] ?? null,
      };
    });
  };
}

function endOf(reference: string): string {
  const path = URL.canParse(reference) ? new URL(reference).pathname : reference;
  return basename(path.replaceAll('\\', '/'));
}
