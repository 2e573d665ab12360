import { silentLogger } from '../../src/core/logger.ts';
import { type Clock, type Http, NO_STEPS } from '../../src/core/ports.ts';
import { seededRandom } from '../../src/core/random.ts';
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
} from '../../src/source/connector.ts';
import { createConnector } from './connector.ts';

export interface AccountAccess {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly http: Http;
}

/** What a connector needs, and nothing more: no folder, nobody who answers. */
export function bareContext(
  access: AccountAccess,
  clock: Clock,
  more: Partial<ConnectorContext> = {},
): ConnectorContext {
  return {
    clock,
    random: seededRandom(7),
    http: access.http,
    logger: silentLogger(),
    steps: NO_STEPS,
    workFolder: '',
    secret: (reference) =>
      'env' in reference && reference.env === 'DINAMIK_API_KEY' ? access.apiKey : access.apiSecret,
    answers: () => Promise.resolve(new Map()),
    ...more,
  };
}

/** Somebody who follows objects as the runner does: keeps records and checkpoints, and may die after any page. */
export class Follower {
  readonly records = new Map<string, Map<string, FieldValues>>();
  readonly ends: SnapshotCount[] = [];
  readonly rejects: RejectedRow[] = [];
  readonly questions: SourceQuestion[] = [];
  readonly answers = new Map<string, string>();
  readonly waits: { readonly cause: string; readonly seconds: number }[] = [];
  readonly paces: SourcePace[] = [];
  /** Codes of what the connector dealt with and told. */
  readonly notices: string[] = [];
  /** Records told more than once with the same content. */
  repeated = 0;
  deleted: string[] = [];
  readonly #checkpoints = new Map<string, { readonly phase: 'snapshot' | 'changes'; readonly at: Checkpoint }>();
  readonly #access: AccountAccess;
  readonly #clock: Clock;
  readonly #settings: Readonly<Record<string, unknown>>;
  connector: Connector;

  constructor(access: AccountAccess, clock: Clock, settings: Readonly<Record<string, unknown>> = {}) {
    this.#access = access;
    this.#clock = clock;
    this.#settings = settings;
    this.connector = this.restart();
  }

  /** A new process: nothing but checkpoints and records is left. */
  restart(): Connector {
    const logger = silentLogger();
    const context = bareContext(this.#access, this.#clock, {
      logger: { ...logger, warn: (fields) => void this.notices.push(String(fields.code)) },
      traffic: {
        requested: () => undefined,
        waited: (cause, seconds) => this.waits.push({ cause, seconds }),
        paced: (pace) => this.paces.push(pace),
      },
      knownIds: (object) => this.#known(object),
      answers: () => Promise.resolve(this.answers),
    });
    const settings = { url: this.#access.url, sweepSeconds: 0, ...this.#settings };
    this.connector = createConnector(context, settings, 'crm');
    return this.connector;
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
        this.deleted.push(id);
        continue;
      }
      if (JSON.stringify(records.get(id)) === JSON.stringify(after)) this.repeated += 1;
      records.set(id, after);
    }
    if (page.ends !== undefined) this.ends.push(page.ends);
    this.rejects.push(...(page.rejects ?? []));
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
