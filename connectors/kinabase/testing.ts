import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatedClock } from '../../src/core/clock.ts';
import { createHttp } from '../../src/core/http.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { type Logger, NO_STEPS } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import type {
  Checkpoint,
  Connector,
  FieldValues,
  Page,
  RejectedRow,
  SnapshotCount,
  SourceQuestion,
} from '../../src/source/connector.ts';
import { createConnector } from './index.ts';

export interface Environment {
  readonly url: string;
  readonly appId: string;
  readonly secret: string;
}

/** Somebody who follows objects as the runner does: keeps records and checkpoints, and may die after any page. */
export class Follower {
  readonly records = new Map<string, Map<string, FieldValues>>();
  readonly ends: SnapshotCount[] = [];
  readonly questions: SourceQuestion[] = [];
  readonly rejects: RejectedRow[] = [];
  readonly answers = new Map<string, string>();
  /** Codes of warnings, in the order in which they came. */
  readonly warnings: string[] = [];
  readonly waits: { readonly cause: string; readonly seconds: number }[] = [];
  /** Records told more than once with the same content. */
  repeated = 0;
  deletes = 0;
  readonly #checkpoints = new Map<string, { readonly phase: 'snapshot' | 'changes'; readonly at: Checkpoint }>();
  readonly #environment: Environment;
  readonly #clock: SimulatedClock;
  readonly #settings: Readonly<Record<string, unknown>>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kinabase-'));
  readonly #http = createHttp({ timeoutMs: 5000 });
  connector: Connector;

  constructor(environment: Environment, clock: SimulatedClock, settings: Readonly<Record<string, unknown>> = {}) {
    this.#environment = environment;
    this.#clock = clock;
    this.#settings = settings;
    this.connector = this.restart();
  }

  /** A new process: nothing but checkpoints, records and the work folder is left. */
  restart(settings: Readonly<Record<string, unknown>> = {}): Connector {
    const { url, appId, secret } = this.#environment;
    this.connector = createConnector(
      {
        clock: this.#clock,
        random: seededRandom(7),
        http: { send: (request) => this.#clock.busy(() => this.#http.send(request)) },
        logger: listening(this.warnings),
        steps: NO_STEPS,
        workFolder: this.#folder,
        secret: () => secret,
        traffic: { requested: () => undefined, waited: (cause, seconds) => this.waits.push({ cause, seconds }) },
        knownIds: (object) => this.#known(object),
        answers: () => Promise.resolve(this.answers),
      },
      { url, appId, ...this.#settings, ...settings },
      'crm',
    );
    return this.connector;
  }

  loseWorkFolder(): void {
    rmSync(this.#folder, { recursive: true, force: true });
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

  of(object: string): Map<string, FieldValues> {
    const records = this.records.get(object) ?? new Map<string, FieldValues>();
    this.records.set(object, records);
    return records;
  }

  async close(): Promise<void> {
    await this.#http.close();
    this.loseWorkFolder();
  }

  #take(object: string, page: Page): void {
    const records = this.of(object);
    for (const { id, op, after } of page.records) {
      if (op === 'DELETE' || after === null) {
        this.deletes += 1;
        records.delete(id);
        continue;
      }
      if (JSON.stringify(records.get(id)) === JSON.stringify(after)) this.repeated += 1;
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

function listening(codes: string[]): Logger {
  return { ...silentLogger(), warn: (fields) => void codes.push(String(fields.code)) };
}
