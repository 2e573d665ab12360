import { ChangeoverError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports.ts';
import { evolve, readObjectSchema } from '../schema.ts';
import type { SchemaTable } from '../schema-table.ts';
import { type RegistryAddress, RegistryApi, type StoredSchema } from './api.ts';
import { unreadableFields } from './readable.ts';

export interface RegistryOptions extends RegistryAddress {
  readonly logger: Logger;
}

/**
 * Schemas in a registry with the Confluent API. What was once seen is remembered, so that a registry that is down stops
 * nothing that is known; only what is new waits for it.
 *
 * Before anything is stored the subject is set to BACKWARD and asked whether the schema may follow: a reader of today must
 * understand the events of yesterday.
 * @throws REGISTRY_UNREACHABLE, REGISTRY_AUTHENTICATION, REGISTRY_ANSWER, REGISTRY_COMPATIBILITY, EVENT_SCHEMA_INCOMPATIBLE.
 */
export function registrySchemas(options: RegistryOptions): SchemaTable {
  return new Registry(new RegistryApi(options), options.logger);
}

/** Levels under which whatever is accepted can be read by who knows the new schema. */
const READABLE: ReadonlySet<string> = new Set(['BACKWARD', 'BACKWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE']);

class Registry implements SchemaTable {
  readonly #api: RegistryApi;
  readonly #logger: Logger;
  readonly #byId = new Map<number, string>();
  readonly #latest = new Map<string, StoredSchema>();
  readonly #guarded = new Set<string>();

  constructor(api: RegistryApi, logger: Logger) {
    this.#api = api;
    this.#logger = logger;
  }

  async register(subject: string, schema: string): Promise<number> {
    const known = this.#latest.get(subject);
    if (known?.schema === schema) return known.id;
    await this.#guard(subject);
    if (!(await this.#api.isCompatible(subject, schema))) throw await this.#incompatible(subject, schema);
    const id = await this.#api.register(subject, schema);
    if (id === null) throw await this.#incompatible(subject, schema);
    this.#keep(subject, { id, schema });
    return id;
  }

  async schema(id: number): Promise<string | null> {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const found = await this.#api.schema(id);
    if (found !== null) this.#byId.set(id, found);
    return found;
  }

  /** The newest one of the registry; the newest one that is known while it does not answer. */
  async latest(subject: string): Promise<StoredSchema | null> {
    try {
      const found = await this.#api.latest(subject);
      if (found !== null) this.#keep(subject, found);
      return found;
    } catch (thrown) {
      const known = this.#latest.get(subject);
      if (known === undefined || !(thrown instanceof ChangeoverError) || thrown.retry !== 'later') throw thrown;
      this.#logger.warn({ subject, message: thrown.message }, 'the registry does not answer; the known schema is used');
      return known;
    }
  }

  #keep(subject: string, stored: StoredSchema): void {
    this.#latest.set(subject, stored);
    this.#byId.set(stored.id, stored.schema);
  }

  async #guard(subject: string): Promise<void> {
    if (this.#guarded.has(subject)) return;
    const level = (await this.#api.compatibility(subject)) ?? (await this.#setBackward(subject));
    if (!READABLE.has(level)) {
      throw new ChangeoverError('REGISTRY_COMPATIBILITY', `subject ${subject} has the compatibility ${level}`);
    }
    this.#guarded.add(subject);
  }

  /** Where processes begin together only one of them sets it, and a registry may refuse the others. */
  async #setBackward(subject: string): Promise<string> {
    try {
      await this.#api.setCompatibility(subject, 'BACKWARD');
      return 'BACKWARD';
    } catch (thrown) {
      const level = await this.#api.compatibility(subject);
      if (level === null) throw thrown;
      return level;
    }
  }

  /** The registry names no field; we find it ourselves. */
  async #incompatible(subject: string, schema: string): Promise<ChangeoverError> {
    const latest = await this.#api.latest(subject);
    const before = latest === null ? null : readObjectSchema(latest.schema);
    const now = readObjectSchema(schema);
    if (before !== null && now !== null) {
      try {
        evolve(now.object, before.fields, now.fields);
      } catch (thrown) {
        if (thrown instanceof ChangeoverError) return thrown;
        throw thrown;
      }
    }
    const fields = latest === null ? [] : unreadableFields(schema, latest.schema);
    const [field, ...others] = fields;
    return new ChangeoverError(
      'EVENT_SCHEMA_INCOMPATIBLE',
      `subject ${subject} holds a schema whose events could not be read any more${
        field === undefined ? '' : `, because of ${fields.join(', ')}`
      }`,
      { place: field === undefined || others.length > 0 ? {} : { field } },
    );
  }
}
