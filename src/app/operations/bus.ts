import { z } from 'zod';
import type { PartitionBounds, TopicPartition } from '../../bus/bus.ts';
import { ChangeoverError } from '../../core/errors.ts';
import { SOURCE_TOPICS } from '../../events/names.ts';
import { INTAKE_GROUP } from '../../sink/index.ts';
import type { Application } from '../application.ts';
import { defineOperation } from '../operation.ts';
import { plain } from '../plain.ts';

const time = z.iso.datetime({ offset: true });

/** Every topic of the log, what it holds, and from where to where it goes. */
export const busTopics = defineOperation({
  name: 'bus-topics',
  access: 'read',
  input: z.strictObject({}),
  async run({ app }) {
    const owners = await topicOwners(app);
    const topics = [];
    for (const { topic } of await app.bus.topics()) {
      const partitions = await app.bus.bounds(topic);
      topics.push({
        topic,
        source: owners.get(topic)?.source ?? null,
        holds: owners.get(topic)?.holds ?? null,
        partitions: partitions.map(({ partition, start, end }) => ({ partition, start, end })),
        messages: partitions.reduce((sum, { start, end }) => sum + end - start, 0),
      });
    }
    return { topics };
  },
});

/** Messages as JSON, from a position or a time on; the newest where neither is given. */
export const busPeek = defineOperation({
  name: 'bus-peek',
  access: 'read',
  input: z.strictObject({
    topic: z.string().min(1),
    partition: z.int().min(0).optional(),
    offset: z.int().min(0).optional(),
    time: time.optional(),
    limit: z.int().min(1).max(500).default(10),
  }),
  async run({ app }, { topic, partition, offset, time, limit }) {
    const bounds = await boundsOf(app, topic, partition);
    const atTime = time === undefined ? null : await app.bus.offsetAtTime(topic, Date.parse(time));
    const messages = [];
    for (const { partition, start, end } of bounds) {
      const asked = atTime?.find((one) => one.partition === partition)?.offset ?? offset ?? end - limit;
      const from = Math.min(Math.max(asked, start), end);
      for await (const read of app.events.read({ topic, partition }, from, Math.min(end, from + limit))) {
        if (messages.length >= limit) break;
        const { message } = read;
        messages.push({
          partition,
          offset: message.offset,
          key: message.key,
          time: new Date(message.timestamp).toISOString(),
          bytes: message.value.length,
          ...(read.ok ? { event: plain(read.event) } : await asNotice(app, message, read.error)),
        });
      }
    }
    return { topic, messages };
  },
});

function same(one: TopicPartition): (other: TopicPartition) => boolean {
  return (other) => other.topic === one.topic && other.partition === one.partition;
}

/** Age of the first message that was not taken, milliseconds; null where all were. */
async function ageOf(app: Application, at: TopicPartition, from: number, end: number): Promise<number | null> {
  if (from >= end) return null;
  for await (const { timestamp } of app.bus.read(at, from, from + 1))
    return Math.max(0, app.ports.clock.now() - timestamp);
  return null;
}

/** Each partition once, in order. */
function known(all: readonly TopicPartition[]): readonly TopicPartition[] {
  return [...new Map(all.map(({ topic, partition }) => [`${topic}/${partition}`, { topic, partition }])).values()].sort(
    (one, other) => one.topic.localeCompare(other.topic) || one.partition - other.partition,
  );
}

/** How far the readers of a group are behind. Of the sink the state says it, since its position decides. */
export const busLag = defineOperation({
  name: 'bus-lag',
  access: 'read',
  input: z.strictObject({ group: z.string().min(1).default(INTAKE_GROUP) }),
  async run({ app }, { group }) {
    const positions = await app.state.read((tx) => tx.positions.all(group));
    const copies = await app.bus.committed(group);
    const lags = await app.bus.lag(group);
    const partitions = [];
    for (const one of known([...lags, ...positions])) {
      const at = same(one);
      const position = positions.find(at)?.next ?? null;
      const lag = lags.find(at);
      const { start, end } = (await app.bus.bounds(one.topic)).find(at) ?? { start: 0, end: 0 };
      const ageMs = position === null ? (lag?.ageMs ?? null) : await ageOf(app, one, Math.max(position, start), end);
      partitions.push({
        ...one,
        /** In the state; null where it has none of this group. */
        position,
        /** In the log; null where none was made yet, as after a move. */
        copy: copies.find(at)?.offset ?? null,
        end,
        events: position === null ? (lag?.events ?? 0) : end - position,
        seconds: ageMs === null ? null : ageMs / 1000,
      });
    }
    return { group, partitions };
  },
});

/**
 * Moves where the sink reads on: the position in the state, which decides, and the group's copy of it. Without `yes` it
 * only says how many messages would be read again or skipped.
 * @throws BUS_GROUP_BUSY while somebody reads, BUS_POSITION_OUT_OF_LOG.
 */
export const busSeek = defineOperation({
  name: 'bus-seek',
  access: 'write',
  input: z.strictObject({
    topic: z.string().min(1),
    partition: z.int().min(0).optional(),
    to: z.union([
      z.strictObject({ offset: z.int().min(0) }),
      z.strictObject({ time }),
      z.strictObject({ edge: z.enum(['start', 'end']) }),
    ]),
    yes: z.boolean().default(false),
    reason: z.string().trim().min(1).optional(),
    by: z.string().trim().min(1),
  }),
  async run({ app, daemon }, { topic, partition, to, yes, reason, by }) {
    const bounds = await boundsOf(app, topic, partition);
    const atTime = 'time' in to ? await app.bus.offsetAtTime(topic, Date.parse(to.time)) : [];
    const positions = await app.state.read((tx) => tx.positions.all(INTAKE_GROUP));
    const moves = bounds.map(({ partition, start, end }) => {
      const target =
        'offset' in to
          ? to.offset
          : 'edge' in to
            ? to.edge === 'start'
              ? start
              : end
            : (atTime.find((one) => one.partition === partition)?.offset ?? end);
      if (target < start || target > end)
        throw new ChangeoverError('BUS_POSITION_OUT_OF_LOG', `${topic}/${partition} goes from ${start} to ${end}`);
      const from = positions.find((one) => one.topic === topic && one.partition === partition)?.next ?? start;
      return {
        partition,
        from,
        to: target,
        again: Math.max(0, from - target),
        skipped: Math.max(0, target - from),
      };
    });
    const preview = {
      topic,
      group: INTAKE_GROUP,
      moves,
      again: moves.reduce((sum, one) => sum + one.again, 0),
      skipped: moves.reduce((sum, one) => sum + one.skipped, 0),
    };
    if (!yes) return { ...preview, moved: false };
    if (daemon?.pipeline.roles.has('sink') === true)
      throw new ChangeoverError('BUS_GROUP_BUSY', `the daemon reads with the group ${INTAKE_GROUP}; stop it first`);
    // Refuses while another process reads. The copy alone decides nothing, so a death in between does no harm.
    await app.bus.seek(
      INTAKE_GROUP,
      moves.map((one) => ({ topic, partition: one.partition, offset: one.to })),
    );
    const owner = (await topicOwners(app)).get(topic);
    await app.state.transaction(async (tx) => {
      for (const one of moves) await tx.positions.set(INTAKE_GROUP, topic, one.partition, one.to);
      await tx.audit.append([
        {
          at: app.ports.clock.now(),
          by,
          action: 'bus-seek',
          source: owner?.source ?? '',
          object: owner?.object ?? null,
          key: null,
          reason: reason ?? null,
          detail: { topic, moves },
        },
      ]);
    });
    return { ...preview, moved: true };
  },
});

interface TopicHolds {
  readonly source: string;
  readonly object: string | null;
  /** The object, or which of the source's other topics it is. */
  readonly holds: string;
}

async function topicOwners(app: Application): Promise<ReadonlyMap<string, TopicHolds>> {
  const owners = new Map<string, TopicHolds>();
  for (const { name: source } of app.loaded.configuration.sources) {
    for (const object of await app.state.read((tx) => tx.records.objects(source)))
      owners.set(await app.events.topic(source, object), { source, object, holds: object });
    for (const to of SOURCE_TOPICS)
      owners.set(await app.events.notices.topic(source, to), { source, object: null, holds: to });
  }
  return owners;
}

async function boundsOf(
  app: Application,
  topic: string,
  partition: number | undefined,
): Promise<readonly PartitionBounds[]> {
  const known = (await app.bus.topics()).find((one) => one.topic === topic);
  if (known === undefined) throw new ChangeoverError('BUS_TOPIC_UNKNOWN', `there is no topic ${topic} in the log`);
  const bounds = await app.bus.bounds(topic);
  if (partition === undefined) return bounds;
  const found = bounds.filter((one) => one.partition === partition);
  if (found.length === 0)
    throw new ChangeoverError('USAGE', `${topic} has the partitions 0 to ${known.partitions - 1}, not ${partition}`);
  return found;
}

async function asNotice(
  app: Application,
  message: Parameters<Application['events']['decode']>[0][number],
  error: ChangeoverError,
) {
  const [decoded] = await app.events.notices.decode([message]);
  if (decoded?.ok === true) return { notice: plain(decoded.notice) };
  return { error: { code: error.code, message: error.message } };
}
