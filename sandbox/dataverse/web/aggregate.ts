import { badQuery, CODE, Refusal } from '../errors.ts';
import { compile } from '../odata/evaluate.ts';
import { type Primitive, parseExpression } from '../odata/expression.ts';
import { type Query, splitOutside } from '../odata/query.ts';
import type { Row } from '../store/rows.ts';
import { type Context, visible } from './context.ts';
import type { RowSet } from './links.ts';
import { rowProperty } from './properties.ts';
import { type ApiAnswer, json } from './request.ts';

/** Rows that an aggregation may look at. */
const MOST_AGGREGATED = 50_000;

const STEP = /^(?<name>filter|groupby|aggregate)\((?<inside>.*)\)$/s;
const GROUP = /^\((?<paths>[^()]*)\)(?:,aggregate\((?<inside>.*)\))?$/s;
const MEASURE = /^(?:\$count|(?<path>[\w/]+) with (?<method>sum|average|min|max|countdistinct)) as (?<alias>\w+)$/;

/** `$apply`: filters, then one aggregation, with or without groups. */
export function aggregated(context: Context, set: RowSet, query: Query): ApiAnswer {
  const { organisation } = context;
  let rows: readonly Row[] = visible(context, set.table.name, set.rows ?? organisation.rows(set.table.name));
  let result: Record<string, unknown>[] | undefined;
  for (const step of splitOutside(query.apply ?? '', '/')) {
    const { name, inside = '' } = STEP.exec(step)?.groups ?? {};
    if (name === 'filter') {
      rows = rows.filter(compile(parseExpression(inside), (path) => rowProperty(organisation, set.table, path)));
    } else if (name === 'aggregate') {
      result = [measured(context, set, limited(rows), inside)];
    } else if (name === 'groupby') {
      result = grouped(context, set, limited(rows), inside);
    } else {
      throw badQuery(`Syntax error in $apply at '${step}'.`);
    }
  }
  return json({ '@odata.context': `${context.apiUrl}$metadata#${set.path}`, value: result ?? [] });
}

function limited(rows: readonly Row[]): readonly Row[] {
  if (rows.length <= MOST_AGGREGATED) return rows;
  throw new Refusal(400, CODE.aggregateLimit, 'The maximum record limit is exceeded. Reduce the number of records.');
}

function grouped(context: Context, set: RowSet, rows: readonly Row[], inside: string): Record<string, unknown>[] {
  const { paths = '', inside: measures } = GROUP.exec(inside)?.groups ?? {};
  const properties = paths.split(',').map((path) => ({
    path: path.trim(),
    property: rowProperty(context.organisation, set.table, path.trim().split('/')),
  }));
  const groups = new Map<string, { key: Record<string, Primitive>; rows: Row[] }>();
  for (const row of rows) {
    const key = Object.fromEntries(properties.map(({ path, property }) => [path, property.get(row)]));
    const group = groups.get(JSON.stringify(key));
    if (group === undefined) groups.set(JSON.stringify(key), { key, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()].map((group) => ({
    ...group.key,
    ...(measures === undefined ? {} : measured(context, set, group.rows, measures)),
  }));
}

function measured(context: Context, set: RowSet, rows: readonly Row[], inside: string): Record<string, unknown> {
  return Object.fromEntries(
    splitOutside(inside, ',').map((measure) => {
      const groups = MEASURE.exec(measure)?.groups;
      if (groups === undefined) throw badQuery(`Syntax error in $apply at '${measure}'.`);
      const { path, method, alias = '' } = groups;
      if (path === undefined) return [alias, rows.length];
      const property = rowProperty(context.organisation, set.table, path.split('/'));
      const values = rows.map((row) => property.get(row)).filter((value) => value !== null);
      return [alias, METHODS[method ?? '']?.(values) ?? null];
    }),
  );
}

const numbers = (values: readonly Primitive[]): number[] => values.map(Number);
const sum = (values: readonly Primitive[]): number => numbers(values).reduce((total, value) => total + value, 0);
const extreme = (values: readonly Primitive[], sign: 1 | -1): Primitive =>
  values.reduce<Primitive>((best, value) => {
    if (best === null || value === null) return value;
    return (value > best ? 1 : -1) === sign ? value : best;
  }, null);

const METHODS: Readonly<Record<string, (values: readonly Primitive[]) => Primitive>> = {
  sum: (values) => Number(sum(values).toFixed(10)),
  average: (values) => (values.length === 0 ? null : sum(values) / values.length),
  min: (values) => extreme(values, -1),
  max: (values) => extreme(values, 1),
  countdistinct: (values) => new Set(values).size,
};
