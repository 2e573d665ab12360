import type { TwentyFields } from '../twenty/model.ts';
import type { Builder } from './builder.ts';
import { compileChildren } from './children.ts';
import { compileCondition } from './conditions.ts';
import { compileEditRules, filledColumns } from './edit-rules.ts';
import { type LookupSpec, type OwnerSpec, restOf, type SameAsSpec } from './file.ts';
import { compileFiles } from './files.ts';
import type { Path } from './finding.ts';
import { compileGates, decidedQuestions } from './gates.ts';
import { compileLinks } from './links.ts';
import { compileMergeRules } from './merge-rules.ts';
import type {
  Draft,
  LookupEntry,
  ObjectMapping,
  ObjectPolicies,
  OwnerRequest,
  RecordDraft,
  RecordReference,
  SourceView,
} from './model.ts';
import { Halt, Notes } from './outcome.ts';
import type { ResolvedObject } from './resolve.ts';
import { compileFields } from './rules.ts';
import { RecordScope, type Scope } from './scope.ts';
import { checkColumn, compileShort, compileSource, type ObjectBuild } from './sources.ts';
import { asText, BadValue, foldKey, isEmpty, shown, type Value } from './values.ts';

/** One object's mapping, ready to run. Drafting is pure: the same record and answers give the same draft everywhere. */
export function compileObject(builder: Builder, resolved: ResolvedObject): ObjectMapping {
  const { spec, path, name } = resolved;
  const readers = builder.readers(builder.formatsOf(name, spec), [...path, 'formats']);
  const questions = new Set((spec.questions ?? []).map((question) => question.id));
  const build: ObjectBuild = { builder, object: name, readers, each: false, questions };
  const decided = decidedQuestions(builder, spec, path);
  const gates = compileGates(build, spec, path);
  const fields = compileFields(build, spec.fields, spec.target, [...path, 'fields']);
  const children = compileChildren(build, spec.children ?? [], spec.target, [...path, 'children']);
  const childNames = new Set((spec.children ?? []).map((child) => child.name));
  const links = compileLinks(build, spec.links ?? [], spec.target, [...path, 'links'], childNames, false);
  const owners = compileOwners(build, spec.owners ?? [], spec.target, [...path, 'owners']);
  const files = compileFiles(build, spec.files ?? [], [...path, 'files']);
  const lookups = (spec.lookups ?? []).map((lookup, index) =>
    compileLookup(build, lookup, [...path, 'lookups', index]),
  );
  const sameAs = compileSameAs(build, spec.sameAs ?? [], spec.target, [...path, 'sameAs']);
  const listed = (spec.skip ?? []).flatMap((skip, index) => {
    const at = [...path, 'skip', index];
    checkColumn(build, skip.column, [...at, 'column']);
    const when = compileCondition(build, skip.when, [...at, 'when']);
    return skip.list === true ? [{ column: skip.column, when }] : [];
  });
  const review = reviewOf(builder, spec.target);
  // Empty unless records are merged: what was left over goes when they part.
  const rests = spec.fields.flatMap(({ merging }) => restOf(merging) ?? []);

  const draftRecord = (scope: RecordScope, notes: Notes): RecordDraft => {
    const values: Record<string, Value> = Object.fromEntries(
      [...links.columns, ...owners.columns, ...rests].map((column) => [column, null]),
    );
    Object.assign(values, fields(scope, notes));
    const childDrafts = children(scope, notes);
    const requests = links.run(scope, notes);
    for (const { column, when } of listed) {
      const raw = scope.raw(column);
      if (!isEmpty(raw) && when(scope)) notes.lose(column, 'dropped', shown(raw), null);
    }
    if (review !== null) {
      values[review.mark] = notes.questions.length > 0;
      if (review.reason !== null)
        values[review.reason] =
          notes.questions.length === 0 ? null : notes.questions.map((question) => question.question).join('\n');
    }
    return {
      target: spec.target,
      fields: values as TwentyFields,
      links: requests,
      owners: owners.run(scope),
      children: childDrafts,
      lookups: lookups.flatMap((lookup) => lookup(scope)),
      sameAs: sameAs(scope),
      losses: notes.losses,
      questions: notes.questions,
    };
  };

  return {
    object: name,
    target: spec.target,
    standsForOthers: [...builder.objects.moved.values()].some((other) =>
      (other.spec.sameAs ?? []).some(({ object }) => object === name),
    ),
    tier: resolved.tier,
    links: linkedFrom(builder, name),
    policies: {
      ...policiesOf(resolved),
      merging: compileMergeRules(builder, spec, path),
      edits: compileEditRules(builder, spec, path),
    },
    columns: filledColumns(spec),
    quality: {
      thresholds: gates.thresholds,
      failures: (view) => gates.failures(new RecordScope(view, readers, decided)),
    },
    ...(spec.files === undefined
      ? {}
      : { files: (view: SourceView) => files(new RecordScope(view, readers, decided)) }),
    draft: (view: SourceView): Draft => {
      const scope = new RecordScope(view, readers, decided);
      const notes = new Notes();
      try {
        gates.pass(scope, notes);
        return { kind: 'record', record: draftRecord(scope, notes) };
      } catch (thrown) {
        if (thrown instanceof Halt) return thrown.draft;
        if (thrown instanceof BadValue)
          return { kind: 'refused', field: '', code: thrown.code, reason: thrown.message };
        throw thrown;
      }
    },
  };
}

/** What an object points at, as far as it has been compiled. */
export function linkedFrom(builder: Builder, name: string): ReadonlySet<string> {
  return new Set(
    builder.links.flatMap(({ object, towards }) => (object === name && towards !== name ? [towards] : [])),
  );
}

function policiesOf({ spec }: ResolvedObject): ObjectPolicies {
  const { duplicate = 'hold', softDeleted = 'hold', onDelete = 'soft-delete', priority = 0 } = spec.policies ?? {};
  return { duplicate, softDeleted, onDelete, priority };
}

function reviewOf(builder: Builder, target: string): { readonly mark: string; readonly reason: string | null } | null {
  const { review } = builder.file;
  if (review === undefined || (review.objects !== undefined && !review.objects.includes(target))) return null;
  return { mark: review.mark, reason: review.reason ?? null };
}

interface OwnersProgram {
  readonly columns: readonly string[];
  run(scope: Scope): readonly OwnerRequest[];
}

function compileOwners(
  build: ObjectBuild,
  specs: readonly OwnerSpec[],
  twentyObject: string,
  path: Path,
): OwnersProgram {
  const owners = specs.map((spec, index) => {
    const at = [...path, index];
    build.builder.relations.push({
      object: build.object,
      twentyObject,
      column: spec.to,
      towards: { twenty: 'workspaceMember' },
      path: [...at, 'to'],
    });
    return { spec, when: compileCondition(build, spec.when, [...at, 'when']), source: compileSource(build, spec, at) };
  });
  return {
    columns: [...new Set(specs.map((spec) => spec.to))],
    run: (scope) =>
      owners.flatMap(({ spec, when, source }) => {
        if (!when(scope)) return [];
        const reference = asText(source.read(scope, () => undefined).value).trim();
        return reference === '' ? [] : [{ column: spec.to, reference, missing: spec.missing ?? 'hold' }];
      }),
  };
}

/** Only a record that becomes the same kind of row can share one. */
function compileSameAs(
  build: ObjectBuild,
  specs: readonly SameAsSpec[],
  twentyObject: string,
  path: Path,
): (scope: Scope) => RecordReference | null {
  const { builder } = build;
  const ways = specs.map((spec, index) => {
    const at = [...path, index];
    builder.links.push({
      object: build.object,
      towards: spec.object,
      link: null,
      index: null,
      path: [...at, 'object'],
    });
    const other = builder.objects.moved.get(spec.object)?.spec.target;
    if (other !== undefined && other !== twentyObject) {
      const message = `${build.object} becomes a ${twentyObject} and ${spec.object} a ${other}: they cannot share a row`;
      builder.findings.error('MAPPING_INVALID', message, [...at, 'object']);
    }
    const when = compileCondition(build, spec.when, [...at, 'when']);
    const read = compileShort(build, spec.id, [...at, 'id']);
    return (scope: Scope): RecordReference | null => {
      const id = when(scope) ? read(scope) : '';
      return id === '' ? null : { object: spec.object, id };
    };
  });
  return (scope) => ways.map((way) => way(scope)).find((found) => found !== null) ?? null;
}

function compileLookup(build: ObjectBuild, spec: LookupSpec, path: Path): (scope: Scope) => readonly LookupEntry[] {
  const when = compileCondition(build, spec.when, [...path, 'when']);
  const source = compileSource(build, spec, path);
  return (scope) => {
    if (!when(scope)) return [];
    try {
      const { value } = source.read(scope, () => undefined);
      const values = Array.isArray(value) ? (value as readonly Value[]) : [value];
      return [...new Set(values.map((one) => foldKey(asText(one))).filter((key) => key !== ''))].map((key) => ({
        index: spec.index,
        value: key,
      }));
    } catch (thrown) {
      // A name that cannot be read is a name that nobody finds; the field's own rule says what becomes of the value.
      if (thrown instanceof BadValue) return [];
      throw thrown;
    }
  };
}
