import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/core/clock.ts';
import { type ClosableHttp, createHttp } from '../../src/core/http.ts';
import { targetId } from '../../src/core/identifiers.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { HttpResponse } from '../../src/core/ports.ts';
import { type Answer, asObject } from '../../src/twenty/answers.ts';
import { RateBudget } from '../../src/twenty/budget.ts';
import { createTwenty, type TwentyClient } from '../../src/twenty/client.ts';
import { graphql } from '../../src/twenty/client-parts.ts';
import { metadataCall } from '../../src/twenty/metadata.ts';
import type { TwentyFields, TwentyRecord, WorkspaceObject } from '../../src/twenty/model.ts';
import { LIVE_AND_DELETED, linkColumn, pascal } from '../../src/twenty/selection.ts';
import type { WriteOutcome, WriteRow } from '../../src/twenty/twenty.ts';
import type { OpenTarget, Simulated } from './target.ts';

export const CALL = { lane: 'operator' } as const;

/** Every name that the suite makes begins so: what an earlier run left behind is known by it. */
const PREFIX = 'contractTest';
const LABEL = 'Contract test';

/** Objects that stay, and where their rows are named. Links and attachments go with what they hang on. */
const NAMED_ROWS: readonly (readonly [object: string, named: (text: Json) => Json])[] = [
  ['note', (title) => ({ title })],
  ['task', (title) => ({ title })],
  ['person', (lastName) => ({ name: { lastName } })],
  ['company', (name) => ({ name })],
];

type Json = Readonly<Record<string, unknown>>;

/** A workspace with what the suite needs in it, under names of its own, and the means to take all of it away again. */
export class ContractWorkspace {
  readonly client: TwentyClient;
  readonly budget: RateBudget;
  readonly #target: OpenTarget;
  readonly #http: ClosableHttp;
  readonly #run = randomUUID().slice(0, 8);
  readonly #rows = new Map<string, Set<string>>();

  private constructor(target: OpenTarget, http: ClosableHttp, budget: RateBudget, client: TwentyClient) {
    this.#target = target;
    this.#http = http;
    this.budget = budget;
    this.client = client;
  }

  static async open(target: OpenTarget): Promise<ContractWorkspace> {
    const http = createHttp({ credentialOrigins: [new URL(target.url).origin], connections: 16 });
    const clock = systemClock();
    const budget = new RateBudget({ clock, ...(target.limit === undefined ? {} : { limit: target.limit }) });
    const { url, apiKey } = target;
    const client = await createTwenty({ url, apiKey, http, clock, budget, logger: silentLogger() });
    const workspace = new ContractWorkspace(target, http, budget, client);
    await workspace.sweep();
    await workspace.createObject();
    return workspace;
  }

  /** The custom object that most promises are tried on: `contractTest1a2b3c4d`. */
  get object(): string {
    return `${PREFIX}${this.#run}`;
  }

  /** Another object of ours, to be made and taken away by a promise: swept with the first one if it is not. */
  get otherObject(): string {
    return `${this.object}Other`;
  }

  /** Undefined on a real server. */
  get simulated(): Simulated | undefined {
    return this.#target.simulated;
  }

  id(name: string): string {
    return targetId(`contract/${this.#run}/${name}`);
  }

  /** A text that no other run uses, and by which an interrupted run's rows are known. */
  value(name: string): string {
    return `${LABEL} ${name} ${this.#run}`;
  }

  /** Lower case, fit for an address of e-mail or web. */
  word(name: string): string {
    return `contract-test-${name}-${this.#run}`;
  }

  row(name: string, fields: TwentyFields): WriteRow {
    return { id: this.id(name), fields };
  }

  person(name: string, fields: TwentyFields): WriteRow {
    return this.row(name, { name: { firstName: name, lastName: this.value(name) }, position: 1, ...fields });
  }

  /** To be destroyed at the end, whatever becomes of the promise that made them. */
  remember(object: string, ids: readonly string[]): void {
    const known = this.#rows.get(object) ?? new Set();
    for (const id of ids) known.add(id);
    this.#rows.set(object, known);
  }

  create(object: string, rows: readonly WriteRow[]): Promise<WriteOutcome> {
    return this.#patiently(object, rows, () => this.client.create(object, rows, CALL));
  }

  upsert(object: string, rows: readonly WriteRow[]): Promise<WriteOutcome> {
    return this.#patiently(object, rows, () => this.client.upsert(object, rows, CALL));
  }

  /** A write that was throttled is no answer to the question that the promise asks. */
  async #patiently(
    object: string,
    rows: readonly WriteRow[],
    write: () => Promise<WriteOutcome>,
  ): Promise<WriteOutcome> {
    this.remember(
      object,
      rows.map((row) => row.id),
    );
    for (;;) {
      const outcome = await write();
      if (outcome.kind === 'written') this.remember(object, idsOf(outcome.rows));
      if (outcome.kind !== 'throttled') return outcome;
    }
  }

  async find(object: string, ids: readonly string[], fields: readonly string[], deleted = false) {
    const by = { field: 'id', values: ids };
    const rows = await this.client.find({ object, by, fields, deleted, ...CALL });
    return [...rows].sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
  }

  model(object: string = this.object): WorkspaceObject {
    const found = this.client.workspace().objects.get(object);
    if (found === undefined) throw new Error(`the workspace has no ${object}`);
    return found;
  }

  linkColumn(link: string, target: string): string {
    const column = linkColumn(this.model(link), target);
    if (column === undefined) throw new Error(`${link} cannot point at ${target}`);
    return column;
  }

  async graphql(query: string, variables: Json = {}): Promise<Answer> {
    for (;;) {
      const answer = await this.client.transport.spend(graphql('contract', 'contract', query, variables), CALL);
      if (answer.kind !== 'throttled') return answer;
    }
  }

  metadata(query: string, variables: Json = {}): Promise<Answer> {
    return this.client.transport.free(metadataCall('contract', query, variables));
  }

  async metadataData(query: string, variables: Json = {}): Promise<Json> {
    const answer = await this.metadata(query, variables);
    if (answer.kind !== 'ok') throw new Error(`${query}: ${answer.message}`);
    return asObject(answer.data) ?? {};
  }

  /** A call past client and budget. With a key only towards the workspace itself. */
  send(method: 'GET' | 'POST' | 'PUT', url: string, body?: Uint8Array | string): Promise<HttpResponse> {
    const own = url.startsWith('/');
    return this.#http.send({
      method,
      url: own ? `${this.#target.url.replace(/\/+$/, '')}${url}` : url,
      headers: {
        ...(own ? { authorization: `Bearer ${this.#target.apiKey}` } : {}),
        ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs: 60_000,
    });
  }

  async createField(field: Json, object: string = this.object): Promise<string> {
    const data = await this.metadataData(
      'mutation($i:CreateOneFieldMetadataInput!){createOneField(input:$i){id name}}',
      { i: { field: { objectMetadataId: this.model(object).id, label: String(field.name), ...field } } },
    );
    await this.#readable(object, String(field.name));
    return String(asObject(data.createOneField)?.id);
  }

  /** New fields can be used a little later (twenty.md §5). */
  async #readable(object: string, name: string): Promise<void> {
    for (let attempt = 0; attempt < 60; attempt += 1) {
      await this.client.refresh();
      const field = this.model(object).fields.get(name);
      const column = field?.relation === null ? name : Object.values(field?.relation?.columns ?? {})[0];
      if (column !== undefined) {
        const by = { field: 'id', values: [this.id('nobody')] };
        const read = this.client.find({ object, by, fields: [column], deleted: false, ...CALL });
        if (await read.then(() => true).catch(() => false)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error(`${object}.${name} never became readable`);
  }

  async createObject(): Promise<void> {
    const object = {
      nameSingular: this.object,
      namePlural: `${this.object}s`,
      labelSingular: `${LABEL} ${this.#run}`,
      labelPlural: `${LABEL}s ${this.#run}`,
      icon: 'IconTestPipe',
      description: 'Made by a test and taken away by it. Can be deleted.',
    };
    await this.metadataData('mutation($i:CreateOneObjectInput!){createOneObject(input:$i){id}}', { i: { object } });
    await this.client.refresh();
    await this.createField({ type: 'TEXT', name: 'naturalKey', isUnique: true });
  }

  /** Rows in objects that stay, then objects of ours. Tries everything, and says at the end what it could not remove. */
  async close(): Promise<void> {
    const left: string[] = [];
    for (const [object, ids] of this.#rows) {
      if (object.startsWith(PREFIX)) continue;
      const gone = await this.#destroy(object, [...ids]).catch((thrown: unknown) => String(thrown));
      if (gone !== null) left.push(`${object}: ${gone}`);
    }
    left.push(...(await this.sweep().catch((thrown: unknown) => [String(thrown)])));
    await this.client.close();
    await this.#http.close();
    if (left.length > 0) throw new Error(`left in the workspace, to be removed by hand: ${left.join('; ')}`);
  }

  async #destroy(object: string, ids: readonly string[]): Promise<string | null> {
    for (let from = 0; from < ids.length; from += 60) {
      for (;;) {
        const outcome = await this.client.destroy(object, ids.slice(from, from + 60), CALL);
        if (outcome.kind === 'throttled') continue;
        if (outcome.kind !== 'written') return outcome.message;
        break;
      }
    }
    return null;
  }

  async #rowsNamed(object: string, named: (text: Json) => Json): Promise<readonly string[]> {
    const { namePlural } = this.model(object);
    const filter = { and: [named({ like: `${LABEL} %` }), LIVE_AND_DELETED] };
    const answer = await this.graphql(
      `query($filter:${pascal(object)}FilterInput){${namePlural}(filter:$filter first:200){edges{node{id}}}}`,
      { filter },
    );
    if (answer.kind !== 'ok') throw new Error(answer.message);
    const edges = asObject(asObject(answer.data)?.[namePlural])?.edges;
    return (Array.isArray(edges) ? edges : []).map((edge) => String(asObject(asObject(edge)?.node)?.id));
  }

  /** Removes what this run, or an earlier one that was killed, made. Gives what could not be removed. */
  async sweep(): Promise<readonly string[]> {
    const left: string[] = [];
    for (const [object, named] of NAMED_ROWS) {
      const ids = await this.#rowsNamed(object, named);
      const gone = await this.#destroy(object, ids);
      if (gone !== null) left.push(`${object}: ${gone}`);
    }
    const { objects } = await this.client.refresh();
    for (const object of objects.values()) {
      if (!object.nameSingular.startsWith(PREFIX)) continue;
      const remove = () =>
        this.metadata('mutation($i:DeleteOneObjectInput!){deleteOneObject(input:$i){id}}', { i: { id: object.id } });
      let answer = await remove();
      if (answer.kind === 'refused') {
        // Some versions delete only what was switched off before.
        const update = { id: object.id, update: { isActive: false } };
        await this.metadata('mutation($i:UpdateOneObjectInput!){updateOneObject(input:$i){id}}', { i: update });
        answer = await remove();
      }
      if (answer.kind !== 'ok') left.push(`${object.nameSingular}: ${answer.message}`);
    }
    await this.client.refresh();
    return left;
  }
}

function idsOf(rows: readonly TwentyRecord[]): readonly string[] {
  return rows.map((row) => row.id);
}
