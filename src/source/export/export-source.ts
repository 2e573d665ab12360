import { ChangeoverError } from '../../core/errors.ts';
import type { Checkpoint, ConnectorContext, ObjectDescription, Page, SourceQuestion } from '../connector.ts';
import type { ExportRow, ExportSourceOptions } from './profile.ts';

export type {
  ColumnProfile,
  ExportLimits,
  ExportObjectProfile,
  ExportProfile,
  ExportRow,
  ExportSourceOptions,
  TimeColumn,
} from './profile.ts';

/** What the newest complete export says of itself. The connector adds owners, pipelines and automations. */
export interface ExportDescription {
  /** The set's name in the folder, and when it was taken (milliseconds; null where nothing says so). */
  readonly set: string;
  readonly takenAt: number | null;
  readonly objects: readonly ObjectDescription[];
  readonly questions: readonly SourceQuestion[];
  readonly notes: readonly string[];
}

/**
 * Reads sets of exported files as a Connector's snapshot and changes (design.md §7, requirements SCO-S1 and SCO-S2).
 * A connector for exported files hands its methods on to one of these.
 */
export class ExportSource {
  readonly #options: ExportSourceOptions;
  readonly #context: ConnectorContext;

  constructor(context: ConnectorContext, options: ExportSourceOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Objects, fields with types proposed over whole columns, counts, and the questions of SCO-S1. */
  describe(): Promise<ExportDescription> {
    return this.#unfinished();
  }

  /** Everything in the newest complete export, as of now. */
  snapshot(_object: string, _resumeFrom: Checkpoint | null, _signal: AbortSignal): AsyncIterable<Page> {
    throw this.#error();
  }

  /** Upserts and deletes between the export of the checkpoint and the newest complete one. */
  changes(_object: string, _since: Checkpoint, _signal: AbortSignal): AsyncIterable<Page> {
    throw this.#error();
  }

  /** The rows of the newest export's file, in file order, rejected rows left out: for owners, stages, automations. Empty where the object is absent. */
  rows(_object: string): AsyncIterable<ExportRow> {
    throw this.#error();
  }

  /** A file of the newest set by its path inside it. */
  openFile(_reference: string, _signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return this.#unfinished();
  }

  /** What was found in the newest set: names, encodings, delimiters, times. Writes nothing. */
  probe(): Promise<readonly string[]> {
    return this.#unfinished();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #unfinished<T>(): Promise<T> {
    return Promise.reject(this.#error());
  }

  #error(): ChangeoverError {
    this.#context.logger.debug({ source: this.#options.source }, 'not built yet');
    return new ChangeoverError('INTERNAL', 'not built yet');
  }
}
