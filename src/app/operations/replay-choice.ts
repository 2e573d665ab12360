import type { TopicPartition } from '../../bus/bus.ts';
import { ChangeoverError } from '../../core/errors.ts';
import { isRecordKey, parseRecordKey } from '../../core/identifiers.ts';
import type { CompiledMapping } from '../../mapping/model.ts';
import type { Application } from '../application.ts';

/** What somebody asks to be applied once more. */
export interface ReplayChoice {
  readonly source: string;
  readonly objects: readonly string[];
  readonly records: readonly string[];
  /** ISO, with its offset. */
  readonly from?: string | undefined;
}

/** An object whose log begins after the moment that was asked for: what happened before is not in it any more. */
export interface ShorterLog {
  readonly object: string;
  /** ISO, of the oldest event that is still there; null where none is. */
  readonly begins: string | null;
}

export interface ChosenRecords {
  /** Null: all of the source. */
  readonly objects: readonly string[] | null;
  /** Null: all of these objects. */
  readonly keys: readonly string[] | null;
  readonly shorter: readonly ShorterLog[];
}

/** @throws USAGE for a source that the configuration does not have. */
export function sourceCalled(app: Pick<Application, 'loaded'>, source: string): void {
  const names = app.loaded.configuration.sources.map(({ name }) => name);
  if (!names.includes(source))
    throw usage(`the configuration has no source ${source}`, `Sources: ${names.join(', ')}.`);
}

/**
 * The records that are meant.
 * @throws USAGE for what says nothing, or two things at once: an option that were dropped in silence would replay something else
 * than was asked for.
 */
export async function chosenRecords(
  app: Pick<Application, 'state' | 'events' | 'ports'>,
  mappings: readonly CompiledMapping[],
  choice: ReplayChoice,
): Promise<ChosenRecords> {
  const { source, records, from } = choice;
  const known = [...(mappings.find((mapping) => mapping.source === source)?.objects.keys() ?? [])];
  const strange = choice.objects.find((object) => !known.includes(object));
  if (strange !== undefined) throw usage(`${source} has no object ${strange}`, `Objects: ${known.join(', ')}.`);
  const objects = choice.objects.length === 0 ? null : [...new Set(choice.objects)];
  if (records.length > 0) {
    if (objects !== null || from !== undefined)
      throw usage(
        'records are named, so nothing is left to choose by object or time',
        'Give --record alone, or --object and --from.',
      );
    return { objects, keys: await namedRecords(app, source, records), shorter: [] };
  }
  if (from === undefined) return { objects, keys: null, shorter: [] };
  const time = Date.parse(from);
  if (time > app.ports.clock.now()) throw usage(`${from} is still to come`, 'Give a time that is past.');
  const since = { source, objects: objects ?? known, time };
  return { objects, ...(await recordsSince(app, since)) };
}

async function namedRecords(
  app: Pick<Application, 'state'>,
  source: string,
  records: readonly string[],
): Promise<readonly string[]> {
  const keys = [...new Set(records)].sort();
  for (const key of keys) {
    if (!isRecordKey(key))
      throw usage(`${key} is no key of a record`, `A key is source/object/id, for example ${source}/contact/1042.`);
    const named = parseRecordKey(key).source;
    if (named !== source)
      throw usage(`${key} is a record of ${named}, not of ${source}`, 'Replay one source at a time.');
  }
  const rows = await app.state.read((tx) => tx.records.get(keys));
  const absent = keys.filter((key) => !rows.has(key));
  if (absent.length > 0)
    throw usage(
      `no record has the key ${absent.join(', ')}`,
      'A key is source/object/id as the source spells them; nothing else was replayed either.',
    );
  return keys;
}

interface Since {
  readonly source: string;
  readonly objects: readonly string[];
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** The records that have an event in the log from that moment on, and where the log begins later. */
async function recordsSince(
  app: Pick<Application, 'events'>,
  { source, objects, time }: Since,
): Promise<Pick<ChosenRecords, 'shorter'> & { readonly keys: readonly string[] }> {
  const { bus } = app.events;
  const keys = new Set<string>();
  const shorter: ShorterLog[] = [];
  const topics = new Set((await bus.topics()).map(({ topic }) => topic));
  for (const object of objects) {
    const topic = await app.events.topic(source, object);
    // Nothing of it was ever read.
    if (!topics.has(topic)) continue;
    const bounds = await bus.bounds(topic);
    const begins: (number | null)[] = [];
    for (const start of await bus.offsetAtTime(topic, time)) {
      const bound = bounds.find((one) => one.partition === start.partition);
      if (bound === undefined) continue;
      for await (const read of app.events.read(start, start.offset, bound.end))
        if (read.ok && read.event.kind === 'change') keys.add(read.event.key);
      // From its very first event on, and others were there before it.
      if (bound.start > 0 && start.offset <= bound.start) begins.push(await timeAt(app, bound, bound.start));
    }
    if (begins.length > 0) shorter.push({ object, begins: latest(begins) });
  }
  // Each key proves to be one: a foreign message never names a record.
  return { keys: [...keys].filter((key) => parseRecordKey(key).source === source).sort(), shorter };
}

/** When the message at this place was appended; null: nothing is there. */
async function timeAt(
  { events }: Pick<Application, 'events'>,
  where: TopicPartition,
  offset: number,
): Promise<number | null> {
  for await (const message of events.bus.read(where, offset, offset + 1)) return message.timestamp;
  return null;
}

/** Of several partitions the one that begins last: only from then on everything is there. */
function latest(times: readonly (number | null)[]): string | null {
  const known = times.flatMap((time) => time ?? []);
  return known.length === 0 ? null : new Date(Math.max(...known)).toISOString();
}

function usage(message: string, hint: string): ChangeoverError {
  return new ChangeoverError('USAGE', message, { hint });
}
