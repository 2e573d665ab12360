import type { Clock, Random } from '../../../src/core/ports.ts';
import type { Activity, Collection, CollectionDefinition, Data, FileEntry, StoredRecord } from './model.ts';

export interface WorkspaceParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Whether an activity counts as a change of its record. */
  readonly activitiesTouch: boolean;
}

/** What a record may be given beside its data. */
export interface RecordExtras {
  readonly id?: string;
  readonly createdAt?: number;
  readonly updatedAt?: number;
  readonly lists?: StoredRecord['lists'];
  readonly files?: readonly FileEntry[];
  readonly external?: StoredRecord['external'];
}

/** A workspace's collections and records. Writing here is what people do in the application. */
export class Workspace {
  readonly #parts: WorkspaceParts;
  readonly #collections = new Map<string, Collection>();
  readonly #files = new Map<string, Uint8Array>();
  #numbers = 0;

  constructor(parts: WorkspaceParts) {
    this.#parts = parts;
  }

  define(definition: CollectionDefinition): Collection {
    const id = definition.id ?? this.#parts.random.uuid();
    const collection: Collection = { ...definition, id, records: new Map(), activities: new Map() };
    this.#collections.set(id, collection);
    return collection;
  }

  /** All collections, in the order in which they were made. */
  collections(): readonly Collection[] {
    return [...this.#collections.values()];
  }

  /** By id or slug. */
  find(name: string): Collection | undefined {
    return this.#collections.get(name) ?? this.collections().find(({ slug }) => slug === name);
  }

  collection(name: string): Collection {
    const found = this.find(name);
    if (found === undefined) throw new Error(`there is no collection ${name}`);
    return found;
  }

  rename(name: string, slug: string, label: string): void {
    const collection = this.collection(name);
    this.#collections.set(collection.id, { ...collection, slug, name: label });
  }

  drop(name: string): void {
    this.#collections.delete(this.collection(name).id);
  }

  create(name: string, data: Data, extras: RecordExtras = {}): StoredRecord {
    const now = this.#parts.clock.now();
    this.#numbers += 1;
    const record: StoredRecord = {
      id: extras.id ?? this.#parts.random.uuid(),
      numericId: this.#numbers,
      data,
      external: extras.external ?? [],
      lists: extras.lists ?? {},
      files: extras.files ?? [],
      createdAt: extras.createdAt ?? now,
      updatedAt: extras.updatedAt ?? extras.createdAt ?? now,
    };
    this.collection(name).records.set(record.id, record);
    return record;
  }

  update(name: string, id: string, data: Data): void {
    const record = this.record(name, id);
    this.#put(name, { ...record, data: { ...record.data, ...data } });
  }

  setLists(name: string, id: string, lists: StoredRecord['lists']): void {
    this.#put(name, { ...this.record(name, id), lists });
  }

  remove(name: string, id: string): void {
    const collection = this.collection(name);
    collection.records.delete(id);
    collection.activities.delete(id);
  }

  record(name: string, id: string): StoredRecord {
    const record = this.collection(name).records.get(id);
    if (record === undefined) throw new Error(`${name} has no record ${id}`);
    return record;
  }

  records(name: string): readonly StoredRecord[] {
    return [...this.collection(name).records.values()];
  }

  addActivity(name: string, id: string, activity: Omit<Activity, 'id'> & { readonly id?: string }): Activity {
    const record = this.record(name, id);
    const made: Activity = { ...activity, id: activity.id ?? this.#parts.random.uuid() };
    const { activities } = this.collection(name);
    activities.set(id, [...(activities.get(id) ?? []), made]);
    if (this.#parts.activitiesTouch) this.#put(name, record);
    return made;
  }

  removeActivity(name: string, id: string, activity: string): void {
    const { activities } = this.collection(name);
    activities.set(
      id,
      (activities.get(id) ?? []).filter((one) => one.id !== activity),
    );
    if (this.#parts.activitiesTouch) this.#put(name, this.record(name, id));
  }

  activities(name: string, id: string): readonly Activity[] {
    return this.collection(name).activities.get(id) ?? [];
  }

  /** Attaches a file; its bytes are served under `/files/{id}`. */
  attach(name: string, id: string, file: { readonly name: string; readonly bytes: Uint8Array }): FileEntry {
    const record = this.record(name, id);
    const entry: FileEntry = {
      id: this.#parts.random.uuid(),
      name: file.name,
      size: file.bytes.length,
      url: null,
    };
    this.#files.set(entry.id, file.bytes);
    this.#put(name, { ...record, files: [...record.files, entry] });
    return entry;
  }

  bytes(file: string): Uint8Array | undefined {
    return this.#files.get(file);
  }

  #put(name: string, record: StoredRecord): void {
    this.collection(name).records.set(record.id, { ...record, updatedAt: this.#parts.clock.now() });
  }
}
