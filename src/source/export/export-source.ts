import { ChangeoverError } from '../../core/errors.ts';
import type { Checkpoint, ConnectorContext, Page } from '../connector.ts';
import { Attachments } from './attachments.ts';
import { describeSets, type ExportDescription } from './describe.ts';
import { ObjectExport } from './object-export.ts';
import type { AttachmentRules, ExportObjectProfile, ExportRow, ExportSourceOptions } from './profile.ts';
import type { ExportSet } from './set.ts';
import { readSetRows } from './survey.ts';
import { FolderWatch } from './watch.ts';

export type { ExportDescription } from './describe.ts';
export type {
  ColumnProfile,
  ExportLimits,
  ExportObjectProfile,
  ExportProfile,
  ExportRow,
  ExportSourceOptions,
  TimeColumn,
} from './profile.ts';

const LARGEST_UNPACKED = 16 * 2 ** 30;
const NO_ATTACHMENTS: AttachmentRules = { folders: [], origins: [], privateAddresses: false };

/**
 * Reads sets of exported files as a Connector's snapshot and changes (design.md §7, requirements SCO-S1 and SCO-S2).
 * A connector for exported files hands its methods on to one of these.
 */
export class ExportSource {
  readonly #options: ExportSourceOptions;
  readonly #context: ConnectorContext;
  readonly #watch: FolderWatch;
  readonly #attachments: Attachments;
  readonly #readers = new Map<string, ObjectExport>();

  constructor(context: ConnectorContext, options: ExportSourceOptions) {
    this.#context = context;
    this.#options = options;
    this.#watch = new FolderWatch(context.clock, {
      folder: options.folder,
      profile: options.profile,
      looks: options.stability?.looks ?? 3,
      intervalMs: options.stability?.intervalMs ?? 1_000,
      largestTotal: options.limits?.unpackedBytes ?? LARGEST_UNPACKED,
    });
    this.#attachments = new Attachments(
      context,
      options.attachments ?? NO_ATTACHMENTS,
      async () => (await this.#sets())[0],
    );
  }

  /** Objects, fields with types proposed over whole columns, counts, and the questions of SCO-S1. Reads every file of the newest set. */
  async describe(): Promise<ExportDescription> {
    const [set, previous = null] = await this.#sets();
    return describeSets(set, previous, this.#context, this.#options);
  }

  /** Everything in the newest complete export, as of now. */
  snapshot(object: string, resumeFrom: Checkpoint | null, signal: AbortSignal): AsyncIterable<Page> {
    return this.#reader(object).read(resumeFrom, signal);
  }

  /** Upserts and deletes between the export of the checkpoint and the newest complete one. */
  changes(object: string, since: Checkpoint, signal: AbortSignal): AsyncIterable<Page> {
    return this.#reader(object).read(since, signal);
  }

  /** The rows of the newest export's file, in file order, rejected rows left out: for owners, stages, automations. Empty where the object is absent. */
  async *rows(object: string): AsyncGenerator<ExportRow> {
    const [set] = await this.#sets();
    yield* readSetRows(set, this.#profile(object), this.#context, this.#options);
  }

  /** A file that a record names: by its path inside the newest set, or by its address. */
  openFile(reference: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return this.#attachments.open(reference, signal);
  }

  /** What was found in the newest set: names, encodings, delimiters, times. Writes to the work folder only. */
  async probe(): Promise<readonly string[]> {
    return (await this.describe()).notes;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Complete sets, newest first; at least one. */
  async #sets(): Promise<readonly [ExportSet, ...ExportSet[]]> {
    const { complete, problem, unready } = await this.#watch.look();
    const [first, ...others] = complete;
    if (first !== undefined) return [first, ...others];
    const { folder } = this.#options;
    throw (
      problem ?? unready ?? new ChangeoverError('EXPORT_NONE', `no export in ${folder}`, { place: { file: folder } })
    );
  }

  #profile(object: string): ExportObjectProfile {
    const profile = this.#options.profile.objects.find((one) => one.name === object);
    if (profile === undefined)
      throw new ChangeoverError('INTERNAL', `${this.#options.source} has no object ${object}`, { place: { object } });
    return profile;
  }

  #reader(object: string): ObjectExport {
    const known = this.#readers.get(object);
    if (known !== undefined) return known;
    const reader = new ObjectExport(this.#context, this.#options, this.#profile(object), this.#watch);
    this.#readers.set(object, reader);
    return reader;
  }
}
