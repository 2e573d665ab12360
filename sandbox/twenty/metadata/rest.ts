import { GraphQLError } from 'graphql';
import type { Answer, RestRequest } from '../http/rest.ts';
import { isObject } from '../json.ts';
import type { Caller, Engine } from '../operations/engine.ts';
import { createField, deleteField, fieldOf, updateField } from './fields.ts';
import { fieldNode, objectList, objectNode } from './nodes.ts';
import { createObject, deleteObject, updateObject } from './objects.ts';

type Input = Readonly<Record<string, unknown>>;

const HIDDEN = new Set(['object', 'fields', 'relations', 'indexes', 'isCustom']);

function call(value: unknown): unknown {
  return typeof value === 'function' ? value() : value;
}

/** The other end of a relation by name, which is as far as REST goes. */
function plainRelation(relation: Input): Record<string, unknown> {
  const target = call(relation.targetObjectMetadata);
  const field = call(relation.targetFieldMetadata);
  const named = (value: unknown): Input => (isObject(value) ? value : {});
  return {
    type: relation.type,
    targetObjectMetadata: { id: named(target).id, nameSingular: named(target).nameSingular },
    targetFieldMetadata: { id: named(field).id, name: named(field).name },
  };
}

/** A node without what would lead in circles: plain values, fields, indexes and the names of relations. */
function plain(node: Input): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  const list = (value: unknown, show: (item: Input) => unknown): unknown =>
    Array.isArray(value) ? value.filter(isObject).map(show) : null;
  for (const [name, value] of Object.entries(node)) {
    if (name === 'fieldsList') shown.fields = list(call(value), plain);
    else if (name === 'indexMetadataList') shown.indexMetadatas = list(call(value), (index) => index);
    else if (name === 'morphRelations') shown.morphRelations = list(call(value), plainRelation);
    else if (name === 'relation') {
      const relation = call(value);
      shown.relation = isObject(relation) ? plainRelation(relation) : null;
    } else if (!HIDDEN.has(name) && typeof value !== 'function') shown[name] = value;
  }
  return shown;
}

/** `/rest/metadata/objects` and `/rest/metadata/fields`, in the answer form of the version (twenty.md §5). */
export function answerMetadataRest(engine: Engine, caller: Caller, request: RestRequest): Answer {
  const answer = answerNamed(engine, caller, request);
  return engine.traits.metadataRest === 'direct' ? direct(answer) : answer;
}

/** `{data:{objects:[…]}}` as `{data:[…]}`: what stands under the operation's name moves up. */
function direct(answer: Answer): Answer {
  const data = isObject(answer.body) && isObject(answer.body.data) ? answer.body.data : undefined;
  return data === undefined ? answer : { ...answer, body: { ...(answer.body as Input), data: Object.values(data)[0] } };
}

function answerNamed(engine: Engine, caller: Caller, request: RestRequest): Answer {
  if (!caller.mayChangeModel) {
    const messages = ['Forbidden resource'];
    return { status: 403, body: { statusCode: 403, error: 'ForbiddenException', messages } };
  }
  const [kind = '', id] = request.path.replace(/^\/rest\/metadata\/?/, '').split('/');
  try {
    const answer =
      kind === 'objects' ? objects(engine, request, id) : kind === 'fields' ? fields(engine, request, id) : undefined;
    if (answer !== undefined) return answer;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const status = error.extensions.code === 'NOT_FOUND' ? 404 : 400;
    const name = status === 404 ? 'NotFoundException' : 'BadRequestException';
    return { status, body: { statusCode: status, error: name, messages: [error.message], ...error.extensions } };
  }
  const messages = [
    `Query path '${request.path}' invalid. Valid examples: /rest/metadata/fields or /rest/metadata/objects/id`,
  ];
  return { status: 400, body: { statusCode: 400, error: 'BadRequestException', messages } };
}

function body(request: RestRequest): Input {
  return isObject(request.body) ? request.body : {};
}

function objects(engine: Engine, request: RestRequest, id: string | undefined): Answer | undefined {
  const { model } = engine;
  const object = id === undefined ? undefined : model.objectById(id);
  switch (request.method) {
    case 'GET': {
      if (id === undefined) {
        const list = objectList(model).map((known) => plain(objectNode(model, known)));
        const pageInfo = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
        return { status: 200, body: { data: { objects: list }, pageInfo, totalCount: list.length } };
      }
      if (object === undefined) {
        return { status: 404, body: { statusCode: 404, error: 'NotFoundException', messages: ['Object not found'] } };
      }
      return { status: 200, body: { data: { object: plain(objectNode(model, object)) } } };
    }
    case 'POST':
      return {
        status: 201,
        body: { data: { createOneObject: plain(objectNode(model, createObject(engine, body(request)))) } },
      };
    case 'PATCH':
      return {
        status: 200,
        body: { data: { updateOneObject: plain(objectNode(model, updateObject(engine, id ?? '', body(request)))) } },
      };
    case 'DELETE':
      return { status: 200, body: { data: { deleteOneObject: { id: deleteObject(engine, id ?? '').id } } } };
    default:
      return undefined;
  }
}

function fields(engine: Engine, request: RestRequest, id: string | undefined): Answer | undefined {
  const { model } = engine;
  const shown = (found: ReturnType<typeof fieldOf>): unknown => plain(fieldNode(model, found.object, found.field));
  switch (request.method) {
    case 'GET': {
      if (id !== undefined) return { status: 200, body: { data: { field: shown(fieldOf(model, id)) } } };
      const list = model.objects().flatMap((object) => object.fields.map((field) => shown({ object, field })));
      const pageInfo = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
      return { status: 200, body: { data: { fields: list }, pageInfo, totalCount: list.length } };
    }
    case 'POST':
      return { status: 201, body: { data: { createOneField: shown(createField(engine, body(request))) } } };
    case 'PATCH':
      return { status: 200, body: { data: { updateOneField: shown(updateField(engine, id ?? '', body(request))) } } };
    case 'DELETE':
      return { status: 200, body: { data: { deleteOneField: { id: deleteField(engine, id ?? '').field.id } } } };
    default:
      return undefined;
  }
}
