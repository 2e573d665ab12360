import { badQuery } from '../errors.ts';
import { splitOutside } from '../odata/query.ts';

/** One call of the Web API, alone or inside a batch. */
export interface ApiRequest {
  readonly method: string;
  /** Behind `/api/data/v9.2/`, as it stands in the URL. */
  readonly path: string;
  /** Without the question mark, as it stands in the URL. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content:
    | { readonly kind: 'none' }
    | { readonly kind: 'json'; readonly value: Readonly<Record<string, unknown>> }
    | { readonly kind: 'text'; readonly text: string; readonly type: string }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly type: string };
}

export function json(value: Readonly<Record<string, unknown>>, status = 200, headers = {}): ApiAnswer {
  return { status, headers, content: { kind: 'json', value } };
}

export function nothing(headers: Readonly<Record<string, string>> = {}): ApiAnswer {
  return { status: 204, headers, content: { kind: 'none' } };
}

export function plain(text: string, type = 'text/plain'): ApiAnswer {
  return { status: 200, headers: {}, content: { kind: 'text', text, type } };
}

/** A part of the path: a name, and a key where it has one. */
export interface Segment {
  readonly name: string;
  readonly key: string | undefined;
}

export function segments(path: string): Segment[] {
  return splitOutside(decodeURIComponent(path), '/').map((part) => {
    const open = part.indexOf('(');
    if (open < 0) return { name: part, key: undefined };
    if (!part.endsWith(')')) throw badQuery(`Syntax error in the path segment '${part}'.`);
    return { name: part.slice(0, open), key: part.slice(open + 1, -1) };
  });
}

/** `Name='x',Other=2` as a map; quotes are taken off. */
export function keyParts(key: string): Map<string, string> {
  return new Map(
    splitOutside(key, ',').map((part) => {
      const equals = part.indexOf('=');
      const value = part.slice(equals + 1).trim();
      return [part.slice(0, equals).trim(), unquoted(value)] as const;
    }),
  );
}

export function unquoted(value: string): string {
  return value.startsWith("'") && value.endsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : value;
}
