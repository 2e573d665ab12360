// The embedded log beside bare SQLite with the same rows, transactions and sync settings, turn by turn in one run; and the
// log on Kafka beside bare kafkajs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { EmbeddedBus } from '../src/bus/embedded/embedded-bus.ts';
import type { Clock } from '../src/core/ports.ts';
import { type KafkaRound, type KafkaSpeed, measureKafka } from './bus-kafka.ts';
import type { BenchResult } from './result.ts';

export interface BusBenchOptions {
  readonly clock: Clock;
  /** Messages a round; both sides have one round to warm up. */
  readonly messages?: number;
  readonly rounds?: number;
}

/** Messages per append, bytes per value, messages per batch read. */
const GROUP = 100;
const VALUE = Buffer.alloc(600, 'x');
const BATCH = 500;
const GOAL = 0.8;

interface Speed {
  /** Messages a second. */
  readonly append: number;
  readonly read: number;
}

export async function benchBus(options: BusBenchOptions): Promise<BenchResult> {
  const messages = options.messages ?? 50_000;
  const rounds = options.rounds ?? 7;
  const bare: Speed[] = [];
  const log: Speed[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const first = round % 2 === 0;
    if (first) bare.push(await inFolder((folder) => measureBare(folder, messages, options.clock)));
    log.push(await inFolder((folder) => measureLog(folder, messages, options.clock)));
    if (!first) bare.push(await inFolder((folder) => measureBare(folder, messages, options.clock)));
  }
  const ratio = (of: (speed: Speed) => number) =>
    median(log.slice(1).map((speed, i) => of(speed) / of(bare[i + 1] ?? speed)));
  const whole = ({ append, read }: Speed) => 1 / (1 / append + 1 / read);
  const figures = {
    messages,
    appendPerSecond: Math.round(median(log.slice(1).map(({ append }) => append))),
    bareAppendPerSecond: Math.round(median(bare.slice(1).map(({ append }) => append))),
    readPerSecond: Math.round(median(log.slice(1).map(({ read }) => read))),
    bareReadPerSecond: Math.round(median(bare.slice(1).map(({ read }) => read))),
    appendRatio: round2(ratio(({ append }) => append)),
    readRatio: round2(ratio(({ read }) => read)),
    appendAndReadRatio: round2(ratio(whole)),
    ...kafkaFigures(
      await measureKafka({ clock: options.clock, messages, rounds, group: GROUP, value: VALUE, batch: BATCH }),
    ),
  };
  const goals = ['appendAndReadRatio', 'kafkaProduceRatio', 'kafkaConsumeRatio'] as const;
  return {
    bench: 'bus',
    figures,
    goals: Object.fromEntries(goals.map((name) => [name, `at least ${GOAL}`])),
    holds: goals.every((name) => figures[name] >= GOAL),
  };
}

function kafkaFigures(rounds: readonly KafkaRound[]) {
  const perSecond = (of: (round: KafkaRound) => number) => Math.round(median(rounds.map(of)));
  const ratio = (of: (speed: KafkaSpeed) => number) =>
    round2(median(rounds.map(({ ours, bare }) => of(ours) / of(bare))));
  return {
    kafkaProducePerSecond: perSecond(({ ours }) => ours.produce),
    bareKafkaProducePerSecond: perSecond(({ bare }) => bare.produce),
    kafkaConsumePerSecond: perSecond(({ ours }) => ours.consume),
    bareKafkaConsumePerSecond: perSecond(({ bare }) => bare.consume),
    kafkaProduceRatio: ratio(({ produce }) => produce),
    kafkaConsumeRatio: ratio(({ consume }) => consume),
  };
}

async function measureLog(folder: string, count: number, clock: Clock): Promise<Speed> {
  const bus = new EmbeddedBus({ file: join(folder, 'log.sqlite'), clock });
  await bus.createTopic('t', { partitions: 1, retentionMs: null });
  const began = clock.monotonic();
  for (let at = 0; at < count; at += GROUP) {
    await bus.append(
      't',
      Array.from({ length: GROUP }, (_, i) => ({
        key: `crm/contact/${at + i}`,
        value: VALUE,
        timestamp: at,
        headers: {},
      })),
    );
  }
  const appended = clock.monotonic();
  let seen = 0;
  const subscription = await bus.subscribe({
    group: 'g',
    topics: ['t'],
    maxBatch: BATCH,
    startAt: async () => null,
    handle: async (batch) => {
      seen += batch.messages.length;
    },
    onStopped: (_partition, error) => {
      throw error;
    },
  });
  await subscription.caughtUp();
  const read = clock.monotonic();
  await bus.close();
  return speed(count, seen, appended - began, read - appended);
}

async function measureBare(folder: string, count: number, clock: Clock): Promise<Speed> {
  const database = new Database(join(folder, 'bare.sqlite'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('wal_autocheckpoint = 4000');
  database.exec(
    'CREATE TABLE messages (offset INTEGER PRIMARY KEY, key TEXT NOT NULL, timestamp INTEGER NOT NULL, headers TEXT, value BLOB NOT NULL) STRICT',
  );
  const insert = database.prepare(
    'INSERT INTO messages (offset, key, timestamp, headers, value) VALUES (?, ?, ?, ?, ?)',
  );
  const append = database.transaction((at: number) => {
    for (let i = 0; i < GROUP; i += 1) insert.run(at + i, `crm/contact/${at + i}`, at, null, VALUE);
  });
  const began = clock.monotonic();
  for (let at = 0; at < count; at += GROUP) append.immediate(at);
  const appended = clock.monotonic();
  const select = database.prepare<[number, number], { offset: number }>(
    'SELECT offset, key, timestamp, headers, value FROM messages WHERE offset >= ? ORDER BY offset LIMIT ?',
  );
  let seen = 0;
  for (let rows = select.all(0, BATCH); rows.length > 0; rows = select.all(seen, BATCH)) seen += rows.length;
  const read = clock.monotonic();
  database.close();
  return speed(count, seen, appended - began, read - appended);
}

function speed(count: number, seen: number, appendMs: number, readMs: number): Speed {
  if (seen !== count) throw new Error(`${count} messages were appended, ${seen} read`);
  return { append: (count / appendMs) * 1000, read: (count / readMs) * 1000 };
}

async function inFolder(work: (folder: string) => Promise<Speed>): Promise<Speed> {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
