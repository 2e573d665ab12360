import { capitalise } from '../json.ts';
import { COMPOSITES, UNIQUE_PARTS } from './composites.ts';
import { LIVE_ONLY, type ModelField, type ModelObject } from './types.ts';

/** What a write may name and a read shows: a field's own column, or the foreign key of a relation. */
export type Column =
  | { readonly kind: 'scalar'; readonly key: string; readonly field: ModelField }
  | { readonly kind: 'composite'; readonly key: string; readonly field: ModelField; readonly parts: readonly string[] }
  | { readonly kind: 'join'; readonly key: string; readonly field: ModelField; readonly join: JoinColumn };

export interface JoinColumn {
  /** `companyId`, `targetPersonId`. */
  readonly column: string;
  /** `company`, `targetPerson`: the name in GraphQL and at depth 1. */
  readonly relation: string;
  readonly target: string;
  readonly onDelete: 'SET_NULL' | 'CASCADE' | 'RESTRICT' | 'NO_ACTION';
}

export interface ChildRelation {
  readonly relation: string;
  readonly child: string;
  /** The child's foreign key. */
  readonly column: string;
}

export interface UniqueIndex {
  readonly name: string;
  /** Field names as the server groups them in its messages. */
  readonly fields: readonly string[];
  /** One path per column: `['emails', 'primaryEmail']`, `['sourceKey']`. */
  readonly paths: readonly (readonly string[])[];
  /** Soft-deleted rows have no part in it. */
  readonly onlyLive: boolean;
}

/** The model of one object, ready for use. */
export interface Shape {
  readonly object: ModelObject;
  readonly columns: readonly Column[];
  readonly byKey: ReadonlyMap<string, Column>;
  readonly fieldByName: ReadonlyMap<string, ModelField>;
  readonly joins: readonly JoinColumn[];
  readonly joinByRelation: ReadonlyMap<string, JoinColumn>;
  readonly children: readonly ChildRelation[];
  readonly childByRelation: ReadonlyMap<string, ChildRelation>;
  /** Without the primary key, which is checked first. */
  readonly uniques: readonly UniqueIndex[];
  /** The database's name of the table: custom objects carry an underscore. */
  readonly table: string;
}

export function joinColumnsOf(field: ModelField): JoinColumn[] {
  if (field.settings?.relationType !== 'MANY_TO_ONE') return [];
  const onDelete = field.settings.onDelete ?? 'SET_NULL';
  if (field.type === 'MORPH_RELATION') {
    return field.relations.map(({ target }) => {
      const relation = `${field.name}${capitalise(target)}`;
      return { column: `${relation}Id`, relation, target, onDelete };
    });
  }
  const end = field.relations[0];
  if (field.type !== 'RELATION' || end === undefined) return [];
  const column = field.settings.joinColumnName ?? `${field.name}Id`;
  return [{ column, relation: field.name, target: end.target, onDelete }];
}

function columnsOf(field: ModelField): Column[] {
  if (field.type === 'RELATION' || field.type === 'MORPH_RELATION') {
    return joinColumnsOf(field).map((join) => ({ kind: 'join', key: join.column, field, join }));
  }
  const composite = COMPOSITES[field.type];
  if (composite !== undefined) {
    return [{ kind: 'composite', key: field.name, field, parts: Object.keys(composite) }];
  }
  return [{ kind: 'scalar', key: field.name, field }];
}

function childrenOf(object: ModelObject, objects: ReadonlyMap<string, ModelObject>): ChildRelation[] {
  return object.fields.flatMap((field) => {
    if (field.type !== 'RELATION' || field.settings?.relationType !== 'ONE_TO_MANY') return [];
    const end = field.relations[0];
    const childField = objects.get(end?.target ?? '')?.fields.find(({ name }) => name === end?.field);
    if (end === undefined || childField === undefined) return [];
    const join = joinColumnsOf(childField).find(({ target }) => target === object.nameSingular);
    return join === undefined ? [] : [{ relation: field.name, child: end.target, column: join.column }];
  });
}

function uniquesOf(object: ModelObject): UniqueIndex[] {
  const byId = new Map(object.fields.map((field) => [field.id, field]));
  return object.indexes
    .filter(({ isUnique }) => isUnique)
    .map((index) => {
      const fields = index.fields.flatMap((id) => byId.get(id) ?? []);
      const paths = fields.flatMap((field) => {
        const parts = UNIQUE_PARTS[field.type];
        if (parts !== undefined) return parts.map((part) => [field.name, part]);
        const join = joinColumnsOf(field)[0];
        return [[join?.column ?? field.name]];
      });
      const onlyLive = index.indexWhereClause === LIVE_ONLY;
      return { name: index.name, fields: fields.map(({ name }) => name), paths, onlyLive };
    })
    .filter(({ paths }) => paths.length > 0);
}

export function buildShape(object: ModelObject, objects: ReadonlyMap<string, ModelObject>): Shape {
  const columns = object.fields.flatMap(columnsOf);
  const joins = object.fields.flatMap(joinColumnsOf);
  const children = childrenOf(object, objects);
  return {
    object,
    columns,
    byKey: new Map(columns.map((column) => [column.key, column])),
    fieldByName: new Map(object.fields.map((field) => [field.name, field])),
    joins,
    joinByRelation: new Map(joins.map((join) => [join.relation, join])),
    children,
    childByRelation: new Map(children.map((child) => [child.relation, child])),
    uniques: uniquesOf(object),
    table: object.isCustom ? `_${object.nameSingular}` : object.nameSingular,
  };
}
