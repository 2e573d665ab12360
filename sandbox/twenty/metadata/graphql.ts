import {
  buildSchema,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  graphqlSync,
  Kind,
  parse,
} from 'graphql';
import type { Arrived } from '../files.ts';
import type { GraphqlAnswer, GraphqlBody } from '../http/graphql.ts';
import { isUuid } from '../identifiers.ts';
import type { Caller, Engine } from '../operations/engine.ts';
import { createField, deleteField, fieldOf, updateField } from './fields.ts';
import { connection, fieldNode, objectList, objectNode, type PagingArguments, passes } from './nodes.ts';
import { createObject, deleteObject, updateObject } from './objects.ts';
import { forbidden, notFound, userInput } from './report.ts';
import { metadataSdl } from './schema.ts';

type Input = Readonly<Record<string, unknown>>;

function inner(given: Input, name: string): Input {
  const value = given[name];
  return typeof value === 'object' && value !== null ? (value as Input) : {};
}

/** Root fields that change the data model: they ask for the right to do so (twenty.md §9). */
const MODEL_CHANGES = new Set([
  'createOneObject',
  'updateOneObject',
  'deleteOneObject',
  'createOneField',
  'updateOneField',
  'deleteOneField',
]);

/** A file of a multipart request, in the place of its variable. */
export interface UploadedPart {
  readonly name: string;
  readonly came: Arrived;
}

/** Bytes of a file that comes with a call. */
const LARGEST_PART = 10 * 1024 * 1024;

/** The metadata endpoint. It is not throttled (O5). */
export class MetadataGraphql {
  readonly #engine: Engine;
  readonly #schema: GraphQLSchema;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#schema = buildSchema(metadataSdl(engine.traits));
  }

  answer(body: GraphqlBody, caller: Caller | undefined): GraphqlAnswer {
    const result = graphqlSync({
      schema: this.#schema,
      source: body.query,
      rootValue: this.#root(caller),
      variableValues: body.variables,
      ...(body.operationName === undefined ? {} : { operationName: body.operationName }),
    });
    const errors = result.errors?.map(shown);
    const data = result.data === undefined ? {} : { data: result.data };
    return errors === undefined ? data : { errors, ...(result.data === undefined ? {} : { data: result.data }) };
  }

  /** Names of the root fields, for the log of calls; empty where the document cannot be read. */
  rootFields(query: string): string[] {
    let document: DocumentNode;
    try {
      document = parse(query, { noLocation: true });
    } catch {
      return [];
    }
    return document.definitions.flatMap((node) =>
      node.kind === Kind.OPERATION_DEFINITION
        ? node.selectionSet.selections.flatMap((field) => (field.kind === Kind.FIELD ? [field.name.value] : []))
        : [],
    );
  }

  #root(caller: Caller | undefined): Record<string, unknown> {
    const resolvers: Record<string, (given: Input) => unknown> = { ...this.#queries(), ...this.#mutations(caller) };
    return Object.fromEntries(
      Object.entries(resolvers).map(([name, resolve]) => [
        name,
        (given: Input) => {
          if (caller === undefined || (MODEL_CHANGES.has(name) && !caller.mayChangeModel)) throw forbidden();
          return resolve(given);
        },
      ]),
    );
  }

  #queries(): Record<string, (given: Input) => unknown> {
    const { model } = this.#engine;
    return {
      objects: (given) => {
        const { paging, filter } = given as PagingArguments;
        const found = objectList(model).filter((object) => passes(object, object, filter));
        return connection(
          found.map((object) => objectNode(model, object)),
          paging,
        );
      },
      object: ({ id }) => {
        const object = model.objectById(String(id));
        if (object === undefined) throw notFound('Object metadata not found');
        return objectNode(model, object);
      },
      fields: (given) => {
        const { paging, filter } = given as PagingArguments;
        const found = model
          .objects()
          .flatMap((object) =>
            object.fields
              .filter((field) => passes(field, object, filter))
              .map((field) => fieldNode(model, object, field)),
          );
        return connection(found, paging);
      },
      field: ({ id }) => {
        const { object, field } = fieldOf(model, String(id));
        return fieldNode(model, object, field);
      },
      // The database's estimate, which nobody refreshed: it says 0 whatever the tables hold (twenty.md §0).
      objectRecordCounts: () =>
        model.objects().map(({ namePlural }) => ({ objectNamePlural: namePlural, totalCount: 0 })),
      webhooks: () => this.#engine.webhooks,
      currentWorkspace: () => ({ id: '20202020-1c25-4d02-bf25-6aeccf7ea419', displayName: 'Sandbox' }),
    };
  }

  #mutations(caller: Caller | undefined): Record<string, (given: Input) => unknown> {
    const engine = this.#engine;
    const { model, files } = engine;
    return {
      createOneObject: ({ input }) => objectNode(model, createObject(engine, inner(input as Input, 'object'))),
      updateOneObject: ({ input }) => {
        const { id } = input as Input;
        return objectNode(model, updateObject(engine, String(id), inner(input as Input, 'update')));
      },
      deleteOneObject: ({ input }) => objectNode(model, deleteObject(engine, String((input as Input).id))),
      createOneField: ({ input }) => {
        const { object, field } = createField(engine, inner(input as Input, 'field'));
        return fieldNode(model, object, field);
      },
      updateOneField: ({ input }) => {
        const { id } = input as Input;
        const { object, field } = updateField(engine, String(id), inner(input as Input, 'update'));
        return fieldNode(model, object, field);
      },
      deleteOneField: ({ input }) => {
        const { object, field } = deleteField(engine, String((input as Input).id));
        return fieldNode(model, object, field);
      },
      createFileUpload: (given) => {
        const identifier = given.fieldMetadataUniversalIdentifier;
        const field = typeof identifier === 'string' ? identifier : '';
        if (given.fileFolder === 'FilesField' && !this.#isFilesField(field)) {
          throw userInput('Files field metadata not found');
        }
        const refusal = files.refusal(String(given.filename), Number(given.size));
        if (refusal !== undefined) throw userInput(refusal);
        const file = files.request(String(given.filename), Number(given.size), String(given.fileFolder), field);
        return {
          fileId: file.id,
          uploadUrl: files.uploadUrl(file),
          contentType: 'application/octet-stream',
          expiresAt: file.expiresAt,
        };
      },
      uploadFilesFieldFileByUniversalIdentifier: ({ file, fieldMetadataUniversalIdentifier: identifier }) => {
        const field = typeof identifier === 'string' ? identifier : '';
        if (!this.#isFilesField(field)) throw userInput('Files field metadata not found');
        const stored = files.take(...this.#taken(file), 'FilesField', field, (file as UploadedPart).came);
        return { ...stored, path: files.path(stored), url: files.url(stored) };
      },
      uploadFile: ({ file, fileFolder }) => {
        const stored = files.take(...this.#taken(file), String(fileFolder), '', (file as UploadedPart).came);
        return { path: files.attachmentPath(stored), token: stored.token };
      },
      completeFileUpload: ({ fileId }) => {
        if (!isUuid(fileId)) throw userInput('Invalid file id');
        const file = files.complete(fileId);
        if (file === undefined) throw notFound('File not found');
        return {
          id: file.id,
          path: files.path(file),
          size: file.size,
          createdAt: file.createdAt,
          url: files.url(file),
        };
      },
      // A key may not invite: members come through a person (recorded exchange 65).
      sendInvitations: () => {
        if (caller?.memberId === null || caller === undefined) throw forbidden();
        return { success: true, errors: [], result: [] };
      },
    };
  }

  /** The name of a file that came with the call, unless it is refused. */
  #taken(part: unknown): [name: string] {
    const { name, came } = part as UploadedPart;
    // As graphql-upload says it. Whether 1.x says it in these words is not known.
    if (came.size > LARGEST_PART) throw userInput(`File truncated as it exceeds the ${LARGEST_PART} byte size limit.`);
    const refusal = this.#engine.files.refusal(name, came.size);
    if (refusal !== undefined) throw userInput(refusal);
    return [name];
  }

  #isFilesField(identifier: string): boolean {
    return this.#engine.model
      .objects()
      .some(({ fields }) => fields.some((field) => field.type === 'FILES' && field.universalIdentifier === identifier));
  }
}

/** Only message and extensions: the server shows neither places nor paths. */
function shown(error: GraphQLError): Record<string, unknown> {
  const { extensions } = error;
  const known = Object.keys(extensions).length > 0 ? extensions : { code: 'GRAPHQL_VALIDATION_FAILED' };
  return { message: error.message, extensions: known };
}
