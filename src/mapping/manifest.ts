import type { PipelineDescription, SourceDescription, ValueCount } from '../source/connector.ts';
import type { DesiredField, DesiredObject, DesiredOption } from '../twenty/desired.ts';
import type { Workspace } from '../twenty/model.ts';
import type { Builder } from './builder.ts';
import type { Compilation } from './compile.ts';
import type { Path } from './finding.ts';
import { type MatrixRow, matrixRows } from './matrix.ts';

/** Every object and column of a source as it was discovered, and what becomes of each (SMD-S1). */
export interface SchemaManifest {
  readonly source: string;
  readonly objects: readonly {
    readonly name: string;
    readonly label: string;
    readonly standard: boolean;
    /** Null where nobody counted. */
    readonly records: number | null;
    readonly fields: readonly SchemaField[];
  }[];
  readonly pipelines: readonly PipelineDescription[];
}

interface SchemaField extends Pick<MatrixRow, 'type' | 'target' | 'conversion' | 'loss' | 'decision'> {
  readonly name: string;
  readonly label: string;
  /** False for what the account added of its own. */
  readonly standard: boolean;
  readonly required: boolean;
  readonly filled: number | null;
  /** Characters of the longest value. */
  readonly longest: number | null;
  /** The distinct values where they are few. */
  readonly values: readonly ValueCount[] | null;
  readonly refersTo: readonly string[];
}

export function schemaManifest(compilation: Compilation, description: SourceDescription): SchemaManifest {
  const rows = new Map(matrixRows(compilation, description).map((row) => [`${row.object} ${row.field}`, row]));
  return {
    source: description.source,
    objects: description.objects.map(({ name, label, standard, count, fields }) => ({
      name,
      label,
      standard,
      records: count,
      fields: fields.map((field): SchemaField => {
        const row = rows.get(`${name} ${field.name}`);
        return {
          name: field.name,
          label: field.label,
          standard: field.standard,
          required: field.required,
          type: row?.type ?? field.type.kind,
          filled: field.profile?.filled ?? null,
          longest: field.profile?.longest ?? null,
          values: field.values,
          refersTo: field.refersTo,
          target: row?.target ?? '',
          conversion: row?.conversion ?? '',
          loss: row?.loss ?? '',
          decision: row?.decision ?? '',
        };
      }),
    })),
    pipelines: description.pipelines,
  };
}

/** Everything that is added to the workspace for a source, and what becomes of the account's own columns (SMD-S1, ALL-5). */
export interface CustomFieldManifest {
  readonly source: string;
  readonly objects: readonly (DesiredObject & { readonly there: boolean })[];
  readonly fields: readonly CustomField[];
  /** Options that fields get which are there anyway. */
  readonly options: readonly {
    readonly object: string;
    readonly field: string;
    readonly options: readonly (DesiredOption & { readonly there: boolean })[];
  }[];
  /** The columns that the source's own model does not have. */
  readonly ownColumns: readonly Pick<MatrixRow, 'object' | 'field' | 'type' | 'target' | 'decision'>[];
}

interface CustomField {
  readonly object: string;
  readonly name: string;
  readonly label: string;
  readonly type: DesiredField['type'];
  readonly options: readonly DesiredOption[];
  readonly unique: boolean;
  /** The object that a relation points at. */
  readonly pointsAt: string | null;
  readonly description: string | null;
  /** `contact.Phone`; none where the value stands in the mapping, or is changeover's own. */
  readonly from: readonly string[];
  readonly why: string;
  /** Whether the workspace has a field of this name already; `provision plan` says whether it fits. */
  readonly there: boolean;
}

/** `added`: the fields that provisioning adds for the source, the sync fields among them. */
export function customFieldManifest(
  compilation: Compilation,
  description: SourceDescription,
  workspace: Workspace,
  added: readonly DesiredField[],
): CustomFieldManifest {
  const { builder, mapping } = compilation;
  const fieldOf = (object: string, field: string) => workspace.objects.get(object)?.fields.get(field);
  const own = new Set(
    description.objects.flatMap(({ name, fields }) =>
      fields.filter(({ standard }) => !standard).map((field) => `${name} ${field.name}`),
    ),
  );
  return {
    source: description.source,
    objects: mapping.desired.objects.map((object) => ({
      ...object,
      there: workspace.objects.has(object.nameSingular),
    })),
    fields: added.map((field) => ({
      object: field.object,
      name: field.name,
      label: field.label,
      type: field.type,
      options: field.options ?? [],
      unique: field.isUnique ?? false,
      pointsAt: field.relation?.target ?? null,
      description: field.description ?? null,
      from: columnsOf(builder, field),
      why: field.because,
      there: fieldOf(field.object, field.name) !== undefined,
    })),
    options: mapping.desired.options.map(({ object, field, options }) => {
      const there = new Set((fieldOf(object, field)?.options ?? []).map(({ value }) => value));
      return { object, field, options: options.map((option) => ({ ...option, there: there.has(option.value) })) };
    }),
    ownColumns: matrixRows(compilation, description)
      .filter(({ object, field }) => own.has(`${object} ${field}`))
      .map(({ object, field, type, target, decision }) => ({ object, field, type, target, decision })),
  };
}

/** The columns that a field's values come from: of a field itself, or of the owner or link that is written into it. */
function columnsOf(builder: Builder, { object, name }: DesiredField): readonly string[] {
  const written = builder.writes
    .filter((write) => write.twentyObject === object && write.target.field === name)
    .flatMap((write) => write.columns.map((column) => `${write.object}.${column}`));
  const pointed = builder.relations
    .filter((relation) => relation.twentyObject === object && relation.column === `${name}Id`)
    .flatMap((relation) =>
      builder.columns
        .filter((use) => use.object === relation.object && startsWith(use.path, relation.path.slice(0, -1)))
        .map((use) => `${use.object}.${use.column}`),
    );
  return [...new Set([...written, ...pointed])];
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((segment, at) => path[at] === segment);
}
