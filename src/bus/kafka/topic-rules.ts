import type { ErrorCode } from '../../core/error-codes.ts';
import type { TopicSettings } from '../bus.ts';

/** The largest message that a topic takes, and that is tried, bytes. */
export const LARGEST_MESSAGE = 8 * 1024 * 1024;
/** Kafka's "no limit" of a time. */
const FOREVER = '9223372036854775807';
const UNLIMITED = '-1';

export interface Durability {
  /** Copies of each partition. */
  readonly replication: number;
  /** Copies that must have a message before it counts as written. */
  readonly minInSync: number;
}

/** One setting of a topic: the value that it is made with, and which others will do. */
export interface TopicRule {
  readonly name: string;
  readonly value: string;
  accepts(found: string): boolean;
  /** What is said of a topic that has another. */
  readonly code: ErrorCode;
  readonly why: string;
}

export interface TopicFault {
  readonly code: ErrorCode;
  readonly name: string;
  readonly found: string;
  readonly wanted: string;
  readonly why: string;
}

/**
 * Everything that a topic of ours needs. All of it is sent when a topic is made: what is left out comes from the broker's
 * configuration, which is somebody else's.
 */
export function configurationOf(settings: TopicSettings, durability: Durability): readonly TopicRule[] {
  const retention = settings.retentionMs === null ? UNLIMITED : String(settings.retentionMs);
  return [
    exactly('cleanup.policy', 'delete', 'older events of a record would be removed'),
    {
      name: 'retention.ms',
      value: retention,
      accepts: (found) => found === UNLIMITED || (retention !== UNLIMITED && Number(found) >= Number(retention)),
      code: 'BUS_TOPIC_RETENTION',
      why: 'events would be forgotten before the cutover is over',
    },
    {
      ...exactly('retention.bytes', UNLIMITED, 'events would be forgotten once there are many'),
      code: 'BUS_TOPIC_RETENTION',
    },
    atLeast('max.message.bytes', LARGEST_MESSAGE, 'large records would be refused'),
    atLeast('min.insync.replicas', durability.minInSync, 'the loss of one broker could lose events'),
    exactly('unclean.leader.election.enable', 'false', 'a broker that was behind could take over, and events be lost'),
    exactly('message.timestamp.type', 'CreateTime', 'the times of the events would be replaced'),
    exactly('message.timestamp.before.max.ms', FOREVER, 'old events could not be copied here'),
    {
      ...exactly('message.timestamp.after.max.ms', FOREVER, 'a clock that jumps would stop the work'),
      // Kafka's default, one hour, will do: our own clock is not so far off.
      accepts: (found) => Number(found) >= 60_000,
    },
    {
      ...exactly('compression.type', 'uncompressed', 'messages of others could be unreadable'),
      accepts: (found) => found === 'uncompressed' || found === 'gzip' || found === 'producer',
    },
  ];
}

/** What is wrong with a topic that exists, the worst first: what loses events by time before all others. */
export function faultsOf(
  found: ReadonlyMap<string, string>,
  replicas: number,
  settings: TopicSettings,
  durability: Durability,
): readonly TopicFault[] {
  const faults: TopicFault[] = configurationOf(settings, durability).flatMap((rule) => {
    const value = found.get(rule.name);
    if (value === undefined || rule.accepts(value)) return [];
    return [{ code: rule.code, name: rule.name, found: value, wanted: rule.value, why: rule.why }];
  });
  if (replicas < durability.replication) {
    faults.push({
      code: 'BUS_TOPIC_UNSAFE',
      name: 'replicas',
      found: String(replicas),
      wanted: String(durability.replication),
      why: 'the loss of a broker would lose events',
    });
  }
  return faults.toSorted((a, b) => Number(b.code === 'BUS_TOPIC_RETENTION') - Number(a.code === 'BUS_TOPIC_RETENTION'));
}

/** In words, with the command that mends what a command can mend. */
export function describeFaults(topic: string, faults: readonly TopicFault[]): string {
  const list = faults.map(({ name, found, wanted, why }) => `${name} is ${found}, not ${wanted} (${why})`);
  const settable = faults.filter(({ name }) => name !== 'replicas').map(({ name, wanted }) => `${name}=${wanted}`);
  const command =
    settable.length === 0
      ? ''
      : `; kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${settable.join(',')}`;
  return `is not safe to use: ${list.join('; ')}${command}`;
}

function exactly(name: string, value: string, why: string): TopicRule {
  return { name, value, accepts: (found) => found === value, code: 'BUS_TOPIC_UNSAFE', why };
}

function atLeast(name: string, value: number, why: string): TopicRule {
  return { name, value: String(value), accepts: (found) => Number(found) >= value, code: 'BUS_TOPIC_UNSAFE', why };
}
