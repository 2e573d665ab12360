import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { Place } from '../core/errors.ts';
import type { PlainColumns } from '../source/connector.ts';
import { type MappingFile, mappingFileSchema } from './file.ts';
import { type Finding, Findings, type Path, throwFirst } from './finding.ts';
import { placeOf } from './places.ts';
import { didYouMean } from './suggest.ts';

/** A mapping file whose shape is right, with the place of everything in it. */
export interface MappingSource {
  readonly name: string;
  readonly file: MappingFile;
  /** Columns that the file's `formats` are not for. */
  readonly plain: PlainColumns;
  place(path: Path): Place;
}

export type ParsedMapping =
  | { readonly ok: true; readonly source: MappingSource }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** The largest mapping file that is read, characters. */
const LARGEST = 4_000_000;

/**
 * Reads the text of a mapping file; `name` is how errors call it, `plain` what the connector says of its columns. All errors of
 * the shape are found at once.
 */
export function parseMapping(text: string, name: string, plain: PlainColumns = {}): ParsedMapping {
  const lines = new LineCounter();
  if (text.length > LARGEST)
    return failed('MAPPING_UNREADABLE', `a mapping file of ${text.length} characters is not read`, { file: name });
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: true });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    return failed('MAPPING_UNREADABLE', broken.message, { file: name, line, column: col });
  }
  const findings = new Findings((path) => placeOf(document, lines, name, path));
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 1000 });
  } catch (thrown) {
    return failed('MAPPING_UNREADABLE', thrown instanceof Error ? thrown.message : String(thrown), { file: name });
  }
  const read = mappingFileSchema.safeParse(content);
  if (!read.success) {
    for (const issue of read.error.issues) report(issue, [], findings);
    return { ok: false, findings: findings.all };
  }
  return { ok: true, source: { name, file: read.data, plain, place: (path) => placeOf(document, lines, name, path) } };
}

/** As `parseMapping`; throws the first error. */
export function readMapping(text: string, name: string, plain: PlainColumns = {}): MappingSource {
  const parsed = parseMapping(text, name, plain);
  if (parsed.ok) return parsed.source;
  throwFirst(parsed.findings);
  throw new Error('a mapping that was refused without a reason');
}

function failed(code: 'MAPPING_UNREADABLE', message: string, place: Place): ParsedMapping {
  const findings = new Findings(() => place);
  findings.error(code, message, []);
  return { ok: false, findings: findings.all };
}

type Issue = z.core.$ZodIssue;

function report(issue: Issue, above: Path, findings: Findings): void {
  const path = [...above, ...issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment))];
  if (issue.code === 'invalid_union') {
    const branch = likeliest(issue.errors);
    if (branch !== null) for (const inner of branch) report(inner, path, findings);
    else findings.error('MAPPING_INVALID', `${written(path)}: none of the forms that are allowed here`, path);
    return;
  }
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      const near = didYouMean(key, keysAt(path));
      findings.error('MAPPING_UNKNOWN_KEY', `${written(path)} has no key ${JSON.stringify(key)}.${near}`, [
        ...path,
        key,
      ]);
    }
    return;
  }
  if (issue.code === 'invalid_key') {
    for (const inner of issue.issues) findings.error('MAPPING_INVALID', `${written(path)}: ${inner.message}`, path);
    return;
  }
  findings.error('MAPPING_INVALID', `${written(path)}: ${issue.message}`, path);
}

/** Of several forms the one that was meant: the one with the fewest complaints about its own level. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  let best: readonly Issue[] | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const branch of branches) {
    if (branch.length === 0) continue;
    const score = branch.reduce((sum, issue) => sum + weight(issue), 0);
    if (score < least) {
      best = branch;
      least = score;
    }
  }
  return best;
}

function weight(issue: Issue): number {
  const depth = issue.path.length;
  if (depth === 0 && issue.code === 'invalid_type') return 50;
  if (issue.code === 'unrecognized_keys') return (depth === 0 ? 10 : 1) * issue.keys.length;
  return depth <= 1 ? 12 : 1;
}

function written(path: Path): string {
  return path.length === 0 ? 'the file' : path.join('.');
}

/** The keys that the schema allows at a path: for suggestions only, so every union member counts. */
function keysAt(path: Path): readonly string[] {
  let schemas: readonly unknown[] = [mappingFileSchema];
  for (const segment of path) schemas = schemas.flatMap((schema) => inside(schema, segment));
  return schemas.flatMap(unwrapped).flatMap((schema) => Object.keys(definition(schema).shape ?? {}));
}

interface Definition {
  readonly type?: string;
  readonly innerType?: unknown;
  readonly options?: readonly unknown[];
  readonly getter?: () => unknown;
  readonly shape?: Record<string, unknown>;
  readonly element?: unknown;
  readonly valueType?: unknown;
}

function definition(schema: unknown): Definition {
  const holder = schema as { readonly def?: Definition };
  return holder.def ?? {};
}

/** Without optionals, lazies and unions around it. */
function unwrapped(schema: unknown): readonly unknown[] {
  const def = definition(schema);
  if (def.innerType !== undefined) return unwrapped(def.innerType);
  if (def.getter !== undefined) return unwrapped(def.getter());
  if (def.options !== undefined) return def.options.flatMap(unwrapped);
  return [schema];
}

function inside(schema: unknown, segment: string | number): readonly unknown[] {
  return unwrapped(schema).flatMap((one) => {
    const def = definition(one);
    if (def.element !== undefined && typeof segment === 'number') return [def.element];
    if (def.valueType !== undefined) return [def.valueType];
    const member = def.shape?.[String(segment)];
    return member === undefined ? [] : [member];
  });
}
