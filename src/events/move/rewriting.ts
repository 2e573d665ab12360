import type { Type } from 'avsc';
import type { BusMessage, StoredMessage } from '../../bus/bus.ts';
import { partitionOf } from '../../bus/partitioner.ts';
import { compile } from '../avro-types.ts';
import { watermarkKeys } from '../log.ts';
import { frame, unframe } from '../wire.ts';
import type { TopicPlaces } from './places.ts';
import type { SchemaIds, SchemaSource } from './schemas.ts';

/** A message of the new log, and the partition that its key leads to. */
export interface MovedMessage {
  readonly message: BusMessage;
  readonly partition: number;
}

interface Form {
  readonly kind: 'watermark' | 'outcome' | 'other';
  readonly type: Type | null;
}

interface OutcomeFields {
  readonly key: string;
  readonly topic: string;
  readonly offset: number;
  readonly event: Uint8Array | null;
}

const OTHER: Form = { kind: 'other', type: null };

/**
 * What the messages of an old log are in a new one. Key, time, headers and body stay; the header gets the new id of the
 * schema. Two kinds speak of the log itself: a watermark stands in every partition, and an outcome names the place of an
 * event and holds its bytes.
 */
export class Rewriting {
  readonly #from: SchemaSource;
  readonly #ids: SchemaIds;
  readonly #places: ReadonlyMap<string, TopicPlaces>;
  readonly #forms = new Map<number, Form>();

  /** `places`: of the topics that outcomes speak of; filled before those are rewritten. */
  constructor(from: SchemaSource, ids: SchemaIds, places: ReadonlyMap<string, TopicPlaces>) {
    this.#from = from;
    this.#ids = ids;
    this.#places = places;
  }

  /** At least one; several where each partition needs it. */
  async of(stored: StoredMessage, partitions: number): Promise<readonly MovedMessage[]> {
    const { topic, key, value, timestamp, headers } = stored;
    const to = (k: string, bytes: Uint8Array): MovedMessage => ({
      message: { key: k, value: bytes, timestamp, headers },
      partition: partitionOf(k, partitions),
    });
    const framed = unframe(value);
    if (!framed.ok) return [to(key, value)];
    const form = await this.#form(framed.schemaId);
    const body = form.kind === 'outcome' ? this.#outcome(form, framed.body) : framed.body;
    const moved = frame(this.#ids.of(topic, framed.schemaId), body);
    const about = form.kind === 'watermark' ? fieldsOf<{ source: string; object: string }>(form, framed.body) : null;
    if (about === null) return [to(key, moved)];
    return watermarkKeys(about.source, about.object, partitions).map((each) => to(each, moved));
  }

  /** Bytes that were once read from the topic, or that its messages hold: what is no event stays as it is. */
  bytes(topic: string, value: Uint8Array): Uint8Array {
    const framed = unframe(value);
    return framed.ok ? frame(this.#ids.of(topic, framed.schemaId), framed.body) : value;
  }

  #outcome(form: Form, body: Buffer): Uint8Array {
    const fields = fieldsOf<OutcomeFields>(form, body);
    const places = fields === null ? undefined : this.#places.get(fields.topic);
    if (fields === null || places === undefined) return body;
    const { topic, offset, event, key } = fields;
    const place = offset < 0 ? {} : places.place(offset, key);
    const moved = event === null ? null : Buffer.from(this.bytes(topic, event));
    return form.type?.toBuffer({ ...fields, ...place, event: moved }) ?? body;
  }

  async #form(id: number): Promise<Form> {
    const known = this.#forms.get(id);
    if (known !== undefined) return known;
    const form = formOf(await this.#from.schema(id));
    this.#forms.set(id, form);
    return form;
  }
}

function formOf(schema: string | null): Form {
  if (schema === null) return OTHER;
  const { name, namespace } = JSON.parse(schema) as { readonly name?: string; readonly namespace?: string };
  if (namespace !== 'changeover') return OTHER;
  if (name === 'Watermark') return { kind: 'watermark', type: compile(schema) };
  return name === 'Outcome' ? { kind: 'outcome', type: compile(schema) } : OTHER;
}

/** Null where the bytes do not fit: a damaged message moves as it is. */
function fieldsOf<Fields>({ type }: Form, body: Buffer): Fields | null {
  try {
    return (type?.fromBuffer(body) as Fields | undefined) ?? null;
  } catch {
    return null;
  }
}
