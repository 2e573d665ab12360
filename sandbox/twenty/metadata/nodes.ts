import { namedUuid } from '../model/base.ts';
import type { Model } from '../model/model.ts';
import type { ModelField, ModelIndex, ModelObject, RelationEnd } from '../model/types.ts';

/** The time the standard model was made; the simulator keeps no history of the model. */
const MODEL_TIME = '2026-01-01T00:00:00.000Z';

type Node = Record<string, unknown>;

/** An object as the metadata API shows it. Lists and relations are made when they are asked for. */
export function objectNode(model: Model, object: ModelObject): Node {
  return {
    ...object,
    isRemote: false,
    isSearchable: true,
    isLabelSyncedWithName: false,
    labelIdentifierFieldMetadataId: object.fields.find(({ name }) => name === 'name' || name === 'title')?.id ?? null,
    imageIdentifierFieldMetadataId: null,
    applicationId: namedUuid('application'),
    createdAt: MODEL_TIME,
    updatedAt: MODEL_TIME,
    fieldsList: () => object.fields.map((field) => fieldNode(model, object, field)),
    indexMetadataList: () => object.indexes.map(indexNode),
    fields: (given: PagingArguments) =>
      connection(
        object.fields
          .filter((field) => passes(field, object, given.filter))
          .map((field) => fieldNode(model, object, field)),
        given.paging,
      ),
  };
}

export function fieldNode(model: Model, object: ModelObject, field: ModelField): Node {
  return {
    ...field,
    type: model.shownType(field.type),
    isUIReadOnly: false,
    isLabelSyncedWithName: false,
    objectMetadataId: object.id,
    createdAt: MODEL_TIME,
    updatedAt: MODEL_TIME,
    object: () => objectNode(model, object),
    relation: () => {
      const end = field.relations[0];
      return field.type !== 'RELATION' || end === undefined ? null : relationNode(model, object, field, end);
    },
    morphRelations: () =>
      field.type === 'MORPH_RELATION' ? field.relations.map((end) => relationNode(model, object, field, end)) : null,
  };
}

function relationNode(model: Model, object: ModelObject, field: ModelField, end: RelationEnd): Node {
  const target = model.object(end.target);
  const targetField = target?.fields.find(({ name }) => name === end.field);
  return {
    type: field.settings?.relationType ?? 'MANY_TO_ONE',
    sourceObjectMetadata: () => objectNode(model, object),
    sourceFieldMetadata: () => fieldNode(model, object, field),
    targetObjectMetadata: () => (target === undefined ? null : objectNode(model, target)),
    targetFieldMetadata: () =>
      target === undefined || targetField === undefined ? null : fieldNode(model, target, targetField),
  };
}

function indexNode(index: ModelIndex): Node {
  return {
    id: namedUuid(`index:${index.name}`),
    name: index.name,
    isUnique: index.isUnique,
    isCustom: false,
    indexType: 'BTREE',
    indexWhereClause: index.indexWhereClause ?? null,
    createdAt: MODEL_TIME,
    updatedAt: MODEL_TIME,
    indexFieldMetadataList: index.fields.map((fieldMetadataId, order) => ({
      id: namedUuid(`index:${index.name}:${order}`),
      fieldMetadataId,
      order,
      createdAt: MODEL_TIME,
      updatedAt: MODEL_TIME,
    })),
  };
}

export interface PagingArguments {
  readonly paging?: { readonly first?: number; readonly after?: string } | null;
  readonly filter?: Readonly<Record<string, Readonly<Record<string, unknown>> | null>> | null;
}

/** Objects with the greatest id first, as the recorded server answers them. */
export function objectList(model: Model): ModelObject[] {
  return [...model.objects()].sort((left, right) => (left.id < right.id ? 1 : -1));
}

export function passes(
  entity: { readonly id: string; readonly isActive: boolean; readonly isSystem: boolean },
  object: ModelObject,
  filter: PagingArguments['filter'],
): boolean {
  const values: Readonly<Record<string, unknown>> = { ...entity, objectMetadataId: object.id };
  return Object.entries(filter ?? {}).every(([name, comparison]) =>
    Object.entries(comparison ?? {}).every(([operator, wanted]) => {
      const value = values[name];
      if (operator === 'in') return Array.isArray(wanted) && wanted.includes(value);
      return operator === 'neq' || operator === 'isNot' ? value !== wanted : value === wanted;
    }),
  );
}

function cursorAt(index: number): string {
  return Buffer.from(`arrayconnection:${index}`).toString('base64');
}

/** A page by position: its cursors are `arrayconnection:<n>` in base64. */
export function connection(nodes: readonly Node[], paging: PagingArguments['paging']): Node {
  const after = paging?.after;
  const place = after === undefined ? -1 : Number(Buffer.from(after, 'base64').toString('utf8').split(':')[1]);
  const start = Number.isInteger(place) ? place + 1 : 0;
  const end = Math.min(nodes.length, start + (paging?.first ?? 50));
  const edges = nodes.slice(start, end).map((node, index) => ({ node, cursor: cursorAt(start + index) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: end < nodes.length,
      hasPreviousPage: start > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
