import type { Type } from 'avsc';
import { ChangeoverError } from '../core/errors.ts';
import { compile } from './avro-types.ts';
import { ChangeCodec } from './change-codec.ts';
import type { LogEvent, WatermarkEvent } from './event.ts';
import { WATERMARK_SCHEMA } from './schema.ts';
import type { SchemaTable } from './schema-table.ts';
import { frame, unframe } from './wire.ts';

/** A message that is no event of ours spoils nothing but itself. */
export type Decoded =
  | { readonly ok: true; readonly schemaId: number; readonly event: LogEvent }
  | { readonly ok: false; readonly error: ChangeoverError };

/** How to read the messages of one schema. */
type Reader =
  | { readonly kind: 'change'; readonly codec: ChangeCodec }
  | { readonly kind: 'watermark'; readonly type: Type }
  | { readonly kind: 'foreign'; readonly reason: string };

interface WatermarkRecord extends Omit<WatermarkEvent, 'kind' | 'order'> {
  readonly epoch: number;
  readonly sequence: number;
}

const watermarkType = compile(WATERMARK_SCHEMA);

/** Events to the bytes of the log and back. Always reads with the schema that a message was written with. */
export class EventCodec {
  readonly #schemas: SchemaTable;
  readonly #readers = new Map<number, Reader>();

  constructor(schemas: SchemaTable) {
    this.#schemas = schemas;
  }

  /** @throws EVENT_FIELD_UNKNOWN, EVENT_VALUE_INVALID; EVENT_SCHEMA_UNKNOWN where the id is no schema of change events. */
  async encoder(schemaId: number): Promise<(event: LogEvent & { kind: 'change' }) => Buffer> {
    const reader = await this.#reader(schemaId);
    if (reader?.kind !== 'change') {
      throw new ChangeoverError('EVENT_SCHEMA_UNKNOWN', `schema ${schemaId} is not one of change events`);
    }
    const { codec } = reader;
    return (event) => frame(schemaId, codec.encode(event));
  }

  encodeWatermark(schemaId: number, event: WatermarkEvent): Buffer {
    const { kind: _kind, order, ...rest } = event;
    return frame(schemaId, watermarkType.toBuffer({ ...rest, ...order }));
  }

  /** One result per message, in their order. Throws only where the schemas cannot be asked for. */
  async decode(messages: readonly { readonly value: Uint8Array }[]): Promise<readonly Decoded[]> {
    const results: Decoded[] = [];
    for (const { value } of messages) {
      const framed = unframe(value);
      if (!framed.ok) {
        results.push({ ok: false, error: new ChangeoverError('EVENT_NOT_OURS', `not an event: ${framed.reason}`) });
        continue;
      }
      const reader = this.#readers.get(framed.schemaId) ?? (await this.#reader(framed.schemaId));
      results.push(read(reader, framed.schemaId, framed.body));
    }
    return results;
  }

  async #reader(schemaId: number): Promise<Reader | null> {
    const known = this.#readers.get(schemaId);
    if (known !== undefined) return known;
    const schema = await this.#schemas.schema(schemaId);
    if (schema === null) return null;
    const reader = readerOf(schema);
    this.#readers.set(schemaId, reader);
    return reader;
  }
}

function readerOf(schema: string): Reader {
  const codec = ChangeCodec.of(schema);
  if (codec !== null) return { kind: 'change', codec };
  const { name, namespace } = JSON.parse(schema) as { name?: string; namespace?: string };
  if (name === 'Watermark' && namespace === 'changeover') return { kind: 'watermark', type: compile(schema) };
  return { kind: 'foreign', reason: `its schema is of ${namespace ?? ''}.${name ?? ''}` };
}

function read(reader: Reader | null, schemaId: number, body: Buffer): Decoded {
  if (reader === null) {
    return { ok: false, error: new ChangeoverError('EVENT_SCHEMA_UNKNOWN', `schema ${schemaId} is not known`) };
  }
  if (reader.kind === 'foreign') {
    return { ok: false, error: new ChangeoverError('EVENT_NOT_OURS', `not an event: ${reader.reason}`) };
  }
  try {
    const event = reader.kind === 'change' ? reader.codec.decode(body) : watermarkOf(reader.type, body);
    return { ok: true, schemaId, event };
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return {
      ok: false,
      error: new ChangeoverError('EVENT_DAMAGED', `does not fit schema ${schemaId}: ${message}`, { cause: thrown }),
    };
  }
}

function watermarkOf(type: Type, body: Buffer): WatermarkEvent {
  const { epoch, sequence, ...rest } = type.fromBuffer(body) as WatermarkRecord;
  return { kind: 'watermark', ...rest, order: { epoch, sequence } };
}
