import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { ChangeoverError } from '../../../src/core/errors.ts';
import { contentHash } from '../../../src/core/identifiers.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type {
  Checkpoint,
  Connector,
  FieldValues,
  Page,
  SnapshotCount,
  SourceQuestion,
} from '../../../src/source/connector.ts';
import { scratchFolder } from '../../support/scratch.ts';
import type { World } from './world.ts';

export interface Following {
  /** Dies after so many pages were kept. */
  readonly pages?: number;
  /** One more page comes, and is lost on its way to the log. */
  readonly losesNext?: boolean;
  /** Called after every page that was kept, with how many there were in this read. */
  readonly after?: (pages: number) => void;
}

/** Attempts as the runner makes them after an error that may pass: after a second, then after twice as long each time. */
const ATTEMPTS = 6;
const FIRST_BACKOFF_MS = 1_000;

/**
 * Somebody who follows the object as the runner does (src/source/runner): keeps records and the last checkpoint, may die after
 * any page, and looks at every page whether it keeps the contract of src/source/connector.ts.
 */
export class Follower {
  readonly records = new Map<string, FieldValues>();
  readonly ends: SnapshotCount[] = [];
  /** Ids in the order in which they were told as deleted. */
  readonly deleted: string[] = [];
  readonly questions: SourceQuestion[] = [];
  /** What people answered, by question. */
  readonly answers = new Map<string, string>();
  /** Seconds that the connector said it waited. */
  readonly waits: number[] = [];
  /** Rows rejected since the last snapshot began, by their places. */
  readonly #rejects = new Set<string>();
  readonly #world: World;
  readonly #folder = scratchFolder('contract-');
  #phase: 'snapshot' | 'changes' = 'snapshot';
  #checkpoint: Checkpoint | null = null;
  connector: Connector;

  constructor(world: World) {
    this.#world = world;
    this.connector = this.restart();
  }

  get checkpoint(): Checkpoint | null {
    return this.#checkpoint;
  }

  /** A new process: records, checkpoint and work folder are what is left. */
  restart(): Connector {
    this.connector = this.#world.connect({
      workFolder: this.#folder,
      logger: silentLogger(),
      answers: () => Promise.resolve(this.answers),
      knownIds: () => this.#ids(),
      traffic: { requested: () => undefined, waited: (_cause, seconds) => void this.waits.push(seconds) },
    });
    return this.connector;
  }

  loseWorkFolder(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder);
  }

  /** The checkpoint was lost, what was read is still downstream: everything is read again. */
  loseCheckpoint(): void {
    this.#checkpoint = null;
    this.#phase = 'snapshot';
  }

  /** Reads to the present; gives the number of pages that were kept. Throws what the connector throws. */
  async follow(how: Following = {}): Promise<number> {
    const { signal } = new AbortController();
    const { object } = this.#world;
    const from = this.#checkpoint;
    const pages =
      from === null || this.#phase === 'snapshot'
        ? this.connector.snapshot(object, from, signal)
        : this.connector.changes(object, from, signal);
    let kept = 0;
    for await (const page of pages) {
      if (how.losesNext === true && kept >= (how.pages ?? 0)) return kept;
      this.#keep(page);
      kept += 1;
      how.after?.(kept);
      if (how.losesNext !== true && kept >= (how.pages ?? Number.POSITIVE_INFINITY)) return kept;
    }
    return kept;
  }

  /** As `follow`, and tries again after errors that may pass. */
  async persist(how: Following = {}): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.follow(how);
      } catch (thrown) {
        const passes = thrown instanceof ChangeoverError && (thrown.retry === 'later' || thrown.retry === 'now');
        if (!passes || attempt === ATTEMPTS) throw thrown;
        await this.#world.clock.advance(Math.max(thrown.retryAfterMs ?? 0, FIRST_BACKOFF_MS * 2 ** (attempt - 1)));
      }
    }
  }

  /** Names by ids, as they were read. */
  names(): ReadonlyMap<string, unknown> {
    return new Map([...this.records].map(([id, values]) => [id, this.#world.nameOf(values)]));
  }

  /** Hashes of the whole content by ids: equal content, equal hash. */
  hashes(): ReadonlyMap<string, string> {
    return new Map([...this.records].map(([id, values]) => [id, contentHash(values)]));
  }

  async close(): Promise<void> {
    await this.connector.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #keep(page: Page): void {
    const checkpoint = JSON.parse(JSON.stringify(page.checkpoint)) as Checkpoint;
    assert.deepEqual(checkpoint, page.checkpoint, 'a checkpoint must be the same after it was stored as JSON');
    if (page.begins !== undefined) this.#rejects.clear();
    for (const { file, line } of page.rejects ?? []) this.#rejects.add(`${file}:${line}`);
    for (const { id, op, after } of page.records) {
      assert.notEqual(id, '', 'a record must have an id');
      assert.equal(after === null, op === 'DELETE', `record ${id}: a deletion has no content, all others have`);
      if (after === null) {
        this.records.delete(id);
        this.deleted.push(id);
      } else this.records.set(id, after);
    }
    this.questions.push(...(page.questions ?? []));
    if (page.ends !== undefined) {
      assert.equal(this.#rejects.size, page.ends.rejected, 'rows rejected since the snapshot began');
      this.ends.push(page.ends);
      this.#phase = 'changes';
    }
    this.#checkpoint = checkpoint;
  }

  async *#ids(): AsyncIterable<string> {
    yield* [...this.records.keys()];
  }
}
