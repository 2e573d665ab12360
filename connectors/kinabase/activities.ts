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
import { Changes, type Child, Children, parentOf } from './children.ts';
import type { News } from './news.ts';
import type { Settings } from './settings.ts';
import { Touched } from './touched.ts';
import { Vanished } from './vanished.ts';

export const ACTIVITY = 'activity';

export interface ActivityParts {
  readonly api: Api;
  readonly catalogue: Catalogue;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly folder: string;
  readonly news: News;
  readonly answers: () => Promise<ReadonlyMap<string, string>>;
  /** Activities that are live downstream. */
  readonly knownIds: (object: string) => AsyncIterable<string>;
  /** Ids of a collection, where its reader knows them all. */
  readonly idsOf: (object: string) => readonly string[] | null;
}

/** How far the activities of one collection were read. */
interface Progress {
  /** What changed before is told, by the service's clock; null while the first round through all records is under way. */
  readonly mark: number | null;
  /** The record that a round came to; null between rounds. */
  readonly after: string | null;
  /** When the last round began: by our clock, as the interval between rounds is ours. */
  readonly roundAt: number;
  /** The same by the service's clock; absent between rounds. */
  readonly began?: number;
}

/** Records whose activities are to be asked for, and when that was known, by the service's clock. */
interface Asked {
  readonly ids: readonly string[];
  readonly at: number;
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
  /** Collections whose changes this process has seen without a gap, with what it was told of them itself. */
  readonly #followed = new Map<string, Touched>();
  /** Ids of a collection's records, as the last round met them. */
  readonly #met = new Map<string, readonly string[]>();
  /** Whether what stands on records was compared with the records that are there since the last round. */
  #compared = false;

  readonly #vanished: Vanished;

  constructor(parts: ActivityParts) {
    this.#parts = parts;
    this.#vanished = new Vanished(parts, ACTIVITY);
  }

  async *read(checkpoint: Checkpoint | null, signal: AbortSignal): AsyncGenerator<Page> {
    const at = positionOf(checkpoint);
    let begins = at.stamp === 0 && !at.ended && Object.keys(at.collections).length === 0;
    // With the first page that a call gave: a call that fails must leave nothing behind.
    for await (const page of this.#toPresent(at, signal)) {
      yield begins ? { ...page, begins: this.#count(0, 0) } : page;
      begins = false;
    }
  }

  async *#toPresent(stored: ActivityPosition, signal: AbortSignal): AsyncGenerator<Page> {
    const { children, lost } = await this.#open(stored.stamp);
    let at = lost ? { ...stored, collections: {} } : stored;
    const chosen = await this.#chosen();
    for (const collection of chosen) {
      const progress = at.collections[collection.object];
      if (progress?.mark === null || progress === undefined || progress.after !== null || this.#roundDue(progress))
        at = yield* this.#round(collection, children, at, signal);
      else at = yield* this.#changed(collection, children, at, progress.mark, signal);
    }
    const changes = new Changes();
    await this.#orphans(children, chosen, changes, signal);
    const whole = children.seen.base;
    if (!whole) for (const id of await this.#gone(children, chosen, signal)) changes.misses(id);
    if (!whole || !changes.empty) {
      at = { ...at, stamp: await children.note(changes, true) };
      yield { records: [], checkpoint: { ...at } };
    }
    at = yield* this.#vanished.decide(children, at, (from, parents) =>
      this.#again(chosen, children, from, parents, signal),
    );
    if (at.ended) return;
    at = { ...at, ended: true };
    yield { records: [], checkpoint: { ...at }, ends: this.#count(children.size, children.retained) };
  }

  /** The records on which something was missing, once more. */
  async *#again(
    chosen: readonly Collection[],
    children: Children,
    from: ActivityPosition,
    parents: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<Page, ActivityPosition> {
    let at = from;
    for (let first = 0; first < parents.length; first += PAGE) {
      const changes = new Changes();
      for (const parent of parents.slice(first, first + PAGE))
        children.compare(parent, await this.#onRecord(chosen, parent, signal), changes);
      if (!changes.empty) at = { ...at, stamp: await children.note(changes) };
      yield { records: changes.records, checkpoint: { ...at } };
    }
    return at;
  }

  /** Null where none of the collections has the record. */
  async #onRecord(
    collections: readonly Collection[],
    record: string,
    signal: AbortSignal,
  ): Promise<readonly Child[] | null> {
    for (const collection of collections) {
      if (!(await this.#isIn([collection], record, signal))) continue;
      const found = await this.#parts.api.activities(collection.raw, record, signal);
      return found?.map((one) => childOf(collection.object, record, one)) ?? null;
    }
    return null;
  }

  /** `lost`: what was told is not known any more, so every record has to be asked again. */
  async #open(stamp: number): Promise<{ readonly children: Children; readonly lost: boolean }> {
    if (this.#children?.seen.stamp === stamp) return { children: this.#children, lost: false };
    const children = await Children.open(this.#parts.folder, ACTIVITY, stamp);
    this.#children = children;
    return { children, lost: stamp > 0 && children.seen.size === 0 && !children.seen.base };
  }

  /**
   * What is live downstream, was not met on any record, and stands on none that is there. One on a record of a collection
   * that is left stays: nobody asked for it.
   */
  async #gone(children: Children, chosen: readonly Collection[], signal: AbortSignal): Promise<readonly string[]> {
    const { catalogue, knownIds } = this.#parts;
    const strangers = await children.strangers(knownIds(ACTIVITY));
    if (strangers.length === 0) return [];
    const asked = new Set(chosen.map(({ object }) => object));
    const left = (await catalogue.all()).filter(({ object }) => !asked.has(object));
    const stays = new Map<string, boolean>();
    for (const parent of new Set(strangers.map(parentOf))) stays.set(parent, await this.#isIn(left, parent, signal));
    return strangers.filter((id) => stays.get(parentOf(id)) !== true);
  }

  /** What stands on records that are gone: their readers tell it once, and a round asks only those that are there. */
  async #orphans(
    children: Children,
    chosen: readonly Collection[],
    changes: Changes,
    signal: AbortSignal,
  ): Promise<void> {
    const there = chosen.map(({ object }) => this.#parts.idsOf(object) ?? this.#met.get(object) ?? null);
    if (this.#compared || there.some((ids) => ids === null)) return;
    const all = new Set(there.flatMap((ids) => [...(ids ?? [])]));
    const everywhere = await this.#parts.catalogue.all();
    for (const parent of children.parents())
      if (!all.has(parent) && !(await this.#isIn(everywhere, parent, signal))) children.compare(parent, null, changes);
    this.#compared = true;
    this.#met.clear();
  }

  async #isIn(collections: readonly Collection[], record: string, signal: AbortSignal): Promise<boolean> {
    for (const { raw } of collections) if ((await this.#parts.api.record(raw, record, signal)) !== null) return true;
    return false;
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
    const { clock } = this.#parts;
    const { object } = collection;
    const before = from.collections[object];
    const after = before?.after ?? '';
    const all = await this.#everyRecord(collection, signal);
    this.#met.set(object, all.ids);
    this.#compared = false;
    const roundAt = after === '' ? clock.now() : (before?.roundAt ?? clock.now());
    const began = after === '' ? all.at : (before?.began ?? before?.mark ?? 0);
    const ids = all.ids.filter((id) => id > after).sort();
    const at = yield* this.#ask(collection, children, from, ids, signal, (last) => ({
      mark: before?.mark ?? null,
      after: last,
      roundAt,
      began,
    }));
    // One that went on after a stop did not see what changed meanwhile: that is asked for from its beginning on.
    if (after === '') this.#followed.set(object, new Touched());
    else this.#followed.delete(object);
    return yield* this.#keep(at, object, { mark: began, after: null, roundAt });
  }

  /** Records that changed: what the collection's reader was told, or, where it was not told all, what the service tells. */
  async *#changed(
    collection: Collection,
    children: Children,
    from: ActivityPosition,
    mark: number,
    signal: AbortSignal,
  ): AsyncGenerator<Page, ActivityPosition> {
    const { object } = collection;
    const roundAt = from.collections[object]?.roundAt ?? 0;
    const followed = this.#followed.get(object) ?? null;
    // Until all of it was given: where a call fails in between, the service is asked again from the mark on.
    this.#followed.delete(object);
    const touched = followed ?? new Touched();
    const { ids, at: until } = await this.#changedSince(collection, mark, followed !== null, touched, signal);
    let at = from;
    if (ids.length > 0) {
      at = yield* this.#ask(collection, children, at, ids, signal, () => ({ mark, after: null, roundAt }));
      at = yield* this.#keep(at, object, { mark: until, after: null, roundAt });
    }
    this.#followed.set(object, touched);
    return at;
  }

  async #changedSince(
    { object, raw }: Collection,
    mark: number,
    followed: boolean,
    touched: Touched,
    signal: AbortSignal,
  ): Promise<Asked> {
    const { api, settings, news } = this.#parts;
    const { ids: told, until } = news.take(object);
    if (until !== null && followed) return { ids: [...told].sort(), at: Math.max(mark, until) };
    const since = mark - settings.overlapSeconds * 1000;
    const ids = new Set(told);
    let at: number | null = null;
    for await (const batch of api.changed(raw, since, signal)) {
      at ??= batch.at;
      for (const id of touched.take(batch.records, since)) ids.add(id);
    }
    return { ids: [...ids].sort(), at: at ?? mark };
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
      const changes = new Changes();
      for (const id of part) {
        const found = await api.activities(collection.raw, id, signal);
        children.compare(id, found?.map((one) => childOf(collection.object, id, one)) ?? null, changes);
      }
      const collections = { ...at.collections, [collection.object]: progress(part.at(-1) ?? '') };
      const stamp = changes.empty ? at.stamp : await children.note(changes);
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

  async #everyRecord({ raw, object }: Collection, signal: AbortSignal): Promise<Asked> {
    const { api, news, idsOf } = this.#parts;
    const { until } = news.take(object);
    const known = idsOf(object);
    if (known !== null && until !== null) return { ids: known, at: until };
    const whole = await api.whole(raw, null, signal);
    if (whole !== null) return { ids: whole.records.map(({ id }) => id), at: whole.at };
    const ids: string[] = [];
    let at: number | null = null;
    for await (const page of api.pages(raw, 0, null, signal)) {
      at ??= page.at;
      ids.push(...page.records.map(({ id }) => id));
    }
    return { ids, at: at ?? 0 };
  }

  #count(rows: number, retained: number): SnapshotCount {
    const now = this.#parts.clock.now();
    return { snapshot: new Date(now).toISOString(), takenAt: now, rows, rejected: 0, retained };
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
