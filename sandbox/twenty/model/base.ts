import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Json } from '../json.ts';
import type { FieldOption, FieldSettings, FieldType, ModelObject, RelationEnd } from './types.ts';

/** The file beside this one: the standard objects of 2.21.0 with their real ids (README, "Base model"). */
interface BaseModel {
  readonly objects: readonly BaseObject[];
}

interface BaseObject {
  readonly id: string;
  readonly nameSingular: string;
  readonly namePlural: string;
  readonly isSystem: boolean;
  readonly isActive: boolean;
  readonly isUIReadOnly: boolean;
  readonly universalIdentifier?: string;
  readonly fields: readonly BaseField[];
  readonly indexes: readonly {
    readonly name: string;
    readonly isUnique: boolean;
    readonly fields: readonly string[];
  }[];
}

interface BaseField {
  readonly id: string;
  readonly name: string;
  readonly type: FieldType;
  readonly isNullable: boolean;
  readonly isUnique: boolean;
  readonly isSystem: boolean;
  readonly isActive: boolean;
  readonly defaultValue: Json;
  readonly options: readonly FieldOption[] | null;
  readonly settings: FieldSettings | null;
  readonly relations: readonly RelationEnd[];
  readonly universalIdentifier?: string;
}

/** A stable UUID (version 5 in form) made from a name, for identifiers that the recorded model does not show. */
export function namedUuid(name: string): string {
  const hex = createHash('sha1').update(name).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** `accountOwner` → `Account owner`. */
export function labelOf(name: string): string {
  const words = name.replace(/([A-Z])/g, ' $1').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The data model of a fresh workspace. */
export function baseModel(): ModelObject[] {
  const text = readFileSync(new URL('./base-model.json', import.meta.url), 'utf8');
  const { objects } = JSON.parse(text) as BaseModel;
  return objects.map((object) => ({
    ...object,
    universalIdentifier: object.universalIdentifier ?? namedUuid(`object:${object.nameSingular}`),
    labelSingular: labelOf(object.nameSingular),
    labelPlural: labelOf(object.namePlural),
    description: null,
    icon: null,
    isCustom: false,
    fields: object.fields.map((field) => ({
      ...field,
      universalIdentifier: field.universalIdentifier ?? namedUuid(`field:${object.nameSingular}.${field.name}`),
      label: labelOf(field.name),
      description: null,
      icon: null,
      isCustom: false,
    })),
  }));
}
