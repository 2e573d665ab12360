import { badQuery } from '../errors.ts';

export interface OrderItem {
  readonly path: readonly string[];
  readonly descending: boolean;
}

export interface ExpandItem {
  readonly navigation: string;
  /** `/$ref`: only the link. */
  readonly reference: boolean;
  readonly query: Query;
  /** The options as they were written, for links. */
  readonly text: string;
}

/** The system query options of one request, or of one `$expand`. */
export interface Query {
  readonly select: readonly string[] | undefined;
  readonly filter: string | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly top: number | undefined;
  readonly count: boolean;
  readonly expand: readonly ExpandItem[];
  readonly apply: string | undefined;
  /** As it stands in the URL: a paging link must come back byte by byte. */
  readonly skipToken: string | undefined;
  readonly deltaToken: string | undefined;
  /** Everything that does not start with `$`: `@p1`, `size`, `annotations` … */
  readonly others: ReadonlyMap<string, string>;
  /** Names of the options that were given. */
  readonly given: ReadonlySet<string>;
  /** The query string without the tokens, decoded. */
  readonly text: string;
}

const KNOWN = new Set([
  '$select',
  '$filter',
  '$orderby',
  '$top',
  '$count',
  '$expand',
  '$apply',
  '$skiptoken',
  '$deltatoken',
]);

export function parseQuery(queryString: string): Query {
  const given = new Map<string, string>();
  let skipToken: string | undefined;
  const texts: string[] = [];
  for (const part of queryString.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const raw = equals < 0 ? '' : part.slice(equals + 1);
    const name = decoded(equals < 0 ? part : part.slice(0, equals));
    const value = decoded(raw.replaceAll('+', ' '));
    if (given.has(name)) throw badQuery(`Query option '${name}' was specified more than once.`);
    given.set(name, value);
    if (name === '$skiptoken') skipToken = raw;
    else if (name !== '$deltatoken') texts.push(`${name}=${value}`);
  }
  return { ...built(given), skipToken, text: texts.join('&') };
}

function built(given: ReadonlyMap<string, string>): Query {
  for (const name of given.keys()) {
    if (name.startsWith('$') && !KNOWN.has(name)) throw badQuery(`The query parameter ${name} is not supported.`);
  }
  const top = given.get('$top');
  if (top !== undefined && !/^\d+$/.test(top)) throw badQuery(`Invalid value '${top}' for $top query option found.`);
  return {
    select: given.has('$select') ? names(given.get('$select') ?? '') : undefined,
    filter: given.get('$filter'),
    orderBy: names(given.get('$orderby') ?? '').map(orderItem),
    top: top === undefined ? undefined : Number(top),
    count: given.get('$count') === 'true',
    expand: splitOutside(given.get('$expand') ?? '', ',').map(expandItem),
    apply: given.get('$apply'),
    skipToken: given.get('$skiptoken'),
    deltaToken: given.get('$deltatoken'),
    others: new Map([...given].filter(([name]) => !name.startsWith('$'))),
    given: new Set(given.keys()),
    text: [...given].map(([name, value]) => `${name}=${value}`).join('&'),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badQuery(`The query string is not encoded as it must be: '${text.slice(0, 100)}'.`);
  }
}

function names(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function orderItem(text: string): OrderItem {
  const [path = '', direction = 'asc', ...rest] = text.split(/\s+/);
  if (rest.length > 0 || (direction !== 'asc' && direction !== 'desc'))
    throw badQuery(`Syntax error in $orderby '${text}'.`);
  return { path: path.split('/'), descending: direction === 'desc' };
}

function expandItem(text: string): ExpandItem {
  const open = text.indexOf('(');
  const head = (open < 0 ? text : text.slice(0, open)).trim();
  const inside = open < 0 ? '' : text.slice(open + 1, text.lastIndexOf(')'));
  const options = new Map(
    splitOutside(inside, ';').map((option) => {
      const equals = option.indexOf('=');
      return [option.slice(0, equals).trim(), option.slice(equals + 1).trim()] as const;
    }),
  );
  const reference = head.endsWith('/$ref');
  return {
    navigation: reference ? head.slice(0, -'/$ref'.length) : head,
    reference,
    query: built(options),
    text: inside,
  };
}

/** Splits at a sign that stands outside parentheses and quotes. */
export function splitOutside(text: string, sign: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let part = '';
  for (const character of text) {
    if (character === "'") quoted = !quoted;
    if (!quoted && (character === '(' || character === '[')) depth += 1;
    if (!quoted && (character === ')' || character === ']')) depth -= 1;
    if (character === sign && depth === 0 && !quoted) {
      parts.push(part);
      part = '';
    } else {
      part += character;
    }
  }
  parts.push(part);
  return parts.map((piece) => piece.trim()).filter((piece) => piece !== '');
}
