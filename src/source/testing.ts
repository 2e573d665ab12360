import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../core/logger.ts';
import { type Clock, type Http, NO_STEPS } from '../core/ports.ts';
import { seededRandom } from '../core/random.ts';
import type {
  Checkpoint,
  Connector,
  ConnectorContext,
  FieldValues,
  Page,
  RejectedRow,
  SnapshotCount,
  SourcePace,
  SourceQuestion,
} from './connector.ts';

/** For the tests of connectors to live sources. */

type Settings = Readonly<Record<string, unknown>>;

/** A connector of a new process; `more` are settings that only this process has. */
export type Connect = (context: ConnectorContext, more: Settings) => Connector;

/** Somebody who follows objects as the runner does: keeps records and checkpoints, and may die after any page. */
export class SourceFollower {
  readonly records = new Map<string, Map<string, FieldValues>>();
  readonly ends: SnapshotCount[] = [];
  readonly questions: SourceQuestion[] = [];
  readonly rejects: RejectedRow[] = [];
  readonly answers = new Map<string, string>();
  /** Codes of what was odd and stopped nothing, in the order in which they came. */
  readonly warnings: string[] = [];
  readonly waits: { readonly cause: string; readonly seconds: number }[] = [];
  readonly paces: SourcePace[] = [];
  /** Until when changes are kept, by object. */
  readonly kept = new Map<string, number>();
  /** Ids in the order in which they were told as deleted. */
  readonly deleted: string[] = [];
  /** Records told more than once with the same content. */
  repeated = 0;
  readonly #checkpoints = new Map<string, { readonly phase: 'snapshot' | 'changes'; readonly at: Checkpoint }>();
  readonly #clock: Clock;
  readonly #http: Http;
  readonly #connect: Connect;
  readonly #folder: string;
  connector: Connector;

  /** Without a folder a connector keeps in memory what it would keep there. */
  constructor(clock: Clock, http: Http, connect: Connect, folder = mkdtempSync(join(tmpdir(), 'source-'))) {
    this.#folder = folder;
    this.#clock = clock;
    this.#http = http;
    this.#connect = connect;
    this.connector = this.restart();
  }

  /** A new process: nothing but checkpoints, records and the work folder is left. */
  restart(more: Settings = {}): Connector {
    const context: ConnectorContext = {
      clock: this.#clock,
      random: seededRandom(7),
      http: this.#http,
      logger: { ...silentLogger(), warn: (fields) => void this.warnings.push(String(fields.code)) },
      steps: NO_STEPS,
      workFolder: this.#folder,
      traffic: {
        requested: () => undefined,
        waited: (cause, seconds) => this.waits.push({ cause, seconds }),
        changesKept: (object, until) => this.kept.set(object, until),
        paced: (pace) => this.paces.push(pace),
      },
      knownIds: (object) => this.#known(object),
      answers: () => Promise.resolve(this.answers),
    };
    this.connector = this.#connect(context, more);
    return this.connector;
  }

  loseWorkFolder(): void {
    if (this.#folder !== '') rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Reads to the present, or until it dies after so many pages; the last page may be lost on its way to the log. */
  async follow(object: string, diesAfter = Number.POSITIVE_INFINITY, lastIsLost = false): Promise<void> {
    const known = this.#checkpoints.get(object);
    const { signal } = new AbortController();
    const pages =
      known === undefined || known.phase === 'snapshot'
        ? this.connector.snapshot(object, known?.at ?? null, signal)
        : this.connector.changes(object, known.at, signal);
    let taken = 0;
    for await (const page of pages) {
      taken += 1;
      if (lastIsLost && taken >= diesAfter) return;
      this.#take(object, page);
      if (taken >= diesAfter) return;
    }
  }

  /** From the beginning, as where the checkpoint was lost. */
  async again(object: string): Promise<void> {
    this.#checkpoints.delete(object);
    await this.follow(object);
  }

  of(object: string): Map<string, FieldValues> {
    const records = this.records.get(object) ?? new Map<string, FieldValues>();
    this.records.set(object, records);
    return records;
  }

  close(): Promise<void> {
    this.loseWorkFolder();
    return Promise.resolve();
  }

  #take(object: string, page: Page): void {
    const records = this.of(object);
    for (const { id, op, after } of page.records) {
      if (op === 'DELETE' || after === null) {
        this.deleted.push(id);
        records.delete(id);
        continue;
      }
      if (JSON.stringify(records.get(id), digits) === JSON.stringify(after, digits)) this.repeated += 1;
      records.set(id, after);
    }
    if (page.ends !== undefined) this.ends.push(page.ends);
    this.questions.push(...(page.questions ?? []));
    this.rejects.push(...(page.rejects ?? []));
    const before = this.#checkpoints.get(object)?.phase ?? 'snapshot';
    this.#checkpoints.set(object, {
      phase: page.ends === undefined ? before : 'changes',
      at: JSON.parse(JSON.stringify(page.checkpoint)) as Checkpoint,
    });
  }

  async *#known(object: string): AsyncIterable<string> {
    yield* [...this.of(object).keys()];
  }
}

const digits = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
