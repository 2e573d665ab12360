import { asChangeoverError } from '../../../src/core/errors.ts';
import { isObject, type JsonObject } from '../../../src/core/exact-json.ts';
import { foldHeader } from '../../../src/source/delimited/header.ts';
import type { ExportObjectProfile } from '../../../src/source/export/export-source.ts';
import type { Client } from './client.ts';
import { flat, namesOf } from './flat.ts';
import { firstPages } from './pages.ts';
import { PLAIN, type PlainReader } from './plain.ts';
import type { ApiSettings } from './settings.ts';

export interface ProbeParts {
  readonly client: Client;
  readonly settings: ApiSettings;
  readonly profiles: ReadonlyMap<string, ExportObjectProfile>;
  readonly reader: PlainReader;
}

/** Names that are shown at most. */
const SHOWN = 8;

/** What a description of an API leaves open, settled by two reads of every endpoint; each answer names the setting that it is for. */
export async function probe(parts: ProbeParts, signal: AbortSignal): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [object, profile] of parts.profiles) {
    try {
      const lines = await endpoint(parts, object, profile, signal);
      found.push(...lines.map((line) => `${object}: ${line}.`));
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const { code, message, hint } = asChangeoverError(thrown);
      found.push(`${object}: ${message} (${code}). ${hint}`);
    }
  }
  return found;
}

async function endpoint(
  { client, settings, reader }: ProbeParts,
  object: string,
  profile: ExportObjectProfile,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { body, first, second } = await firstPages(client, settings, object, signal);
  if (first === null) return [`no list of records there; the answer has ${listsIn(body)} (\`records\`)`];
  const [record] = first.records;
  const total = first.total === null ? 'nothing says of how many (`total`)' : `of ${first.total}`;
  if (record === undefined) return [`no records, ${total}`];
  const names = namesOf(profile);
  const rows = [...first.records, ...(second?.records ?? [])].map((one) => flat(one));
  const ids = (records: readonly JsonObject[]): readonly unknown[] =>
    records.map(
      (one) => Object.entries(flat(one)).find(([name]) => names.get(foldHeader(name)) === profile.id[0])?.[1],
    );
  const lines = [
    `${first.records.length} records in a page, ${total}`,
    pagingLine(settings, first.records.length, second?.records.length ?? null),
  ];
  if (ids(first.records).includes(undefined)) lines.push('records without an id (`headers`)');
  const again = new Set(ids(first.records));
  if (second !== null && ids(second.records).some((id) => again.has(id)))
    lines.push(`the second page has records of the first: pages are asked for in another way (\`paging\`)`);
  return [...lines, ...columnLines(profile, names, rows), ...textLines(object, names, rows, reader)];
}

function pagingLine({ paging, size }: ApiSettings, first: number, second: number | null): string {
  if (paging.kind === 'none') return 'one answer is taken for everything (`paging`)';
  if (first > size.records) return `it gives more than the ${size.records} asked for: \`size\` is not heard`;
  if (second === null) return 'the first page is the last: whether `paging` is right cannot be seen';
  return `a second page with ${second} records (\`paging\`, \`size\`)`;
}

/** Lists in an answer, by the path that `records` would name. */
function listsIn(body: unknown, prefix = ''): string {
  const paths = listPaths(body, prefix);
  return paths.length === 0 ? 'no list anywhere' : `lists under ${paths.join(', ')}`;
}

function listPaths(body: unknown, prefix: string): readonly string[] {
  if (Array.isArray(body)) return [prefix === '' ? 'the answer itself' : prefix];
  if (!isObject(body)) return [];
  return Object.entries(body).flatMap(([name, value]) => listPaths(value, prefix === '' ? name : `${prefix}.${name}`));
}

/** Columns that the product has and the API does not show, and names that no column has. */
function columnLines(
  profile: ExportObjectProfile,
  names: ReadonlyMap<string, string>,
  rows: readonly Readonly<Record<string, unknown>>[],
): readonly string[] {
  const headers = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const seen = new Set(headers.map((header) => names.get(foldHeader(header))));
  const missing = profile.columns.filter(({ name }) => !seen.has(name)).map(({ name }) => name);
  const own = headers.filter((header) => !names.has(foldHeader(header)));
  return [
    ...(missing.length === 0 ? [] : [`nothing is called ${some(missing)} (\`headers\`)`]),
    ...(own.length === 0 ? [] : [`custom fields: ${some(own)}`]),
  ];
}

/** Columns whose texts the settings do not say how to read. */
function textLines(
  object: string,
  names: ReadonlyMap<string, string>,
  rows: readonly Readonly<Record<string, unknown>>[],
  reader: PlainReader,
): readonly string[] {
  const kinds = PLAIN[object] ?? {};
  const odd = new Map<string, string>();
  for (const row of rows)
    for (const [header, value] of Object.entries(row)) {
      const column = names.get(foldHeader(header)) ?? header;
      const kind = kinds[column];
      if (kind === undefined || value === '' || value === null || odd.has(column)) continue;
      if (reader.reads(kind, value)) continue;
      odd.set(column, JSON.stringify(value));
    }
  return [...odd].map(
    ([column, value]) => `${column} is written as ${value}, and nothing says how that is read (\`texts\`)`,
  );
}

function some(names: readonly string[]): string {
  const rest = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
