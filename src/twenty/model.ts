/** What a workspace says of itself: read at start and again when a call says that the schema changed. Never hard-coded. */
export interface Workspace {
  readonly objects: ReadonlyMap<string, WorkspaceObject>;
  /** Hash of the model: changes when anything in it does. */
  readonly hash: string;
  readonly readAt: number;
}

export interface WorkspaceObject {
  readonly id: string;
  /** `person`: the key in `Workspace.objects`, in mappings, and everywhere in our code. */
  readonly nameSingular: string;
  /** `people`: the segment in REST paths. */
  readonly namePlural: string;
  readonly isSystem: boolean;
  readonly isActive: boolean;
  readonly fields: ReadonlyMap<string, WorkspaceField>;
  /** Fields or sub-fields whose values must be unique: `['emails.primaryEmail']`, `['sourceKey']`. One entry per index. */
  readonly uniques: readonly (readonly string[])[];
  /** Those of `uniques` that the server keeps for a part of the rows only. */
  readonly partialUniques: readonly PartialUnique[];
}

export interface PartialUnique {
  readonly columns: readonly string[];
  /** SQL, as the server says it. */
  readonly where: string;
  /** `live`: rows that are not soft-deleted. `unknown`: the clause is none that is known here, and every row counts. */
  readonly covers: 'live' | 'unknown';
}

export type TwentyFieldType =
  | 'ACTOR'
  | 'ADDRESS'
  | 'ARRAY'
  | 'BOOLEAN'
  | 'CURRENCY'
  | 'DATE'
  | 'DATE_TIME'
  | 'EMAILS'
  | 'FILES'
  | 'FULL_NAME'
  | 'LINKS'
  | 'MORPH_RELATION'
  | 'MULTI_SELECT'
  | 'NUMBER'
  | 'NUMERIC'
  | 'PHONES'
  | 'POSITION'
  | 'RATING'
  | 'RAW_JSON'
  | 'RELATION'
  | 'RICH_TEXT'
  | 'SELECT'
  | 'TEXT'
  | 'TS_VECTOR'
  | 'UUID';

export interface FieldOption {
  readonly id: string | null;
  readonly value: string;
  readonly label: string;
  readonly position: number;
  readonly color: string | null;
}

export interface WorkspaceField {
  readonly id: string;
  readonly name: string;
  readonly label: string | null;
  readonly type: TwentyFieldType;
  /** What this server calls the type, where it has another name for it: `RICH_TEXT_V2` (twenty.md §5). */
  readonly typeOnServer?: string;
  readonly isNullable: boolean;
  readonly isUnique: boolean;
  readonly isSystem: boolean;
  readonly isActive: boolean;
  readonly defaultValue: unknown;
  readonly options: readonly FieldOption[] | null;
  readonly settings: Readonly<Record<string, unknown>> | null;
  readonly description: string | null;
  /** For RELATION and MORPH_RELATION: where it points. The column written is `<name>Id` (for morphs `target<Object>Id`). */
  readonly relation: WorkspaceRelation | null;
}

export interface WorkspaceRelation {
  readonly type: 'MANY_TO_ONE' | 'ONE_TO_MANY';
  /** Singular names; several for a morph relation. */
  readonly targets: readonly string[];
  /** The columns a write may name, by target object: `{ person: 'targetPersonId' }`. Empty for ONE_TO_MANY. */
  readonly columns: Readonly<Record<string, string>>;
}

/** JSON as it is sent to and read from Twenty. Composites are plain objects: `{ firstName, lastName }`. */
export type TwentyValue =
  | string
  | number
  | boolean
  | null
  | readonly TwentyValue[]
  | { readonly [name: string]: TwentyValue };

/** Field (or relation column) → value. Composites are always complete: a partial one may wipe the rest (twenty.md §2). */
export type TwentyFields = Readonly<Record<string, TwentyValue>>;

export interface TwentyRecord {
  readonly id: string;
  readonly [field: string]: TwentyValue | undefined;
}

export interface WorkspaceMember {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}
