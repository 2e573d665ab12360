import type { TopicPlaces } from '../../events/move/places.ts';
import { Rewriting } from '../../events/move/rewriting.ts';
import { SchemaIds, type SchemaSource } from '../../events/move/schemas.ts';
import { compareTopic, type MovedTopic, moveTopic } from '../../events/move/topic.ts';
import { Naming, retentionOf } from '../../events/names.ts';
import type { MovedLog } from '../../state/backup/move.ts';
import { stateNames } from '../names.ts';
import type { Shape } from '../shapes/shape.ts';
import type { PlannedTopic } from './plan.ts';

export interface LogMove {
  readonly from: Shape;
  readonly to: Shape;
  /** Those of the old log. */
  readonly schemas: SchemaSource;
  readonly topics: readonly PlannedTopic[];
  readonly retentionMs: number | null;
  readonly signal: AbortSignal;
  progress(step: 'copying' | 'comparing', topic: string, done: number, total: number): void;
}

export interface TopicReport {
  readonly topic: string;
  readonly partitions: number;
  /** Of the old topic. */
  readonly messages: number;
  /** Of the new one, where a watermark stands in every partition. */
  readonly written: number;
  /** Of these, there already from an earlier attempt. */
  readonly found: number;
}

/** Schemas, then topics, then every topic compared with the old one once more. */
export async function moveLog(
  move: LogMove,
): Promise<{ readonly log: MovedLog; readonly topics: readonly TopicReport[] }> {
  const { from, to, topics, retentionMs } = move;
  const ids = await SchemaIds.copy(move.schemas, to.schemas);
  const places = new Map<string, TopicPlaces>();
  const rewriting = new Rewriting(move.schemas, ids, places);
  const reports: TopicReport[] = [];
  for (const planned of topics) {
    const { topic, partitions } = planned;
    await to.bus.createTopic(topic, { partitions, retentionMs: retentionOf(topic, retentionMs) });
    const copied = await walk(move, rewriting, planned, 'copying');
    places.set(topic, copied.places);
    const { messages, written, found } = copied;
    reports.push({ topic, partitions, messages, written, found });
  }
  for (const planned of topics) await walk(move, rewriting, planned, 'comparing');
  const naming = new Naming(stateNames(from.state));
  return {
    topics: reports,
    log: {
      places: {
        place: (topic, offset, key) => places.get(topic)?.place(offset, key) ?? null,
        positions: (topic, position) => places.get(topic)?.positions(position) ?? [],
      },
      topic: (source, object) => naming.topic(source, object),
      bytes: (topic, value) => rewriting.bytes(topic, value),
    },
  };
}

function walk(
  { from, to, signal, progress }: LogMove,
  rewriting: Rewriting,
  { topic, start, end, position }: PlannedTopic,
  step: 'copying' | 'comparing',
): Promise<MovedTopic> {
  const run = step === 'copying' ? moveTopic : compareTopic;
  return run({
    topic,
    from: from.bus,
    to: to.bus,
    rewriting,
    positions: position === null ? [] : [position],
    signal,
    progress: (done) => progress(step, topic, done, end - start),
  });
}
