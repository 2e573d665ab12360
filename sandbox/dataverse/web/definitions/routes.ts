import { badQuery, noProperty, noSegment, Refusal } from '../../errors.ts';
import { isGuid } from '../../guid.ts';
import { isObject } from '../../json.ts';
import { compile, type Property } from '../../odata/evaluate.ts';
import { type Primitive, parseExpression } from '../../odata/expression.ts';
import type { ExpandItem, Query } from '../../odata/query.ts';
import { type ApiAnswer, json, keyParts, type Segment } from '../request.ts';
import type { AttributeJson } from './attributes.ts';
import type { DefinitionSet } from './definitions.ts';

type Shown = Record<string, unknown>;

/** A thing that can be asked for: its own properties, and collections that only `$expand` or a path shows. */
interface Item {
  readonly properties: Shown;
  /** Present on derived types, where the type is not said by the URL. */
  readonly odataType?: string;
  readonly navigations: ReadonlyMap<string, () => readonly Item[] | Item | null>;
}

const NAMESPACE = 'Microsoft.Dynamics.CRM.';

/** Answers `EntityDefinitions`, `RelationshipDefinitions` and `GlobalOptionSetDefinitions`. Never pages. */
export function readDefinitions(
  definitions: DefinitionSet,
  path: readonly Segment[],
  query: Query,
  apiUrl: string,
): ApiAnswer {
  const [first, ...rest] = path;
  const context = `${apiUrl}$metadata#${path.map(({ name, key }) => (key === undefined ? name : `${name}(${key})`)).join('/')}`;
  const root = roots(definitions, first?.name ?? '', query);
  let current: readonly Item[] | Item | null = first?.key === undefined ? root : byKey(root, first.key);
  let type = TYPE_OF[first?.name ?? ''] ?? '';
  for (const segment of rest) {
    if (segment.name.startsWith(NAMESPACE)) {
      type = segment.name.slice(NAMESPACE.length);
      current = cast(current, type);
    } else {
      current = step(current, segment);
      type = TYPE_OF[segment.name] ?? type;
      if (segment.key !== undefined && Array.isArray(current)) current = byKey(current, segment.key);
    }
  }
  if (current === null) throw new Refusal(404, '0x80060888', `Could not find '${rest.at(-1)?.name ?? ''}'.`);
  if (!Array.isArray(current))
    return json({ '@odata.context': `${context}/$entity`, ...present(current as Item, query, type) });
  const items = filtered(current, query, type);
  return json({
    '@odata.context': context,
    ...(query.count ? { '@odata.count': items.length } : {}),
    value: items.map((item) => present(item, query, type)),
  });
}

const TYPE_OF: Readonly<Record<string, string>> = {
  EntityDefinitions: 'EntityMetadata',
  RelationshipDefinitions: 'RelationshipMetadataBase',
  GlobalOptionSetDefinitions: 'OptionSetMetadataBase',
  Attributes: 'AttributeMetadata',
  OneToManyRelationships: 'OneToManyRelationshipMetadata',
  ManyToOneRelationships: 'OneToManyRelationshipMetadata',
  ManyToManyRelationships: 'ManyToManyRelationshipMetadata',
};

function roots(definitions: DefinitionSet, name: string, query: Query): readonly Item[] {
  switch (name) {
    case 'EntityDefinitions':
      return definitions.entities.map((properties) => entityItem(definitions, properties));
    case 'RelationshipDefinitions':
      return [
        ...definitions.oneToMany.map((properties) => plainItem(properties, 'OneToManyRelationshipMetadata')),
        ...definitions.manyToMany.map((properties) => plainItem(properties, 'ManyToManyRelationshipMetadata')),
      ];
    case 'GlobalOptionSetDefinitions':
      if (query.filter !== undefined) throw badQuery('The query parameter $filter is not supported');
      return definitions.optionSets.map((properties) => plainItem(properties, 'OptionSetMetadata'));
    default:
      throw noSegment(name);
  }
}

function plainItem(properties: Shown, odataType?: string): Item {
  return { properties, navigations: new Map(), ...(odataType === undefined ? {} : { odataType }) };
}

function entityItem(definitions: DefinitionSet, properties: Shown): Item {
  const name = String(properties.LogicalName);
  const relations = (list: readonly Shown[], ...ends: readonly string[]): Item[] =>
    list.filter((of) => ends.some((end) => of[end] === name)).map((of) => plainItem(of));
  return {
    properties,
    navigations: new Map<string, () => readonly Item[]>([
      ['Attributes', () => (definitions.attributes.get(name) ?? []).map(attributeItem)],
      ['ManyToOneRelationships', () => relations(definitions.oneToMany, 'ReferencingEntity')],
      ['OneToManyRelationships', () => relations(definitions.oneToMany, 'ReferencedEntity')],
      ['ManyToManyRelationships', () => relations(definitions.manyToMany, 'Entity1LogicalName', 'Entity2LogicalName')],
      ['Keys', () => []],
    ]),
  };
}

/** Without a cast an attribute's own properties are shown, but cannot be selected or expanded. */
function attributeItem({ odataType, common, own, expandable }: AttributeJson): Item {
  return {
    properties: { ...common, ...own },
    odataType,
    navigations: new Map(
      Object.entries(expandable).map(([name, value]) => [name, () => (isObject(value) ? plainItem(value) : null)]),
    ),
  };
}

function byKey(items: readonly Item[], key: string): Item | null {
  if (isGuid(key)) return items.find(({ properties }) => properties.MetadataId === key.toLowerCase()) ?? null;
  const parts = [...keyParts(key)];
  return items.find(({ properties }) => parts.every(([name, value]) => properties[name] === value)) ?? null;
}

function cast(current: readonly Item[] | Item | null, type: string): readonly Item[] | Item | null {
  // A type that others derive from cannot be asked for: each derived type needs its own query.
  if (type === 'EnumAttributeMetadata') {
    throw badQuery(
      `Encountered invalid type cast. '${NAMESPACE}${type}' is not assignable from '${NAMESPACE}AttributeMetadata'.`,
    );
  }
  if (current === null) return null;
  const cut = ({ odataType: _, ...item }: Item): Item => item;
  if (!Array.isArray(current)) return (current as Item).odataType === type ? cut(current as Item) : null;
  return current.filter(({ odataType }) => odataType === type).map(cut);
}

function step(current: readonly Item[] | Item | null, segment: Segment): readonly Item[] | Item | null {
  if (current === null || Array.isArray(current)) throw noSegment(segment.name);
  const item = current as Item;
  const navigation = item.navigations.get(segment.name);
  if (navigation !== undefined && (item.odataType === undefined || !NEEDS_CAST.has(segment.name))) return navigation();
  if (!(segment.name in item.properties)) throw noSegment(segment.name);
  return plainItem({ value: item.properties[segment.name] });
}

const NEEDS_CAST = new Set(['OptionSet', 'GlobalOptionSet']);

function filtered(items: readonly Item[], query: Query, type: string): readonly Item[] {
  if (query.filter === undefined) return items;
  const property = (path: readonly string[]): Property<Item> => {
    const [name = ''] = path;
    if (items.length > 0 && !items.some(({ properties }) => name in properties)) throw noProperty(name, type);
    return { kind: 'any', get: ({ properties }) => leaf(properties, path) };
  };
  return items.filter(compile(parseExpression(query.filter), property));
}

function leaf(properties: Shown, path: readonly string[]): Primitive {
  let value: unknown = properties;
  for (const name of path) value = isObject(value) ? value[name] : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function present(item: Item, query: Query, type: string): Shown {
  const { properties, odataType } = item;
  // Of a collection of several types only the common properties can be selected.
  const selectable = (name: string): boolean =>
    name in properties && !(type === 'AttributeMetadata' && odataType !== undefined && OWN_PROPERTIES.has(name));
  const chosen = query.select?.map((name) => {
    if (!selectable(name)) throw noProperty(name, type);
    return [name, properties[name]] as const;
  });
  return {
    ...(odataType === undefined ? {} : { '@odata.type': `#${NAMESPACE}${odataType}` }),
    ...(chosen === undefined
      ? properties
      : {
          ...Object.fromEntries(chosen),
          ...('MetadataId' in properties ? { MetadataId: properties.MetadataId } : {}),
        }),
    ...Object.fromEntries(query.expand.map((expand) => [expand.navigation, expandedItem(item, expand, type)])),
  };
}

const OWN_PROPERTIES = new Set([
  'Targets',
  'MaxLength',
  'Precision',
  'DateTimeBehavior',
  'Format',
  'FormatName',
  'MinValue',
  'MaxValue',
  'OptionSet',
  'GlobalOptionSet',
]);

function expandedItem(item: Item, expand: ExpandItem, type: string): unknown {
  const navigation = item.navigations.get(expand.navigation);
  const needsCast = NEEDS_CAST.has(expand.navigation) && item.odataType !== undefined && type === 'AttributeMetadata';
  if (navigation === undefined || needsCast) throw noProperty(expand.navigation, type);
  const found = navigation();
  if (found === null) return null;
  const inner = TYPE_OF[expand.navigation] ?? 'OptionSetMetadata';
  if (!Array.isArray(found)) return present(found as Item, expand.query, inner);
  return filtered(found, expand.query, inner).map((of) => present(of, expand.query, inner));
}
