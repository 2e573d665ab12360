import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChangeoverError } from '../../src/core/errors.ts';
import { isObject } from '../../src/core/exact-json.ts';
import { ObjectAbsent } from '../../src/source/connector.ts';
import { freeName, OWN_FIELDS, objectName } from './names.ts';
import type { RawCollection, RawRecord } from './raw.ts';
import type { Settings } from './settings.ts';

/** A field of a collection, as events have it. */
export interface Field {
  /** As the record has it; of our own fields the name. */
  readonly key: string;
  readonly name: string;
  /** Whether it holds several values. Decided when it is met, and kept: events of one log have one shape. */
  readonly list: boolean;
  readonly own: boolean;
  readonly formula: string | null;
}

/** A collection under its name in events, with the fields that were met so far. */
export interface Collection {
  readonly raw: RawCollection;
  readonly object: string;
  /** By key; of our own fields by `@name`. */
  readonly fields: Map<string, Field>;
  /** Sub-lists that were met, each an object of its own, by the list's name. */
  readonly lists: Map<string, Collection>;
  /** Of a list: the object whose records it stands on, and its name there. */
  readonly parent: { readonly object: string; readonly list: string } | null;
}

export interface CatalogueParts {
  readonly settings: Settings;
  /** Where the names that were given are kept, so that they stay when a collection is renamed. */
  readonly folder: string;
  readonly collections: () => Promise<readonly RawCollection[]>;
}

interface Kept {
  readonly object: string;
  readonly fields: Readonly<Record<string, { readonly name: string; readonly list: boolean }>>;
  readonly lists: Readonly<Record<string, Kept>>;
}

const FILE = 'catalogue.json';
/** The field of a sub-record that holds the id of the record that it stands on. */
export const PARENT = 'parent';

/** Which collections there are, under which names they and their fields stand in events. */
export class Catalogue {
  readonly #parts: CatalogueParts;
  #kept: Readonly<Record<string, Kept>> | null = null;
  #known = new Map<string, Collection>();

  constructor(parts: CatalogueParts) {
    this.#parts = parts;
  }

  /** Reads the list of collections anew. What is known of those that are still there stays. */
  async refresh(): Promise<readonly Collection[]> {
    this.#kept ??= await this.#load();
    const raws = await this.#parts.collections();
    this.#refuseWhoSeesLess(raws);
    const before = new Map([...this.#known.values()].map((one) => [one.raw.id, one]));
    const taken = new Set<string>(['activity']);
    for (const [id, { object }] of Object.entries(this.#kept)) if (raws.some((raw) => raw.id === id)) taken.add(object);
    const known = new Map<string, Collection>();
    for (const raw of raws) {
      const was = before.get(raw.id);
      const kept = this.#kept[raw.id];
      const object = was?.object ?? kept?.object ?? freeName(objectName(raw.slug), taken);
      taken.add(object);
      known.set(object, was === undefined ? collectionOf(raw, object, kept) : { ...was, raw });
    }
    this.#known = known;
    for (const collection of known.values()) this.#declare(collection);
    return [...known.values()];
  }

  async all(): Promise<readonly Collection[]> {
    return this.#known.size === 0 ? this.refresh() : [...this.#known.values()];
  }

  /** The list that goes by this name, whether anything ever stood in it or not; null where it is of no collection. */
  async list(object: string): Promise<Collection | null> {
    const collections = await this.all();
    for (const { lists } of collections) for (const list of lists.values()) if (list.object === object) return list;
    const of = collections.find((one) => one.object !== object && object.startsWith(`${one.object}.`));
    if (of === undefined || this.#known.has(object)) return null;
    const name = object.slice(of.object.length + 1);
    const list = listOf(of.raw, of.object, name, object);
    of.lists.set(name, list);
    return list;
  }

  /** @throws KINABASE_COLLECTION_GONE where no collection goes by this name any more. */
  async of(object: string): Promise<Collection> {
    const find = (): Collection | undefined => this.#known.get(object);
    if (find() === undefined) await this.refresh();
    const found = find();
    if (found !== undefined) return found;
    throw new ObjectAbsent('KINABASE_COLLECTION_GONE', `no collection goes by the name ${object} any more`, {
      place: { object },
    });
  }

  /** Takes up fields that records have and nobody had met. True where there were any. */
  learn(collection: Collection, records: readonly RawRecord[]): boolean {
    const met = new Map<string, boolean>();
    for (const record of records) {
      for (const [key, value] of Object.entries(record.data)) {
        if (!collection.fields.has(key)) met.set(key, (met.get(key) ?? false) || Array.isArray(value));
      }
      for (const [name, filled] of ownFields(record)) {
        if (filled && !collection.fields.has(`@${name}`)) met.set(`@${name}`, name !== 'numericId');
      }
    }
    // In the order of their names, so that the API and an export come to the same names.
    for (const key of [...met.keys()].sort()) this.#add(collection, key, met.get(key) === true);
    const lists = this.#learnLists(collection, records);
    return met.size > 0 || lists;
  }

  /** Keeps the names that were given. */
  async keep(): Promise<void> {
    const kept = Object.fromEntries([...this.#known.values()].map((one) => [one.raw.id, keptOf(one)]));
    this.#kept = { ...this.#kept, ...kept };
    await mkdir(this.#parts.folder, { recursive: true });
    const path = join(this.#parts.folder, FILE);
    await writeFile(`${path}.new`, JSON.stringify(this.#kept));
    await rename(`${path}.new`, path);
  }

  #learnLists(collection: Collection, records: readonly RawRecord[]): boolean {
    let met = false;
    for (const { lists } of records) {
      for (const [name, items] of Object.entries(lists)) {
        const known = collection.lists.get(name);
        const list =
          known ?? listOf(collection.raw, collection.object, name, `${collection.object}.${objectName(name)}`);
        if (known === undefined) collection.lists.set(name, list);
        const rows = items.map((item) => ({ ...EMPTY, ...item }));
        met = this.learn(list, rows) || known === undefined || met;
      }
    }
    return met;
  }

  /** Fields that the list of collections or the settings tell. */
  #declare(collection: Collection): void {
    const settings = this.#parts.settings.fields[collection.object] ?? this.#parts.settings.fields[collection.raw.slug];
    const told = new Map(collection.raw.fields.map(({ key, ...rest }) => [key, rest]));
    for (const [key, { formula, list }] of Object.entries(settings ?? {})) {
      const before = told.get(key) ?? { formula: null, list: false };
      told.set(key, { formula: formula ?? before.formula, list: list ?? before.list });
    }
    for (const key of [...told.keys()].sort()) {
      const { formula = null, list = false } = told.get(key) ?? {};
      if (!collection.fields.has(key)) this.#add(collection, key, list);
      const field = collection.fields.get(key);
      if (field !== undefined) collection.fields.set(key, { ...field, formula });
    }
  }

  #add(collection: Collection, key: string, list: boolean): void {
    const own = key.startsWith('@') && (OWN_FIELDS as readonly string[]).includes(key.slice(1));
    const taken = [...collection.fields.values()].map(({ name }) => name);
    const ours = collection.parent === null ? OWN_FIELDS : [...OWN_FIELDS, PARENT];
    const name = own ? key.slice(1) : freeName(key, [...taken, ...ours]);
    collection.fields.set(key, { key: own ? key.slice(1) : key, name, list, own, formula: null });
  }

  /** A key that is not an administrator's sees fewer collections, or none (KIN-S1). */
  #refuseWhoSeesLess(raws: readonly RawCollection[]): void {
    const missing = this.#parts.settings.expectedCollections.filter(
      (name) => !raws.some(({ id, slug, name: label }) => [id, slug, label].includes(name)),
    );
    if (raws.length > 0 && missing.length === 0) return;
    const what =
      raws.length === 0 ? 'no collection is visible' : `these collections are not visible: ${missing.join(', ')}`;
    throw new ChangeoverError('KINABASE_NOT_ADMINISTRATOR', what);
  }

  async #load(): Promise<Readonly<Record<string, Kept>>> {
    try {
      const kept: unknown = JSON.parse(await readFile(join(this.#parts.folder, FILE), 'utf8'));
      return isObject(kept) ? (kept as Readonly<Record<string, Kept>>) : {};
    } catch {
      // Not there yet, or lost with the work folder: names are given anew, the same for the same collections.
      return {};
    }
  }
}

export const EMPTY: Omit<RawRecord, 'id' | 'data'> = {
  numericId: null,
  external: [],
  lists: {},
  files: [],
  created: null,
  updated: null,
};

function ownFields(record: RawRecord): readonly (readonly [(typeof OWN_FIELDS)[number], boolean])[] {
  return [
    ['numericId', record.numericId !== null],
    ['external', record.external.length > 0],
    ['files', record.files.length > 0],
    ['fileNames', record.files.length > 0],
  ];
}

function collectionOf(raw: RawCollection, object: string, kept?: Kept): Collection {
  const fields = Object.entries(kept?.fields ?? {}).map(([key, field]): [string, Field] => {
    const own = key.startsWith('@') && (OWN_FIELDS as readonly string[]).includes(key.slice(1));
    return [key, { ...field, key: own ? key.slice(1) : key, own, formula: null }];
  });
  const lists = Object.entries(kept?.lists ?? {}).map(([name, list]): [string, Collection] => [
    name,
    listOf(raw, object, name, list.object, list),
  ]);
  return { raw, object, fields: new Map(fields), lists: new Map(lists), parent: null };
}

function listOf(raw: RawCollection, parent: string, list: string, object: string, kept?: Kept): Collection {
  const named = { ...raw, slug: object, name: `${raw.name}: ${list}`, fields: [] };
  return { ...collectionOf(named, object, kept), parent: { object: parent, list } };
}

function keptOf({ object, fields, lists }: Collection): Kept {
  return {
    object,
    fields: Object.fromEntries([...fields].map(([key, { name, list }]) => [key, { name, list }])),
    lists: Object.fromEntries([...lists].map(([name, list]) => [name, keptOf(list)])),
  };
}
