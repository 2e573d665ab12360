import { digitsOf, isObject } from '../../src/core/exact-json.ts';

/**
 * Values as they stand in events: every single value is text, a field of several values is a list of texts. Nothing public
 * tells a field's type, and a field may hold a number today and text tomorrow; the confirmed mapping does the typing, for
 * the API as for exports (KIN-4, KIN-S2). Null and empty stay apart.
 */
export function textOfValue(value: unknown, workspace: string | undefined): string | null {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return digitsOf(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      if (Array.isArray(value)) return JSON.stringify(textsOfValue(value, workspace));
      return isObject(value) ? textOfObject(value, workspace) : null;
  }
}

/** Of a field of several values; null where there is none at all. */
export function textsOfValue(value: unknown, workspace: string | undefined): readonly string[] | null {
  if (value === null || value === undefined) return null;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => textOfValue(item, workspace) ?? []);
}

/** A user by e-mail address, a link by the id, a choice by its label; anything else as JSON. */
function textOfObject(value: Readonly<Record<string, unknown>>, workspace: string | undefined): string {
  const { email, id, name, label } = value;
  if (typeof email === 'string' && email !== '') return email;
  if (isForeign(value, workspace)) return `${String(value.workspace)}/${String(id)}`;
  if (isUser(value)) return typeof name === 'string' && name !== '' ? name : String(id);
  if (isLink(value)) return String(id);
  return typeof label === 'string' ? label : JSON.stringify(value);
}

export function isUser(
  value: unknown,
): value is { readonly id?: unknown; readonly name?: unknown; readonly email: unknown } {
  return isObject(value) && 'email' in value;
}

/** `{"id": …}`, as links are written (sources.md B). */
export function isLink(value: unknown): value is { readonly id: string } {
  return isObject(value) && !isUser(value) && (typeof value.id === 'string' || typeof value.id === 'number');
}

/** A link that leads to another workspace: its id means nothing here. */
export function isForeign(value: unknown, workspace: string | undefined): boolean {
  return isLink(value) && 'workspace' in value && value.workspace !== workspace;
}
