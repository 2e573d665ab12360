import { asChangeoverError, ChangeoverError } from '../../core/errors.ts';
import type { Clock, Logger } from '../../core/ports.ts';
import type { Position, TopicPartition } from '../bus.ts';
import {
  ASSIGNMENT_NAME,
  decodeShare,
  decodeSubscriber,
  encodeShare,
  encodeSubscription,
  shareOut,
} from './assignment.ts';
import { kafkaError, typeOf } from './errors.ts';
import type { Link } from './link.ts';
import { type Committer, commitOffsets } from './offsets.ts';
import type { JoinedGroup } from './protocol.ts';

export interface GroupTiming {
  /** A member that was not heard of for so long is given up by the group, milliseconds. */
  readonly sessionMs: number;
  readonly heartbeatMs: number;
  /** How long the group waits for members to finish what they have in hand, milliseconds. */
  readonly rebalanceMs: number;
}

export interface MembershipOptions {
  readonly link: Link;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly timing: GroupTiming;
  readonly clock: Clock;
  readonly logger: Logger;
  /** These are ours from now on. */
  assigned(partitions: readonly TopicPartition[]): void;
  /**
   * Nothing is ours any more once this resolves: whatever was begun is finished. The group waits for it, unless it gave us
   * up already (`lost`).
   */
  revoked(lost: boolean): Promise<void>;
  /** The group refuses us for good; nothing is ours. */
  refused(error: ChangeoverError): void;
}

/** The member's place in the group; a new one with every generation. */
interface Generation extends Committer {
  /** When the last answer was asked for that said that we are a member, by the monotonic clock. */
  confirmedAt: number;
  /** It is being given up: nothing new is begun. */
  ending: boolean;
}

/** Our place is gone: others may have been given what we read. */
const LOST: ReadonlySet<string> = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID']);
/** The part of a session after which an answer is too old to act on. */
const FRESH = 0.6;
const FIRST_WAIT = 100;
const LAST_WAIT = 5_000;

/**
 * Keeps a place in a consumer group:
 * ```
 * joining ──▶ member ──heartbeat says "rebalance", or that we are unknown──▶ revoking (what is in hand is finished) ──▶ joining
 * ```
 * Heartbeats go on while handlers work, however long that takes.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #leaving = new AbortController();
  readonly #joined = Promise.withResolvers<void>();
  #generation: Generation | null = null;
  #memberId = '';
  #running: Promise<void> = Promise.resolve();
  #heard = Promise.withResolvers<void>();

  constructor(options: MembershipOptions) {
    this.#options = options;
    // Somebody asks in `join`, or nobody does.
    this.#joined.promise.catch(() => undefined);
  }

  /** Resolves with the first assignment. @throws what keeps us out; then nothing is left behind. */
  async join(): Promise<void> {
    this.#running = this.#run();
    await this.#joined.promise;
  }

  /**
   * Whether what was assigned is surely ours at this moment, and something new may be begun. Waits for the group's word
   * where the last is too old.
   */
  async confirmed(): Promise<boolean> {
    for (;;) {
      const generation = this.#generation;
      if (generation === null || generation.ending) return false;
      const { clock, timing } = this.#options;
      if (clock.monotonic() - generation.confirmedAt < timing.sessionMs * FRESH) return true;
      await this.#heard.promise;
    }
  }

  /** Stores how far the group has read: a copy, for others to see. Tried once. */
  async commit(positions: readonly Position[]): Promise<void> {
    if (this.#generation !== null) {
      await commitOffsets(this.#options.link, this.#options.groupId, this.#generation, positions);
    }
  }

  /** Resolves when what is in hand is finished, and the group knows that we are gone. */
  async leave(): Promise<void> {
    this.#leaving.abort(new ChangeoverError('CANCELLED', 'the subscription was stopped'));
    this.#hear();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#leaving.signal.aborted; ) {
      try {
        const partitions = await this.#join();
        failures = 0;
        this.#options.assigned(partitions);
        this.#joined.resolve();
        await this.#stay();
      } catch (thrown) {
        const error = kafkaError(thrown, `joining group ${this.#options.groupId}`);
        failures += 1;
        if (!(await this.#mayTryAgain(error, thrown, failures))) break;
      }
    }
    this.#joined.reject(new ChangeoverError('CANCELLED', 'the subscription was stopped'));
    await this.#depart();
  }

  async #mayTryAgain(error: ChangeoverError, thrown: unknown, failures: number): Promise<boolean> {
    const { clock, link, logger } = this.#options;
    if (LOST.has(typeOf(thrown) ?? '')) this.#memberId = '';
    else if (error.retry !== 'later' || error.code === 'BUS_GROUP_BUSY') {
      this.#joined.reject(error);
      this.#options.refused(error);
      return false;
    }
    if (failures === 2)
      logger.warn({ code: error.code, message: error.message }, 'no place in the group; trying again');
    await clock
      .sleep(Math.min(LAST_WAIT, FIRST_WAIT * 2 ** (failures - 1)), this.#leaving.signal)
      .catch(() => undefined);
    await link.recover(thrown);
    return true;
  }

  async #join(): Promise<readonly TopicPartition[]> {
    const { link, groupId, topics, timing, clock } = this.#options;
    const coordinator = await link.coordinator(groupId);
    const group = await coordinator.joinGroup({
      groupId,
      sessionTimeout: timing.sessionMs,
      rebalanceTimeout: timing.rebalanceMs,
      memberId: this.#memberId,
      groupProtocols: [{ name: ASSIGNMENT_NAME, metadata: encodeSubscription(topics) }],
    });
    this.#memberId = group.memberId;
    const asked = clock.monotonic();
    const { memberAssignment } = await coordinator.syncGroup({
      groupId,
      generationId: group.generationId,
      memberId: group.memberId,
      groupAssignment: group.memberId === group.leaderId ? await this.#shareOut(group) : [],
    });
    this.#generation = { memberId: group.memberId, generation: group.generationId, confirmedAt: asked, ending: false };
    const partitions = decodeShare(memberAssignment);
    this.#options.logger.debug({ group: groupId, generation: group.generationId, partitions }, 'partitions assigned');
    return partitions;
  }

  /** As the leader of the group, for all members. */
  async #shareOut({ members }: JoinedGroup): Promise<readonly { memberId: string; memberAssignment: Buffer }[]> {
    const { link } = this.#options;
    const subscribers = members.map(decodeSubscriber);
    const partitions = new Map<string, number>();
    for (const topic of new Set(subscribers.flatMap(({ topics }) => topics))) {
      try {
        partitions.set(topic, (await link.partitions(topic)).length);
      } catch (thrown) {
        // Removed since another member asked for it. The others go on.
        if (asChangeoverError(thrown).code !== 'BUS_TOPIC_UNKNOWN') throw thrown;
      }
    }
    return [...shareOut(subscribers, partitions)].map(([memberId, share]) => ({
      memberId,
      memberAssignment: encodeShare(share),
    }));
  }

  /** Resolves when the place has to be given up, and everything in hand is finished. */
  async #stay(): Promise<void> {
    const revoking = new AbortController();
    const lost = await this.#beat(revoking.signal, true);
    if (this.#generation !== null) this.#generation.ending = true;
    this.#options.logger.debug({ group: this.#options.groupId, lost }, 'partitions are given back');
    // Whoever waits for the group's word needs it no more; the readers could not be stopped otherwise.
    this.#hear();
    // While the handlers finish, the group hears of us, or it would give us up before its time.
    const beating = lost ? Promise.resolve(true) : this.#beat(revoking.signal, false);
    try {
      await this.#options.revoked(lost);
    } finally {
      this.#generation = null;
      this.#hear();
      revoking.abort();
      await beating;
    }
    if (lost) this.#memberId = '';
  }

  /** Heartbeats until the group wants something (`attentive`), until we are unknown to it (true), or until told to end. */
  async #beat(end: AbortSignal, attentive: boolean): Promise<boolean> {
    const { link, groupId, timing, clock, logger } = this.#options;
    const stop = attentive ? AbortSignal.any([end, this.#leaving.signal]) : end;
    for (let failures = 0; !stop.aborted; ) {
      await clock.sleep(timing.heartbeatMs, stop).catch(() => undefined);
      const generation = this.#generation;
      if (stop.aborted || generation === null) break;
      const asked = clock.monotonic();
      try {
        const coordinator = await link.coordinator(groupId);
        await coordinator.heartbeat({
          groupId,
          groupGenerationId: generation.generation,
          memberId: generation.memberId,
        });
        if (failures > 0) logger.info({ group: groupId, failures }, 'the group answers again');
        failures = 0;
        generation.confirmedAt = asked;
        this.#hear();
      } catch (thrown) {
        const type = typeOf(thrown) ?? '';
        if (LOST.has(type)) {
          logger.info({ group: groupId, reason: type }, 'the group gave this member up');
          return true;
        }
        if (type === 'REBALANCE_IN_PROGRESS') {
          generation.confirmedAt = asked;
          this.#hear();
          if (attentive) return false;
          continue;
        }
        if (failures === 0) logger.warn({ group: groupId, error: String(thrown) }, 'the group does not answer');
        failures += 1;
        await link.recover(thrown);
      }
    }
    return false;
  }

  /** Those who wait for the group's word look again. */
  #hear(): void {
    this.#heard.resolve();
    this.#heard = Promise.withResolvers<void>();
  }

  async #depart(): Promise<void> {
    const { link, groupId } = this.#options;
    this.#generation = null;
    this.#hear();
    if (this.#memberId === '') return;
    try {
      await (await link.coordinator(groupId)).leaveGroup({ groupId, memberId: this.#memberId });
    } catch {
      // The group notices by itself when the session ends.
    }
    this.#memberId = '';
  }
}
