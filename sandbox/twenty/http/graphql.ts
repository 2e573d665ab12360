import { badRequest, invalidDocument, Refusal, recordNotFound } from '../errors.ts';
import { capitalise, isObject, type Json } from '../json.ts';
import type { Model } from '../model/model.ts';
import type { Shape } from '../model/shape.ts';
import { type Caller, type Engine, execute } from '../operations/engine.ts';
import {
  createRecord,
  createRecords,
  deleteRecord,
  deleteRecords,
  destroyRecord,
  destroyRecords,
  restoreRecord,
  restoreRecords,
  updateRecord,
  updateRecords,
} from '../operations/mutations.ts';
import { findFirst } from '../operations/queries.ts';
import { groupRows } from '../query/group-by.ts';
import type { Row } from '../store/table.ts';
import { checkRoots, type Operation, readOperation, type Selected } from './graphql-document.ts';
import { selectConnection, selectRecord } from './graphql-select.ts';

export interface GraphqlBody {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

export interface GraphqlAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly Record<string, unknown>[];
}

interface Root {
  readonly engine: Engine;
  readonly caller: Caller;
  readonly shape: Shape;
  readonly field: Selected;
}

type Resolve = (root: Root) => unknown;

function many({ engine, shape, field }: Root, rows: readonly Row[]): Json[] {
  return rows.map((row) => selectRecord(engine, shape, row, field.children));
}

function one({ engine, shape, field }: Root, row: Row): Json {
  return selectRecord(engine, shape, row, field.children);
}

const findOne: Resolve = (root) => {
  const filter = root.field.arguments.filter;
  const row = findFirst(root.engine, root.shape, isObject(filter) ? filter : undefined);
  if (row === undefined) throw recordNotFound();
  return one(root, row);
};

const groupBy: Resolve = ({ engine, shape, field }) => {
  const { groupBy: grouping, filter, orderBy, limit } = field.arguments;
  const asked = field.children.filter(({ name }) => name !== 'groupByDimensionValues' && name !== '__typename');
  const groups = groupRows(engine.store, shape, {
    groupBy: grouping,
    filter: isObject(filter) ? filter : undefined,
    orderBy,
    limit: typeof limit === 'number' ? limit : undefined,
    aggregates: asked.map(({ name }) => name),
  });
  return groups.map((group) => Object.fromEntries(field.children.map(({ key, name }) => [key, group[name] ?? null])));
};

/** Resolvers by method; `given` are the arguments as they were sent. */
const METHODS = {
  findOne,
  findMany: ({ engine, shape, field }: Root) => selectConnection(engine, shape, field.arguments, field.children),
  groupBy,
  duplicates: ({ field }: Root) => {
    const { ids, data } = field.arguments;
    const asked = Array.isArray(ids) ? ids : Array.isArray(data) ? data : [];
    return asked.map(() => ({ totalCount: 0, edges: [] }));
  },
  createOne: (root: Root) => {
    const { data, upsert } = root.field.arguments;
    return one(root, createRecord(root.engine, root.shape, data, upsert === true, root.caller));
  },
  createMany: (root: Root) => {
    const { data, upsert } = root.field.arguments;
    // A single value stands for a list of one, as everywhere in GraphQL.
    const list = isObject(data) ? [data] : data;
    return many(root, createRecords(root.engine, root.shape, list, upsert === true, root.caller));
  },
  updateOne: (root: Root) => {
    const { id, data } = root.field.arguments;
    return one(root, updateRecord(root.engine, root.shape, id, data, root.caller));
  },
  updateMany: (root: Root) => {
    const { filter, data } = root.field.arguments;
    return many(root, updateRecords(root.engine, root.shape, filter, data, root.caller));
  },
  deleteOne: (root: Root) => one(root, deleteRecord(root.engine, root.shape, root.field.arguments.id, root.caller)),
  deleteMany: (root: Root) =>
    many(root, deleteRecords(root.engine, root.shape, root.field.arguments.filter, root.caller)),
  destroyOne: (root: Root) => one(root, destroyRecord(root.engine, root.shape, root.field.arguments.id, root.caller)),
  destroyMany: (root: Root) =>
    many(root, destroyRecords(root.engine, root.shape, root.field.arguments.filter, root.caller)),
  restoreOne: (root: Root) => one(root, restoreRecord(root.engine, root.shape, root.field.arguments.id, root.caller)),
  restoreMany: (root: Root) =>
    many(root, restoreRecords(root.engine, root.shape, root.field.arguments.filter, root.caller)),
} satisfies Record<string, Resolve>;

type Method = keyof typeof METHODS;

interface RootResolver {
  readonly method: Method;
  readonly object: string;
}

interface Roots {
  readonly version: number;
  readonly query: ReadonlyMap<string, RootResolver>;
  readonly mutation: ReadonlyMap<string, RootResolver>;
}

function rootsOf(model: Model): Roots {
  const query = new Map<string, RootResolver>();
  const mutation = new Map<string, RootResolver>();
  for (const { nameSingular: object, namePlural } of model.objects()) {
    const single = capitalise(object);
    const plural = capitalise(namePlural);
    query.set(object, { method: 'findOne', object });
    query.set(namePlural, { method: 'findMany', object });
    query.set(`${namePlural}GroupBy`, { method: 'groupBy', object });
    query.set(`${object}Duplicates`, { method: 'duplicates', object });
    for (const verb of ['create', 'update', 'delete', 'destroy', 'restore'] as const) {
      mutation.set(`${verb}${single}`, { method: `${verb}One`, object });
      mutation.set(`${verb}${plural}`, { method: `${verb}Many`, object });
    }
  }
  return { version: model.version, query, mutation };
}

/** The core GraphQL endpoint: one resolver per root field, each with its own token and its own error (O1, O5). */
export class CoreGraphql {
  readonly #engine: Engine;
  #roots: Roots;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#roots = rootsOf(engine.model);
  }

  #current(): Roots {
    if (this.#roots.version !== this.#engine.model.version) this.#roots = rootsOf(this.#engine.model);
    return this.#roots;
  }

  /** What a root field does, for the log of calls: `createMany` of `person`. */
  describe(name: string): RootResolver | undefined {
    const roots = this.#current();
    return roots.query.get(name) ?? roots.mutation.get(name);
  }

  read(body: GraphqlBody): Operation {
    return readOperation(body.query, body.variables, body.operationName);
  }

  answer(body: GraphqlBody, caller: Caller | undefined): GraphqlAnswer {
    try {
      const operation = this.read(body);
      const roots = this.#current();
      const known = operation.type === 'mutation' ? roots.mutation : roots.query;
      const typeName = operation.type === 'mutation' ? 'Mutation' : 'Query';
      for (const { name } of operation.fields) {
        if (name === '__typename') continue;
        // Without a token there is no workspace and so no schema: the server does not know the field.
        if (caller === undefined || !known.has(name)) {
          throw invalidDocument(`Cannot query field "${name}" on type "${typeName}".`);
        }
      }
      checkRoots(operation.fields);
      return this.#run(operation, known, typeName, caller);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const data = error.face.code === 'BAD_USER_INPUT' ? { data: null } : {};
      return { ...data, errors: [error.graphqlError()] };
    }
  }

  #run(
    operation: Operation,
    known: ReadonlyMap<string, RootResolver>,
    typeName: string,
    caller: Caller | undefined,
  ): GraphqlAnswer {
    const data: Record<string, unknown> = {};
    const errors: Record<string, unknown>[] = [];
    for (const field of operation.fields) {
      const root = known.get(field.name);
      if (root === undefined || caller === undefined) {
        data[field.key] = typeName;
        continue;
      }
      try {
        data[field.key] = this.#resolve(root, field, caller);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        data[field.key] = null;
        errors.push(error.graphqlError());
      }
    }
    return errors.length === 0 ? { data } : { data, errors };
  }

  #resolve(root: RootResolver, field: Selected, caller: Caller): unknown {
    const engine = this.#engine;
    const shape = engine.model.shape(root.object);
    const resolve: Resolve = METHODS[root.method];
    return execute(engine, caller, () => resolve({ engine, caller, shape, field }));
  }
}

/** The body of a GraphQL request. Arrays of requests are refused (O1). */
export function readGraphqlBody(body: unknown): GraphqlBody {
  if (Array.isArray(body)) throw badRequest('Batching is not supported.');
  const given = isObject(body) ? body : {};
  const { query, variables, operationName } = given;
  if (typeof query !== 'string') throw invalidDocument('Must provide query string.');
  return {
    query,
    variables: isObject(variables) ? variables : {},
    operationName: typeof operationName === 'string' ? operationName : undefined,
  };
}
