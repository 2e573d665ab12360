import { setMaxListeners } from 'node:events';
import { underAny } from '../core/abort.ts';
import { ChangeoverError } from '../core/errors.ts';
import type { Clock, Http, Logger } from '../core/ports.ts';
import { type Answer, asObject } from './answers.ts';
import { BatchSize, MOST_ROWS } from './batch-size.ts';
import type { Budget } from './budget.ts';
import { graphql, refusal, refusedHere, unreadable } from './client-parts.ts';
import { readWorkspace } from './metadata.ts';
import type { TwentyRecord, Workspace, WorkspaceMember, WorkspaceObject } from './model.ts';
import { anyFilter, fieldOf, LIVE_AND_DELETED, objectOf, pascal, selection } from './selection.ts';
import { type Call, type CallEvent, Transport } from './transport.ts';
import type {
  CallOptions,
  CountOptions,
  FindOptions,
  Match,
  ScanOptions,
  Twenty,
  WriteOutcome,
  WriteRow,
} from './twenty.ts';

export interface TwentyOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly http: Http;
  readonly clock: Clock;
  readonly budget: Budget;
  readonly logger: Logger;
  /** Milliseconds until a call counts as unanswered; 60 s unless given. */
  readonly timeoutMs?: number;
  /** Rows per write call to begin with, where it was learned earlier; 200 unless given. */
  readonly batchSize?: number;
  readonly observe?: (event: CallEvent) => void;
  /** Called when the workspace turned out to accept fewer rows a call. */
  readonly onBatchSize?: (rows: number) => void;
}

/** The model isn't read again for a refusal within so many milliseconds of the last reading. */
const MODEL_REST_MS = 10_000;
/** The server takes 10 MB (twenty.md O1); some is left for what lies between. */
const LARGEST_BODY = 9_500_000;
const READ_ATTEMPTS = 6;

/** Connects, reads the data model, and checks that this is a Twenty we can work with. */
export async function createTwenty(options: TwentyOptions): Promise<TwentyClient> {
  const transport = new Transport(options);
  const workspace = await readWorkspace(transport, options.clock);
  return new TwentyClient(options, transport, workspace);
}

export class TwentyClient implements Twenty {
  readonly #options: TwentyOptions;
  readonly #transport: Transport;
  readonly #closed = new AbortController();
  readonly #sizes: BatchSize;
  #workspace: Workspace;
  #refreshing: Promise<Workspace> | undefined;

  constructor(options: TwentyOptions, transport: Transport, workspace: Workspace) {
    this.#options = options;
    this.#transport = transport;
    // Every waiting call listens to it, and there is no leak in that.
    setMaxListeners(0, this.#closed.signal);
    this.#workspace = workspace;
    this.#sizes = new BatchSize(options.batchSize, (rows) => {
      options.onBatchSize?.(rows);
      options.logger.info({ batchSize: rows }, 'the workspace takes fewer rows a call');
    });
  }

  /** For provisioning, which speaks to the metadata API. */
  get transport(): Transport {
    return this.#transport;
  }

  workspace(): Workspace {
    return this.#workspace;
  }

  async refresh(): Promise<Workspace> {
    // Many calls may find out at once; the model is read once for all of them.
    this.#refreshing ??= readWorkspace(this.#transport, this.#options.clock).finally(() => {
      this.#refreshing = undefined;
    });
    this.#workspace = await this.#refreshing;
    return this.#workspace;
  }

  batchSize(): number {
    return this.#sizes.rows;
  }

  create(object: string, rows: readonly WriteRow[], options: CallOptions): Promise<WriteOutcome> {
    return this.#batch('create', object, rows, options);
  }

  upsert(object: string, rows: readonly WriteRow[], options: CallOptions): Promise<WriteOutcome> {
    return this.#batch('upsert', object, rows, options);
  }

  softDelete(object: string, ids: readonly string[], options: CallOptions): Promise<WriteOutcome> {
    return this.#byIds('delete', object, ids, 'id deletedAt', options);
  }

  /** The rows that come back say nothing: 2.21 answered an empty list for a destroyed row. Read the ids to be sure. */
  destroy(object: string, ids: readonly string[], options: CallOptions): Promise<WriteOutcome> {
    return this.#byIds('destroy', object, ids, 'id', options);
  }

  restore(object: string, ids: readonly string[], options: CallOptions): Promise<WriteOutcome> {
    return this.#byIds('restore', object, ids, 'id deletedAt', options);
  }

  async find(options: FindOptions): Promise<readonly TwentyRecord[]> {
    const { by } = options;
    const matches: readonly Match[] = ('anyOf' in by ? by.anyOf : [by]).filter(({ values }) => values.length > 0);
    if (matches.length === 0) return [];
    const most = Math.max(...matches.map(({ values }) => values.length));
    if (most > MOST_ROWS) throw new ChangeoverError('INTERNAL', `find takes at most ${MOST_ROWS} values, not ${most}`);
    const object = objectOf(this.#workspace, options.object);
    const found: TwentyRecord[] = [];
    const conditions = [anyFilter(object, matches)];
    for await (const page of this.#pages('find', object, conditions, options)) found.push(...page);
    return found;
  }

  scan(options: ScanOptions): AsyncIterable<readonly TwentyRecord[]> {
    const object = objectOf(this.#workspace, options.object);
    const conditions = [
      ...(options.updatedSince === undefined ? [] : [{ updatedAt: { gte: options.updatedSince } }]),
      ...(options.where === undefined ? [] : [options.where]),
    ];
    return this.#pages('scan', object, conditions, options);
  }

  async count(name: string, options: CountOptions): Promise<number> {
    const object = objectOf(this.#workspace, name);
    const having = options.having === undefined ? undefined : object.fields.get(options.having);
    const all = [
      ...(having === undefined ? [] : [{ [having.name]: { is: 'NOT_NULL' } }]),
      ...(options.where === undefined ? [] : [options.where]),
      ...(options.deleted === true ? [LIVE_AND_DELETED] : []),
    ];
    const type = `${pascal(object.nameSingular)}FilterInput`;
    const query = `query($filter:${type}){${object.namePlural}(filter:$filter){totalCount}}`;
    const data = await this.#read('count', name, query, all.length === 0 ? {} : { filter: { and: all } }, options);
    const total = asObject(data[object.namePlural])?.totalCount;
    if (typeof total !== 'number') throw unreadable('count', name);
    return total;
  }

  async members(options: CallOptions): Promise<readonly WorkspaceMember[]> {
    const members: WorkspaceMember[] = [];
    for await (const page of this.scan({
      object: 'workspaceMember',
      fields: ['userEmail', 'name'],
      deleted: false,
      ...options,
    })) {
      for (const row of page) {
        const name = asObject(row.name);
        members.push({
          id: row.id,
          email: String(row.userEmail ?? '').toLowerCase(),
          name: `${String(name?.firstName ?? '')} ${String(name?.lastName ?? '')}`.trim(),
        });
      }
    }
    return members;
  }

  /** Ends every wait for the budget. Calls in flight come to their end. */
  async close(): Promise<void> {
    this.#closed.abort(new ChangeoverError('CANCELLED', 'the client was closed'));
  }

  async #batch(
    operation: 'create' | 'upsert',
    name: string,
    rows: readonly WriteRow[],
    options: CallOptions,
  ): Promise<WriteOutcome> {
    if (rows.length === 0) return { kind: 'written', rows: [] };
    const object = objectOf(this.#workspace, name);
    const body = JSON.stringify(rows.map((row) => ({ ...row.fields, id: row.id })));
    if (Buffer.byteLength(body) > LARGEST_BODY) {
      return refusedHere('too-large', `${Buffer.byteLength(body)} bytes in one call; the server takes 10 MB`);
    }
    return this.#sizes.whenAllowed(rows.length, () => this.#sendBatch(operation, object, body, options));
  }

  async #sendBatch(
    operation: 'create' | 'upsert',
    object: WorkspaceObject,
    body: string,
    options: CallOptions,
  ): Promise<WriteOutcome> {
    const answer = await this.#spend(
      {
        operation,
        object: object.nameSingular,
        method: 'POST',
        path: `/rest/batch/${object.namePlural}${operation === 'upsert' ? '?upsert=true' : ''}`,
        body,
        form: 'rest',
      },
      options,
    );
    const outcome = this.#outcome(answer, `create${pascal(object.namePlural)}`, operation === 'upsert');
    return this.#modelSeen(answer, outcome);
  }

  async #byIds(
    operation: 'delete' | 'destroy' | 'restore',
    name: string,
    ids: readonly string[],
    select: string,
    options: CallOptions,
  ): Promise<WriteOutcome> {
    if (ids.length === 0) return { kind: 'written', rows: [] };
    const object = objectOf(this.#workspace, name);
    if (ids.length > MOST_ROWS) return refusedHere('too-many', `at most ${MOST_ROWS} rows a call, not ${ids.length}`);
    const root = `${operation}${pascal(object.namePlural)}`;
    const query = `mutation($filter:${pascal(object.nameSingular)}FilterInput!){${root}(filter:$filter){${select}}}`;
    const answer = await this.#spend(graphql(operation, name, query, { filter: { id: { in: ids } } }), options);
    return this.#modelSeen(answer, this.#outcome(answer, root, true));
  }

  /** `stepwise`: rows are written one by one, so a failure of the database may have come after some of them. */
  #outcome(answer: Answer, root: string, stepwise: boolean): WriteOutcome {
    switch (answer.kind) {
      case 'ok': {
        const rows = asObject(answer.data)?.[root];
        if (!Array.isArray(rows)) return { kind: 'unanswered', message: `an answer without "${root}"` };
        return { kind: 'written', rows: rows as readonly TwentyRecord[] };
      }
      case 'throttled':
        return { kind: 'throttled', retryAfterMs: answer.retryAfterMs ?? this.#options.budget.estimate(1) };
      case 'outage':
        return {
          kind: 'outage',
          message: answer.message,
          retryAfterMs: answer.retryAfterMs ?? this.#transport.pauseMs(),
        };
      case 'unanswered':
        return { kind: 'unanswered', message: answer.message };
      case 'refused':
        if (answer.reason === 'too-many') this.#sizes.refused(answer.batchLimit);
        return {
          kind: 'refused',
          reason: answer.reason,
          message: answer.message,
          partial: stepwise && !answer.beforeWriting,
        };
    }
  }

  /** A refusal that speaks of another data model than the one in memory: it is read again before anyone plans by it. */
  async #modelSeen<Result>(answer: Answer, result: Result): Promise<Result> {
    const stale =
      answer.kind === 'refused' && (answer.reason === 'schema-changed' || answer.reason === 'unknown-field');
    if (stale && this.#mayReadModel()) {
      await this.refresh().catch((thrown: unknown) =>
        this.#options.logger.warn({ error: String(thrown) }, 'the changed data model could not be read'),
      );
    }
    return result;
  }

  /** A record that names a field nobody has would otherwise have the model read at every attempt. */
  #mayReadModel(): boolean {
    return this.#options.clock.now() - this.#workspace.readAt >= MODEL_REST_MS;
  }

  /** Pages in the order of ids, each beginning after the last id of the one before: rows that come and go move nothing. */
  async *#pages(
    operation: string,
    object: WorkspaceObject,
    conditions: readonly Readonly<Record<string, unknown>>[],
    options: CallOptions & {
      readonly fields: readonly string[];
      readonly deleted: boolean;
      readonly pageSize?: number;
    },
  ): AsyncGenerator<readonly TwentyRecord[]> {
    const type = pascal(object.nameSingular);
    const size = Math.max(1, Math.min(MOST_ROWS, options.pageSize ?? MOST_ROWS));
    const fields =
      options.deleted && fieldOf(object, 'deletedAt') !== undefined ? [...options.fields, 'deletedAt'] : options.fields;
    const query =
      `query($filter:${type}FilterInput,$first:Int){${object.namePlural}(filter:$filter,first:$first,orderBy:[{id:AscNullsFirst}])` +
      `{edges{node{${selection(object, fields)}}} pageInfo{hasNextPage}}}`;
    let after: string | undefined;
    for (;;) {
      const all = [
        ...conditions,
        ...(options.deleted ? [LIVE_AND_DELETED] : []),
        ...(after === undefined ? [] : [{ id: { gt: after } }]),
      ];
      const variables = { first: size, ...(all.length === 0 ? {} : { filter: { and: all } }) };
      const data = await this.#read(operation, object.nameSingular, query, variables, options);
      const connection = asObject(data[object.namePlural]);
      const edges = connection?.edges;
      if (!Array.isArray(edges)) throw unreadable(operation, object.nameSingular);
      const rows = edges
        .map((edge) => asObject(asObject(edge)?.node) as TwentyRecord | undefined)
        .filter((row) => row !== undefined);
      if (rows.length > 0) yield rows;
      const last = rows.at(-1)?.id;
      if (asObject(connection?.pageInfo)?.hasNextPage !== true || last === undefined) return;
      if (after !== undefined && last <= after) throw unreadable(operation, object.nameSingular);
      after = last;
    }
  }

  /** A read is harmless, so it is tried again while waiting can help. */
  async #read(
    operation: string,
    object: string,
    query: string,
    variables: Readonly<Record<string, unknown>>,
    options: CallOptions,
  ): Promise<Readonly<Record<string, unknown>>> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#spend(graphql(operation, object, query, variables), options);
      if (answer.kind === 'ok') {
        const data = asObject(answer.data);
        if (data !== undefined) return data;
        throw unreadable(operation, object);
      }
      if (answer.kind === 'refused') throw await this.#modelSeen(answer, refusal(operation, object, answer));
      if (attempt === READ_ATTEMPTS) {
        const code = answer.kind === 'throttled' ? 'TWENTY_THROTTLED' : 'TWENTY_UNREACHABLE';
        throw new ChangeoverError(code, `${operation} of ${object} failed ${attempt} times: ${answer.message}`, {
          place: { object, url: this.#transport.url },
        });
      }
    }
  }

  #spend(call: Call, options: CallOptions): Promise<Answer> {
    const { lane } = options;
    if (options.signal === undefined) return this.#transport.spend(call, { lane, signal: this.#closed.signal });
    return underAny([options.signal, this.#closed.signal], (signal) => this.#transport.spend(call, { lane, signal }));
  }
}
