import type { Type } from 'avsc';
import { ChangeoverError } from '../core/errors.ts';
import { parseRecordKey, type RecordKey } from '../core/identifiers.ts';
import { compile } from './avro-types.ts';
import type { ChangeEvent, FieldValue, FieldValues } from './event.ts';
import { readObjectSchema, type SchemaField } from './schema.ts';

/** A change event as its Avro record. */
interface ChangeRecord {
  readonly key: string;
  readonly op: ChangeEvent['op'];
  readonly epoch: number;
  readonly sequence: number;
  readonly sourceVersion: string | null;
  readonly sourceTime: number | null;
  readonly sourceCreated: number | null;
  readonly observedAt: number;
  readonly run: string;
  readonly contentHash: string;
  readonly after: Readonly<Record<string, FieldValue>> | null;
}

/** Change events of one schema to bytes and back. */
export class ChangeCodec {
  readonly #type: Type;
  readonly #fields: readonly SchemaField[];
  readonly #legal: ReadonlyMap<string, string>;

  /** Null for the schema of another record. */
  static of(schema: string): ChangeCodec | null {
    const read = readObjectSchema(schema);
    return read === null ? null : new ChangeCodec(compile(schema), read.fields);
  }

  private constructor(type: Type, fields: readonly SchemaField[]) {
    this.#type = type;
    this.#fields = fields;
    this.#legal = new Map(fields.map(({ name, legal }) => [name, legal] as const));
  }

  /** The Avro body. A field that the record lacks is null. @throws EVENT_FIELD_UNKNOWN, EVENT_VALUE_INVALID. */
  encode(event: ChangeEvent): Buffer {
    const record: ChangeRecord = {
      key: event.key,
      op: event.op,
      epoch: event.order.epoch,
      sequence: event.order.sequence,
      sourceVersion: event.sourceVersion,
      sourceTime: event.sourceTime,
      sourceCreated: event.sourceCreated,
      observedAt: event.observedAt,
      run: event.run,
      contentHash: event.contentHash,
      after: event.after === null ? null : this.#toAvro(event, event.after),
    };
    try {
      return this.#type.toBuffer(record);
    } catch (thrown) {
      throw this.#explain(event, record, thrown);
    }
  }

  decode(body: Buffer): ChangeEvent {
    const record = this.#type.fromBuffer(body) as ChangeRecord;
    const { source, object, id } = parseRecordKey(record.key);
    return {
      kind: 'change',
      key: record.key as RecordKey,
      source,
      object,
      id,
      op: record.op,
      order: { epoch: record.epoch, sequence: record.sequence },
      sourceVersion: record.sourceVersion,
      sourceTime: record.sourceTime,
      sourceCreated: record.sourceCreated,
      observedAt: record.observedAt,
      run: record.run,
      contentHash: record.contentHash,
      after: record.after === null ? null : this.#fromAvro(record.after),
    };
  }

  #toAvro(event: ChangeEvent, after: FieldValues): Record<string, FieldValue> {
    const record: Record<string, FieldValue> = {};
    let found = 0;
    for (const { name, legal } of this.#fields) {
      if (Object.hasOwn(after, name)) found += 1;
      record[legal] = (Object.hasOwn(after, name) ? after[name] : null) ?? null;
    }
    const names = Object.keys(after);
    if (names.length === found) return record;
    // Nothing is lost of a field that nobody discovered and that holds nothing: a column that an export lacks is one.
    const unknown = names.filter((name) => !this.#legal.has(name) && after[name] !== null);
    if (unknown.length === 0) return record;
    throw new ChangeoverError(
      'EVENT_FIELD_UNKNOWN',
      `${event.key} has fields that were not discovered: ${unknown.join(', ')}`,
      {
        place: { object: event.object, record: event.key, ...(unknown[0] === undefined ? {} : { field: unknown[0] }) },
      },
    );
  }

  #fromAvro(record: Readonly<Record<string, FieldValue>>): FieldValues {
    const after: Record<string, FieldValue> = {};
    for (const { name, legal } of this.#fields) {
      const value = record[legal] ?? null;
      // Plain assignment to this one name would set the prototype, and the value would be lost.
      if (name === '__proto__')
        Object.defineProperty(after, name, { value, enumerable: true, configurable: true, writable: true });
      else after[name] = value;
    }
    return after;
  }

  /** Avro's own message names no field: asked again, it does. */
  #explain(event: ChangeEvent, record: ChangeRecord, thrown: unknown): ChangeoverError {
    let path: readonly string[] = [];
    this.#type.isValid(record, {
      errorHook: (at) => {
        if (path.length === 0) path = [...at];
      },
    });
    const legal = path[0] === 'after' ? path[1] : undefined;
    const field = this.#fields.find((each) => each.legal === legal)?.name ?? path.join('.');
    return new ChangeoverError(
      'EVENT_VALUE_INVALID',
      `${event.key}: the value of ${field} does not have the type of its field`,
      {
        place: { object: event.object, record: event.key, field },
        cause: thrown,
      },
    );
  }
}
