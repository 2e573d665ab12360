import type Database from 'better-sqlite3';
import { ChangeoverError } from '../../core/errors.ts';
import type { TopicSettings } from '../bus.ts';
import { isLegalTopic } from '../topic-name.ts';
import { PartitionLog } from './partition-log.ts';

export interface Topic {
  readonly name: string;
  readonly retentionMs: number | null;
  /** By partition number. */
  readonly partitions: readonly PartitionLog[];
}

interface PartitionRow {
  readonly id: number;
  readonly topic: string;
  readonly number: number;
  readonly start_offset: number;
  readonly retention_ms: number | null;
}

/** The topics and partitions of the file. */
export class Catalogue {
  readonly #file: string;
  readonly #database: Database.Database;
  readonly #topics = new Map<string, Topic>();
  readonly #byId = new Map<number, PartitionLog>();

  constructor(file: string, database: Database.Database) {
    this.#file = file;
    this.#database = database;
    this.reload();
  }

  /** Reads the file again: where another process writes, the ends move without us. */
  reload(): void {
    const rows = this.#database
      .prepare<[], PartitionRow>(
        `SELECT partitions.id AS id, name AS topic, number, start_offset, retention_ms
         FROM partitions JOIN topics ON topics.id = topic_id ORDER BY topics.id, number`,
      )
      .all();
    const found = new Map<string, { retentionMs: number | null; partitions: PartitionLog[] }>();
    for (const row of rows) {
      const topic = found.get(row.topic) ?? { retentionMs: row.retention_ms, partitions: [] };
      found.set(row.topic, topic);
      let log = this.#byId.get(row.id);
      if (log === undefined) {
        log = new PartitionLog(this.#file, this.#database, {
          id: row.id,
          topic: row.topic,
          partition: row.number,
          start: row.start_offset,
        });
        this.#byId.set(row.id, log);
      } else {
        log.reload(row.start_offset);
      }
      topic.partitions.push(log);
    }
    for (const [name, topic] of found) this.#topics.set(name, { name, ...topic });
  }

  all(): readonly Topic[] {
    return [...this.#topics.values()];
  }

  topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new ChangeoverError('BUS_TOPIC_UNKNOWN', `the log has no topic ${name}`);
    return topic;
  }

  partition(topic: string, number: number): PartitionLog {
    const log = this.topic(topic).partitions[number];
    if (log === undefined) throw new ChangeoverError('BUS_TOPIC_UNKNOWN', `topic ${topic} has no partition ${number}`);
    return log;
  }

  byId(id: number): PartitionLog | undefined {
    return this.#byId.get(id);
  }

  /** Makes the topic; one that exists gets the retention given, and must have as many partitions. */
  create(name: string, settings: TopicSettings): void {
    if (!isLegalTopic(name)) throw new ChangeoverError('BUS_TOPIC_CONFLICT', `not a legal topic name: ${name}`);
    if (!Number.isInteger(settings.partitions) || settings.partitions < 1) {
      throw new ChangeoverError('BUS_TOPIC_CONFLICT', `topic ${name} cannot have ${settings.partitions} partitions`);
    }
    const known = this.#topics.get(name);
    if (known !== undefined && known.partitions.length !== settings.partitions) {
      throw new ChangeoverError(
        'BUS_TOPIC_CONFLICT',
        `topic ${name} has ${known.partitions.length} partitions, not ${settings.partitions}`,
      );
    }
    if (known?.retentionMs === settings.retentionMs) return;
    this.#database
      .transaction(() => {
        if (known === undefined) this.#insert(name, settings);
        else
          this.#database.prepare('UPDATE topics SET retention_ms = ? WHERE name = ?').run(settings.retentionMs, name);
      })
      .immediate();
    this.reload();
  }

  #insert(name: string, settings: TopicSettings): void {
    const topic = this.#database
      .prepare('INSERT INTO topics (name, partitions, retention_ms) VALUES (?, ?, ?)')
      .run(name, settings.partitions, settings.retentionMs).lastInsertRowid;
    for (let number = 0; number < settings.partitions; number += 1) {
      const partition = this.#database
        .prepare('INSERT INTO partitions (topic_id, number, start_offset) VALUES (?, ?, 0)')
        .run(topic, number).lastInsertRowid;
      PartitionLog.create(this.#database, Number(partition));
    }
  }
}
