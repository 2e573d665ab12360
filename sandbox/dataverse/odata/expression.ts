import { badQuery } from '../errors.ts';

export type Primitive = string | number | boolean | null;

export type Literal =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'guid'; readonly value: string }
  /** A date with or without a time, as written. */
  | { readonly kind: 'instant'; readonly value: string }
  | { readonly kind: 'null'; readonly value: null };

export type Operand =
  | { readonly kind: 'path'; readonly path: readonly string[] }
  | { readonly kind: 'literal'; readonly literal: Literal };

export type Comparator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'compare'; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'contains' | 'startswith' | 'endswith'; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'in'; readonly left: Operand; readonly values: readonly Literal[] };

type Token =
  | { readonly kind: 'sign'; readonly sign: '(' | ')' | ',' | '=' | '[' | ']' }
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'literal'; readonly literal: Literal };

const PATTERN =
  /\s*(?:(?<sign>[(),=[\]])|'(?<text>(?:[^']|'')*)'|(?<guid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})|(?<instant>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)|(?<number>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?<enum>[A-Za-z_][\w.]*)'(?<member>[^']*)'|(?<word>[A-Za-z_$@][\w.$/]*)|(?<other>\S))/giy;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  PATTERN.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (PATTERN.lastIndex < trimmed.length) {
    const groups = PATTERN.exec(trimmed)?.groups;
    if (groups === undefined || groups.other !== undefined) {
      throw badQuery(`Syntax error: character '${groups?.other ?? ''}' is not valid in '${text}'.`);
    }
    found.push(token(groups));
  }
  return found;
}

function token(groups: Record<string, string | undefined>): Token {
  const literal = (of: Literal): Token => ({ kind: 'literal', literal: of });
  if (groups.sign !== undefined) return { kind: 'sign', sign: groups.sign as '(' };
  if (groups.text !== undefined) return literal({ kind: 'text', value: groups.text.replaceAll("''", "'") });
  if (groups.guid !== undefined) return literal({ kind: 'guid', value: groups.guid.toLowerCase() });
  if (groups.instant !== undefined) return literal({ kind: 'instant', value: groups.instant });
  if (groups.number !== undefined) return literal({ kind: 'number', value: Number(groups.number) });
  // The member of an enumeration, as definitions are filtered: Microsoft.Dynamics.CRM.AttributeTypeCode'Picklist'.
  if (groups.enum !== undefined) return literal({ kind: 'text', value: groups.member ?? '' });
  const word = groups.word ?? '';
  if (word === 'null') return literal({ kind: 'null', value: null });
  if (word === 'true' || word === 'false') return literal({ kind: 'boolean', value: word === 'true' });
  return { kind: 'word', word };
}

const COMPARATORS = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);
const CALLS = new Set(['contains', 'startswith', 'endswith']);
const CRM_IN = 'microsoft.dynamics.crm.in';

/** Reads `$filter`. Throws a `Refusal` where the simulator, or the API, does not know what is written. */
export function parseExpression(text: string): Expression {
  const reader = new Reader(text, tokens(text));
  const expression = reader.either();
  reader.end();
  return expression;
}

class Reader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string, list: readonly Token[]) {
    this.#text = text;
    this.#tokens = list;
  }

  either(): Expression {
    const parts = [this.#both()];
    while (this.#takeWord('or')) parts.push(this.#both());
    return parts.length === 1 ? (parts[0] as Expression) : { kind: 'or', parts };
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#wrong();
  }

  #both(): Expression {
    const parts = [this.#single()];
    while (this.#takeWord('and')) parts.push(this.#single());
    return parts.length === 1 ? (parts[0] as Expression) : { kind: 'and', parts };
  }

  #single(): Expression {
    if (this.#takeWord('not')) return { kind: 'not', of: this.#single() };
    if (this.#takeSign('(')) {
      const inner = this.either();
      this.#sign(')');
      return inner;
    }
    const call = this.#call();
    if (call !== undefined) return call;
    const left = this.#operand();
    const comparator = this.#word();
    if (comparator === 'in') return { kind: 'in', left, values: this.#list('(', ')') };
    if (!COMPARATORS.has(comparator)) throw this.#wrong();
    return { kind: 'compare', comparator: comparator as Comparator, left, right: this.#operand() };
  }

  #call(): Expression | undefined {
    const next = this.#tokens[this.#at];
    if (next?.kind !== 'word') return undefined;
    const name = next.word.toLowerCase();
    if (CALLS.has(name)) {
      this.#at += 1;
      this.#sign('(');
      const left = this.#operand();
      this.#sign(',');
      const right = this.#operand();
      this.#sign(')');
      return { kind: name as 'contains', left, right };
    }
    if (name !== CRM_IN) return undefined;
    this.#at += 1;
    this.#sign('(');
    this.#expect('PropertyName');
    const property = this.#literal();
    this.#sign(',');
    this.#expect('PropertyValues');
    const values = this.#list('[', ']');
    this.#sign(')');
    return { kind: 'in', left: { kind: 'path', path: [String(property.value)] }, values };
  }

  #expect(word: string): void {
    if (this.#word() !== word) throw this.#wrong();
    this.#sign('=');
  }

  #list(open: '(' | '[', close: ')' | ']'): Literal[] {
    this.#sign(open);
    const values = [this.#literal()];
    while (this.#takeSign(',')) values.push(this.#literal());
    this.#sign(close);
    return values;
  }

  #operand(): Operand {
    const next = this.#tokens[this.#at];
    if (next?.kind === 'literal') return { kind: 'literal', literal: this.#literal() };
    return { kind: 'path', path: this.#word().split('/') };
  }

  #literal(): Literal {
    const next = this.#tokens[this.#at];
    if (next?.kind !== 'literal') throw this.#wrong();
    this.#at += 1;
    return next.literal;
  }

  #word(): string {
    const next = this.#tokens[this.#at];
    if (next?.kind !== 'word') throw this.#wrong();
    this.#at += 1;
    return next.word;
  }

  #takeWord(word: string): boolean {
    const next = this.#tokens[this.#at];
    if (next?.kind !== 'word' || next.word !== word) return false;
    this.#at += 1;
    return true;
  }

  #takeSign(sign: string): boolean {
    const next = this.#tokens[this.#at];
    if (next?.kind !== 'sign' || next.sign !== sign) return false;
    this.#at += 1;
    return true;
  }

  #sign(sign: string): void {
    if (!this.#takeSign(sign)) throw this.#wrong();
  }

  #wrong(): Error {
    return badQuery(`Syntax error at position ${this.#at} in '${this.#text}'.`);
  }
}
