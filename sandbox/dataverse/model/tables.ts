import {
  bigint,
  CUSTOM_PREFIX,
  column,
  date,
  decimal,
  guid,
  integer,
  labels,
  lookup,
  text,
  type Wording,
} from './columns.ts';
import type { ColumnDefinition, Module, OptionDefinition, TableDefinition } from './definitions.ts';

export interface StateSpec {
  readonly value: number;
  readonly label: Wording;
  /** Status reasons of this state; the first is its default. */
  readonly reasons: readonly (readonly [value: number, label: Wording])[];
}

export const ACTIVE_INACTIVE: readonly StateSpec[] = [
  { value: 0, label: ['Active', 'Etkin'], reasons: [[1, ['Active', 'Etkin']]] },
  { value: 1, label: ['Inactive', 'Devre dışı'], reasons: [[2, ['Inactive', 'Devre dışı']]] },
];

export interface TableSpec {
  readonly name: string;
  readonly set: string;
  readonly label: Wording;
  readonly plural: Wording;
  readonly code: number;
  /** Left out: the name with `id` behind it. */
  readonly id?: string;
  /** Column that names a row; null where there is none. */
  readonly title: string | null;
  readonly ownership?: TableDefinition['ownership'];
  readonly module?: Module;
  readonly states?: readonly StateSpec[] | null;
  /** On by default. `never`: it cannot be switched on either. */
  readonly tracking?: boolean | 'never';
  /** Whether rows say who made and changed them, and when; true by default. */
  readonly audited?: boolean;
  readonly activity?: boolean;
  readonly private?: boolean;
  readonly tableType?: TableDefinition['tableType'];
  readonly columns: readonly ColumnDefinition[];
}

/** A definition with the columns that the platform adds to every table of its kind. */
export function table(spec: TableSpec): TableDefinition {
  const primaryId = spec.id ?? `${spec.name}id`;
  const ownership = spec.ownership ?? 'UserOwned';
  const states = spec.states === undefined ? ACTIVE_INACTIVE : spec.states;
  const columns = [
    guid(primaryId, spec.label, { required: 'SystemRequired', write: 'create' }),
    ...spec.columns,
    ...(states === null ? [] : stateColumns(states)),
    ...(ownership === 'UserOwned' ? ownerColumns(spec.name) : []),
    ...(spec.audited === false ? [] : auditColumns(spec.name)),
    ...(spec.columns.some(({ type }) => type.kind === 'Money') ? currencyColumns(spec) : []),
    bigint('versionnumber', 'Version Number', { write: 'never' }),
  ];
  const custom = spec.name.startsWith(CUSTOM_PREFIX);
  return {
    name: spec.name,
    schemaName: custom ? `${CUSTOM_PREFIX}${capital(spec.name.slice(CUSTOM_PREFIX.length))}` : capital(spec.name),
    entitySet: spec.set,
    labels: labels(spec.label),
    collectionLabels: labels(spec.plural),
    primaryId,
    primaryName: spec.title,
    ownership,
    custom,
    activity: spec.activity ?? false,
    tracking: spec.tracking === undefined || spec.tracking === true,
    canBeTracked: spec.tracking !== 'never',
    typeCode: spec.code,
    tableType: spec.tableType ?? 'Standard',
    private: spec.private ?? false,
    module: spec.module ?? 'core',
    columns,
  };
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

function stateColumns(states: readonly StateSpec[]): ColumnDefinition[] {
  const state = states.map(({ value, label }): OptionDefinition => ({ value, labels: labels(label) }));
  const reasons = states.flatMap(({ value: of, reasons: list }) =>
    list.map(([value, label]): OptionDefinition => ({ value, labels: labels(label), state: of })),
  );
  return [
    column('statecode', ['Status', 'Durum'], { kind: 'State', options: state }, { required: 'SystemRequired' }),
    column('statuscode', ['Status Reason', 'Durum Açıklaması'], { kind: 'Status', options: reasons }),
  ];
}

function ownerColumns(table: string): ColumnDefinition[] {
  const never = { write: 'never' } as const;
  const quiet = { onDelete: 'Restrict' } as const;
  return [
    lookup(
      table,
      'ownerid',
      ['Owner', 'Sahip'],
      [
        { table: 'systemuser', relationship: `owner_${table}s`, collection: `owner_${table}s`, ...quiet },
        { table: 'team', relationship: `owner_${table}s`, collection: `owner_${table}s`, ...quiet },
      ],
      'Owner',
      { required: 'SystemRequired' },
    ),
    lookup(table, 'owninguser', 'Owning User', [{ table: 'systemuser', ...quiet }], 'Lookup', never),
    lookup(table, 'owningteam', 'Owning Team', [{ table: 'team', ...quiet }], 'Lookup', never),
    lookup(table, 'owningbusinessunit', 'Owning Business Unit', [{ table: 'businessunit', ...quiet }], 'Lookup', never),
  ];
}

function auditColumns(table: string): ColumnDefinition[] {
  const never = { write: 'never' } as const;
  return [
    date('createdon', ['Created On', 'Oluşturma Tarihi'], 'UserLocal', never),
    date('modifiedon', ['Modified On', 'Değiştirme Tarihi'], 'UserLocal', never),
    lookup(
      table,
      'createdby',
      ['Created By', 'Oluşturan'],
      [{ table: 'systemuser', onDelete: 'NoCascade' }],
      'Lookup',
      never,
    ),
    lookup(
      table,
      'modifiedby',
      ['Modified By', 'Değiştiren'],
      [{ table: 'systemuser', onDelete: 'NoCascade' }],
      'Lookup',
      never,
    ),
    date('overriddencreatedon', 'Record Created On', 'DateOnly', { write: 'create' }),
    integer('importsequencenumber', 'Import Sequence Number', 'None', { write: 'create' }),
    integer('timezoneruleversionnumber', 'Time Zone Rule Version Number'),
    integer('utcconversiontimezonecode', 'UTC Conversion Time Zone Code'),
  ];
}

/** What Money brings with it: the row's currency, the rate, and each amount in the base currency. */
function currencyColumns(spec: TableSpec): ColumnDefinition[] {
  const bases = spec.columns.flatMap((of) =>
    of.type.kind === 'Money'
      ? [
          column(
            `${of.name}_base`,
            `${of.labels[1033] ?? of.name} (Base)`,
            { kind: 'Money', precision: of.type.precision, baseOf: of.name },
            { write: 'never' },
          ),
        ]
      : [],
  );
  const has = (name: string): boolean => spec.columns.some((of) => of.name === name);
  return [
    ...bases,
    ...(has('transactioncurrencyid')
      ? []
      : [
          lookup(
            spec.name,
            'transactioncurrencyid',
            ['Currency', 'Para Birimi'],
            [{ table: 'transactioncurrency', relationship: `transactioncurrency_${spec.name}`, onDelete: 'Restrict' }],
          ),
        ]),
    ...(has('exchangerate') ? [] : [decimal('exchangerate', 'Exchange Rate', 12, { write: 'never' })]),
  ];
}

/** The three address lines and what stands below them, as `address1_…`. */
export function addressColumns(prefix: string, of: string): ColumnDefinition[] {
  const name = (part: string): string => `${prefix}_${part}`;
  return [
    text(name('line1'), `${of}: Street 1`, 250),
    text(name('line2'), `${of}: Street 2`, 250),
    text(name('line3'), `${of}: Street 3`, 250),
    text(name('city'), `${of}: City`, 80),
    text(name('stateorprovince'), `${of}: State/Province`, 50),
    text(name('postalcode'), `${of}: ZIP/Postal Code`, 20),
    text(name('country'), `${of}: Country/Region`, 80),
    text(name('telephone1'), `${of}: Phone`, 50, 'Phone'),
  ];
}
