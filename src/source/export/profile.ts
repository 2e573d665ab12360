import type { FieldValues } from '../connector.ts';
import type { DeclaredDialect } from '../delimited/dialect.ts';
import type { DownloadRules } from '../download.ts';

/** One column that a connector knows. Columns it does not know are read too, under their own header, as the customer's. */
export interface ColumnProfile {
  /** The name of the field in events and mappings, whatever the file calls it. */
  readonly name: string;
  /** Other headers that mean this column. Compared without regard to case, accents' composition, and runs of spaces. */
  readonly aliases?: readonly string[];
  readonly label?: string;
  /** A file without it is refused, until someone answers that it is not needed. The id column is always required. */
  readonly required?: boolean;
  /** A column that links to another object: when missing, a person is asked (requirement SCO-S1). */
  readonly link?: boolean;
  /** Objects whose ids, or names, this column holds. */
  readonly refersTo?: readonly string[];
}

/** When a record was created or last changed, according to the file. */
export interface TimeColumn {
  /** A `ColumnProfile.name`, or a header. */
  readonly column: string;
  /** See `parseCell`; without it the pattern is decided over the whole column, and the time is null while that is ambiguous. */
  readonly pattern?: string;
}

/** A row under the profile's names. */
export interface ExportRow {
  readonly id: string;
  /** Every column of the file by its name; a column that the profile knows and the file lacks is null, an empty cell is ''. */
  readonly fields: Readonly<Record<string, string | null>>;
}

export interface ExportObjectProfile {
  readonly name: string;
  readonly label: string;
  /** Part of the source's standard model: true unless said otherwise. */
  readonly standard?: boolean;
  /** Names of its file inside the set, `*` standing for anything but a slash; case is ignored. Exactly one file must match. */
  readonly files: readonly string[];
  /** A set without a `required` object is refused until someone answers that it is not needed; `optional` ones may be absent. */
  readonly presence: 'required' | 'optional';
  /** Whether a file of nothing but its header is believed. */
  readonly mayBeEmpty?: boolean;
  /** Headers of the id column, the usual one first. The id is also a field, under the first name. */
  readonly id: readonly string[];
  readonly columns: readonly ColumnProfile[];
  readonly created?: TimeColumn;
  readonly modified?: TimeColumn;
  /** Makes the event's fields; all of `row.fields` where left out. Must depend on the row alone. */
  readonly build?: (row: ExportRow) => FieldValues;
}

/** What a connector knows of its exports. When an export was taken is told by its manifest.json, else by a time in its name. */
export interface ExportProfile {
  readonly objects: readonly ExportObjectProfile[];
  /** Raise it when `build` changes, so that every record is read anew. */
  readonly revision?: number;
  readonly dialect?: DeclaredDialect;
  /** IANA zone of times without an offset, in cells and in names of sets. Default UTC. */
  readonly zone?: string;
}

export interface ExportLimits {
  /** Share of the live records (0 to 1) that one export may delete without asking. Default 0.05. */
  readonly deleteShare?: number;
  /** So many deletes never ask, whatever their share. Default 20. */
  readonly deleteRows?: number;
  /** Longest cell, in characters. Default 1,048,576. */
  readonly cellCharacters?: number;
  /** What a zip may unpack to, in bytes. Default 16 GiB. */
  readonly unpackedBytes?: number;
}

/** Where the files lie that records name. */
export interface AttachmentRules extends DownloadRules {
  /** Folders inside the export that paths may be relative to, beside the export itself. */
  readonly folders: readonly string[];
}

export interface ExportSourceOptions {
  readonly source: string;
  /** The folder that sets (folders or zips) are dropped into; or itself one set, where it holds object files directly. */
  readonly folder: string;
  readonly profile: ExportProfile;
  readonly limits?: ExportLimits;
  /** A set without a manifest is complete once its files kept size and time over so many looks. Default 3 looks, 1,000 ms apart. */
  readonly stability?: { readonly looks: number; readonly intervalMs: number };
  readonly attachments?: AttachmentRules;
  /** Ids believed live downstream: deletes are computed from it when the fingerprints were lost. */
  readonly knownIds?: (object: string) => AsyncIterable<string>;
}
