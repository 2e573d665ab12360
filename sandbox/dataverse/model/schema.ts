import {
  type ColumnDefinition,
  type ColumnType,
  isLookup,
  type LookupColumn,
  type LookupTarget,
  type ManyToManyDefinition,
  type OptionDefinition,
  type TableDefinition,
} from './definitions.ts';

/** What an administrator may do to the definitions while everybody works. */
export type SchemaChange =
  | { readonly kind: 'addColumn'; readonly table: string; readonly column: ColumnDefinition }
  | { readonly kind: 'removeColumn'; readonly table: string; readonly column: string }
  | { readonly kind: 'changeType'; readonly table: string; readonly column: string; readonly type: ColumnType }
  | { readonly kind: 'addOption'; readonly table: string; readonly column: string; readonly option: OptionDefinition }
  | { readonly kind: 'removeOption'; readonly table: string; readonly column: string; readonly value: number }
  | { readonly kind: 'addTable'; readonly table: TableDefinition }
  | { readonly kind: 'removeTable'; readonly table: string }
  | { readonly kind: 'trackChanges'; readonly table: string };

/** A lookup seen from one of its targets. */
export interface Relationship {
  readonly table: string;
  readonly column: LookupColumn;
  readonly target: LookupTarget;
}

export type Navigation =
  | { readonly kind: 'single'; readonly relationship: Relationship }
  | { readonly kind: 'collection'; readonly relationship: Relationship }
  | {
      readonly kind: 'many';
      readonly definition: ManyToManyDefinition;
      readonly here: ManyToManyDefinition['left'];
      readonly there: ManyToManyDefinition['left'];
    };

interface Indexed {
  readonly tables: ReadonlyMap<string, TableDefinition>;
  readonly bySet: ReadonlyMap<string, TableDefinition>;
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, ColumnDefinition>>;
  readonly navigations: ReadonlyMap<string, ReadonlyMap<string, Navigation>>;
  readonly relationships: readonly Relationship[];
}

/** The definitions of one environment, with a version that every change of them raises. */
export class Schema {
  readonly #manyToMany: readonly ManyToManyDefinition[];
  #indexed: Indexed;
  #version = 5_000_000;
  readonly #tableVersions = new Map<string, number>();

  constructor(tables: readonly TableDefinition[], manyToMany: readonly ManyToManyDefinition[]) {
    this.#manyToMany = manyToMany;
    this.#indexed = index(tables, manyToMany);
  }

  /** The annotation `Microsoft.Dynamics.CRM.globalmetadataversion`. */
  get version(): number {
    return this.#version;
  }

  /** Version at which this table's definition last changed; 0 where it never did. */
  changedAt(table: string): number {
    return this.#tableVersions.get(table) ?? 0;
  }

  tables(): readonly TableDefinition[] {
    return [...this.#indexed.tables.values()];
  }

  table(name: string): TableDefinition | undefined {
    return this.#indexed.tables.get(name);
  }

  /** A table that must be there: asked for by the simulator itself. */
  known(name: string): TableDefinition {
    const table = this.table(name);
    if (table === undefined) throw new Error(`no table ${name}`);
    return table;
  }

  bySet(entitySet: string): TableDefinition | undefined {
    return this.#indexed.bySet.get(entitySet);
  }

  column(table: string, name: string): ColumnDefinition | undefined {
    return this.#indexed.columns.get(table)?.get(name);
  }

  navigation(table: string, name: string): Navigation | undefined {
    return this.#indexed.navigations.get(table)?.get(name);
  }

  navigations(table: string): ReadonlyMap<string, Navigation> {
    return this.#indexed.navigations.get(table) ?? new Map();
  }

  relationships(): readonly Relationship[] {
    return this.#indexed.relationships;
  }

  manyToMany(): readonly ManyToManyDefinition[] {
    return this.#manyToMany.filter(({ left, right }) => this.table(left.table) && this.table(right.table));
  }

  /** Tables whose rows this one shows: activitypointer shows those of all concrete activities. */
  shownIn(table: string): readonly string[] {
    if (table !== 'activitypointer') return [table];
    return this.tables().flatMap(({ name, activity }) => (activity && name !== 'activitypointer' ? [name] : []));
  }

  alter(change: SchemaChange): void {
    const table = change.kind === 'addTable' ? change.table.name : change.table;
    const tables = changed(this.#indexed.tables, change);
    this.#indexed = index(tables, this.#manyToMany);
    this.#version += 1;
    this.#tableVersions.set(table, this.#version);
  }
}

function changed(tables: ReadonlyMap<string, TableDefinition>, change: SchemaChange): TableDefinition[] {
  if (change.kind === 'addTable') return [...tables.values(), change.table];
  const before = tables.get(change.table);
  if (before === undefined) throw new Error(`no table ${change.table}`);
  const replace = (after: TableDefinition): TableDefinition[] =>
    [...tables.values()].map((table) => (table.name === after.name ? after : table));
  const edit = (name: string, to: (column: ColumnDefinition) => ColumnDefinition): TableDefinition[] => {
    if (!before.columns.some((column) => column.name === name)) throw new Error(`no column ${change.table}.${name}`);
    return replace({
      ...before,
      columns: before.columns.map((column) => (column.name === name ? to(column) : column)),
    });
  };
  switch (change.kind) {
    case 'addColumn':
      return replace({ ...before, columns: [...before.columns, change.column] });
    case 'removeColumn':
      return replace({ ...before, columns: before.columns.filter(({ name }) => name !== change.column) });
    case 'changeType':
      return edit(change.column, (column) => ({ ...column, type: change.type }));
    case 'addOption':
      return edit(change.column, (column) => withOptions(column, (options) => [...options, change.option]));
    case 'removeOption':
      return edit(change.column, (column) =>
        withOptions(column, (options) => options.filter(({ value }) => value !== change.value)),
      );
    case 'removeTable':
      return [...tables.values()].filter(({ name }) => name !== change.table);
    case 'trackChanges':
      return replace({ ...before, tracking: true });
  }
}

function withOptions(
  column: ColumnDefinition,
  edit: (options: readonly OptionDefinition[]) => readonly OptionDefinition[],
): ColumnDefinition {
  const { type } = column;
  switch (type.kind) {
    case 'Picklist':
    case 'MultiSelectPicklist':
    case 'State':
    case 'Status':
      return { ...column, type: { ...type, options: edit(type.options) } };
    default:
      throw new Error(`${column.name} has no options`);
  }
}

function index(tables: readonly TableDefinition[], manyToMany: readonly ManyToManyDefinition[]): Indexed {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const relationships = tables.flatMap((table) =>
    table.columns
      .filter(isLookup)
      .flatMap((column) =>
        column.type.targets.flatMap((target) =>
          byName.has(target.table) ? [{ table: table.name, column, target }] : [],
        ),
      ),
  );
  const navigations = new Map(tables.map(({ name }) => [name, new Map<string, Navigation>()]));
  for (const relationship of relationships) {
    const { table, target } = relationship;
    // The navigation property ownerid stands for users and teams alike.
    const here = navigations.get(table);
    if (here?.has(target.navigation) === false) here.set(target.navigation, { kind: 'single', relationship });
    navigations.get(target.table)?.set(target.collection, { kind: 'collection', relationship });
  }
  for (const definition of manyToMany) {
    const { left, right } = definition;
    navigations.get(left.table)?.set(left.navigation, { kind: 'many', definition, here: left, there: right });
    navigations.get(right.table)?.set(right.navigation, { kind: 'many', definition, here: right, there: left });
  }
  return {
    tables: byName,
    bySet: new Map(tables.map((table) => [table.entitySet, table])),
    columns: new Map(tables.map(({ name, columns }) => [name, new Map(columns.map((of) => [of.name, of]))])),
    navigations,
    relationships,
  };
}
