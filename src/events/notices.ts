import type { Type } from 'avsc';
import type { BusMessage, EventBus, Position, StoredMessage } from '../bus/bus.ts';
import { ChangeoverError } from '../core/errors.ts';
import type { RecordKey } from '../core/identifiers.ts';
import { compile } from './avro-types.ts';
import { type Claim, Claims, type ControlTopic, type LogOwner } from './claims.ts';
import type { OrderingKey } from './event.ts';
import { type Naming, retentionOf, type SourceTopic } from './names.ts';
import { CONTROL_SCHEMA, OUTCOME_SCHEMA } from './schema.ts';
import type { SchemaTable } from './schema-table.ts';
import { frame, unframe } from './wire.ts';

/**
 * RETRY: again at `dueAt`. DEAD: refused for good. RELEASED: neither any more. EDITED: a person corrected it for Twenty.
 * DISCARDED: a person left it out. Of one record and ordering key the last one in the topic holds.
 */
export type Outcome = 'RETRY' | 'DEAD' | 'RELEASED' | 'EDITED' | 'DISCARDED';

/** What became of an event that could not be applied. schemas/outcome.avsc is its Avro form. */
export interface OutcomeNotice {
  readonly kind: 'outcome';
  /** Of a message that is no event of ours: the message's own key. */
  readonly key: RecordKey;
  readonly outcome: Outcome;
  readonly order: OrderingKey;
  /** Where the event stands in the log; offset -1 where that is not known. */
  readonly origin: Position;
  readonly attempt: number;
  readonly code: string;
  readonly message: string;
  readonly dueAt: number | null;
  readonly at: number;
  readonly run: string;
  /** The event in the log's own form, to send it again even where retention removed it. */
  readonly event: Uint8Array | null;
  /** Who decided, where it was a person. */
  readonly by: string | null;
  /** EDITED: the fields that were corrected, as JSON. */
  readonly changes: string | null;
}

/** What an operator or the cutover said about a source. schemas/control.avsc is its Avro form. */
export interface ControlNotice {
  readonly kind: 'control';
  readonly source: string;
  readonly object: string | null;
  readonly action: string;
  readonly by: string;
  readonly reason: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly at: number;
  readonly run: string;
}

export type Notice = OutcomeNotice | ControlNotice;

export type DecodedNotice =
  | { readonly ok: true; readonly notice: Notice; readonly message: StoredMessage }
  | { readonly ok: false; readonly error: ChangeoverError; readonly message: StoredMessage };

type AvroRecord = Readonly<Record<string, unknown>>;

interface Form {
  readonly name: string;
  readonly schema: string;
  readonly type: Type;
}

const FORMS: Readonly<Record<Notice['kind'], Form>> = {
  outcome: { name: 'changeover.Outcome', schema: OUTCOME_SCHEMA, type: compile(OUTCOME_SCHEMA) },
  control: { name: 'changeover.Control', schema: CONTROL_SCHEMA, type: compile(CONTROL_SCHEMA) },
};

/** The topics of a source that are no object's: `.retry`, `.dead` and `.control`. */
export class NoticeLog {
  readonly #bus: EventBus;
  readonly #schemas: SchemaTable;
  readonly #naming: Naming;
  readonly #partitions: number;
  readonly #retentionMs: number | null;
  /** Null: nobody but us can be there. */
  readonly #claims: Claims | null;
  /** Names of the records that schema ids stand for. */
  readonly #records = new Map<number, { readonly name: string; readonly type: Type }>();

  constructor(options: {
    readonly bus: EventBus;
    readonly schemas: SchemaTable;
    readonly naming: Naming;
    readonly partitions?: number;
    readonly retentionMs?: number | null;
    readonly owner?: LogOwner | undefined;
  }) {
    this.#bus = options.bus;
    this.#schemas = options.schemas;
    this.#naming = options.naming;
    this.#partitions = options.partitions ?? 1;
    this.#retentionMs = options.retentionMs ?? null;
    this.#claims = options.owner === undefined ? null : new Claims(this.#control(), options.owner);
  }

  /**
   * Makes sure that the source's topics are ours, before any of them is made or written to.
   * @throws BUS_OTHER_DEPLOYMENT, BUS_OTHER_STATE
   */
  async claim(source: string): Promise<void> {
    await this.#claims?.hold(source);
  }

  /** Whose the source's topics are; null where nobody said so. */
  async ownerOf(source: string): Promise<Claim | null> {
    return (await this.#claims?.of(source)) ?? null;
  }

  /** Its name, whether or not it was made yet. */
  topic(source: string, to: SourceTopic): Promise<string> {
    return this.#naming.sourceTopic(source, to);
  }

  /** Makes the topic where it is missing; returns its name. @throws BUS_OTHER_DEPLOYMENT, BUS_OTHER_STATE */
  async declare(source: string, to: SourceTopic): Promise<string> {
    await this.claim(source);
    return this.#make(source, to);
  }

  async #make(source: string, to: SourceTopic): Promise<string> {
    const topic = await this.topic(source, to);
    const existing = (await this.#bus.topics()).find((each) => each.topic === topic)?.partitions;
    await this.#bus.createTopic(topic, {
      partitions: existing ?? this.#partitions,
      retentionMs: retentionOf(topic, this.#retentionMs),
    });
    return topic;
  }

  /** Resolves when all of them are durable. Keyed by record, or by source for control. */
  async append(source: string, to: SourceTopic, notices: readonly Notice[]): Promise<readonly Position[]> {
    const topic = await this.declare(source, to);
    const messages = [];
    for (const notice of notices)
      messages.push(await this.#message(topic, notice.kind === 'outcome' ? notice.key : notice.source, notice));
    return this.#bus.append(topic, messages);
  }

  async #message(topic: string, key: string, notice: Notice): Promise<BusMessage> {
    const { name, schema, type } = FORMS[notice.kind];
    const id = await this.#schemas.register(`${topic}-${name}`, schema);
    return { key, value: frame(id, type.toBuffer(recordOf(notice))), timestamp: notice.at, headers: {} };
  }

  #control(): ControlTopic {
    return {
      bus: this.#bus,
      make: (source) => this.#make(source, 'control'),
      name: (source) => this.topic(source, 'control'),
      append: async (topic, key, notice) => {
        await this.#bus.append(topic, [await this.#message(topic, key, notice)]);
      },
      decode: (message) => this.#decode(message),
    };
  }

  async decode(messages: readonly StoredMessage[]): Promise<readonly DecodedNotice[]> {
    const decoded: DecodedNotice[] = [];
    for (const message of messages) decoded.push(await this.#decode(message));
    return decoded;
  }

  async #decode(message: StoredMessage): Promise<DecodedNotice> {
    const failed = (code: 'EVENT_NOT_OURS' | 'EVENT_DAMAGED', why: string): DecodedNotice => ({
      ok: false,
      error: new ChangeoverError(code, `not a notice: ${why}`),
      message,
    });
    const framed = unframe(message.value);
    if (!framed.ok) return failed('EVENT_NOT_OURS', framed.reason);
    const record = await this.#record(framed.schemaId);
    if (record === null) return failed('EVENT_NOT_OURS', `schema ${framed.schemaId} is of something else`);
    try {
      const fields = record.type.fromBuffer(framed.body) as AvroRecord;
      return { ok: true, notice: record.name === 'Outcome' ? outcomeOf(fields) : controlOf(fields), message };
    } catch (thrown) {
      return failed('EVENT_DAMAGED', thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  async #record(schemaId: number): Promise<{ readonly name: string; readonly type: Type } | null> {
    const known = this.#records.get(schemaId);
    if (known !== undefined) return known;
    const schema = await this.#schemas.schema(schemaId);
    if (schema === null) return null;
    const { name, namespace } = JSON.parse(schema) as { name?: string; namespace?: string };
    if (namespace !== 'changeover' || (name !== 'Outcome' && name !== 'Control')) return null;
    const record = { name, type: compile(schema) };
    this.#records.set(schemaId, record);
    return record;
  }
}

function recordOf(notice: Notice): AvroRecord {
  if (notice.kind === 'control') {
    const { kind: _kind, ...rest } = notice;
    return { ...rest, detail: JSON.stringify(notice.detail) };
  }
  const { kind: _kind, order, origin, event, ...rest } = notice;
  return { ...rest, ...order, ...origin, event: event === null ? null : Buffer.from(event) };
}

function outcomeOf(fields: AvroRecord): OutcomeNotice {
  const { epoch, sequence, topic, partition, offset, ...rest } = fields as unknown as Omit<OutcomeNotice, 'kind'> &
    OrderingKey &
    Position;
  // Notices written before these fields existed have neither.
  const later = { by: null, changes: null };
  return { ...later, ...rest, kind: 'outcome', order: { epoch, sequence }, origin: { topic, partition, offset } };
}

function controlOf(fields: AvroRecord): ControlNotice {
  const { detail, ...rest } = fields as unknown as Omit<ControlNotice, 'kind' | 'detail'> & { readonly detail: string };
  return { ...rest, kind: 'control', detail: JSON.parse(detail) as Readonly<Record<string, unknown>> };
}
