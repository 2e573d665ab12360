import { baseModel, labelOf, namedUuid } from '../model/base.ts';
import type { ModelField, ModelIndex, ModelObject, RelationEnd } from '../model/types.ts';
import type { StandardField, VersionTraits } from './traits.ts';

/** The data model of a fresh workspace of a version: that of 2.21, with what the version adds, lacks and names otherwise. */
export function workspaceModel(traits: VersionTraits): ModelObject[] {
  const removed = new Set(traits.removed.map(([object, field]) => `${object}.${field}`));
  const model = baseModel().map((object) => ({
    ...object,
    fields: [
      ...object.fields.filter(({ name }) => !removed.has(`${object.nameSingular}.${name}`)),
      ...traits.added.filter((field) => field.object === object.nameSingular).map(standardField),
    ],
  }));
  const named = traits.targets === 'columns' ? model.map((object) => withTargetColumns(object, model)) : model;
  return named.map((object) => ({
    ...object,
    fields: object.fields.map((field) => versionField(traits, object, field)),
    indexes: withoutIndexesOf(object, removed.size > 0 || traits.targets === 'columns'),
  }));
}

function standardField({ object, name, type, settings }: StandardField): ModelField {
  const identifier = namedUuid(`field:${object}.${name}`);
  return {
    id: namedUuid(`id:${object}.${name}`),
    universalIdentifier: identifier,
    name,
    label: labelOf(name),
    description: null,
    icon: null,
    type,
    isNullable: true,
    isUnique: false,
    isSystem: false,
    isActive: true,
    isCustom: false,
    defaultValue: type === 'BOOLEAN' ? false : null,
    options: null,
    settings: settings ?? null,
    relations: [],
  };
}

/** `target` with its many ends becomes one plain relation for each: `person`, kept in `personId`. */
function withTargetColumns(object: ModelObject, model: readonly ModelObject[]): ModelObject {
  return { ...object, fields: object.fields.flatMap((field) => targetColumns(object, field, model)) };
}

function targetColumns(object: ModelObject, field: ModelField, model: readonly ModelObject[]): readonly ModelField[] {
  if (field.type === 'MORPH_RELATION') return field.relations.map((end) => targetColumn(object, field, end));
  return [{ ...field, relations: field.relations.map((end) => pointedAt(object, end, model)) }];
}

function targetColumn(object: ModelObject, morph: ModelField, end: RelationEnd): ModelField {
  return {
    ...morph,
    id: namedUuid(`id:${object.nameSingular}.${end.target}`),
    universalIdentifier: namedUuid(`field:${object.nameSingular}.${end.target}`),
    name: end.target,
    label: labelOf(end.target),
    type: 'RELATION',
    settings: { ...morph.settings, joinColumnName: `${end.target}Id` },
    relations: [end],
  };
}

/** The other side of a morph relation now points at the column named after its own object. */
function pointedAt(object: ModelObject, end: RelationEnd, model: readonly ModelObject[]): RelationEnd {
  const there = model.find(({ nameSingular }) => nameSingular === end.target);
  const morph = there?.fields.some(({ name, type }) => name === end.field && type === 'MORPH_RELATION');
  return morph === true ? { ...end, field: object.nameSingular } : end;
}

function versionField(traits: VersionTraits, object: ModelObject, field: ModelField): ModelField {
  if (traits.bareDomains && object.nameSingular === 'company' && field.name === 'domainName') {
    return { ...field, settings: { ...field.settings, type: 'domain' } };
  }
  return field;
}

/** Indexes over fields that went away go with them. The recorded model keeps some over fields it does not show. */
function withoutIndexesOf(object: ModelObject, changed: boolean): readonly ModelIndex[] {
  if (!changed) return object.indexes;
  const ids = new Set(object.fields.map(({ id }) => id));
  return object.indexes.filter((index) => index.fields.every((id) => ids.has(id)));
}
