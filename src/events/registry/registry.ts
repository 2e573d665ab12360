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
 * A subject must be ours, and BACKWARD: a reader of today must understand the events of yesterday. Both are looked at when this
 * process first uses the subject, also where its schema is there already, and again before anything is stored.
 * @throws REGISTRY_UNREACHABLE, REGISTRY_AUTHENTICATION, REGISTRY_ANSWER, REGISTRY_SUBJECT_FOREIGN, REGISTRY_COMPATIBILITY,
 *   EVENT_SCHEMA_INCOMPATIBLE.
 */
export function registrySchemas(options: RegistryOptions): SchemaTable {
  return new Registry(new RegistryApi(options), options.logger);
}

/** Levels under which whatever is accepted can be read by who knows the new schema. */
const READABLE: ReadonlySet<string> = new Set(['BACKWARD', 'BACKWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE']);

/** So often a schema that is compatible is offered; others may store theirs meanwhile. */
const TRIES = 3;

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
    if (known?.schema === schema) {
      if (!this.#guarded.has(subject)) await this.#guard(subject);
      return known.id;
    }
    await this.#refuseForeign(subject, schema);
    await this.#guard(subject);
    for (let tries = 1; ; tries += 1) {
      if (!(await this.#api.isCompatible(subject, schema))) throw await this.#incompatible(subject, schema);
      const id = await this.#api.register(subject, schema);
      const stored = id === null ? await this.#storedByOthers(subject, schema) : { id, schema };
      if (stored !== null) {
        this.#keep(subject, stored);
        return stored.id;
      }
      if (tries === TRIES) throw await this.#incompatible(subject, schema);
    }
  }

  /** Where processes begin together a registry may refuse all but one of them, as if the schema were another one. */
  async #storedByOthers(subject: string, schema: string): Promise<StoredSchema | null> {
    const latest = await this.#api.latest(subject);
    return latest?.schema === schema ? latest : null;
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

  async #refuseForeign(subject: string, schema: string): Promise<void> {
    const latest = await this.#api.latest(subject);
    if (latest === null || recordName(latest.schema) === recordName(schema)) return;
    const name = recordName(latest.schema);
    throw new ChangeoverError(
      'REGISTRY_SUBJECT_FOREIGN',
      `the newest schema of subject ${subject} is ${name === null ? 'none of a record' : `of the record ${name}`}, not of ${recordName(schema)}`,
    );
  }

  /** The newest schema of the subject is ours by now. */
  async #guard(subject: string): Promise<void> {
    const found = await this.#api.compatibility(subject);
    // Some registries answer with their own level where the subject has none, so that nobody may have set NONE on purpose.
    const level = found === null || found === 'NONE' ? await this.#setBackward(subject) : found;
    if (!READABLE.has(level)) {
      throw new ChangeoverError('REGISTRY_COMPATIBILITY', `subject ${subject} has the compatibility ${level}`);
    }
    if (found === 'NONE')
      this.#logger.warn({ subject }, 'the subject would have accepted any schema; its compatibility is BACKWARD now');
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
      // What no source describes has changed in no source.
      now === null ? 'REGISTRY_SUBJECT_FOREIGN' : 'EVENT_SCHEMA_INCOMPATIBLE',
      `subject ${subject} holds a schema whose events could not be read any more${
        field === undefined ? '' : `, because of ${fields.join(', ')}`
      }`,
      { place: field === undefined || others.length > 0 ? {} : { field } },
    );
  }
}

/** The full name of an Avro record; null of anything else. */
function recordName(schema: string): string | null {
  try {
    const { type, name, namespace } = JSON.parse(schema) as Readonly<Record<string, unknown>>;
    if (type !== 'record' || typeof name !== 'string') return null;
    return typeof namespace === 'string' && !name.includes('.') ? `${namespace}.${name}` : name;
  } catch {
    // Text of another kind of schema.
    return null;
  }
}
