import { resolve } from 'node:path';
import { ChangeoverError } from '../../../src/core/errors.ts';
import type {
  Capabilities,
  Checkpoint,
  Connector,
  ConnectorContext,
  FieldValues,
  Page,
  SourceDescription,
  SourceQuestion,
} from '../../../src/source/connector.ts';
import { Downloads, isAddress } from '../../../src/source/download.ts';
import { type ExportProfile, type ExportRow, ExportSource } from '../../../src/source/export/export-source.ts';
import { secondExportQuestion } from '../../../src/source/export/second-export.ts';
import { ACTIVITY, describeActivity } from '../activities.ts';
import { Catalogue, type Collection } from '../catalogue.ts';
import { Computed } from '../computed.ts';
import { describeSamples } from '../describe.ts';
import { noFile } from '../files.ts';
import { foldName } from '../names.ts';
import type { RawRecord } from '../raw.ts';
import { valuesOf } from '../rows.ts';
import type { Settings } from '../settings.ts';
import type { Sample } from '../survey.ts';
import { Emptied, keepTextFields, loadTextFields, type TextFields, textFieldsOf } from './emptied.ts';
import { type ExportedCollection, exportedCollections, profileOf } from './profile.ts';
import { rawOf } from './rows.ts';
import type { ExportSettings } from './settings.ts';

/** A delta is a new export compared with the last one. */
export const EXPORT_CAPABILITIES: Capabilities = { deltas: 'export-diff', deletes: true, files: true, pollMs: 5000 };

/** The reader of the exports that lie in the folder now. */
interface Opened {
  /** Equal while the same collections go by the same files. */
  readonly signature: string;
  readonly source: ExportSource;
  readonly profile: ExportProfile;
}

/**
 * Reads CSV exports that an administrator of a workspace makes, where no key is to be had (KIN-S1). A row becomes the record
 * that the API would have given, and both become events by one way, so that they are the same events (KIN-S2).
 */
export class KinabaseExport implements Connector {
  readonly source: string;
  readonly capabilities = EXPORT_CAPABILITIES;
  readonly #context: ConnectorContext;
  readonly #settings: Settings;
  readonly #export: ExportSettings;
  readonly #folder: string;
  readonly #catalogue: Catalogue;
  readonly #computed: Computed;
  readonly #downloads: Downloads;
  #exported: readonly ExportedCollection[] = [];
  #opened: Opened | null = null;
  /** Whether names were given that are not kept yet. */
  #named = false;
  /** What discovery took for text; null until it is needed. */
  #texts: TextFields | null = null;
  readonly #emptied = new Map<string, Emptied>();

  constructor(context: ConnectorContext, settings: Settings, exported: ExportSettings, source: string) {
    this.source = source;
    this.#context = context;
    this.#settings = settings;
    this.#export = exported;
    this.#folder = resolve(exported.folder);
    this.#downloads = new Downloads(context.downloads, context.clock, settings.attachments);
    this.#computed = new Computed(context.logger);
    this.#catalogue = new Catalogue({
      settings,
      folder: context.workFolder,
      collections: async () => this.#exported.map(({ raw }) => raw),
    });
  }

  async describe(): Promise<SourceDescription> {
    const { source, profile } = await this.#open();
    const described = await source.describe();
    const counts = new Map(described.objects.map(({ name, count }) => [name, count ?? 0]));
    const samples: Sample[] = [];
    for (const collection of await this.#catalogue.all())
      if (counts.has(collection.object)) samples.push(await this.#sample(source, collection, counts));
    await this.#catalogue.keep();
    const parts = { workspace: this.#settings.workspace, computed: this.#computed, settings: this.#settings };
    const judged = describeSamples(parts, samples);
    this.#texts = textFieldsOf(judged.objects, this.#userFields(judged.objects));
    await keepTextFields(this.#context.workFolder, this.#texts);
    const second = this.#export.compareBeforeLoad
      ? await secondExportQuestion(this.#folder, profile, this.#context.workFolder)
      : null;
    const questions: readonly (SourceQuestion | null)[] = [...described.questions, second];
    return {
      source: this.source,
      ...judged,
      objects: [...judged.objects, describeActivity(samples.map(({ collection }) => collection))],
      automations: [],
      questions: questions.filter((question) => question !== null),
      notes: [
        ...described.notes,
        ...judged.notes,
        'An export has neither activities nor lists of sub-records. An empty cell is an empty text where the record had a text there before, else nothing.',
        'Workflows and automations cannot be read: fill in the template of `changeover inventory template`.',
      ],
    };
  }

  snapshot(object: string, resumeFrom: Checkpoint | null, signal: AbortSignal): AsyncIterable<Page> {
    return this.#read(object, resumeFrom, signal);
  }

  changes(object: string, since: Checkpoint, signal: AbortSignal): AsyncIterable<Page> {
    return this.#read(object, since, signal);
  }

  /** By address alone: an export holds no file. */
  async openFile(reference: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    if (!isAddress(reference)) throw noFile(reference, 'the export does not hold it');
    return this.#downloads.open(reference, signal);
  }

  async probe(): Promise<readonly string[]> {
    return (await this.#open()).source.probe();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async *#read(object: string, from: Checkpoint | null, signal: AbortSignal): AsyncGenerator<Page> {
    const { source } = await this.#open();
    if (object === ACTIVITY) {
      if (from === null || !('export' in from)) yield this.#noActivities();
      return;
    }
    // No collection of this name: says so with an error of its own.
    await this.#catalogue.of(object);
    // A checkpoint of the API says nothing about exports: everything is read, and deletes are found by what is live.
    const known = from !== null && 'export' in from;
    this.#texts ??= await loadTextFields(this.#context.workFolder);
    const stamp = known && typeof from.texts === 'number' ? from.texts : 0;
    const texts = this.#texts.get(object) ?? new Set<string>();
    const emptied = await this.#emptiedOf(object, stamp);
    for await (const page of known ? source.changes(object, from, signal) : source.snapshot(object, null, signal)) {
      await this.#keepNames();
      const records = await emptied.told(page.records, texts);
      yield { ...page, records, checkpoint: { ...page.checkpoint, texts: emptied.stamp } };
    }
  }

  async #emptiedOf(object: string, stamp: number): Promise<Emptied> {
    const known = this.#emptied.get(object);
    // A page that was given and not kept: what was noted for it must be forgotten.
    if (known?.stamp === stamp) return known;
    const opened = await Emptied.open(this.#context.workFolder, object, stamp);
    this.#emptied.set(object, opened);
    return opened;
  }

  #userFields(objects: SourceDescription['objects']): ReadonlySet<string> {
    const users = new Set(this.#export.users.map(foldName));
    const names = objects.flatMap(({ fields }) => fields.map(({ name }) => name));
    return new Set(names.filter((name) => users.has(foldName(name))));
  }

  /** Anew where collections came or went. */
  async #open(): Promise<Opened> {
    this.#exported = await exportedCollections(this.#folder, this.#export);
    if (this.#exported.length === 0)
      throw new ChangeoverError('EXPORT_NONE', `no export in ${this.#folder}`, { place: { file: this.#folder } });
    const signature = JSON.stringify(this.#exported);
    if (this.#opened?.signature === signature) return this.#opened;
    const files = new Map(this.#exported.map((one) => [one.raw.id, one.files]));
    const collections = await this.#catalogue.refresh();
    const byObject = new Map(collections.map((collection) => [collection.object, collection]));
    const profile = profileOf(
      collections.map((collection) => ({ collection, files: files.get(collection.raw.id) ?? [] })),
      {
        settings: this.#export,
        fields: this.#settings.fields,
        build: (object, row) => this.#build(byObject.get(object), row),
      },
    );
    const { looks, seconds } = this.#export.stability;
    const source = new ExportSource(this.#context, {
      source: this.source,
      folder: this.#folder,
      profile,
      limits: { deleteShare: this.#settings.deleteShare, deleteRows: this.#settings.deleteRows },
      ...(this.#context.knownIds === undefined ? {} : { knownIds: this.#context.knownIds.bind(this.#context) }),
      stability: { looks, intervalMs: seconds * 1000 },
    });
    this.#opened = { signature, source, profile };
    return this.#opened;
  }

  #build(collection: Collection | undefined, row: ExportRow): FieldValues {
    if (collection === undefined) throw new ChangeoverError('INTERNAL', 'a row of no collection');
    const raw = rawOf(row, collection, this.#export);
    if (this.#catalogue.learn(collection, [raw])) this.#named = true;
    return valuesOf({ workspace: this.#settings.workspace, computed: this.#computed }, collection, raw);
  }

  /** An export has none; those that were read over the API stay. */
  #noActivities(): Page {
    const now = this.#context.clock.now();
    const count = { snapshot: 'no activities in exports', takenAt: now, rows: 0, rejected: 0, retained: 0 };
    return { records: [], checkpoint: { export: null }, begins: count, ends: count };
  }

  /** Before the page that holds them is given: names of one log stay. */
  async #keepNames(): Promise<void> {
    if (!this.#named) return;
    this.#named = false;
    await this.#catalogue.keep();
  }

  async #sample(source: ExportSource, collection: Collection, counts: ReadonlyMap<string, number>): Promise<Sample> {
    const records: RawRecord[] = [];
    const total = counts.get(collection.object) ?? 0;
    for await (const row of source.rows(collection.object)) {
      if (records.length >= this.#settings.discoveryRecords) break;
      records.push(rawOf(row, collection, this.#export));
    }
    this.#catalogue.learn(collection, records);
    return { collection, records, total, whole: records.length >= total };
  }
}
