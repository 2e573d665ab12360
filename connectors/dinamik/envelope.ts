import { isObject, type JsonObject, parseExactly } from '../../src/core/exact-json.ts';
import type { HttpResponse } from '../../src/core/ports.ts';
import type { Settings } from './settings.ts';

/** What an answer means, whatever its status: the API tells refusals with 200, too (sources.md C). */
export type Told =
  | { readonly kind: 'list'; readonly rows: readonly JsonObject[]; readonly total: number | null }
  | { readonly kind: 'entity'; readonly entity: JsonObject }
  /** The record, or the route, is not there. */
  | { readonly kind: 'absent'; readonly route: boolean; readonly message: string }
  | { readonly kind: 'throttled'; readonly message: string }
  | { readonly kind: 'session'; readonly message: string }
  /** It failed, and says so in an envelope or by a status. */
  | { readonly kind: 'failed'; readonly status: number; readonly message: string }
  /** Not JSON at all, or broken off. */
  | { readonly kind: 'garbled'; readonly excerpt: string };

type Texts = Pick<Settings, 'throttleTexts' | 'sessionTexts' | 'absentTexts'>;

/** Reads the envelope of an answer: names in any case, a list, an entity, or a flag that something failed. */
export function readEnvelope(answer: HttpResponse, texts: Texts): Told {
  const { status } = answer;
  const body = parsed(answer.text);
  if (status === 429 || status === 503) return { kind: 'throttled', message: messageOf(body) ?? `status ${status}` };
  if (status === 401) return { kind: 'session', message: messageOf(body) ?? 'status 401' };
  // A controller that knows no such record answers in its envelope; a route that is not there, in the framework's own words.
  if (status === 404) return { kind: 'absent', route: !isEnvelope(body), message: messageOf(body) ?? 'status 404' };
  if (status < 200 || status >= 300)
    return { kind: 'failed', status, message: messageOf(body) ?? answer.text.slice(0, 200) };
  if (body === null) return { kind: 'garbled', excerpt: answer.text.slice(0, 200) };
  if (Array.isArray(body)) return { kind: 'list', rows: body.filter(isObject).map(named), total: null };
  const envelope = named(body as JsonObject);
  if (envelope.isSuccessful === false || envelope.hasExceptionError === true) return failed(status, envelope, texts);
  if (Array.isArray(envelope.list)) {
    return { kind: 'list', rows: envelope.list.filter(isObject).map(named), total: totalOf(envelope) };
  }
  if (isObject(envelope.entity)) return { kind: 'entity', entity: named(envelope.entity) };
  if ('entity' in envelope || 'list' in envelope) return { kind: 'absent', route: false, message: 'an empty envelope' };
  return { kind: 'entity', entity: envelope };
}

function isEnvelope(body: unknown): boolean {
  return isObject(body) && 'isSuccessful' in named(body);
}

function failed(status: number, envelope: JsonObject, texts: Texts): Told {
  const message = messageOf(envelope) ?? 'an error flag without a message';
  if (says(message, texts.throttleTexts)) return { kind: 'throttled', message };
  if (says(message, texts.absentTexts)) return { kind: 'absent', route: false, message };
  if (says(message, texts.sessionTexts)) return { kind: 'session', message };
  return { kind: 'failed', status, message };
}

/** Whether a message has one of these words, in any case. */
export function says(message: string | null, words: readonly string[]): boolean {
  const text = folded(message ?? '');
  return words.some((word) => text.includes(folded(word)));
}

/** In small letters, with one i for the two of Turkish: `APIKEY` and `apikey` are the same word. */
function folded(text: string): string {
  return text.toLocaleLowerCase('tr').replaceAll('ı', 'i');
}

/** `count` is the length of the page (sources.md C): only names that say so tell how many there are in all. */
function totalOf(envelope: JsonObject): number | null {
  const total = envelope.totalCount ?? envelope.total ?? envelope.totalRecords;
  return typeof total === 'number' ? total : null;
}

function messageOf(body: unknown): string | null {
  if (!isObject(body)) return null;
  const { exceptionMessage, message, errorMessage } = named(body);
  const text = [exceptionMessage, message, errorMessage].find((one) => typeof one === 'string' && one !== '');
  return typeof text === 'string' ? text.slice(0, 300) : null;
}

/** Members by their names as .NET writes them by default: a small letter first. */
function named(value: JsonObject): JsonObject {
  const own = Object.entries(value).map(([name, member]) => [
    name.slice(0, 1).toLowerCase() + name.slice(1),
    Array.isArray(member)
      ? member.map((one) => (isObject(one) ? named(one) : one))
      : isObject(member)
        ? named(member)
        : member,
  ]);
  return Object.fromEntries(own) as JsonObject;
}

function parsed(text: string): unknown {
  try {
    return parseExactly(text);
  } catch {
    return null;
  }
}
