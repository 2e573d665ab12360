import type { SimulatedClock } from '../../src/core/clock.ts';
import { createHttp } from '../../src/core/http.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { NO_STEPS } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
import type {
  Checkpoint,
  Connector,
  FieldValues,
  Page,
  SnapshotCount,
  SourceQuestion,
} from '../../src/source/connector.ts';
import { createConnector } from './connector.ts';

export interface Environment {
  readonly url: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly secret: string;
}

/** Told when a call begins and when it was answered. */
export interface Watcher {
  began(): void;
  ended(): void;
}

/** Somebody who follows objects as the runner does: keeps records and checkpoints, and may die after any page. */
export class Follower {
  readonly records = new Map<string, Map<string, FieldValues>>();
  readonly ends: SnapshotCount[] = [];
  readonly questions: SourceQuestion[] = [];
  readonly answers = new Map<string, string>();
  /** Codes of what was odd and stopped nothing. */
  readonly warned: string[] = [];
  /** Until when changes are kept, by object. */
  readonly kept = new Map<string, number>();
  readonly waits: { readonly cause: string; readonly seconds: number }[] = [];
  /** Records told more than once with the same content. */
  repeated = 0;
  readonly #checkpoints = new Map<string, { readonly phase: 'snapshot' | 'changes'; readonly at: Checkpoint }>();
  readonly #environment: Environment;
  readonly #clock: SimulatedClock;
  readonly #settings: Readonly<Record<string, unknown>>;
  #watcher: Watcher = { began: () => undefined, ended: () => undefined };
  connector: Connector;

  constructor(environment: Environment, clock: SimulatedClock, settings: Readonly<Record<string, unknown>> = {}) {
    this.#environment = environment;
    this.#clock = clock;
    this.#settings = settings;
    this.connector = this.restart();
  }

  /** A new process: nothing but checkpoints and records is left. */
  restart(): Connector {
    const { url, tenant, clientId, secret } = this.#environment;
    const http = createHttp({ timeoutMs: 5000 });
    this.connector = createConnector(
      {
        clock: this.#clock,
        random: seededRandom(7),
        http: {
          send: (request) =>
            this.#clock.busy(async () => {
              this.#watcher.began();
              try {
                return await http.send(request);
              } finally {
                this.#watcher.ended();
              }
            }),
        },
        logger: { ...silentLogger(), warn: (fields) => this.warned.push(String(fields.code)) },
        steps: NO_STEPS,
        workFolder: '',
        secret: () => secret,
        traffic: {
          requested: () => undefined,
          waited: (cause, seconds) => this.waits.push({ cause, seconds }),
          changesKept: (object, until) => this.kept.set(object, until),
        },
        knownIds: (object) => this.#known(object),
        answers: () => Promise.resolve(this.answers),
      },
      { url, authority: url, tenant, clientId, ...this.#settings },
      'crm',
    );
    return this.connector;
  }

  /** From now on somebody is told of each call. */
  watch(watcher: Watcher): void {
    this.#watcher = watcher;
  }

  /** Reads to the present, or until it dies after so many pages. */
  async follow(object: string, diesAfter = Number.POSITIVE_INFINITY): Promise<void> {
    const known = this.#checkpoints.get(object);
    const { signal } = new AbortController();
    const pages =
      known === undefined || known.phase === 'snapshot'
        ? this.connector.snapshot(object, known?.at ?? null, signal)
        : this.connector.changes(object, known.at, signal);
    let taken = 0;
    for await (const page of pages) {
      this.#take(object, page);
      taken += 1;
      if (taken >= diesAfter) return;
    }
  }

  of(object: string): Map<string, FieldValues> {
    const records = this.records.get(object) ?? new Map<string, FieldValues>();
    this.records.set(object, records);
    return records;
  }

  #take(object: string, page: Page): void {
    const records = this.of(object);
    for (const { id, op, after } of page.records) {
      if (op === 'DELETE' || after === null) {
        records.delete(id);
        continue;
      }
      if (JSON.stringify(records.get(id), digits) === JSON.stringify(after, digits)) this.repeated += 1;
      records.set(id, after);
    }
    if (page.ends !== undefined) this.ends.push(page.ends);
    this.questions.push(...(page.questions ?? []));
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
