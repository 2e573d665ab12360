/** A value as the API shows it; a link to other records is told apart by its shape. */
export type Value =
  | string
  | number
  | boolean
  | null
  | Link
  | User
  | readonly (string | number | Link | User)[]
  | { readonly [key: string]: unknown };

export interface Link {
  readonly id: string;
  /** Of another workspace, where a value was copied from there. */
  readonly workspace?: string;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
}

export type Data = Readonly<Record<string, Value>>;

export interface FileEntry {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** Elsewhere; null: served by the workspace itself. */
  readonly url: string | null;
}

export interface Activity {
  readonly id: string;
  readonly type: string;
  readonly content: string;
  readonly timestamp: number;
}

export interface StoredRecord {
  readonly id: string;
  readonly numericId: number;
  readonly data: Data;
  readonly external: readonly { readonly key: string; readonly id: string }[];
  /** Sub-records, by list. */
  readonly lists: Readonly<Record<string, readonly { readonly id: string; readonly data: Data }[]>>;
  readonly files: readonly FileEntry[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface FieldDefinition {
  readonly key: string;
  readonly type: string;
  readonly formula?: string;
}

export interface CollectionDefinition {
  readonly id?: string;
  readonly slug: string;
  readonly name: string;
  /** Told only where the switch says that the list of collections has them. */
  readonly fields?: readonly FieldDefinition[];
  /** Computed when a record is read; a change of a computed value is no change of the record. */
  readonly computed?: Readonly<Record<string, (data: Data) => Value>>;
  /** Whether only administrators see it. */
  readonly restricted?: boolean;
}

export interface Collection extends CollectionDefinition {
  readonly id: string;
  readonly records: Map<string, StoredRecord>;
  readonly activities: Map<string, readonly Activity[]>;
}
