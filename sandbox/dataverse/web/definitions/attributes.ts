import { guidOf } from '../../guid.ts';
import {
  type ColumnDefinition,
  type ColumnKind,
  isLookup,
  type OptionDefinition,
  type TableDefinition,
} from '../../model/definitions.ts';
import { labelJson, managed, optionJson, optionSetJson } from './labels.ts';

type Shown = Record<string, unknown>;

/** An attribute: what all have in common, what its own type adds, and what only `$expand` shows. */
export interface AttributeJson {
  readonly odataType: string;
  readonly common: Shown;
  readonly own: Shown;
  readonly expandable: Shown;
}

interface TypeNames {
  /** `AttributeType`, the old enumeration: types younger than it are all `Virtual`. */
  readonly type: string;
  readonly typeName: string;
  readonly odataType: string;
}

const names = (type: string, typeName = `${type}Type`, odataType = `${type}AttributeMetadata`): TypeNames => ({
  type,
  typeName,
  odataType,
});

const TYPES: Readonly<Record<ColumnKind, TypeNames>> = {
  String: names('String'),
  Memo: names('Memo'),
  Integer: names('Integer'),
  BigInt: names('BigInt'),
  Decimal: names('Decimal'),
  Double: names('Double'),
  Money: names('Money'),
  Boolean: names('Boolean'),
  DateTime: names('DateTime'),
  Picklist: names('Picklist'),
  MultiSelectPicklist: names('Virtual', 'MultiSelectPicklistType', 'MultiSelectPicklistAttributeMetadata'),
  State: names('State'),
  Status: names('Status'),
  Lookup: names('Lookup'),
  Customer: names('Customer', 'CustomerType', 'LookupAttributeMetadata'),
  Owner: names('Owner', 'OwnerType', 'LookupAttributeMetadata'),
  PartyList: names('PartyList', 'PartyListType', 'LookupAttributeMetadata'),
  Uniqueidentifier: names('Uniqueidentifier', 'UniqueidentifierType', 'UniqueIdentifierAttributeMetadata'),
  EntityName: names('EntityName'),
  File: names('Virtual', 'FileType', 'FileAttributeMetadata'),
  Image: names('Virtual', 'ImageType', 'ImageAttributeMetadata'),
  Other: names('Virtual', 'OtherType', 'AttributeMetadata'),
};

/** All attributes of a table: its columns, and the shadows that name what the numbers and links mean. */
export function attributesOf(table: TableDefinition, userLanguage: number): AttributeJson[] {
  return table.columns.flatMap((column, index) => [
    attributeJson(table, column, index + 1, userLanguage),
    ...shadows(table, column, userLanguage),
  ]);
}

function attributeJson(
  table: TableDefinition,
  column: ColumnDefinition,
  number: number,
  userLanguage: number,
): AttributeJson {
  const known = TYPES[column.type.kind];
  const typeName =
    column.type.kind === 'Other'
      ? {
          ...known,
          typeName: column.type.typeName,
          odataType: `${column.type.typeName.replace(/Type$/, '')}AttributeMetadata`,
        }
      : known;
  return {
    odataType: typeName.odataType,
    common: common(table, column, typeName, number, userLanguage),
    own: ownProperties(table, column),
    expandable: optionSets(table, column, userLanguage),
  };
}

function common(
  table: TableDefinition,
  column: ColumnDefinition,
  typeName: TypeNames,
  number: number,
  userLanguage: number,
): Shown {
  const id = `attribute/${table.name}/${column.name}`;
  return {
    LogicalName: column.name,
    SchemaName: column.schemaName,
    AttributeType: typeName.type,
    AttributeTypeName: { Value: typeName.typeName },
    EntityLogicalName: table.name,
    ColumnNumber: number,
    DisplayName: labelJson(column.labels, userLanguage, id),
    Description: { LocalizedLabels: [], UserLocalizedLabel: null },
    AttributeOf: null,
    RequiredLevel: managed(column.required, 'canmodifyrequirementlevelsettings'),
    IsPrimaryId: column.name === table.primaryId,
    IsPrimaryName: column.name === table.primaryName,
    IsCustomAttribute: column.custom,
    IsManaged: !column.custom,
    IsLogical: false,
    IsValidForRead: column.type.kind !== 'PartyList',
    IsValidForCreate: column.write !== 'never',
    IsValidForUpdate: column.write === 'always',
    IsValidODataAttribute: column.type.kind !== 'PartyList',
    IsRetrievable: true,
    IsFilterable: true,
    IsSearchable: false,
    IsSecured: false,
    SourceType: 'Money' === column.type.kind && column.type.baseOf !== undefined ? 1 : 0,
    IsCustomizable: managed(true, 'iscustomizable'),
    IntroducedVersion: '1.0.0.0',
    MetadataId: guidOf(id),
    HasChanged: null,
  };
}

function ownProperties(table: TableDefinition, { name, type }: ColumnDefinition): Shown {
  switch (type.kind) {
    case 'String':
      return {
        Format: type.format,
        FormatName: { Value: type.format },
        MaxLength: type.maxLength,
        DatabaseLength: type.maxLength * 2,
        AutoNumberFormat: null,
      };
    case 'Memo':
      return { Format: 'TextArea', FormatName: { Value: 'TextArea' }, MaxLength: type.maxLength };
    case 'Integer':
      return { Format: type.format, MinValue: type.min, MaxValue: type.max };
    case 'BigInt':
      return { MinValue: -(2 ** 63), MaxValue: 2 ** 63 };
    case 'Decimal':
    case 'Double':
      return { MinValue: type.min, MaxValue: type.max, Precision: type.precision };
    case 'Money':
      return {
        MinValue: -922_337_203_685_477,
        MaxValue: 922_337_203_685_477,
        Precision: type.precision,
        PrecisionSource: 2,
        IsBaseCurrency: type.baseOf !== undefined,
        CalculationOf: type.baseOf ?? null,
      };
    case 'Boolean':
      return { DefaultValue: type.initial };
    case 'DateTime':
      return {
        Format: type.format,
        DateTimeBehavior: { Value: type.behavior },
        MinSupportedValue: '1753-01-01T00:00:00Z',
        MaxSupportedValue: '9999-12-30T23:59:59Z',
        CanChangeDateTimeBehavior: managed(type.behavior === 'UserLocal', 'canchangedatetimebehavior'),
      };
    case 'Picklist':
    case 'MultiSelectPicklist':
    case 'State':
    case 'Status':
      return { DefaultFormValue: -1 };
    case 'Lookup':
    case 'Customer':
    case 'Owner':
      return { Targets: type.targets.map((target) => target.table), Format: 'None' };
    case 'PartyList':
      return { Targets: ['account', 'contact', 'lead', 'systemuser', 'queue'], Format: 'None' };
    case 'EntityName':
      return { IsEntityReferenceStored: false };
    case 'File':
      return { MaxSizeInKB: type.maxKilobytes };
    case 'Image':
      return {
        IsPrimaryImage: table.columns.find((of) => of.type.kind === 'Image')?.name === name,
        MaxSizeInKB: 10_240,
        CanStoreFullImage: true,
      };
    default:
      return {};
  }
}

function optionSets(table: TableDefinition, column: ColumnDefinition, userLanguage: number): Shown {
  const { type, labels } = column;
  const local = `${table.name}_${column.name}`;
  const list = (
    options: readonly OptionDefinition[],
    of: string,
    more: (option: OptionDefinition) => Shown,
  ): Shown => ({
    Options: options.map((option) => ({ ...more(option), ...optionJson(option, userLanguage, of) })),
  });
  const set = (
    name: string,
    kind: 'Picklist' | 'State' | 'Status' | 'Boolean',
    contents: Shown,
    global = false,
  ): Shown => optionSetJson({ name, global, type: kind, labels, contents }, userLanguage);
  switch (type.kind) {
    case 'Picklist':
    case 'MultiSelectPicklist': {
      const name = type.globalName ?? local;
      const whole = set(
        name,
        'Picklist',
        list(type.options, name, () => ({})),
        type.globalName !== undefined,
      );
      return { OptionSet: whole, GlobalOptionSet: type.globalName === undefined ? null : whole };
    }
    case 'State': {
      const reasons = table.columns.find((of) => of.type.kind === 'Status')?.type;
      const first = (state: number): number | undefined =>
        reasons?.kind === 'Status' ? reasons.options.find((of) => of.state === state)?.value : undefined;
      const state = (option: OptionDefinition): Shown => ({
        '@odata.type': '#Microsoft.Dynamics.CRM.StateOptionMetadata',
        DefaultStatus: first(option.value) ?? 1,
        InvariantName: option.labels[1033] ?? '',
      });
      return { OptionSet: set(local, 'State', list(type.options, local, state)), GlobalOptionSet: null };
    }
    case 'Status': {
      const status = (option: OptionDefinition): Shown => ({
        '@odata.type': '#Microsoft.Dynamics.CRM.StatusOptionMetadata',
        State: option.state ?? 0,
        TransitionData: null,
      });
      return { OptionSet: set(local, 'Status', list(type.options, local, status)), GlobalOptionSet: null };
    }
    case 'Boolean':
      return {
        OptionSet: set(local, 'Boolean', {
          TrueOption: optionJson({ value: 1, labels: type.yes }, userLanguage, local),
          FalseOption: optionJson({ value: 0, labels: type.no }, userLanguage, local),
        }),
        GlobalOptionSet: null,
      };
    default:
      return {};
  }
}

/** Attributes that only name another: `statecodename`, `ownerididtype`. They are listed, and no query takes them. */
function shadows(table: TableDefinition, column: ColumnDefinition, userLanguage: number): AttributeJson[] {
  const { type } = column;
  const shadow = (suffix: string, typeName: TypeNames): AttributeJson => {
    const of: ColumnDefinition = {
      ...column,
      name: `${column.name}${suffix}`,
      schemaName: `${column.schemaName}${suffix}`,
    };
    return {
      odataType: typeName.odataType,
      common: {
        ...common(table, of, typeName, 0, userLanguage),
        AttributeOf: column.name,
        IsLogical: true,
        IsValidForCreate: false,
        IsValidForUpdate: false,
        IsValidODataAttribute: false,
        DisplayName: { LocalizedLabels: [], UserLocalizedLabel: null },
      },
      own: {},
      expandable: {},
    };
  };
  switch (type.kind) {
    case 'Picklist':
    case 'MultiSelectPicklist':
    case 'State':
    case 'Status':
    case 'Boolean':
      return [shadow('name', { type: 'Virtual', typeName: 'VirtualType', odataType: 'AttributeMetadata' })];
    case 'Lookup':
    case 'Customer':
    case 'Owner':
      return [
        ...(table.columns.some(({ name }) => name === `${column.name}name`) ? [] : [shadow('name', TYPES.String)]),
        ...(isLookup(column) && type.targets.length > 1 ? [shadow('type', TYPES.EntityName)] : []),
      ];
    default:
      return [];
  }
}
