import type Database from 'better-sqlite3';
import { ChangeoverError } from '../../core/errors.ts';
import type { Clock, Logger } from '../../core/ports.ts';
import type {
  BusMessage,
  EventBus,
  PartitionBounds,
  PartitionLag,
  Position,
  StoredMessage,
  SubscribeOptions,
  Subscription,
  TopicPartition,
  TopicSettings,
} from '../bus.ts';
import { mustBeIn, PartitionReader } from '../partition-reader.ts';
import { partitionOf } from '../partitioner.ts';
import { Appender } from './appender.ts';
import { Catalogue } from './catalogue.ts';
import { busError, guarded } from './errors.ts';
import { type Access, lastWriter, openLogFile } from './file.ts';
import { follow } from './follower.ts';
import { takeWriterLock, type WriterLock } from './lock.ts';
import type { PartitionLog } from './partition-log.ts';
import { GroupPositions } from './positions.ts';
import { type RetentionOptions, type RetentionResult, removeExpired } from './retention.ts';
import { EmbeddedSchemaTable } from './schema-table.ts';
import { EmbeddedSubscription, type LogReader } from './subscription.ts';

export interface EmbeddedBusOptions {
  /** Path of the SQLite file. `-wal`, `-shm` and `.lock` stand beside it. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** `read` opens a log that another process may be writing; nothing of it changes. Default `write`. */
  readonly access?: Access;
  /** How often a reader looks for another process's appends, milliseconds. Default 50. */
  readonly pollMs?: number;
  /** The log refuses to grow beyond this, as if the disk were full. Default: no limit but the disk. */
  readonly maxBytes?: number | null;
}

/** A group's position is on the disk this long after it moved, at the latest; sooner where something is appended. */
const POSITION_DELAY = 1000;
const READ_LIMIT = { messages: 500, bytes: 4 * 1024 * 1024 };

/**
 * The log on one machine: one SQLite file with a write-ahead log, synced at every append. One process writes (a lock says
 * so), any number may read. It works in the caller's thread: SQLite's sync blocks the event loop, which is what makes
 * one group out of the appends that arrive meanwhile.
 */
export class EmbeddedBus implements EventBus {
  readonly file: string;
  readonly schemas: EmbeddedSchemaTable;
  readonly #clock: Clock;
  readonly #logger: Logger | undefined;
  readonly #access: Access;
  readonly #pollMs: number;
  readonly #database: Database.Database;
  readonly #lock: WriterLock | null;
  readonly #catalogue: Catalogue;
  readonly #positions: GroupPositions;
  readonly #appender: Appender;
  readonly #closing = new AbortController();
  #subscriptions: readonly EmbeddedSubscription[] = [];
  #background: readonly Promise<void>[] = [];
  #positionsScheduled = false;
  #polling = false;
  #closed: Promise<void> | null = null;

  /** @throws BUS_LOCKED, BUS_NOT_A_LOG, BUS_CORRUPT, BUS_IO, BUS_DISK_FULL, BUS_READ_ONLY. */
  constructor(options: EmbeddedBusOptions) {
    this.file = options.file;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#access = options.access ?? 'write';
    this.#pollMs = options.pollMs ?? 50;
    const writable = this.#access === 'write';
    this.#lock = writable ? takeWriterLock(options.file, () => lastWriter(options.file)) : null;
    let database: Database.Database | undefined;
    try {
      database = openLogFile(options.file, this.#access);
      const opened = database;
      this.#database = opened;
      if (writable) this.#claim(options.maxBytes ?? null);
      this.#catalogue = guarded(options.file, () => new Catalogue(options.file, opened));
      this.#positions = guarded(options.file, () => new GroupPositions(opened, writable));
    } catch (thrown) {
      database?.close();
      this.#lock?.release();
      throw busError(thrown, options.file);
    }
    this.schemas = new EmbeddedSchemaTable(options.file, this.#database);
    this.#appender = new Appender({
      file: options.file,
      database: this.#database,
      writeAlong: () => this.#positions.write(),
      committed: (partitions) => {
        this.#positions.written();
        this.#wake(partitions);
      },
    });
  }

  async createTopic(topic: string, settings: TopicSettings): Promise<void> {
    this.#mustWrite();
    guarded(this.file, () => this.#catalogue.create(topic, settings));
  }

  async topics(): Promise<readonly { readonly topic: string; readonly partitions: number }[]> {
    this.#look();
    return this.#catalogue.all().map(({ name, partitions }) => ({ topic: name, partitions: partitions.length }));
  }

  async append(topic: string, messages: readonly BusMessage[]): Promise<readonly Position[]> {
    this.#mustWrite();
    const { partitions } = this.#catalogue.topic(topic);
    if (messages.length === 0) return [];
    return this.#appender.append(
      messages.map((message) => ({
        log: this.#catalogue.partition(topic, partitionOf(message.key, partitions.length)),
        message,
      })),
    );
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#look();
    const busy = this.#subscriptions.find(
      ({ group, topics }) => group === options.group && options.topics.some((topic) => topics.has(topic)),
    );
    if (busy !== undefined) {
      throw new ChangeoverError(
        'BUS_GROUP_BUSY',
        `group ${options.group} is reading ${options.topics.join(', ')} already`,
      );
    }
    const logs = options.topics.flatMap((topic) => this.#catalogue.topic(topic).partitions);
    const subscription: EmbeddedSubscription = new EmbeddedSubscription({
      group: options.group,
      topics: options.topics,
      readers: (moved) => logs.map((log) => this.#reader(log, options, moved)),
      ended: () => {
        this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
      },
    });
    this.#subscriptions = [...this.#subscriptions, subscription];
    this.#poll();
    return subscription;
  }

  async bounds(topic: string): Promise<readonly PartitionBounds[]> {
    this.#look();
    return this.#catalogue
      .topic(topic)
      .partitions.map(({ partition, start, end }) => ({ topic, partition, start, end }));
  }

  async lag(group: string): Promise<readonly PartitionLag[]> {
    this.#look();
    const now = this.#clock.now();
    return this.#positionsOf(group).map(({ log, position }) => {
      const next = Math.max(position, log.start);
      const oldest = next < log.end ? log.timestampAt(next) : null;
      return {
        topic: log.topic,
        partition: log.partition,
        events: Math.max(0, log.end - next),
        ageMs: oldest === null ? null : Math.max(0, now - oldest),
      };
    });
  }

  async committed(group: string): Promise<readonly Position[]> {
    this.#look();
    return this.#positionsOf(group).map(({ log, position }) => ({
      topic: log.topic,
      partition: log.partition,
      offset: position,
    }));
  }

  async seek(
    group: string,
    to: readonly Position[] | { readonly topic: string; readonly atTime: number },
  ): Promise<void> {
    this.#mustWrite();
    const targets = 'atTime' in to ? await this.offsetAtTime(to.topic, to.atTime) : to;
    const topics = new Set(targets.map(({ topic }) => topic));
    if (
      this.#subscriptions.some((other) => other.group === group && [...topics].some((topic) => other.topics.has(topic)))
    ) {
      throw new ChangeoverError('BUS_GROUP_BUSY', `group ${group} is being read with; stop its reader first`);
    }
    const moves = targets.map((target) => {
      const log = this.#catalogue.partition(target.topic, target.partition);
      mustBeIn(log, target.offset, log);
      return { log, offset: target.offset };
    });
    for (const { log, offset } of moves) this.#positions.set(group, log.id, offset);
    this.#storePositions();
  }

  async *read(where: TopicPartition, from: number, to: number): AsyncIterable<StoredMessage> {
    this.#look();
    const log = this.#catalogue.partition(where.topic, where.partition);
    mustBeIn(log, from, log);
    const end = Math.min(to, log.end);
    for (let next = from; next < end; ) {
      this.#mustBeOpen();
      mustBeIn(log, next, log);
      const messages = log.slice(next, end, READ_LIMIT);
      next += messages.length;
      yield* messages;
    }
  }

  async offsetAtTime(topic: string, time: number): Promise<readonly Position[]> {
    this.#look();
    return guarded(this.file, () =>
      this.#catalogue
        .topic(topic)
        .partitions.map((log) => ({ topic, partition: log.partition, offset: log.offsetAtTime(time) })),
    );
  }

  /** Removes what the topics' settings say is too old; the application calls it on a schedule. */
  async removeExpired(options: RetentionOptions = {}): Promise<readonly RetentionResult[]> {
    this.#mustWrite();
    return removeExpired(
      {
        file: this.file,
        database: this.#database,
        now: this.#clock.now(),
        topics: this.#catalogue.all(),
        lowest: (log) => this.#positions.lowest(log.id),
        open: () => !this.#closing.signal.aborted,
      },
      options,
    );
  }

  /** Forgets where a group stood, so that one which never comes back does not hold up retention. */
  async forgetGroup(group: string): Promise<void> {
    this.#mustWrite();
    if (this.#subscriptions.some((other) => other.group === group)) {
      throw new ChangeoverError('BUS_GROUP_BUSY', `group ${group} is being read with; stop its reader first`);
    }
    guarded(this.file, () => this.#positions.forget(group));
  }

  /** How a commit reaches the disk, as SQLite says itself: for `changeover doctor`. */
  durability(): { readonly journal: string; readonly synchronous: string } {
    const level = Number(this.#database.pragma('synchronous', { simple: true }));
    return {
      journal: String(this.#database.pragma('journal_mode', { simple: true })),
      synchronous: ['off', 'normal', 'full', 'extra'][level] ?? String(level),
    };
  }

  /** Reads the whole file and checks it, for `changeover doctor`; takes about a second for each gigabyte. */
  async verify(): Promise<void> {
    this.#look();
    const found = guarded(this.file, () => this.#database.pragma('quick_check(1)', { simple: true }));
    if (found !== 'ok') {
      throw new ChangeoverError('BUS_CORRUPT', `${this.file}: ${String(found)}`, { place: { file: this.file } });
    }
    for (const { partitions } of this.#catalogue.all()) {
      for (const log of partitions) guarded(this.file, () => log.verify());
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    this.#appender.flush();
    this.#closing.abort(new ChangeoverError('BUS_CLOSED', 'the log is closed'));
    await Promise.all(this.#background);
    try {
      if (this.#access === 'write') this.#storePositions();
    } finally {
      this.#database.close();
      this.#lock?.release();
    }
  }

  #claim(maxBytes: number | null): void {
    if (maxBytes !== null) {
      const page = Number(this.#database.pragma('page_size', { simple: true }));
      this.#database.pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / page))}`);
    }
    this.#database
      .prepare(
        `INSERT INTO writer (only, process, since) VALUES (1, ?, ?)
         ON CONFLICT (only) DO UPDATE SET process = excluded.process, since = excluded.since`,
      )
      .run(process.pid, this.#clock.now());
  }

  #reader(log: PartitionLog, options: SubscribeOptions, moved: () => void): LogReader {
    return new PartitionReader({
      source: log,
      subscribe: options,
      clock: this.#clock,
      moved: (position) => {
        this.#positions.set(options.group, log.id, position);
        this.#schedulePositions();
        moved();
      },
    });
  }

  #positionsOf(group: string): readonly { log: PartitionLog; position: number }[] {
    return [...this.#positions.of(group)].flatMap(([id, position]) => {
      const log = this.#catalogue.byId(id);
      return log === undefined ? [] : [{ log, position }];
    });
  }

  #wake(partitions: ReadonlySet<PartitionLog>): void {
    for (const { readers } of this.#subscriptions) {
      for (const reader of readers) if (partitions.has(reader.source)) reader.wake();
    }
  }

  #storePositions(): void {
    if (!this.#positions.waiting) return;
    guarded(this.file, () => this.#database.transaction(() => this.#positions.write()).immediate());
    this.#positions.written();
  }

  #schedulePositions(): void {
    if (this.#positionsScheduled || this.#access === 'read' || this.#closing.signal.aborted) return;
    this.#positionsScheduled = true;
    this.#inBackground(async () => {
      await this.#clock.sleep(POSITION_DELAY, this.#closing.signal).catch(() => undefined);
      this.#positionsScheduled = false;
      if (this.#closing.signal.aborted) return;
      try {
        this.#storePositions();
      } catch (thrown) {
        // Only a copy: the next append or the next move takes it along.
        this.#logger?.warn({ error: String(thrown) }, 'group positions could not be stored; trying again');
      }
    });
  }

  #poll(): void {
    if (this.#access === 'write' || this.#polling) return;
    this.#polling = true;
    this.#inBackground(async () => {
      await follow({
        database: this.#database,
        clock: this.#clock,
        logger: this.#logger,
        everyMs: this.#pollMs,
        signal: this.#closing.signal,
        needed: () => this.#subscriptions.length > 0,
        changed: () => {
          this.#catalogue.reload();
          for (const { readers } of this.#subscriptions) for (const reader of readers) reader.wake();
        },
      });
      this.#polling = false;
    });
  }

  #inBackground(work: () => Promise<void>): void {
    const running = work().finally(() => {
      this.#background = this.#background.filter((other) => other !== running);
    });
    this.#background = [...this.#background, running];
  }

  #mustBeOpen(): void {
    if (this.#closed !== null) throw new ChangeoverError('BUS_CLOSED', `${this.file} is closed`);
  }

  #mustWrite(): void {
    this.#mustBeOpen();
    if (this.#access === 'read') throw new ChangeoverError('BUS_READ_ONLY', `${this.file} is open for reading only`);
  }

  /** Before every answer: the file as it is now, where others write it. */
  #look(): void {
    this.#mustBeOpen();
    if (this.#access === 'write') return;
    guarded(this.file, () => {
      this.#catalogue.reload();
      this.#positions.load();
    });
  }
}
