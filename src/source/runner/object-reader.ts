import { asChangeoverError, ChangeoverError } from '../../core/errors.ts';
import { contentHash, recordKey } from '../../core/identifiers.ts';
import type { Clock, Logger, Steps } from '../../core/ports.ts';
import type { ChangeEvent, LogEvent, WatermarkEvent } from '../../events/event.ts';
import { HeldLease } from '../../state/held-lease.ts';
import type { Lease, StateStore } from '../../state/state.ts';
import {
  type Checkpoint,
  type Connector,
  ObjectAbsent,
  type Page,
  type SnapshotCount,
  type SourceQuestion,
  type SourceRecord,
} from '../connector.ts';
import { reviewIdOf } from '../question-ids.ts';
import type { SourceObserver } from './observer.ts';

/** Where the reader's events go; src/events/log.ts is the real one. Resolves when they are durable. */
export interface EventWriter {
  append(source: string, object: string, events: readonly LogEvent[]): Promise<unknown>;
}

export interface ObjectReaderParts {
  readonly connector: Connector;
  readonly object: string;
  readonly state: StateStore;
  readonly events: EventWriter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly steps: Steps;
  readonly observer: SourceObserver;
  /** This process, in leases. */
  readonly holder: string;
  /** After how long without a sign of this process another one may read in its place, milliseconds. */
  readonly leaseMs: number;
  readonly run: string;
}

/** Sequence numbers are taken in blocks, so that not every page costs a transaction; a crash leaves a harmless gap. */
const SEQUENCE_BLOCK = 10_000;

/** How far an object has been read, as stored: whether its first snapshot is complete, and the connector's own word. */
interface StoredCheckpoint {
  readonly phase: 'snapshot' | 'changes';
  readonly at: Checkpoint;
}

export type ReadOutcome =
  | { readonly kind: 'read'; readonly appended: number }
  /** Another process reads this object, or has taken it over meanwhile. */
  | { readonly kind: 'elsewhere' }
  /** The source does not have it, and never had it for us. */
  | { readonly kind: 'absent'; readonly error: ObjectAbsent };

/**
 * Reads one object of one source: page → append → checkpoint, under the object's lease.
 * A checkpoint moves only after its page is durable (src/sink/SPEC.md, I1), so a crash repeats at most a page;
 * ordering keys come from the lease, never from a clock.
 */
export class ObjectReader {
  readonly #parts: ObjectReaderParts;
  #nextSequence = 0;
  #sequencesLeft = 0;

  constructor(parts: ObjectReaderParts) {
    this.#parts = parts;
  }

  get #leaseName(): string {
    return `reader:${this.#parts.connector.source}/${this.#parts.object}`;
  }

  /** Reads until the source has nothing more at present. */
  async readToEnd(signal: AbortSignal): Promise<ReadOutcome> {
    const { state, clock, holder, leaseMs, logger, connector, object } = this.#parts;
    const lease = await state.transaction((tx) => tx.leases.take(this.#leaseName, holder, clock.now(), leaseMs));
    if (lease === null) return { kind: 'elsewhere' };
    this.#sequencesLeft = 0;
    const held = new HeldLease({ state, clock, lease, forMs: leaseMs });
    try {
      return await this.#read(lease, AbortSignal.any([signal, held.lost]));
    } catch (thrown) {
      const error = asChangeoverError(held.lost.aborted ? held.lost.reason : thrown);
      if (error.code !== 'STATE_LEASE_LOST') throw thrown;
      // What this one appended since is older than what the other one appends, by its epoch.
      logger.warn({ source: connector.source, object, code: error.code, hint: error.hint }, error.message);
      return { kind: 'elsewhere' };
    } finally {
      await held.end();
      await state.transaction((tx) => tx.leases.release(lease.name, lease.holder, lease.epoch));
    }
  }

  async #read(lease: Lease, signal: AbortSignal): Promise<ReadOutcome> {
    const { state, connector, object } = this.#parts;
    const stored = await state.read((tx) => tx.checkpoints.get(connector.source, object));
    const checkpoint = stored as StoredCheckpoint | null;
    const pages =
      checkpoint === null || checkpoint.phase === 'snapshot'
        ? connector.snapshot(object, checkpoint?.at ?? null, signal)
        : connector.changes(object, checkpoint.at, signal);
    let phase = checkpoint?.phase ?? 'snapshot';
    let appended = 0;
    try {
      for await (const page of pages) {
        signal.throwIfAborted();
        this.#parts.steps.reached('after-poll');
        if (page.ends !== undefined) phase = 'changes';
        appended += await this.#keep(page, phase, lease);
      }
    } catch (thrown) {
      if (thrown instanceof ObjectAbsent && checkpoint === null) return { kind: 'absent', error: thrown };
      throw thrown;
    }
    return { kind: 'read', appended };
  }

  async #keep(page: Page, phase: StoredCheckpoint['phase'], lease: Lease): Promise<number> {
    const { state, events, clock, connector, object, steps, observer, leaseMs } = this.#parts;
    const source = connector.source;
    const made = await this.#events(page, lease);
    if (made.length > 0) {
      steps.reached('before-append');
      await events.append(source, object, made);
      steps.reached('after-append');
    }
    const now = clock.now();
    await state.transaction(async (tx) => {
      await tx.leases.renew(lease.name, lease.holder, lease.epoch, now, leaseMs);
      await tx.checkpoints.set(source, object, { phase, at: page.checkpoint } satisfies StoredCheckpoint, now);
      if (page.begins !== undefined) await tx.rejects.replace(source, object, page.begins.snapshot, []);
      const snapshot = page.begins?.snapshot ?? page.ends?.snapshot ?? '';
      if (page.rejects !== undefined && page.rejects.length > 0) {
        await tx.rejects.add(page.rejects.map((row) => ({ ...row, source, object, snapshot })));
      }
      if (page.questions !== undefined)
        await tx.reviews.ask(page.questions.map((question) => reviewOf(source, question, now)));
      steps.reached('before-checkpoint');
    });
    steps.reached('after-checkpoint');
    observer.appended(
      source,
      object,
      made.filter((event) => event.kind === 'change'),
    );
    if (page.rejects !== undefined) observer.rejected(source, object, page.rejects.length);
    observer.progress(source, object, page.remaining ?? null);
    if (page.ends !== undefined) observer.snapshotRead(source, object, page.ends.takenAt);
    return made.length;
  }

  async #events(page: Page, lease: Lease): Promise<readonly LogEvent[]> {
    const made: LogEvent[] = [];
    if (page.begins !== undefined) made.push(await this.#watermark('begin', page.begins, lease));
    for (const record of page.records) made.push(await this.#change(record, lease));
    if (page.ends !== undefined) made.push(await this.#watermark('end', page.ends, lease));
    return made;
  }

  async #change(record: SourceRecord, lease: Lease): Promise<ChangeEvent> {
    const { connector, object, clock, run } = this.#parts;
    return {
      kind: 'change',
      key: recordKey(connector.source, object, record.id),
      source: connector.source,
      object,
      id: record.id,
      op: record.op,
      order: { epoch: lease.epoch, sequence: await this.#sequence(lease) },
      sourceVersion: record.version,
      sourceTime: record.time,
      sourceCreated: record.created,
      observedAt: clock.now(),
      run,
      contentHash: contentHash(record.after),
      after: record.after,
    };
  }

  async #watermark(edge: 'begin' | 'end', count: SnapshotCount, lease: Lease): Promise<WatermarkEvent> {
    const { connector, object, clock, run } = this.#parts;
    return {
      kind: 'watermark',
      source: connector.source,
      object,
      order: { epoch: lease.epoch, sequence: await this.#sequence(lease) },
      edge,
      snapshot: count.snapshot,
      observedAt: clock.now(),
      run,
      rows: count.rows,
      rejected: count.rejected,
      retained: count.retained,
    };
  }

  async #sequence(lease: Lease): Promise<number> {
    if (this.#sequencesLeft === 0) {
      this.#nextSequence = await this.#parts.state.transaction(async (tx) => {
        await tx.leases.verify(lease.name, lease.holder, lease.epoch);
        return tx.leases.nextSequences(lease.name, lease.epoch, SEQUENCE_BLOCK);
      });
      this.#sequencesLeft = SEQUENCE_BLOCK;
    }
    this.#sequencesLeft -= 1;
    const sequence = this.#nextSequence;
    this.#nextSequence += 1;
    if (!Number.isSafeInteger(sequence)) throw new ChangeoverError('INTERNAL', `sequence ${sequence} is out of range`);
    return sequence;
  }
}

export function reviewOf(source: string, question: SourceQuestion, now: number) {
  return {
    id: reviewIdOf(source, question.id),
    queue: 'source' as const,
    source,
    object: question.object,
    recordKey: null,
    question: question.question,
    detail: question.detail,
    choices: question.choices,
    blocking: question.blocking,
    createdAt: now,
  };
}
