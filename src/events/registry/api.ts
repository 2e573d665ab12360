import { Agent as HttpsAgent } from 'node:https';
import { createRequire } from 'node:module';
import type {
  SchemaRegistryAPIClient,
  SchemaRegistryAPIClientArgs,
} from '@kafkajs/confluent-schema-registry/dist/api/index.js';
import type { ErrorCode } from '../../core/error-codes.ts';
import { ChangeoverError } from '../../core/errors.ts';

export interface RegistryAddress {
  /** The Confluent API, with its path. */
  readonly url: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** The authority that signed the registry's certificate, as PEM; left out: those that Node knows. */
  readonly ca?: string;
}

/** The subject's newest schema, or the one of an id. */
export interface StoredSchema {
  readonly id: number;
  /** As JSON. */
  readonly schema: string;
}

/** The package does not say its client by name; loaded as what it is, CommonJS, so that every loader gives the same. */
const { default: connect } = createRequire(import.meta.url)('@kafkajs/confluent-schema-registry/dist/api/index.js') as {
  readonly default: (options: SchemaRegistryAPIClientArgs) => SchemaRegistryAPIClient;
};

type Answer = { data(): unknown };

/** What went wrong, by the HTTP status; everything else is an answer that nobody expected. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'REGISTRY_AUTHENTICATION',
  403: 'REGISTRY_AUTHENTICATION',
  407: 'REGISTRY_AUTHENTICATION',
  408: 'REGISTRY_UNREACHABLE',
  429: 'REGISTRY_UNREACHABLE',
  500: 'REGISTRY_UNREACHABLE',
  502: 'REGISTRY_UNREACHABLE',
  503: 'REGISTRY_UNREACHABLE',
  504: 'REGISTRY_UNREACHABLE',
};
/** Milliseconds that the registry may take for an answer. */
const PATIENCE_MS = 10_000;

/**
 * The requests of the Confluent API that we need, by the client of @kafkajs/confluent-schema-registry. Its class of a whole
 * registry keeps parsed schemas only; the log needs their text, and a say in what is checked before something is stored.
 */
export class RegistryApi {
  readonly #client: SchemaRegistryAPIClient;
  readonly #url: string;

  constructor({ url, credentials, ca }: RegistryAddress) {
    this.#url = new URL(url).origin + new URL(url).pathname.replace(/\/$/, '');
    this.#client = connect({
      host: this.#url,
      clientId: 'changeover',
      retry: { retries: 2 },
      ...(credentials === undefined ? {} : { auth: credentials }),
      ...(ca === undefined ? {} : { agent: new HttpsAgent({ ca, keepAlive: true }) }),
    });
  }

  /** Null where the id is not known, or its schema is of another kind than Avro: whatever names it is not ours. */
  async schema(id: number): Promise<string | null> {
    const found = await this.#ask('reading schema', () => this.#client.Schema.find({ id, timeout: PATIENCE_MS }));
    const kind = (found as { readonly schemaType?: unknown } | null)?.schemaType ?? 'AVRO';
    return found === null || kind !== 'AVRO' ? null : text(found, 'schema', this.#url);
  }

  async latest(subject: string): Promise<StoredSchema | null> {
    const found = await this.#ask(`reading subject ${subject}`, () =>
      this.#client.Subject.latestVersion({ subject, timeout: PATIENCE_MS }),
    );
    if (found === null) return null;
    return { id: Number((found as { id?: unknown }).id), schema: text(found, 'schema', this.#url) };
  }

  /** The subject's own level; null where it has none and that of the whole registry holds. */
  async compatibility(subject: string): Promise<string | null> {
    const found = await this.#ask(`reading the compatibility of ${subject}`, () =>
      this.#client.Subject.config({ subject, timeout: PATIENCE_MS }),
    );
    return found === null ? null : text(found, 'compatibilityLevel', this.#url).toUpperCase();
  }

  async setCompatibility(subject: string, compatibility: 'BACKWARD'): Promise<void> {
    const doing = `setting the compatibility of ${subject}`;
    const set = await this.#ask(doing, () =>
      this.#client.Subject.updateConfig({ subject, body: { compatibility }, timeout: PATIENCE_MS }),
    );
    if (set === null) throw this.#unexpected(doing);
  }

  /** Whether the schema may follow the subject's newest one; true where it is the first. */
  async isCompatible(subject: string, schema: string): Promise<boolean> {
    const found = await this.#ask(`comparing with ${subject}`, () =>
      this.#client.Subject.compatible({ subject, body: { schema }, timeout: PATIENCE_MS }),
    );
    return found === null || (found as { is_compatible?: unknown }).is_compatible !== false;
  }

  /** The schema's id; the same for an equal schema. Null where the registry finds it incompatible. */
  async register(subject: string, schema: string): Promise<number | null> {
    const doing = `registering a schema of ${subject}`;
    try {
      const found = await this.#ask(doing, () =>
        this.#client.Subject.register({ subject, body: { schema }, timeout: PATIENCE_MS }),
      );
      const id = (found as { readonly id?: unknown } | null)?.id;
      if (typeof id === 'number' && Number.isInteger(id)) return id;
    } catch (thrown) {
      if (statusOf((thrown as ChangeoverError).cause) === 409) return null;
      throw thrown;
    }
    throw this.#unexpected(doing);
  }

  /** The body of the answer; null for 404. */
  async #ask(doing: string, request: () => Promise<Answer>): Promise<object | null> {
    let body: unknown;
    try {
      body = (await request()).data();
    } catch (thrown) {
      if (statusOf(thrown) === 404) return null;
      throw this.#failure(doing, thrown);
    }
    if (typeof body === 'object' && body !== null) return body;
    throw this.#unexpected(doing);
  }

  #unexpected(doing: string): ChangeoverError {
    return new ChangeoverError('REGISTRY_ANSWER', `${doing}: no registry answers at ${this.#url}`, {
      place: { url: this.#url },
    });
  }

  #failure(doing: string, thrown: unknown): ChangeoverError {
    const status = statusOf(thrown);
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    // Where no answer came at all, the client makes one with the system's error in place of a status of the server.
    const silent = /ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|socket hang up|Timeout|certificate|SSL|TLS/i.test(said);
    const code = silent ? 'REGISTRY_UNREACHABLE' : (BY_STATUS[status ?? 0] ?? 'REGISTRY_ANSWER');
    return new ChangeoverError(code, `${doing}: ${said}`, { place: { url: this.#url }, cause: thrown });
  }
}

function statusOf(thrown: unknown): number | null {
  const status = (thrown as { status?: unknown } | null | undefined)?.status;
  return typeof status === 'number' ? status : null;
}

function text(body: object, member: string, url: string): string {
  const value = (body as Readonly<Record<string, unknown>>)[member];
  if (typeof value === 'string') return value;
  throw new ChangeoverError('REGISTRY_ANSWER', `an answer of ${url} lacks ${member}`, { place: { url } });
}
