import type { Json } from '../json.ts';

export const FIELD_TYPES = [
  'ACTOR',
  'ADDRESS',
  'ARRAY',
  'BOOLEAN',
  'CURRENCY',
  'DATE',
  'DATE_TIME',
  'EMAILS',
  'FILES',
  'FULL_NAME',
  'LINKS',
  'MORPH_RELATION',
  'MULTI_SELECT',
  'NUMBER',
  'NUMERIC',
  'PHONES',
  'POSITION',
  'RATING',
  'RAW_JSON',
  'RELATION',
  'RICH_TEXT',
  'SELECT',
  'TEXT',
  'TS_VECTOR',
  'UUID',
] as const;

export type FieldType = (typeof FIELD_TYPES)[number];

export interface FieldOption {
  readonly id: string;
  readonly value: string;
  readonly label: string;
  readonly color: string | null;
  readonly position: number;
}

export interface FieldSettings {
  readonly relationType?: 'MANY_TO_ONE' | 'ONE_TO_MANY';
  readonly onDelete?: 'SET_NULL' | 'CASCADE' | 'RESTRICT' | 'NO_ACTION';
  readonly joinColumnName?: string;
  readonly dataType?: 'float' | 'int' | 'bigint';
  readonly maxNumberOfValues?: number;
  readonly [name: string]: Json | undefined;
}

/** The other end of a relation: an object and the field there. A morph relation has several. */
export interface RelationEnd {
  readonly target: string;
  readonly field: string;
}

export interface ModelField {
  readonly id: string;
  readonly universalIdentifier: string;
  readonly name: string;
  readonly label: string;
  readonly description: string | null;
  readonly icon: string | null;
  readonly type: FieldType;
  readonly isNullable: boolean;
  readonly isUnique: boolean;
  readonly isSystem: boolean;
  readonly isActive: boolean;
  readonly isCustom: boolean;
  readonly defaultValue: Json;
  readonly options: readonly FieldOption[] | null;
  readonly settings: FieldSettings | null;
  readonly relations: readonly RelationEnd[];
}

export interface ModelIndex {
  readonly name: string;
  readonly isUnique: boolean;
  /** Field ids in order. */
  readonly fields: readonly string[];
  /** SQL; left out: every row. The simulator keeps those that say LIVE_ONLY so, and any other as if it said nothing. */
  readonly indexWhereClause?: string;
}

/** The clause of the server's own partial indexes: of the links between notes or tasks and records, and of messages. */
export const LIVE_ONLY = '"deletedAt" IS NULL';

export interface ModelObject {
  readonly id: string;
  readonly universalIdentifier: string;
  readonly nameSingular: string;
  readonly namePlural: string;
  readonly labelSingular: string;
  readonly labelPlural: string;
  readonly description: string | null;
  readonly icon: string | null;
  readonly isSystem: boolean;
  readonly isActive: boolean;
  readonly isCustom: boolean;
  readonly isUIReadOnly: boolean;
  readonly fields: readonly ModelField[];
  readonly indexes: readonly ModelIndex[];
}
