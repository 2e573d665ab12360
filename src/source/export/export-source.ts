import { join } from 'node:path';
import { ChangeoverError } from '../../core/errors.ts';
import type { Checkpoint, ConnectorContext, Page } from '../connector.ts';
import { describeSets, type ExportDescription } from './describe.ts';
import { ObjectExport } from './object-export.ts';
import type { ExportObjectProfile, ExportRow, ExportSourceOptions } from './profile.ts';
import { type ExportSet, openSetFile } from './set.ts';
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

/**
 * Reads sets of exported files as a Connector's snapshot and changes (design.md §7, requirements SCO-S1 and SCO-S2).
 * A connector for exported files hands its methods on to one of these.
 */
export class ExportSource {
  readonly #options: ExportSourceOptions;
  readonly #context: ConnectorContext;
  readonly #watch: FolderWatch;
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

  /** A file of the newest set by its path inside it. */
  async openFile(reference: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    signal.throwIfAborted();
    const [set] = await this.#sets();
    const path = reference.replaceAll('\\', '/').replace(/^\.\//, '');
    const place = { file: join(set.path, path) };
    if (path.startsWith('/') || path.split('/').includes('..')) {
      throw new ChangeoverError('EXPORT_UNSAFE_PATH', `${JSON.stringify(reference)} leads out of the export`, {
        place,
      });
    }
    if (!set.files.some((file) => file.path === path)) {
      throw new ChangeoverError('EXPORT_FILE_MISSING', `${set.name} has no file ${JSON.stringify(reference)}`, {
        place,
      });
    }
    return openSetFile(set, path);
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
