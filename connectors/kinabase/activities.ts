import type { Clock } from '../../src/core/ports.ts';
import type {
  Checkpoint,
  FieldDescription,
  ObjectDescription,
  Page,
  SnapshotCount,
  SourceQuestion,
} from '../../src/source/connector.ts';
import type { Api } from './api.ts';
import type { Catalogue, Collection } from './catalogue.ts';
import { Changes, type Changes as ChangesOf, type Child, Children } from './children.ts';
import type { News } from './news.ts';
import type { Settings } from './settings.ts';

export const ACTIVITY = 'activity';

export interface ActivityParts {
  readonly api: Api;
  readonly catalogue: Catalogue;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly folder: string;
  readonly news: News;
  readonly answers: () => Promise<ReadonlyMap<string, string>>;
  /** Ids of a collection, where its reader knows them all. */
  readonly idsOf: (object: string) => readonly string[] | null;
}

/** How far the activities of one collection were read. */
interface Progress {
  /** When the last round through all records began, by the service's clock; null while the first is under way. */
  readonly mark: number | null;
  /** The record that a round came to; null between rounds. */
  readonly after: string | null;
  readonly roundAt: number;
}

interface ActivityPosition {
  readonly stamp: number;
  readonly ended: boolean;
  readonly collections: Readonly<Record<string, Progress>>;
}

/** Records whose activities make a page. */
const PAGE = 20;

/**
 * Activities cost a call for each record. So they are read only where somebody said so, once for every record and then for
 * those that changed; what the readers of collections saw is not asked for again.
 */
export class ActivityReader {
  readonly #parts: ActivityParts;
  #children: Children | null = null;
  /** Collections whose changes this process has seen without a gap. */
  readonly #followed = new Set<string>();

  constructor(parts: ActivityParts) {
    this.#parts = parts;
  }

  async *read(checkpoint: Checkpoint | null, signal: AbortSignal): AsyncGenerator<Page> {
    let at = positionOf(checkpoint);
    const children = await this.#open(at.stamp);
    const begins = at.stamp === 0 && !at.ended ? this.#count(children.seen.size) : null;
    if (begins !== null) yield { records: [], checkpoint: { ...at }, begins };
    for (const collection of await this.#chosen()) {
      const progress = at.collections[collection.object];
      if (progress?.mark === null || progress === undefined || progress.after !== null || this.#roundDue(progress))
        at = yield* this.#round(collection, children, at, signal);
      else at = yield* this.#changed(collection, children, at, progress.mark, signal);
    }
    if (at.ended) return;
    at = { ...at, stamp: await children.note(new Changes(), true), ended: true };
    yield { records: [], checkpoint: { ...at }, ends: this.#count(children.seen.size) };
  }

  async #open(stamp: number): Promise<Children> {
    if (this.#children?.seen.stamp !== stamp) this.#children = await Children.open(this.#parts.folder, ACTIVITY, stamp);
    return this.#children;
  }

  async #chosen(): Promise<readonly Collection[]> {
    const { catalogue, settings, answers } = this.#parts;
    const given = await answers();
    return (await catalogue.all()).filter(
      (one) => (settingOf(settings, one) ?? given.get(questionId(one.object))) === 'read',
    );
  }

  #roundDue({ roundAt }: Progress): boolean {
    const { settings, clock } = this.#parts;
    return !settings.activitiesTouch && clock.now() - roundAt >= settings.activitiesSeconds * 1000;
  }

  /** Every record of a collection, in the order of their ids, so that it goes on where it stopped. */
  async *#round(
    collection: Collection,
    children: Children,
    from: ActivityPosition,
    signal: AbortSignal,
  ): AsyncGenerator<Page, ActivityPosition> {
    const { clock, news } = this.#parts;
    const { object } = collection;
    const before = from.collections[object];
    const after = before?.after ?? '';
    const roundAt = after === '' ? clock.now() : (before?.roundAt ?? clock.now());
    news.take(object);
    const ids = (await this.#ids(collection, signal)).filter((id) => id > after).sort();
    const at = yield* this.#ask(collection, children, from, ids, signal, (last) => ({
      mark: before?.mark ?? null,
      after: last,
      roundAt,
    }));
    this.#followed.add(object);
    return yield* this.#keep(at, object, { mark: roundAt, after: null, roundAt });
  }

  /** Records that changed: what the collection's reader was told, or, after a restart, what the service tells. */
  async *#changed(
    collection: Collection,
    children: Children,
    from: ActivityPosition,
    mark: number,
    signal: AbortSignal,
  ): AsyncGenerator<Page, ActivityPosition> {
    const { api, settings, news, clock } = this.#parts;
    const { object } = collection;
    const ids = new Set(news.take(object));
    const roundAt = from.collections[object]?.roundAt ?? 0;
    let now = clock.now();
    if (!this.#followed.has(object)) {
      let answered: number | null = null;
      for await (const batch of api.changed(collection.raw, mark - settings.overlapSeconds * 1000, signal)) {
        answered ??= batch.at;
        for (const { id } of batch.records) ids.add(id);
      }
      now = answered ?? now;
      this.#followed.add(object);
    }
    if (ids.size === 0) return from;
    const at = yield* this.#ask(collection, children, from, [...ids].sort(), signal, () => ({
      mark,
      after: null,
      roundAt,
    }));
    return yield* this.#keep(at, object, { mark: now, after: null, roundAt });
  }

  async *#ask(
    collection: Collection,
    children: Children,
    from: ActivityPosition,
    ids: readonly string[],
    signal: AbortSignal,
    progress: (last: string) => Progress,
  ): AsyncGenerator<Page, ActivityPosition> {
    const { api } = this.#parts;
    let at = from;
    for (let first = 0; first < ids.length; first += PAGE) {
      const part = ids.slice(first, first + PAGE);
      const changes: ChangesOf = new Changes();
      for (const id of part) {
        const found = await api.activities(collection.raw, id, signal);
        children.compare(id, found?.map((one) => childOf(collection.object, id, one)) ?? null, changes);
      }
      const collections = { ...at.collections, [collection.object]: progress(part.at(-1) ?? '') };
      const stamp = changes.records.length === 0 ? at.stamp : await children.note(changes);
      at = { ...at, stamp, collections };
      yield { records: changes.records, checkpoint: { ...at }, remaining: ids.length - first - part.length };
    }
    return at;
  }

  async *#keep(from: ActivityPosition, object: string, progress: Progress): AsyncGenerator<Page, ActivityPosition> {
    const at = { ...from, collections: { ...from.collections, [object]: progress } };
    yield { records: [], checkpoint: { ...at } };
    return at;
  }

  async #ids({ raw, object }: Collection, signal: AbortSignal): Promise<readonly string[]> {
    const known = this.#parts.idsOf(object);
    if (known !== null) return known;
    const whole = await this.#parts.api.whole(raw, null, signal);
    if (whole !== null) return whole.records.map(({ id }) => id);
    const ids: string[] = [];
    for await (const { records } of this.#parts.api.pages(raw, 0, null, signal))
      ids.push(...records.map(({ id }) => id));
    return ids;
  }

  #count(rows: number): SnapshotCount {
    const now = this.#parts.clock.now();
    return { snapshot: new Date(now).toISOString(), takenAt: now, rows, rejected: 0, retained: 0 };
  }
}

function positionOf(checkpoint: Checkpoint | null): ActivityPosition {
  const known = typeof checkpoint?.stamp === 'number' && 'collections' in checkpoint;
  return known ? (checkpoint as unknown as ActivityPosition) : { stamp: 0, ended: false, collections: {} };
}

function childOf(
  object: string,
  record: string,
  found: {
    readonly id: string;
    readonly type: string | null;
    readonly content: string | null;
    readonly time: number | null;
  },
): Child {
  const { id, type, content, time } = found;
  return { id, time, after: { type, content, collection: object, record } };
}

const questionId = (object: string): string => `activities/${object}`;

function settingOf({ activities }: Settings, { object, raw }: Collection): 'read' | 'leave' | undefined {
  return activities[object] ?? activities[raw.slug];
}

/** The object that activities are, pointing at any collection. */
export function describeActivity(collections: readonly Collection[]): ObjectDescription {
  const objects = collections.map(({ object }) => object);
  return {
    name: ACTIVITY,
    label: 'Activity',
    standard: true,
    fields: [
      field('type', 'Type'),
      field('content', 'Content'),
      field('collection', 'Collection'),
      field('record', 'Record', objects),
    ],
    count: null,
    likeness: [{ target: 'task', activity: 'Task', score: 0.9, reasons: ['the activities on records'] }],
  };
}

const field = (name: string, label: string, refersTo: readonly string[] = []): FieldDescription => ({
  name,
  label,
  type: { kind: 'string' },
  standard: true,
  required: false,
  profile: null,
  values: null,
  refersTo,
  proposal: null,
});

/** What reading them would cost, before anybody pays it. */
export function activityQuestions(
  collections: readonly { readonly collection: Collection; readonly total: number }[],
  settings: Settings,
): readonly SourceQuestion[] {
  return collections
    .filter(({ collection, total }) => settingOf(settings, collection) === undefined && total > 0)
    .map(({ collection: { object, raw }, total }) => ({
      id: questionId(object),
      object: null,
      question: `The activities on ${raw.name} cost ${total} calls, one for each record: about ${Math.ceil(total / settings.callsPerMinute)} minutes at ${settings.callsPerMinute} calls a minute. Read them?`,
      detail: {
        calls: total,
        callsPerMinute: settings.callsPerMinute,
        how: 'afterwards only records that changed are asked for',
      },
      choices: ['read', 'leave'],
      blocking: false,
    }));
}
