import type { Clock } from '../../../../src/core/ports.ts';
import { guidOf } from '../../guid.ts';
import type { ManyToManyDefinition, TableDefinition } from '../../model/definitions.ts';
import type { Relationship, Schema } from '../../model/schema.ts';
import type { Switches } from '../../switches.ts';
import { type AttributeJson, attributesOf } from './attributes.ts';
import { labelJson, managed } from './labels.ts';

type Shown = Record<string, unknown>;

/** The definitions as the API shows them, at one version. */
export interface DefinitionSet {
  readonly version: number;
  readonly entities: readonly Shown[];
  readonly attributes: ReadonlyMap<string, readonly AttributeJson[]>;
  readonly oneToMany: readonly Shown[];
  readonly manyToMany: readonly Shown[];
  readonly optionSets: readonly Shown[];
}

/** Builds the definitions once per version, and may serve old ones for a while, as the real service does. */
export class Definitions {
  readonly #schema: Schema;
  readonly #switches: Switches;
  readonly #clock: Clock;
  #built: DefinitionSet | undefined;
  #staleUntil = 0;

  constructor(schema: Schema, switches: Switches, clock: Clock) {
    this.#schema = schema;
    this.#switches = switches;
    this.#clock = clock;
  }

  /** To be called before a change: from now on the old definitions may be served for a while. */
  beforeChange(): void {
    if (this.#switches.metadataStaleMs === 0) return;
    this.get(false);
    this.#staleUntil = this.#clock.now() + this.#switches.metadataStaleMs;
  }

  get(strong: boolean): DefinitionSet {
    const built = this.#built;
    if (built !== undefined && built.version === this.#schema.version) return built;
    if (built !== undefined && !strong && this.#clock.now() < this.#staleUntil) return built;
    this.#built = build(this.#schema, this.#switches.userLanguage);
    return this.#built;
  }
}

function build(schema: Schema, userLanguage: number): DefinitionSet {
  const tables = schema.tables();
  const attributes = new Map(tables.map((table) => [table.name, attributesOf(table, userLanguage)]));
  return {
    version: schema.version,
    entities: tables.map((table) => entityJson(table, userLanguage, schema)),
    attributes,
    oneToMany: schema.relationships().map((relationship) => oneToManyJson(relationship, schema)),
    manyToMany: schema.manyToMany().map(manyToManyJson),
    optionSets: globalOptionSets(attributes),
  };
}

/** A choice that several columns share stands here once, under its name. */
function globalOptionSets(attributes: ReadonlyMap<string, readonly AttributeJson[]>): Shown[] {
  const found = new Map<string, Shown>();
  for (const list of attributes.values()) {
    for (const { expandable } of list) {
      const set = expandable.GlobalOptionSet as Shown | null | undefined;
      if (set !== null && set !== undefined) found.set(String(set.Name), set);
    }
  }
  return [...found.values()];
}

function entityJson(table: TableDefinition, userLanguage: number, schema: Schema): Shown {
  const id = `entity/${table.name}`;
  return {
    LogicalName: table.name,
    SchemaName: table.schemaName,
    EntitySetName: table.entitySet,
    LogicalCollectionName: table.entitySet,
    CollectionSchemaName: `${table.schemaName}s`,
    PrimaryIdAttribute: table.primaryId,
    PrimaryNameAttribute: table.primaryName,
    PrimaryImageAttribute: table.columns.find(({ type }) => type.kind === 'Image')?.name ?? null,
    ObjectTypeCode: table.typeCode,
    OwnershipType: table.ownership,
    TableType: table.tableType,
    DataProviderId: table.tableType === 'Virtual' ? guidOf('dataprovider') : null,
    IsPrivate: table.private,
    IsActivity: table.activity,
    IsActivityParty: ['account', 'contact', 'lead', 'systemuser', 'queue'].includes(table.name),
    IsCustomEntity: table.custom,
    IsIntersect: schema.manyToMany().some(({ intersect }) => intersect === table.name),
    IsManaged: !table.custom,
    IsBPFEntity: table.name === 'opportunitysalesprocess',
    IsKnowledgeManagementEnabled: false,
    ChangeTrackingEnabled: table.tracking,
    CanChangeTrackingBeEnabled: managed(table.canBeTracked, 'canchangetrackingbeenabled'),
    CanCreateAttributes: managed(table.tableType === 'Standard', 'cancreateattributes'),
    IsCustomizable: managed(true, 'iscustomizable'),
    IsAuditEnabled: managed(false, 'canmodifyauditsettings'),
    IsValidForAdvancedFind: !table.private,
    HasNotes: schema.navigation(table.name, `${capital(table.name)}_Annotation`) !== undefined,
    HasActivities: schema.navigation(table.name, `${capital(table.name)}_Tasks`) !== undefined,
    DisplayName: labelJson(table.labels, userLanguage, id),
    DisplayCollectionName: labelJson(table.collectionLabels, userLanguage, `${id}/collection`),
    Description: { LocalizedLabels: [], UserLocalizedLabel: null },
    IntroducedVersion: '1.0.0.0',
    MetadataId: guidOf(id),
    HasChanged: null,
  };
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

function oneToManyJson({ table, column, target }: Relationship, schema: Schema): Shown {
  return {
    SchemaName: target.relationship,
    RelationshipType: 'OneToManyRelationship',
    ReferencingEntity: table,
    ReferencingAttribute: column.name,
    ReferencedEntity: target.table,
    ReferencedAttribute: schema.known(target.table).primaryId,
    ReferencingEntityNavigationPropertyName: target.navigation,
    ReferencedEntityNavigationPropertyName: target.collection,
    IsCustomRelationship: column.custom,
    IsHierarchical: target.table === table,
    IsValidForAdvancedFind: true,
    IsManaged: !column.custom,
    CascadeConfiguration: {
      Assign: 'NoCascade',
      Delete: target.onDelete,
      Merge: 'NoCascade',
      Reparent: 'NoCascade',
      Share: 'NoCascade',
      Unshare: 'NoCascade',
    },
    MetadataId: guidOf(`relationship/${target.relationship}/${column.name}/${target.table}`),
    HasChanged: null,
  };
}

function manyToManyJson({ schemaName, intersect, left, right }: ManyToManyDefinition): Shown {
  return {
    SchemaName: schemaName,
    RelationshipType: 'ManyToManyRelationship',
    Entity1LogicalName: left.table,
    Entity1IntersectAttribute: left.attribute,
    Entity1NavigationPropertyName: left.navigation,
    Entity2LogicalName: right.table,
    Entity2IntersectAttribute: right.attribute,
    Entity2NavigationPropertyName: right.navigation,
    IntersectEntityName: intersect,
    IsCustomRelationship: false,
    IsManaged: true,
    MetadataId: guidOf(`relationship/${schemaName}`),
    HasChanged: null,
  };
}
