import type { EventBus, PartitionBounds } from '../../bus/bus.ts';
import { ChangeoverError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { Naming, retentionOf, SOURCE_TOPICS, type SourceTopic } from '../../events/names.ts';
import { INTAKE_GROUP } from '../../sink/index.ts';
import { stateNames } from '../names.ts';
import type { Shape } from '../shapes/shape.ts';

export interface PlannedTopic {
  readonly topic: string;
  /** Where the old topic begins, and ends. */
  readonly start: number;
  readonly end: number;
  /** Of the new topic. */
  readonly partitions: number;
  /** Where the state goes on reading; null: it never read it. */
  readonly position: number | null;
}

/**
 * Every topic of the old log, those of objects first: what the others say names places in them.
 * @throws BUS_POSITION_OUT_OF_LOG where log and state do not belong together
 */
export async function planTopics(from: Shape, to: Shape): Promise<readonly PlannedTopic[]> {
  const positions = await from.state.read((tx) => tx.positions.all(INTAKE_GROUP));
  const existing = new Map((await to.bus.topics()).map(({ topic, partitions }) => [topic, partitions]));
  const planned: PlannedTopic[] = [];
  for (const { topic } of await from.bus.topics()) {
    const [bounds] = await from.bus.bounds(topic);
    if (bounds === undefined) continue;
    const { start, end } = bounds;
    const position = positions.find((one) => one.topic === topic)?.next ?? null;
    planned.push({ topic, start, end, partitions: existing.get(topic) ?? to.partitions, position });
  }
  for (const { topic, next } of positions) refuseOutside(planned, topic, next);
  return planned.sort((a, b) => Number(isSourceTopic(a.topic)) - Number(isSourceTopic(b.topic)));
}

function refuseOutside(planned: readonly PlannedTopic[], topic: string, next: number): void {
  const found = planned.find((one) => one.topic === topic);
  const { start, end } = found ?? { start: 0, end: 0 };
  // What retention took of notices the state knows.
  if (next <= end && (next >= start || isSourceTopic(topic))) return;
  throw new ChangeoverError(
    'BUS_POSITION_OUT_OF_LOG',
    `the state goes on reading ${topic} at ${next}, and the log has it from ${start} to ${end}`,
  );
}

function isSourceTopic(topic: string): boolean {
  return SOURCE_TOPICS.includes(topic.split('.').at(-1) as SourceTopic);
}

/** @throws MOVE_TARGET_USED where the new log or state knows something that this move did not bring */
export async function refuseUsedTarget(from: Shape, to: Shape, sources: readonly string[]): Promise<void> {
  const known = await to.state.contents();
  if (known.length > 0) {
    throw new ChangeoverError('MOVE_TARGET_USED', `the state in PostgreSQL is not empty: ${known.join(', ')}`);
  }
  const naming = new Naming(stateNames(from.state));
  const prefixes = await Promise.all(sources.map(async (one) => naming.sourceTopic(one, 'control')));
  const ours = new Set((await from.bus.topics()).map(({ topic }) => topic));
  for (const { topic } of await to.bus.topics()) {
    if (!ours.has(topic) && !prefixes.some((prefix) => topic.startsWith(prefix.replace(/control$/, '')))) continue;
    const used = (await to.bus.bounds(topic)).find(({ start, end }) => start !== end);
    if (used === undefined) continue;
    throw new ChangeoverError('MOVE_TARGET_USED', `topic ${topic} is not empty: ${rangeOf(used)}`);
  }
}

function rangeOf({ partition, start, end }: PartitionBounds): string {
  return `partition ${partition} holds messages from ${start} to ${end - 1}`;
}

/**
 * Brokers remove by the time of the event, not of the copy, and whether or not it was read.
 * @throws MOVE_RETENTION where some of what is copied would be removed
 */
export async function refuseShortRetention(
  bus: EventBus,
  topics: readonly PlannedTopic[],
  retentionMs: number | null,
  clock: Clock,
): Promise<void> {
  if (retentionMs === null) return;
  const oldest = clock.now() - retentionMs;
  for (const { topic, start, end } of topics.filter((one) => retentionOf(one.topic, retentionMs) !== null)) {
    for await (const { offset, timestamp } of bus.read({ topic, partition: 0 }, start, end)) {
      if (timestamp >= oldest) continue;
      const when = new Date(timestamp).toISOString();
      throw new ChangeoverError(
        'MOVE_RETENTION',
        `${topic}/${offset} is of ${when}, which Kafka would remove: log.retentionDays is ${retentionMs / 86_400_000}`,
      );
    }
  }
}
