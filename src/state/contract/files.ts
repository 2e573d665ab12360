import type { FileClass, FileState } from '../file-states.ts';
import type { Reason } from './records.ts';

/** What a file is attached to in Twenty. */
export interface FileTarget {
  /** The column of the attachment that points there: `targetNoteId`. */
  readonly column: string;
  readonly id: string;
}

/** What the bytes of a file turned out to be. */
export interface FileContent {
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** MIME type by content; null where the content does not tell. */
  readonly type: string | null;
}

/** What Twenty calls bytes that were uploaded: a file of its own, or a path in its storage (twenty.md §6). */
export type FileUpload =
  | { readonly kind: 'file'; readonly fileId: string }
  | { readonly kind: 'path'; readonly path: string };

/** What stands in a file's attachment at present. */
export interface FileAttached {
  /** Of the attachment. */
  readonly id: string;
  readonly name: string;
  readonly target: FileTarget;
  readonly content: FileContent;
  readonly upload: FileUpload;
}

/** A file that a source record brings along: a derived record with a ledger of its own (src/files/SPEC.md). */
export interface FileRow {
  /** `<record key>~<name in the mapping>:<hash of the reference>`. */
  readonly key: string;
  readonly source: string;
  readonly object: string;
  readonly recordKey: string;
  /** As the connector's `openFile` takes it. */
  readonly reference: string;
  /** Changes when the content may have changed: it is read again then. */
  readonly fingerprint: string;
  /** Under which it stands in Twenty: the source's name made safe. */
  readonly name: string;
  readonly sourceName: string;
  /** As the source says, where it does. */
  readonly declaredType: string | null;
  readonly declaredSize: number | null;
  readonly state: FileState;
  readonly reason: Reason | null;
  /** Null while nothing is known that it could be attached to. */
  readonly target: FileTarget | null;
  readonly content: FileContent | null;
  readonly upload: FileUpload | null;
  readonly attached: FileAttached | null;
  /** Not before this time; 0: at once. */
  readonly dueAt: number;
  readonly attempt: number;
  /** Grows each time its record or a person changes what is wanted of it. */
  readonly touches: number;
  /** Since when it is in this state, milliseconds. */
  readonly since: number;
}

export interface FileLedgerRow {
  readonly source: string;
  readonly object: string;
  /** Files that the source has: counted apart from the classes, so that the sum can be held against it. */
  readonly known: number;
  readonly classes: Readonly<Record<FileClass, number>>;
  /** Bytes, as read or as the source says. */
  readonly knownBytes: number;
  readonly linkedBytes: number;
}

export interface FileFilter {
  readonly source?: string;
  readonly object?: string;
  readonly state?: FileState;
  /** Key, exclusive. */
  readonly after?: string;
  readonly limit: number;
}

export interface Files {
  get(keys: readonly string[]): Promise<ReadonlyMap<string, FileRow>>;
  /** In key order. */
  ofRecords(recordKeys: readonly string[]): Promise<ReadonlyMap<string, readonly FileRow[]>>;
  /** Adds or replaces; keeps the ledger. */
  put(rows: readonly FileRow[]): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  /** In one of these states and due by then; those that wait longest first. */
  due(query: {
    readonly states: readonly FileState[];
    readonly now: number;
    readonly limit: number;
    readonly except: ReadonlySet<string>;
  }): Promise<readonly FileRow[]>;
  dueCount(states: readonly FileState[], now: number): Promise<number>;
  /** The earliest dueAt, of files in these states, that is later than `after`; null where there is none. */
  nextDueAt(states: readonly FileState[], after: number): Promise<number | null>;
  /** In key order. */
  page(filter: FileFilter): Promise<readonly FileRow[]>;
  /** Held and refused ones, by error code. */
  reasons(
    source: string | null,
  ): Promise<readonly { source: string; object: string; state: FileState; code: string; files: number }[]>;
  /** The running totals, kept in the same transaction as every change. */
  ledger(source: string | null): Promise<readonly FileLedgerRow[]>;
  /** Counted anew from the files themselves: must equal `ledger`. */
  recount(source: string | null): Promise<readonly FileLedgerRow[]>;
}
