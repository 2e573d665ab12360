import { NO_LIMITS, startTwentySandbox, type TwentySandbox, type TwentySandboxOptions } from '../index.ts';

export interface Answered<T> {
  readonly status: number;
  readonly body: T;
}

/** Answers of every shape, read with optional steps in tests. */
export interface Loose {
  readonly [name: string]: Loose;
}

/** A client for the tests of the simulator itself: no retries, no checks. */
export class TestClient {
  readonly sandbox: TwentySandbox;

  constructor(sandbox: TwentySandbox) {
    this.sandbox = sandbox;
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered<Loose>> {
    const response = await fetch(this.sandbox.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.sandbox.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: response.status, body: (json ? JSON.parse(text) : text) as Loose };
  }

  get(path: string): Promise<Answered<Loose>> {
    return this.send('GET', path);
  }

  post(path: string, body: unknown): Promise<Answered<Loose>> {
    return this.send('POST', path, body);
  }

  patch(path: string, body: unknown): Promise<Answered<Loose>> {
    return this.send('PATCH', path, body);
  }

  delete(path: string): Promise<Answered<Loose>> {
    return this.send('DELETE', path);
  }

  async graphql(query: string, variables: unknown = {}, endpoint = '/graphql'): Promise<Loose> {
    return (await this.post(endpoint, { query, variables })).body;
  }

  metadata(query: string, variables: unknown = {}): Promise<Loose> {
    return this.graphql(query, variables, '/metadata');
  }

  upsert(plural: string, rows: readonly unknown[]): Promise<Answered<Loose>> {
    return this.post(`/rest/batch/${plural}?upsert=true`, rows);
  }

  /** Makes a field and gives its id. */
  async field(object: string, field: Readonly<Record<string, unknown>>): Promise<string> {
    const objectMetadataId = this.sandbox.engine.model.object(object)?.id;
    const answer = await this.metadata('mutation($i:CreateOneFieldMetadataInput!){createOneField(input:$i){id}}', {
      i: { field: { objectMetadataId, label: field.name, ...field } },
    });
    const id: unknown = answer.data?.createOneField?.id;
    if (typeof id !== 'string') throw new Error(JSON.stringify(answer));
    return id;
  }
}

/** A fresh workspace without throttling, unless the options say otherwise. */
export async function startClient(options: TwentySandboxOptions = {}): Promise<TestClient> {
  return new TestClient(await startTwentySandbox({ limits: NO_LIMITS, ...options }));
}

/** A readable id: `uuid(7)`. */
export function uuid(number: number): string {
  return `${number.toString(16).padStart(8, '0')}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}
