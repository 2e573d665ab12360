import type { Module, TableDefinition } from '../definitions.ts';
import { ACTIVITY_TABLES } from './activities.ts';
import { CUSTOM_TABLES } from './custom.ts';
import { ACCOUNT, CONTACT } from './parties.ts';
import { SALES_TABLES } from './sales.ts';
import { SERVICE_TABLES } from './service.ts';
import { SYSTEM_TABLES } from './system.ts';

const ALL: readonly TableDefinition[] = [
  ACCOUNT,
  CONTACT,
  ...SALES_TABLES,
  ...SERVICE_TABLES,
  ...ACTIVITY_TABLES,
  ...SYSTEM_TABLES,
  ...CUSTOM_TABLES,
];

/** The tables of an environment with these modules. Lookups lose the targets that are not there; one without any goes. */
export function tablesWith(modules: ReadonlySet<Module>): TableDefinition[] {
  const present = ALL.filter(({ module }) => modules.has(module));
  const names = new Set(present.map(({ name }) => name));
  return present.map((table) => ({
    ...table,
    columns: table.columns.flatMap((column) => {
      const { type } = column;
      if (type.kind !== 'Lookup' && type.kind !== 'Customer' && type.kind !== 'Owner') return [column];
      const targets = type.targets.filter((target) => names.has(target.table));
      return targets.length === 0 ? [] : [{ ...column, type: { ...type, targets } }];
    }),
  }));
}
