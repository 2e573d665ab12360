import { isJsonObject } from '../json.ts';
import { apiKeyCaller, type Caller, type Engine, personCaller } from '../operations/engine.ts';
import type { Row } from '../store/table.ts';
import type { Answer } from './rest.ts';

/** The keys of the workspace. */
export interface Keys {
  readonly token: string;
  /** The same workspace with a role that may not touch the data model. */
  readonly restrictedToken: string;
  /** Stands in `createdBy.name`. */
  readonly name: string;
}

export type Authentication =
  | { readonly kind: 'known'; readonly caller: Caller }
  | { readonly kind: 'missing' }
  /** No JWT at all. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'invalid' };

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

function memberNamed(engine: Engine, person: string): Row | undefined {
  const wanted = person.toLowerCase();
  for (const row of engine.store.table('workspaceMember').rows()) {
    if (row.id === wanted || row.userEmail === wanted) return row;
  }
  return undefined;
}

/** A member by id or e-mail, or a stranger under the name given. */
export function personNamed(engine: Engine, person: string): Caller {
  const row = memberNamed(engine, person);
  const name = row?.name;
  const parts = isJsonObject(name) ? [name.firstName, name.lastName] : [person];
  return personCaller(parts.filter((part) => typeof part === 'string').join(' '), row?.id ?? null);
}

/** `person` is the sandbox's own header: the call counts as made by that person in the browser. */
export function authenticate(
  engine: Engine,
  keys: Keys,
  authorization: string | undefined,
  person: string | undefined,
): Authentication {
  const token = /^Bearer\s+(.+)$/i.exec(authorization ?? '')?.[1]?.trim();
  if (token === undefined) return { kind: 'missing' };
  const full = token === keys.token;
  if (!full && token !== keys.restrictedToken) return { kind: JWT.test(token) ? 'invalid' : 'malformed' };
  if (person !== undefined) return { kind: 'known', caller: personNamed(engine, person) };
  return { kind: 'known', caller: apiKeyCaller(keys.name, full) };
}

/** What REST answers to a call without a good token (twenty.md §0, O5; recorded exchange 89). */
export const REST_REFUSALS: Readonly<Record<'missing' | 'malformed' | 'invalid', Answer>> = {
  missing: {
    status: 403,
    body: { statusCode: 403, messages: ['Missing authentication token'], error: 'FORBIDDEN_EXCEPTION' },
  },
  malformed: { status: 401, body: { statusCode: 401, messages: ['Token invalid.'], error: 'UNAUTHENTICATED' } },
  invalid: { status: 403, body: { statusCode: 403, messages: ['Token invalid.'], error: 'INVALID_JWT_TOKEN_TYPE' } },
};

/** GraphQL's answer to a bad token; without any token it goes on and finds no schema. */
export const GRAPHQL_REFUSALS = {
  malformed: {
    errors: [{ message: 'Token invalid.', extensions: { code: 'UNAUTHENTICATED', subCode: 'UNAUTHENTICATED' } }],
  },
  invalid: {
    errors: [{ message: 'Token invalid.', extensions: { code: 'FORBIDDEN', subCode: 'INVALID_JWT_TOKEN_TYPE' } }],
  },
} as const;
