import { ChangeoverError } from '../../src/core/errors.ts';
import { isObject, type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type { FieldDescription, FieldType, FieldValue, FieldValues } from '../../src/source/connector.ts';
import type { Answer, Client } from './client.ts';
import type { Module } from './modules.ts';
import type { Settings } from './settings.ts';
import type { Times } from './times.ts';

/** What stands behind a row: lists of their own in the API, fields of the record in events. */
export const DETAILS = ['addresses', 'emails', 'phones', 'customFields', 'lines'] as const;
export type Detail = (typeof DETAILS)[number];
export type DetailRows = Readonly<Partial<Record<Detail, readonly JsonObject[]>>>;

/** Where the details of a module stand. */
export type DetailSource =
  | { readonly kind: 'rows' | 'entity' | 'none' }
  | { readonly kind: 'routes'; readonly details: readonly Detail[] };

const large = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);
const holdsDetails = (row: JsonObject): boolean => DETAILS.some((name) => Array.isArray(row[name]));

/** Those of which there is at least one. */
export function filledOf(rows: DetailRows): readonly Detail[] {
  return DETAILS.filter((name) => (rows[name]?.length ?? 0) > 0);
}

/** Finds out once per module where its details stand, and reads them. */
export class Details {
  readonly #client: Client;
  readonly #settings: Settings;
  readonly #sources = new Map<string, Promise<DetailSource>>();

  constructor(client: Client, settings: Settings) {
    this.#client = client;
    this.#settings = settings;
  }

  forget(): void {
    this.#sources.clear();
  }

  /** By what the API answers for one of the module's rows. */
  source(module: Module, row: JsonObject, signal?: AbortSignal): Promise<DetailSource> {
    const known = this.#sources.get(module.controller);
    if (known !== undefined) return known;
    const found = this.#find(module, row, signal);
    this.#sources.set(module.controller, found);
    found.catch(() => this.#sources.delete(module.controller));
    return found;
  }

  /** Null where the record went away meanwhile. */
  async of(module: Module, row: JsonObject, signal?: AbortSignal): Promise<DetailRows | null> {
    const source = await this.source(module, row, signal);
    const path = `${module.controller}/`;
    switch (source.kind) {
      case 'none':
        return {};
      case 'rows':
        return inside(row);
      case 'entity': {
        const answer = await this.#client.get(`${path}GetById/${String(row.id)}`, signal);
        return answer.kind === 'entity' ? inside(answer.entity) : null;
      }
      case 'routes': {
        const lists = await Promise.all(
          source.details.map((name) => this.#client.get(`${path}Get${large(name)}/${String(row.id)}`, signal)),
        );
        // It answered before: taking that for nothing would empty a field of every record.
        const lost = source.details.find((_, at) => isRouteLost(lists[at]));
        if (lost !== undefined)
          throw new ChangeoverError(
            'DINAMIK_BAD_ANSWER',
            `the ${lost} of ${module.controller} are not given any more`,
            {
              place: { object: module.name },
            },
          );
        return Object.fromEntries(source.details.map((name, at) => [name, rowsOf(lists[at])]));
      }
    }
  }

  async #find(module: Module, row: JsonObject, signal: AbortSignal | undefined): Promise<DetailSource> {
    const { details } = this.#settings;
    if (details !== 'auto' && details !== 'routes') return { kind: details };
    if (details === 'auto') {
      if (holdsDetails(row)) return { kind: 'rows' };
      const answer = await this.#client.get(`${module.controller}/GetById/${String(row.id)}`, signal);
      if (answer.kind === 'entity' && holdsDetails(answer.entity)) return { kind: 'entity' };
    }
    const answers = await Promise.all(
      DETAILS.map((name) => this.#client.get(`${module.controller}/Get${large(name)}/${String(row.id)}`, signal)),
    );
    const there = DETAILS.filter((_, at) => answers[at]?.kind === 'list');
    return there.length === 0 ? { kind: 'none' } : { kind: 'routes', details: there };
  }
}

function inside(row: JsonObject): DetailRows {
  return Object.fromEntries(
    DETAILS.flatMap((name) => {
      const list = row[name];
      return Array.isArray(list) ? [[name, list.filter(isObject)]] : [];
    }),
  );
}

function isRouteLost(answer: Answer | undefined): boolean {
  return answer?.kind === 'absent' && answer.route;
}

function rowsOf(answer: Answer | undefined): readonly JsonObject[] {
  return answer?.kind === 'list' ? answer.rows : [];
}

/** A value of a custom field that is not what the field says that it holds. */
export class BadValue extends Error {}

export interface Detailed {
  readonly values: FieldValues;
  readonly fields: readonly FieldDescription[];
}

const TEXTS: FieldType = { kind: 'array', items: { kind: 'string' } };
const CUSTOM_TYPES: Readonly<Record<string, FieldType>> = {
  number: { kind: 'decimal', precision: 38, scale: 10 },
  date: { kind: 'date' },
  datetime: { kind: 'timestamp' },
  boolean: { kind: 'boolean' },
  multiselect: TEXTS,
};

/** Details as fields: the first address in parts, e-mails and phones as lists, own fields by their names. Throws BadValue. */
export function detailFields(
  rows: DetailRows,
  times: Times,
  objectOf: (controller: string) => string | null,
): Detailed {
  const values: Record<string, FieldValue> = {};
  const fields: FieldDescription[] = [];
  const add = (
    name: string,
    value: FieldValue,
    type: FieldType = { kind: 'string' },
    more: Partial<FieldDescription> = {},
  ) => {
    values[name] = value;
    fields.push(describeField(name, { type, ...more }));
  };
  if (rows.addresses !== undefined) {
    const [first, ...others] = rows.addresses;
    for (const part of ADDRESS) add(`address/${part}`, scalarText(first?.[part]));
    add('address/others', others.map(oneLine), TEXTS);
  }
  if (rows.emails !== undefined)
    add(
      'emails',
      rows.emails.flatMap(({ email, address, value }) => texts(email ?? address ?? value)),
      TEXTS,
    );
  if (rows.phones !== undefined)
    add(
      'phones',
      rows.phones.flatMap(({ phone, number, value }) => texts(phone ?? number ?? value)),
      TEXTS,
    );
  for (const row of rows.customFields ?? []) {
    const name = textOf(row.name);
    if (name === null) continue;
    const type = (textOf(row.type) ?? 'text').toLowerCase();
    const target = type === 'relation' ? objectOf(textOf(row.module) ?? '') : null;
    add(`custom/${name}`, customValue(name, type, row.value ?? null, times), CUSTOM_TYPES[type] ?? { kind: 'string' }, {
      label: textOf(row.label) ?? name,
      standard: false,
      refersTo: target === null ? [] : [target],
    });
  }
  return { values, fields };
}

const ADDRESS = ['street', 'district', 'city', 'postcode', 'country'] as const;

function oneLine(row: JsonObject): string {
  return ADDRESS.flatMap((part) => texts(row[part])).join(', ');
}

function texts(value: unknown): readonly string[] {
  const text = scalarText(value);
  return text === null || text === '' ? [] : [text];
}

/** A plain value as text: digits as they stand, no exponent invented; null for null. */
export function scalarText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function customValue(name: string, type: string, value: unknown, times: Times): FieldValue {
  if (value === null || value === '') return type === 'multiselect' ? [] : null;
  const text = scalarText(value) ?? '';
  switch (type) {
    case 'number':
      if (/^-?\d{1,28}(\.\d{1,10})?$/.test(text)) return text;
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    case 'date': {
      const day = times.day(text);
      if (day !== null) return day;
      break;
    }
    case 'datetime': {
      const instant = times.instant(text);
      if (instant !== null) return instant;
      break;
    }
    case 'multiselect':
      return Array.isArray(value) ? value.flatMap(texts) : text.split(/[;,]/).map((part) => part.trim());
    default:
      return text;
  }
  throw new BadValue(`the field ${name} is a ${type}, and holds ${JSON.stringify(text.slice(0, 60))}`);
}

/** A field with everything that nobody has said of it left open. */
export function describeField(name: string, more: Partial<FieldDescription>): FieldDescription {
  return {
    name,
    label: name,
    type: { kind: 'string' },
    standard: true,
    required: false,
    profile: null,
    values: null,
    refersTo: [],
    proposal: null,
    ...more,
  };
}
