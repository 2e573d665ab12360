import { ChangeoverError } from '../../../src/core/errors.ts';
import { isObject, type JsonObject } from '../../../src/core/exact-json.ts';
import type { Client } from './client.ts';
import type { ApiSettings } from './settings.ts';

/** An empty page before the end is asked for again so often. */
const EMPTY_TRIES = 3;

export interface Answer {
  readonly records: readonly JsonObject[];
  /** Records in all; null where the answer does not say. */
  readonly total: number | null;
  /** What asks for the next page, where pages are asked for by a word of the answer. */
  readonly next: string | null;
}

/** Every record that an endpoint gives, page by page. */
export async function* pagesOf(
  client: Client,
  settings: ApiSettings,
  object: string,
  signal: AbortSignal,
): AsyncGenerator<Answer> {
  const { paging } = settings;
  let before = 0;
  let cursor: string | null = null;
  const asked = new Set<string>();
  for (let number = 0; ; number += 1) {
    const answer = await filled(
      client,
      settings,
      object,
      parametersOf(settings, number, before, cursor),
      before,
      signal,
    );
    before += answer.records.length;
    yield answer;
    if (paging.kind === 'none') return;
    if (paging.kind === 'cursor') {
      cursor = answer.next;
      if (cursor === null) return;
      if (asked.has(cursor)) throw moved(object, `page ${number + 2} asks for a page that was read before`);
      asked.add(cursor);
    } else if (answer.records.length === 0 || (answer.total !== null && before >= answer.total)) return;
  }
}

/** The first two pages as they come: `first` is null where the answer has no list of records, `second` where there is none to ask for. */
export async function firstPages(
  client: Client,
  settings: ApiSettings,
  object: string,
  signal: AbortSignal,
): Promise<{ readonly body: unknown; readonly first: Answer | null; readonly second: Answer | null }> {
  const page = (number: number, before: number, cursor: string | null): Promise<unknown> =>
    client.get(pathOf(settings, object, parametersOf(settings, number, before, cursor)), signal);
  const body = await page(0, 0, null);
  if (recordsIn(body, settings, object) === null) return { body, first: null, second: null };
  const first = answerOf(body, settings, object);
  const before = first.records.length;
  const over =
    settings.paging.kind === 'none' ||
    before === 0 ||
    first.total === before ||
    (settings.paging.kind === 'cursor' && first.next === null);
  return { body, first, second: over ? null : answerOf(await page(1, before, first.next), settings, object) };
}

/** An empty page is the end only where nothing says that there is more, and where it stays empty. */
async function filled(
  client: Client,
  settings: ApiSettings,
  object: string,
  parameters: Readonly<Record<string, string>>,
  before: number,
  signal: AbortSignal,
): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = answerOf(await client.get(pathOf(settings, object, parameters), signal), settings, object);
    if (answer.records.length > 0 || answer.total === before) return answer;
    if (tries < EMPTY_TRIES) continue;
    if (answer.total === null || answer.total < before) return answer;
    throw moved(object, `a page after ${before} of ${answer.total} records is empty`);
  }
}

function parametersOf(
  { paging, size }: ApiSettings,
  number: number,
  before: number,
  cursor: string | null,
): Readonly<Record<string, string>> {
  if (paging.kind === 'none') return {};
  const records = { [size.parameter]: String(size.records) };
  if (paging.kind === 'page') return { ...records, [paging.parameter]: String(paging.first + number) };
  if (paging.kind === 'offset') return { ...records, [paging.parameter]: String(before) };
  return cursor === null ? records : { ...records, [paging.parameter]: cursor };
}

function pathOf({ objects }: ApiSettings, object: string, parameters: Readonly<Record<string, string>>): string {
  const path = objects[object]?.path ?? '';
  const query = new URLSearchParams(parameters).toString();
  if (query === '') return path;
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

function answerOf(body: unknown, settings: ApiSettings, object: string): Answer {
  const records = recordsIn(body, settings, object);
  if (records === null) {
    const where = settings.objects[object]?.records ?? settings.records;
    const message = `the answer has no list of records${where === undefined ? '' : ` under ${where}`}`;
    throw new ChangeoverError('SOURCE_BAD_ANSWER', message, { place: { object } });
  }
  const total = settings.total === undefined ? null : Number(within(body, settings.total));
  const next = settings.paging.kind === 'cursor' ? within(body, settings.paging.next) : null;
  return {
    records,
    total: total === null || !Number.isSafeInteger(total) ? null : total,
    next: next === null || next === undefined || next === '' ? null : String(next),
  };
}

/** Null where no list of records stands where it should. */
function recordsIn(body: unknown, settings: ApiSettings, object: string): readonly JsonObject[] | null {
  const where = settings.objects[object]?.records ?? settings.records;
  const records = where === undefined ? body : within(body, where);
  return Array.isArray(records) && records.every(isObject) ? records : null;
}

/** What stands under `a.b.c`. */
function within(body: unknown, path: string): unknown {
  return path.split('.').reduce((at, name) => (isObject(at) ? at[name] : undefined), body);
}

export function moved(object: string, message: string): ChangeoverError {
  return new ChangeoverError('SOURCE_PAGES_MOVED', message, { place: { object } });
}
