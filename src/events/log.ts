import type { EventBus, StoredMessage, TopicPartition } from '../bus/bus.ts';
import { partitionOf } from '../bus/partitioner.ts';
import type { LogOwner } from './claims.ts';
import { type Decoded, EventCodec } from './codec.ts';
import type { ChangeEvent, EventField, LogEvent } from './event.ts';
import { fieldsOf, type NameTable, Naming, namesInTopic, objectsOf, SOURCES, type SourceTopic } from './names.ts';
import { NoticeLog } from './notices.ts';
import { changeEventSchema, evolve, readObjectSchema, WATERMARK_SCHEMA } from './schema.ts';
import type { SchemaTable } from './schema-table.ts';
import { TRACE_HEADER } from './trace.ts';

export interface EventLogOptions {
  readonly bus: EventBus;
  readonly schemas: SchemaTable;
  readonly names: NameTable;
  /** Of topics that do not exist yet. Default 1: one process gains nothing by more. */
  readonly partitions?: number;
  /** Default null: events stay for the whole window. */
  readonly retentionMs?: number | null;
  /**
   * Runs the work while no other process of the deployment is at the like. Where several declare objects, each extends what
   * it has read: two at once would lose one's fields. Default: at once, since nobody else is there.
   */
  readonly alone?: Alone;
  /** Left out where nobody else can write to this log. */
  readonly owner?: LogOwner;
}

/** The turn of one process at what only one may do at a time. */
export interface Turn {
  /** Aborted, with STATE_LEASE_LOST, when another one went on because this one stood still. */
  readonly lost: AbortSignal;
  /** To be awaited before whatever changes something: the turn is still this one's. @throws STATE_LEASE_LOST. */
  confirm(): Promise<void>;
}

/** May do the work again from its beginning, when the turn was lost before it was through. */
export type Alone = <Result>(work: (turn: Turn) => Promise<Result>) => Promise<Result>;

const NOBODY_ELSE: Turn = { lost: new AbortController().signal, confirm: async () => undefined };

export interface DeclaredObject {
  readonly topic: string;
  readonly schemaId: number;
  /** Fields that events have from now on and had not before, by the source's names. */
  readonly added: readonly string[];
}

/** An event, or why the message is none, with its place in the log. */
export type ReadEvent = Decoded & { readonly message: StoredMessage };

interface NextSchema {
  readonly schema: string;
  readonly added: readonly string[];
  /** Null: it is not the newest one yet. */
  readonly id: number | null;
}

interface OpenObject {
  readonly topic: string;
  readonly schemaId: number;
  readonly partitions: number;
}

const READ_BATCH = 200;

/** Events in the log: topics, schemas and bytes by one word. Adds nothing and leaves nothing out. */
export class EventLog {
  readonly bus: EventBus;
  /** The source's topics that are no object's. */
  readonly notices: NoticeLog;
  readonly #schemas: SchemaTable;
  readonly #naming: Naming;
  readonly #codec: EventCodec;
  readonly #partitions: number;
  readonly #retentionMs: number | null;
  readonly #alone: Alone;
  readonly #objects = new Map<string, OpenObject>();

  constructor(options: EventLogOptions) {
    this.bus = options.bus;
    this.#schemas = options.schemas;
    this.#naming = new Naming(options.names);
    this.#codec = new EventCodec(options.schemas);
    this.#partitions = options.partitions ?? 1;
    this.#retentionMs = options.retentionMs ?? null;
    this.#alone = options.alone ?? ((work) => work(NOBODY_ELSE));
    this.notices = new NoticeLog({
      bus: options.bus,
      schemas: options.schemas,
      naming: this.#naming,
      partitions: this.#partitions,
      retentionMs: this.#retentionMs,
      owner: options.owner,
    });
  }

  topic(source: string, object: string): Promise<string> {
    return this.#naming.topic(source, object);
  }

  sourceTopic(source: string, topic: SourceTopic): Promise<string> {
    return this.#naming.sourceTopic(source, topic);
  }

  /**
   * Makes the object's topic, and extends its schema by the fields that are new. Again after every discovery.
   * @throws EVENT_SCHEMA_INCOMPATIBLE where the type of a field changed; REGISTRY_SUBJECT_FOREIGN, REGISTRY_COMPATIBILITY where its
   *   schemas are not safe from others; BUS_OTHER_DEPLOYMENT, BUS_OTHER_STATE where the
   *   source's topics are somebody else's; BUS_TOPIC_CONFLICT, BUS_TOPIC_RETENTION, BUS_TOPIC_UNSAFE where its topic is there and
   *   not as it must be. The log stays as it was.
   */
  async declare(source: string, object: string, fields: readonly EventField[]): Promise<DeclaredObject> {
    await this.notices.claim(source);
    const topic = await this.#naming.topic(source, object);
    const legalSource = await this.#naming.source(source);
    const legalObject = await this.#naming.object(source, object);
    const subject = await this.#subject(source, object);
    const next = async (): Promise<NextSchema> => {
      const latest = await this.#schemas.latest(subject);
      const old = latest === null ? [] : (readObjectSchema(latest.schema)?.fields ?? []);
      // A state that was lost finds the names of its fields again in the schema.
      await this.#naming.learn(
        fieldsOf(source, object),
        old.map(({ name, legal }) => ({ name, legal })),
      );
      const names = fields.map(({ name }) => name);
      const legal = await this.#naming.legal(fieldsOf(source, object), names, 'field');
      const wanted = fields.map((field) => ({ ...field, legal: legal.get(field.name) ?? field.name }));
      const evolved = evolve(object, old, wanted);
      const schema = changeEventSchema({ source, object, legalSource, legalObject, fields: evolved.fields });
      return { schema, added: evolved.added, id: latest?.schema === schema ? latest.id : null };
    };
    const { id: schemaId, added } = await this.#registered(subject, next);
    const partitions = await this.#createTopic(topic);
    this.#objects.set(nameOf(source, object), { topic, schemaId, partitions });
    return { topic, schemaId, added };
  }

  /**
   * Resolves when the events are durable: all of them together. A watermark goes to every partition, behind what was
   * appended before it.
   * @throws EVENT_FIELD_UNKNOWN, EVENT_VALUE_INVALID, EVENT_SCHEMA_UNKNOWN (not declared), and the bus's own errors.
   */
  async append(source: string, object: string, events: readonly LogEvent[], traceparent?: string): Promise<void> {
    if (events.length === 0) return;
    const open = await this.#open(source, object);
    const encode = await this.#codec.encoder(open.schemaId);
    const watermarkId = events.some(({ kind }) => kind === 'watermark') ? await this.#watermarkSchema(open.topic) : 0;
    const headers = traceparent === undefined ? {} : { [TRACE_HEADER]: traceparent };
    const messages = events.flatMap((event) => {
      if (event.kind === 'change')
        return [{ key: event.key, value: encode(event), timestamp: event.observedAt, headers }];
      const value = this.#codec.encodeWatermark(watermarkId, event);
      return watermarkKeys(event.source, event.object, open.partitions).map((key) => ({
        key,
        value,
        timestamp: event.observedAt,
        headers,
      }));
    });
    await this.bus.append(open.topic, messages);
  }

  /** One event in the log's own form, wire header included, as it would be appended now. */
  async encode(event: ChangeEvent): Promise<Buffer> {
    const open = await this.#open(event.source, event.object);
    const encode = await this.#codec.encoder(open.schemaId);
    return encode(event);
  }

  /** The fields that events of the object have, by the source's names; empty where it was never declared. */
  async fields(source: string, object: string): Promise<readonly EventField[]> {
    const latest = await this.#schemas.latest(await this.#subject(source, object));
    return latest === null ? [] : (readObjectSchema(latest.schema)?.fields ?? []);
  }

  /**
   * Gives sources and objects the names again that they have in the log: for a state that was lost, before anything is
   * declared. An object without any event gets a new one, as it did before.
   */
  async recoverNames(sources: ReadonlySet<string>): Promise<void> {
    for (const { topic } of await this.bus.topics()) {
      const legal = namesInTopic(topic);
      const first = legal === null ? null : await this.#firstChange(topic);
      if (legal === null || first === null || !sources.has(first.source)) continue;
      await this.#naming.learn(SOURCES, [{ name: first.source, legal: legal.source }]);
      await this.#naming.learn(objectsOf(first.source), [{ name: first.object, legal: legal.object }]);
    }
  }

  async #firstChange(topic: string): Promise<ChangeEvent | null> {
    for (const { partition, start, end } of await this.bus.bounds(topic)) {
      for await (const read of this.read({ topic, partition }, start, end)) {
        if (read.ok && read.event.kind === 'change') return read.event;
      }
    }
    return null;
  }

  /** The events of a batch, in their order. */
  async decode(messages: readonly StoredMessage[]): Promise<readonly ReadEvent[]> {
    const decoded = await this.#codec.decode(messages);
    return decoded.flatMap((result, index) => {
      const message = messages[index];
      return message === undefined ? [] : [{ ...result, message }];
    });
  }

  /** Reads events from `from` up to (not including) `to`, without a group. */
  async *read(where: TopicPartition, from: number, to: number): AsyncIterable<ReadEvent> {
    let batch: StoredMessage[] = [];
    for await (const message of this.bus.read(where, from, to)) {
      batch.push(message);
      if (batch.length < READ_BATCH) continue;
      yield* await this.decode(batch);
      batch = [];
    }
    yield* await this.decode(batch);
  }

  async #subject(source: string, object: string): Promise<string> {
    const topic = await this.#naming.topic(source, object);
    const legalSource = await this.#naming.source(source);
    const legalObject = await this.#naming.object(source, object);
    return `${topic}-changeover.${legalSource}.${legalObject}.ChangeEvent`;
  }

  /** Most often it is there already, and is only looked after; else it is read again once nobody else can be changing it. */
  async #registered(
    subject: string,
    next: () => Promise<NextSchema>,
  ): Promise<{ readonly id: number; readonly added: readonly string[] }> {
    const { id, schema, added } = await next();
    if (id !== null) return { id: await this.#schemas.register(subject, schema), added };
    return this.#alone(async (turn) => {
      const again = await next();
      if (again.id !== null) return { id: again.id, added: again.added };
      await turn.confirm();
      return { id: await this.#schemas.register(subject, again.schema), added: again.added };
    });
  }

  async #open(source: string, object: string): Promise<OpenObject> {
    const known = this.#objects.get(nameOf(source, object));
    if (known !== undefined) return known;
    // Declared by an earlier run: its schema holds until something new is discovered.
    await this.declare(source, object, []);
    const open = this.#objects.get(nameOf(source, object));
    return open ?? { topic: await this.#naming.topic(source, object), schemaId: 0, partitions: this.#partitions };
  }

  async #createTopic(topic: string): Promise<number> {
    const find = async () => (await this.bus.topics()).find((each) => each.topic === topic)?.partitions;
    // One that has more is used as it is; with fewer, less could be taken in at once than was asked for, and it is refused.
    const partitions = Math.max((await find()) ?? 0, this.#partitions);
    await this.bus.createTopic(topic, { partitions, retentionMs: this.#retentionMs });
    return partitions;
  }

  #watermarkSchema(topic: string): Promise<number> {
    return this.#schemas.register(`${topic}-changeover.Watermark`, WATERMARK_SCHEMA);
  }
}

function nameOf(source: string, object: string): string {
  return `${source}/${object}`;
}

/** One key for each partition: partitions are only reached by keys, in both shapes of the log. */
export function watermarkKeys(source: string, object: string, partitions: number): readonly string[] {
  const keys = new Map<number, string>();
  for (let attempt = 0; keys.size < partitions; attempt += 1) {
    const key = `watermark ${source}/${object} ${attempt}`;
    const partition = partitionOf(key, partitions);
    if (!keys.has(partition)) keys.set(partition, key);
  }
  return [...keys].sort(([a], [b]) => a - b).map(([, key]) => key);
}
