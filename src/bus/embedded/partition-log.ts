import type Database from 'better-sqlite3';
import { ChangeoverError } from '../../core/errors.ts';
import type { BusMessage, StoredMessage } from '../bus.ts';
import { type BatchLimit, mustBeIn, type PartitionSource, type Slice } from '../partition-reader.ts';
import { guarded } from './errors.ts';

/** Messages per row of the time index. */
const SEGMENT = 1024;
/** Rows fetched at a time, so that a few huge messages cannot fill the memory before the byte limit is seen. */
const FETCH = 256;

interface MessageRow {
  readonly offset: number;
  readonly key: string;
  readonly timestamp: number;
  readonly headers: string | null;
  readonly value: Buffer;
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** One partition's messages in the file. Every method is one or more statements; transactions are the caller's. */
export class PartitionLog implements PartitionSource {
  readonly id: number;
  readonly topic: string;
  readonly partition: number;
  readonly #file: string;
  readonly #database: Database.Database;
  readonly #insert: Database.Statement<[number, string, number, string | null, Uint8Array]>;
  readonly #select: Database.Statement<[number, number, number], MessageRow>;
  #start: number;
  #end = 0;
  /** The latest timestamp of the segment that is still growing. */
  #segmentLatest = Number.NEGATIVE_INFINITY;

  constructor(
    file: string,
    database: Database.Database,
    identity: { id: number; topic: string; partition: number; start: number },
  ) {
    this.#file = file;
    this.id = identity.id;
    this.topic = identity.topic;
    this.partition = identity.partition;
    this.#database = database;
    this.#start = identity.start;
    const table = PartitionLog.table(identity.id);
    this.#insert = database.prepare(
      `INSERT INTO ${table} (offset, key, timestamp, headers, value) VALUES (?, ?, ?, ?, ?)`,
    );
    this.#select = database.prepare(
      `SELECT offset, key, timestamp, headers, value FROM ${table} WHERE offset >= ? AND offset < ? ORDER BY offset LIMIT ?`,
    );
    this.reload(identity.start);
  }

  static table(id: number): string {
    return `messages_${id}`;
  }

  static create(database: Database.Database, id: number): void {
    database.exec(
      `CREATE TABLE ${PartitionLog.table(id)} (offset INTEGER PRIMARY KEY, key TEXT NOT NULL, timestamp INTEGER NOT NULL, headers TEXT, value BLOB NOT NULL) STRICT`,
    );
  }

  /** The first offset still there. */
  get start(): number {
    return this.#start;
  }

  /** One past the last. */
  get end(): number {
    return this.#end;
  }

  /** Reads start and end from the file again, and checks that they agree. */
  reload(start: number): void {
    const table = PartitionLog.table(this.id);
    const edges = this.#database
      .prepare<[], { first: number | null; last: number | null }>(
        `SELECT (SELECT min(offset) FROM ${table}) AS first, (SELECT max(offset) FROM ${table}) AS last`,
      )
      .get();
    const first = edges?.first ?? null;
    const last = edges?.last ?? null;
    if (first !== null && first !== start) {
      throw new ChangeoverError(
        'BUS_CORRUPT',
        `${this.topic}, partition ${this.partition}: the log starts at ${first}, but ${start} is recorded`,
      );
    }
    this.#start = start;
    this.#end = last === null ? start : last + 1;
    this.#segmentLatest =
      this.#database
        .prepare<[number], number | null>(`SELECT max(timestamp) FROM ${table} WHERE offset >= ?`)
        .pluck()
        .get(this.#end - (this.#end % SEGMENT)) ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * Inserts after `end`, within the caller's transaction. The object itself moves only with `accept`, after the commit,
   * so that a failed transaction leaves no trace.
   */
  insert(message: BusMessage, pending: PendingEnd): void {
    const headers = isEmpty(message.headers) ? null : JSON.stringify(message.headers);
    this.#insert.run(pending.end, message.key, message.timestamp, headers, message.value);
    if (message.timestamp > pending.segmentLatest) pending.segmentLatest = message.timestamp;
    pending.end += 1;
    if (pending.end % SEGMENT !== 0) return;
    pending.segments.push({ segment: pending.end / SEGMENT - 1, latest: pending.segmentLatest });
    pending.segmentLatest = Number.NEGATIVE_INFINITY;
  }

  pendingEnd(): PendingEnd {
    return { end: this.#end, segmentLatest: this.#segmentLatest, segments: [] };
  }

  accept(pending: PendingEnd): void {
    this.#end = pending.end;
    this.#segmentLatest = pending.segmentLatest;
  }

  open(position: number | null): number {
    const at = position ?? this.#start;
    mustBeIn(this, at, this);
    return at;
  }

  next(position: number, limit: BatchLimit): Slice | null {
    mustBeIn(this, position, this);
    if (position === this.#end) return null;
    const messages = this.slice(position, this.#end, limit);
    return { messages, next: position + messages.length };
  }

  /** Messages from `from` up to (not including) `to`, in order, at most as many as the limit says, at least one. */
  slice(from: number, to: number, limit: BatchLimit): StoredMessage[] {
    return guarded(this.#file, () => this.#slice(from, to, limit));
  }

  #slice(from: number, to: number, limit: BatchLimit): StoredMessage[] {
    const found: StoredMessage[] = [];
    let bytes = 0;
    let next = from;
    while (found.length < limit.messages && bytes <= limit.bytes) {
      const wanted = Math.min(FETCH, limit.messages - found.length);
      const rows = this.#select.all(next, to, wanted);
      for (const row of rows) {
        if (row.offset !== next) {
          throw new ChangeoverError(
            'BUS_CORRUPT',
            `${this.topic}, partition ${this.partition}: offset ${next} is missing before ${row.offset}`,
          );
        }
        next += 1;
        bytes += row.value.length;
        found.push({
          topic: this.topic,
          partition: this.partition,
          offset: row.offset,
          key: row.key,
          timestamp: row.timestamp,
          headers: row.headers === null ? NO_HEADERS : (JSON.parse(row.headers) as Record<string, string>),
          value: row.value,
        });
        if (bytes > limit.bytes) break;
      }
      if (rows.length < wanted) break;
    }
    return found;
  }

  /** @throws BUS_CORRUPT where an offset is missing. */
  verify(): void {
    const count =
      this.#database
        .prepare<[], number>(`SELECT count(*) FROM ${PartitionLog.table(this.id)}`)
        .pluck()
        .get() ?? 0;
    if (count === this.#end - this.#start) return;
    throw new ChangeoverError(
      'BUS_CORRUPT',
      `${this.topic}, partition ${this.partition}: ${count} messages from ${this.#start} to ${this.#end}`,
    );
  }

  timestampAt(offset: number): number | null {
    return (
      this.#database
        .prepare<[number], number>(`SELECT timestamp FROM ${PartitionLog.table(this.id)} WHERE offset = ?`)
        .pluck()
        .get(offset) ?? null
    );
  }

  /** The first offset whose timestamp is at or after `time`; `end` where there is none. */
  offsetAtTime(time: number): number {
    const segment = this.#database
      .prepare<[number, number, number], number>(
        'SELECT segment FROM time_index WHERE partition_id = ? AND segment >= ? AND latest >= ? ORDER BY segment LIMIT 1',
      )
      .pluck()
      .get(this.id, Math.floor(this.#start / SEGMENT), time);
    const scanFrom = Math.max(
      this.#start,
      segment === undefined ? this.#end - (this.#end % SEGMENT) : segment * SEGMENT,
    );
    // The first segment may be cut: its latest timestamp can belong to a message that retention removed. So the scan goes on.
    return (
      this.#database
        .prepare<[number, number], number>(
          `SELECT offset FROM ${PartitionLog.table(this.id)} WHERE offset >= ? AND timestamp >= ? ORDER BY offset LIMIT 1`,
        )
        .pluck()
        .get(scanFrom, time) ?? this.#end
    );
  }

  /** Deletes up to (not including) `to`, within the caller's transaction; `moveStart` afterwards. */
  deleteTo(to: number): void {
    this.#database.prepare(`DELETE FROM ${PartitionLog.table(this.id)} WHERE offset < ?`).run(to);
    this.#database.prepare('UPDATE partitions SET start_offset = ? WHERE id = ?').run(to, this.id);
    this.#database
      .prepare('DELETE FROM time_index WHERE partition_id = ? AND segment < ?')
      .run(this.id, Math.floor(to / SEGMENT));
  }

  moveStart(to: number): void {
    this.#start = to;
  }
}

/** Where a partition will end once the transaction in hand is committed. */
export interface PendingEnd {
  end: number;
  segmentLatest: number;
  /** Segments that became full. */
  readonly segments: { readonly segment: number; readonly latest: number }[];
}

function isEmpty(headers: Readonly<Record<string, string>>): boolean {
  for (const _name in headers) return false;
  return true;
}
