/** Text by language code. */
export type Labels = Readonly<Record<number, string>>;

export const ENGLISH = 1033;
export const TURKISH = 1055;

export interface OptionDefinition {
  readonly value: number;
  readonly labels: Labels;
  /** Only of a status reason: the state it belongs to. */
  readonly state?: number;
}

export type DeleteRule = 'Cascade' | 'RemoveLink' | 'NoCascade' | 'Restrict';

/** One table that a lookup can point at. A polymorphic lookup has several. */
export interface LookupTarget {
  readonly table: string;
  /** Schema name of the relationship. */
  readonly relationship: string;
  /** Single-valued navigation property on the table that has the lookup. */
  readonly navigation: string;
  /** Collection-valued navigation property on the target. */
  readonly collection: string;
  /** What happens to this row when the target is deleted. */
  readonly onDelete: DeleteRule;
}

export type DateBehavior = 'UserLocal' | 'DateOnly' | 'TimeZoneIndependent';
export type TextFormat = 'Text' | 'Email' | 'Url' | 'Phone' | 'TextArea' | 'TickerSymbol' | 'Json';

export type ColumnType =
  | { readonly kind: 'String'; readonly maxLength: number; readonly format: TextFormat }
  | { readonly kind: 'Memo'; readonly maxLength: number }
  | { readonly kind: 'Integer'; readonly min: number; readonly max: number; readonly format: 'None' | 'Duration' }
  | { readonly kind: 'BigInt' }
  | { readonly kind: 'Decimal'; readonly precision: number; readonly min: number; readonly max: number }
  | { readonly kind: 'Double'; readonly precision: number; readonly min: number; readonly max: number }
  | { readonly kind: 'Money'; readonly precision: number; readonly baseOf?: string }
  | { readonly kind: 'Boolean'; readonly yes: Labels; readonly no: Labels; readonly initial: boolean }
  | { readonly kind: 'DateTime'; readonly format: 'DateOnly' | 'DateAndTime'; readonly behavior: DateBehavior }
  | { readonly kind: 'Picklist'; readonly options: readonly OptionDefinition[]; readonly globalName?: string }
  | {
      readonly kind: 'MultiSelectPicklist';
      readonly options: readonly OptionDefinition[];
      readonly globalName?: string;
    }
  | { readonly kind: 'State'; readonly options: readonly OptionDefinition[] }
  | { readonly kind: 'Status'; readonly options: readonly OptionDefinition[] }
  | { readonly kind: 'Lookup' | 'Customer' | 'Owner'; readonly targets: readonly LookupTarget[] }
  | { readonly kind: 'PartyList'; readonly mask: number }
  | { readonly kind: 'Uniqueidentifier' }
  | { readonly kind: 'EntityName' }
  | { readonly kind: 'File'; readonly maxKilobytes: number }
  | { readonly kind: 'Image' }
  /** A type that nobody has heard of yet. */
  | { readonly kind: 'Other'; readonly typeName: string };

export type ColumnKind = ColumnType['kind'];
export type LookupType = Extract<ColumnType, { readonly kind: 'Lookup' | 'Customer' | 'Owner' }>;

export type RequiredLevel = 'None' | 'Recommended' | 'ApplicationRequired' | 'SystemRequired';

export interface ColumnDefinition {
  readonly name: string;
  readonly schemaName: string;
  readonly labels: Labels;
  readonly type: ColumnType;
  readonly required: RequiredLevel;
  readonly custom: boolean;
  /** Who may write it over the API. */
  readonly write: 'always' | 'create' | 'never';
}

export interface LookupColumn extends ColumnDefinition {
  readonly type: LookupType;
}

export type Module = 'core' | 'sales' | 'service';

export interface TableDefinition {
  readonly name: string;
  readonly schemaName: string;
  readonly entitySet: string;
  readonly labels: Labels;
  readonly collectionLabels: Labels;
  readonly primaryId: string;
  readonly primaryName: string | null;
  readonly ownership: 'UserOwned' | 'OrganizationOwned' | 'None';
  readonly custom: boolean;
  readonly activity: boolean;
  readonly tracking: boolean;
  readonly canBeTracked: boolean;
  readonly typeCode: number;
  readonly tableType: 'Standard' | 'Virtual' | 'Elastic';
  readonly private: boolean;
  readonly module: Module;
  readonly columns: readonly ColumnDefinition[];
}

export interface ManyToManyDefinition {
  readonly schemaName: string;
  readonly intersect: string;
  readonly left: { readonly table: string; readonly attribute: string; readonly navigation: string };
  readonly right: { readonly table: string; readonly attribute: string; readonly navigation: string };
}

export function isLookup(column: ColumnDefinition): column is LookupColumn {
  return column.type.kind === 'Lookup' || column.type.kind === 'Customer' || column.type.kind === 'Owner';
}
