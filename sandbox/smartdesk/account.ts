import { COLUMNS, type TableName } from '../samples/smartdesk/tables.ts';
import type { Row, SmartDeskApi } from './api.ts';

type Cells = Readonly<Record<string, string>>;

/** How an API writes values: as programs do, or as the cells of the account's exports. */
export type Values = 'typed' | 'cells';

/** Columns that hold numbers: counts, amounts, shares. */
const NUMBERS: ReadonlySet<string> = new Set([
  'deals/Value',
  'accounts/Employees',
  'calls/Duration (minutes)',
  'campaigns/Sent',
  'campaigns/Opened',
  'campaigns/Clicked',
  'stages/Order',
  'stages/Probability',
]);
const DAY = /^(\d{2})\.(\d{2})\.(\d{4})$/;
const TIME = /^(\d{2})\.(\d{2})\.(\d{4}) (\d{2}):(\d{2})$/;
/** Istanbul, in which the account's clock runs, is three hours ahead the whole year. */
const OFFSET = '+03:00';

/** Puts rows of exports into an API, as it spells them. Tables without rows have an endpoint too. */
export function loadAccount(
  api: SmartDeskApi,
  tables: Readonly<Partial<Record<TableName, Iterable<Cells>>>>,
  values: Values = 'typed',
): void {
  for (const table of Object.keys(COLUMNS) as TableName[]) {
    const rows = api.rows(table);
    for (const row of tables[table] ?? []) rows.set(row[COLUMNS[table][0]] ?? '', spelled(row, table, values));
  }
}

/** As an API spells a row: `account_id`, an owner as an object, nothing as null. */
export function spelled(row: Cells, table: TableName, values: Values = 'typed'): Row {
  const [idColumn] = COLUMNS[table];
  // Columns of the customer's own stand behind those of the product.
  const names = [...new Set([...COLUMNS[table], ...Object.keys(row)])];
  return Object.fromEntries(
    names.map((name): [string, unknown] => {
      const cell = row[name] ?? '';
      const value = cell === '' ? null : values === 'cells' ? cell : typed(cell, `${table}/${name}`);
      if (name === idColumn) return ['id', cell];
      if (name === 'Owner') return ['owner', { email: value }];
      return [name.toLowerCase().replaceAll(/[\s-]+/g, '_'), value];
    }),
  );
}

function typed(cell: string, column: string): unknown {
  if (NUMBERS.has(column)) return Number(cell.replaceAll('.', '').replace(',', '.'));
  const day = DAY.exec(cell);
  if (day !== null) return `${day[3]}-${day[2]}-${day[1]}`;
  const time = TIME.exec(cell);
  if (time === null) return cell;
  return `${time[3]}-${time[2]}-${time[1]}T${time[4]}:${time[5]}:00${OFFSET}`;
}
