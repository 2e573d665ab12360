import type { Position, StoredMessage } from '../bus/bus.ts';
import type { Clock, Logger, Steps } from '../core/ports.ts';
import type { EventLog } from '../events/log.ts';
import type { Notice } from '../events/notices.ts';
import type { OutboxRow, PendingOutcome, StateStore, StateTransaction } from '../state/state.ts';
import type { Fence } from './caller.ts';
import { INTAKE_GROUP } from './names.ts';
import { NOTICE_TOPICS, type NoticeTopic, takeNotices } from './notice-intake.ts';

export interface PublisherDeps {
  readonly state: StateStore;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly steps: Steps;
}

/** Notices in one append. */
const AT_ONCE = 200;

/**
 * Brings the outbox to its topics (SPEC.md §9, I15). One at a time in a deployment: the writer's. An append that was not
 * answered, or that a death kept from being noted, is found in the topic before anything else goes there.
 */
export class Publisher {
  readonly #deps: PublisherDeps;
  /** Topics that hold nothing that the state does not know of. */
  readonly #read = new Set<string>();

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** Reads what these sources' topics say, so that nothing is decided that was decided before. Idempotent. */
  async readBack(sources: readonly string[], fence: Pick<Fence, 'verify'>): Promise<void> {
    for (const source of sources) for (const topic of NOTICE_TOPICS) await this.#readBack(source, topic, fence);
  }

  /** Empties the outbox. Throws what the log throws; what was not noted stays, and is tried again by the next call. */
  async publish(fence: Pick<Fence, 'verify'>): Promise<void> {
    for (;;) {
      const rows = await this.#deps.state.read((tx) => tx.outbox.first(AT_ONCE));
      if (rows.length === 0) return;
      for (const group of Map.groupBy(rows, (row) => `${row.topic} ${row.source}`).values())
        await this.#publish(group, fence);
    }
  }

  async #publish(rows: readonly OutboxRow[], fence: Pick<Fence, 'verify'>): Promise<void> {
    const [first] = rows;
    if (first === undefined) return;
    const { source, topic } = first;
    if (topic !== 'control' && !this.#read.has(nameOf(source, topic))) {
      await this.#readBack(source, topic, fence);
      // Some of them may have been there already.
      return;
    }
    const { state, events, steps } = this.#deps;
    const notices = await Promise.all(rows.map((row) => this.#notice(row)));
    steps.reached('before-publish');
    let positions: readonly Position[];
    try {
      positions = await events.notices.append(source, topic, notices);
    } catch (thrown) {
      // They may be there all the same.
      this.#read.delete(nameOf(source, topic));
      throw thrown;
    }
    steps.reached('after-publish');
    const noted = await state.transaction(async (tx) => {
      await fence.verify(tx);
      const passed = topic === 'control' ? rows.map(() => true) : await passOver(tx, positions);
      await tx.outbox.remove(rows.filter((_row, index) => passed[index] === true).map(({ number }) => number));
      return passed.every((one) => one);
    });
    // Something else stands before them: reading on from the position finds both.
    if (!noted) this.#read.delete(nameOf(source, topic));
  }

  async #readBack(source: string, topic: NoticeTopic, fence: Pick<Fence, 'verify'>): Promise<void> {
    const { state, events, clock, logger } = this.#deps;
    const name = await events.notices.declare(source, topic);
    for (const { partition, start, end } of await events.bus.bounds(name)) {
      const position = await state.read((tx) => tx.positions.get(INTAKE_GROUP, name, partition));
      if (position !== null && position < start)
        logger.warn({ topic: name, partition, position, start }, 'notices were removed before this state read them');
      let batch: StoredMessage[] = [];
      const flush = async (): Promise<void> => {
        const notices = await events.notices.decode(batch);
        batch = [];
        const news = await state.transaction(async (tx) => {
          await fence.verify(tx);
          return takeNotices(tx, { topic, name, partition, notices }, { now: clock.now() });
        });
        if (news > 0) logger.info({ topic: name, partition, news }, 'learnt what became of records');
      };
      for await (const message of events.bus.read(
        { topic: name, partition },
        Math.max(position ?? start, start),
        end,
      )) {
        batch.push(message);
        if (batch.length >= AT_ONCE) await flush();
      }
      if (batch.length > 0) await flush();
    }
    this.#read.add(nameOf(source, topic));
  }

  async #notice({ notice, payload }: OutboxRow): Promise<Notice> {
    if (notice.kind === 'control') return notice;
    const { events, logger } = this.#deps;
    const origin = await this.#origin(notice, payload);
    if (payload === null) return { ...notice, origin, event: null };
    if (payload.kind === 'bytes') return { ...notice, origin, event: Buffer.from(payload.bytes, 'base64') };
    const event = await events.encode(payload.event).catch((thrown: unknown) => {
      // The notice is worth more than its copy of the event, which the log and the state have too.
      logger.warn({ record: notice.key, message: String(thrown) }, 'a notice goes without its event');
      return null;
    });
    return { ...notice, origin, event };
  }

  async #origin(notice: PendingOutcome, payload: OutboxRow['payload']): Promise<Position> {
    const { origin } = notice;
    if (origin !== null && 'topic' in origin) return origin;
    const event = payload?.kind === 'event' ? payload.event : null;
    const topic = event === null ? '' : await this.#deps.events.topic(event.source, event.object);
    return { topic, partition: origin?.partition ?? 0, offset: origin?.offset ?? -1 };
  }
}

/** Moves the positions past these messages, where nothing unread stands before them. Says so of each. */
async function passOver(tx: StateTransaction, positions: readonly Position[]): Promise<readonly boolean[]> {
  const next = new Map<string, number>();
  const passed: boolean[] = [];
  for (const { topic, partition, offset } of positions) {
    const name = `${topic}/${partition}`;
    const position = next.get(name) ?? (await tx.positions.get(INTAKE_GROUP, topic, partition)) ?? 0;
    const reached = offset <= position;
    next.set(name, reached ? Math.max(position, offset + 1) : position);
    passed.push(reached);
    if (offset === position) await tx.positions.set(INTAKE_GROUP, topic, partition, offset + 1);
  }
  return passed;
}

function nameOf(source: string, topic: string): string {
  return `${topic} ${source}`;
}
