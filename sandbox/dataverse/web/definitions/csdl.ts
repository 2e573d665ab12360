import { type ColumnDefinition, type ColumnKind, isLookup, type TableDefinition } from '../../model/definitions.ts';
import type { Schema } from '../../model/schema.ts';

/** Types of the properties as the service document gives them. */
const EDM: Readonly<Record<ColumnKind, string>> = {
  String: 'Edm.String',
  Memo: 'Edm.String',
  Integer: 'Edm.Int32',
  BigInt: 'Edm.Int64',
  Decimal: 'Edm.Decimal',
  Double: 'Edm.Double',
  Money: 'Edm.Decimal',
  Boolean: 'Edm.Boolean',
  DateTime: 'Edm.DateTimeOffset',
  Picklist: 'Edm.Int32',
  MultiSelectPicklist: 'Edm.String',
  State: 'Edm.Int32',
  Status: 'Edm.Int32',
  Lookup: 'Edm.Guid',
  Customer: 'Edm.Guid',
  Owner: 'Edm.Guid',
  PartyList: '',
  Uniqueidentifier: 'Edm.Guid',
  EntityName: 'Edm.String',
  File: 'Edm.Guid',
  Image: 'Edm.Binary',
  Other: 'Edm.String',
};

/** The service document `$metadata`. */
export function csdl(schema: Schema, annotations: boolean): string {
  const tables = schema.tables();
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">',
    '<edmx:DataServices>',
    '<Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">',
    '<EntityType Name="crmbaseentity" Abstract="true" />',
    ...tables.map((table) => entityType(schema, table)),
    '<EntityContainer Name="System">',
    ...tables.map((table) => entitySet(schema, table, annotations)),
    '</EntityContainer>',
    '</Schema>',
    '</edmx:DataServices>',
    '</edmx:Edmx>',
  ].join('\n');
}

function entityType(schema: Schema, table: TableDefinition): string {
  const navigations = [...schema.navigations(table.name)].map(([name, navigation]) => {
    if (navigation.kind === 'single') {
      const { column, target } = navigation.relationship;
      return `<NavigationProperty Name="${name}" Type="mscrm.${target.table}"><ReferentialConstraint Property="_${column.name}_value" ReferencedProperty="${schema.known(target.table).primaryId}" /></NavigationProperty>`;
    }
    const many = navigation.kind === 'many' ? navigation.there.table : navigation.relationship.table;
    return `<NavigationProperty Name="${name}" Type="Collection(mscrm.${many})" />`;
  });
  return [
    `<EntityType Name="${table.name}" BaseType="mscrm.crmbaseentity">`,
    `<Key><PropertyRef Name="${table.primaryId}" /></Key>`,
    ...table.columns.flatMap(property),
    ...navigations,
    '</EntityType>',
  ].join('\n');
}

function property(column: ColumnDefinition): string[] {
  const { type } = column;
  if (type.kind === 'PartyList') return [];
  const name = isLookup(column) ? `_${column.name}_value` : column.name;
  const edm = type.kind === 'DateTime' && type.behavior === 'DateOnly' ? 'Edm.Date' : EDM[type.kind];
  return [`<Property Name="${name}" Type="${edm}" />`];
}

function entitySet(schema: Schema, table: TableDefinition, annotations: boolean): string {
  const bindings = [...schema.navigations(table.name)].map(([name, navigation]) => {
    const target =
      navigation.kind === 'many'
        ? navigation.there.table
        : navigation.kind === 'single'
          ? navigation.relationship.target.table
          : navigation.relationship.table;
    return `<NavigationPropertyBinding Path="${name}" Target="${schema.known(target).entitySet}" />`;
  });
  const tracked =
    annotations && table.tracking
      ? [
          '<Annotation Term="Org.OData.Capabilities.V1.ChangeTracking"><Record><PropertyValue Property="Supported" Bool="true" /></Record></Annotation>',
        ]
      : [];
  return [
    `<EntitySet Name="${table.entitySet}" EntityType="Microsoft.Dynamics.CRM.${table.name}">`,
    ...bindings,
    ...tracked,
    '</EntitySet>',
  ].join('\n');
}
