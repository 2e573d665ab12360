import { badRequest } from '../errors.ts';
import type { Filter } from '../query/filter.ts';
import { DIRECTIONS } from '../query/order.ts';

const COMPARATORS = [
  'eq',
  'neq',
  'in',
  'containsAny',
  'is',
  'gt',
  'gte',
  'lt',
  'lte',
  'startsWith',
  'endsWith',
  'like',
  'ilike',
];
const CONJUNCTION = /^(and|or|not)\((.+)\)$/s;

/** The filter of REST's query string: `and(id[in]:["…"],deletedAt[is]:NOT_NULL)`. A list at the top means and. */
export function parseRestFilter(text: string | undefined): Filter {
  if (text === undefined || text === '') return {};
  const open = text.split('(').length;
  const closed = text.split(')').length;
  if (open !== closed) {
    const missing = open > closed ? 'close' : 'open';
    throw badRequest(`'filter' invalid. ${Math.abs(open - closed)} ${missing} bracket missing in the query`);
  }
  return parse(CONJUNCTION.test(text) ? text : `and(${text})`);
}

function parse(text: string): Filter {
  const match = CONJUNCTION.exec(text);
  if (match === null) return parseCondition(text);
  const parts = splitTopLevel(match[2] ?? '').map(parse);
  if (match[1] !== 'not') return { [match[1] ?? 'and']: parts };
  if (parts.length > 1) {
    throw badRequest("'filter' invalid. 'not' conjunction should contain only 1 condition. eg: not(field[eq]:1)");
  }
  return { not: parts[0] };
}

/** Splits at commas outside brackets and quotes. */
function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let part = '';
  for (const character of text) {
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '(' || character === '[') depth += 1;
    else if (character === ')' || character === ']') depth -= 1;
    if (character === ',' && depth === 0 && quote === '') {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part];
}

function parseCondition(text: string): Filter {
  const match = /^([^[]+)\[([^\]]+)\]:(.+)$/s.exec(text);
  const [, field = '', comparator = '', value = ''] = match ?? [];
  if (match === null) throw badRequest(`'filter' invalid for '${text}'. eg: price[gte]:10`);
  if (!COMPARATORS.includes(comparator)) {
    throw badRequest(`'filter' invalid for '${text}', comparator ${comparator} not in ${COMPARATORS.join(', ')}`);
  }
  return field.split('.').reduceRight<Filter>((inner, name) => ({ [name]: inner }), {
    [comparator]: formatted(value, comparator),
  });
}

function formatted(value: string, comparator: string): unknown {
  if (comparator === 'in' || comparator === 'containsAny') {
    if (!value.startsWith('[') || !value.endsWith(']')) {
      throw badRequest(
        `'filter' invalid for '${comparator}' operator. Received '${value}' but array value expected eg: 'field[${comparator}]:[value_1,value_2]'`,
      );
    }
    // The server splits at every comma, quoted or not.
    const inner = value.slice(1, -1);
    return inner === '' ? [] : inner.split(',').map(unquoted);
  }
  return comparator === 'is' ? value : unquoted(value);
}

function unquoted(value: string): string {
  return /^["'].*["']$/s.test(value) ? value.slice(1, -1) : value;
}

/** `field_1[AscNullsFirst],name.firstName[DescNullsLast]`; ascending, nulls first, where no direction stands. */
export function parseOrderBy(text: string | undefined): Filter[] {
  if (text === undefined || text === '') return [];
  return text.split(',').map((item) => {
    const match = /^([^[]+)\[([^\]]*)\]$/.exec(item);
    const direction = match?.[2] ?? 'AscNullsFirst';
    if (!DIRECTIONS.some((known) => known === direction)) {
      throw badRequest(
        `'order_by' direction '${direction}' invalid. Allowed values are '${DIRECTIONS.join("', '")}'. eg: ?order_by=field_1[AscNullsFirst],field_2[DescNullsLast],field_3`,
      );
    }
    const path = (match?.[1] ?? item).split('.');
    const [first = '', ...rest] = path;
    return { [first]: rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), direction) };
  });
}
