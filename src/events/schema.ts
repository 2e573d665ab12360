import { readFileSync } from 'node:fs';
import { ChangeoverError } from '../core/errors.ts';
import { canonicalJson } from '../core/identifiers.ts';
import type { EventField, FieldType } from './event.ts';

export type AvroJson = string | readonly AvroJson[] | { readonly [member: string]: unknown };

/** A field of an object with the name it has in Avro. */
export interface SchemaField extends EventField {
  readonly legal: string;
}

/** What a change event's schema says, in our words: everything needed to read and to extend it. */
export interface ObjectSchema {
  readonly source: string;
  readonly object: string;
  /** Legal names of source and object: pieces of the namespace. */
  readonly legalSource: string;
  readonly legalObject: string;
  readonly fields: readonly SchemaField[];
}

interface RecordJson {
  readonly name: string;
  readonly namespace?: string;
  readonly source?: string;
  readonly object?: string;
  readonly fields: readonly { readonly name: string; readonly type: AvroJson; readonly sourceName?: string }[];
}

function envelope(name: 'change-event' | 'watermark' | 'outcome' | 'control'): string {
  return readFileSync(new URL(`../../schemas/${name}.avsc`, import.meta.url), 'utf8');
}

const CHANGE_EVENT = envelope('change-event');
/** Schemas that are the same for every object, as compact JSON. */
export const WATERMARK_SCHEMA = JSON.stringify(JSON.parse(envelope('watermark')));
export const OUTCOME_SCHEMA = JSON.stringify(JSON.parse(envelope('outcome')));
export const CONTROL_SCHEMA = JSON.stringify(JSON.parse(envelope('control')));

/** The Avro schema of an object's change events: the envelope of schemas/change-event.avsc with the object's fields. */
export function changeEventSchema(described: ObjectSchema): string {
  const template = JSON.parse(CHANGE_EVENT) as RecordJson;
  const namespace = `changeover.${described.legalSource}.${described.legalObject}`;
  return JSON.stringify({
    ...template,
    namespace,
    source: described.source,
    object: described.object,
    fields: template.fields.map((field) =>
      field.name === 'after' ? { ...field, type: ['null', afterSchema(field.type, described.fields)] } : field,
    ),
  });
}

function afterSchema(template: AvroJson, fields: readonly SchemaField[]): object {
  const record = Array.isArray(template) ? template[1] : template;
  return {
    ...(record as object),
    fields: fields.map(({ name, legal, type }) => ({
      name: legal,
      type: ['null', avroTypeOf(type)],
      default: null,
      sourceName: name,
    })),
  };
}

/** The opposite of `changeEventSchema`. Null for another record's schema. */
export function readObjectSchema(schema: string): ObjectSchema | null {
  const record = JSON.parse(schema) as RecordJson;
  const [root, legalSource, legalObject] = (record.namespace ?? '').split('.');
  const after = record.fields?.find(({ name }) => name === 'after')?.type;
  if (record.name !== 'ChangeEvent' || root !== 'changeover' || legalSource === undefined || legalObject === undefined)
    return null;
  if (record.source === undefined || record.object === undefined || !Array.isArray(after)) return null;
  const fields = (after[1] as RecordJson).fields.map(({ name, type, sourceName }) => ({
    name: sourceName ?? name,
    legal: name,
    type: fieldTypeOf(Array.isArray(type) ? (type[1] as AvroJson) : type),
  }));
  return { source: record.source, object: record.object, legalSource, legalObject, fields };
}

const SIMPLE = {
  string: 'string',
  long: 'long',
  double: 'double',
  boolean: 'boolean',
  date: { type: 'int', logicalType: 'date' },
  timestamp: { type: 'long', logicalType: 'timestamp-millis' },
} as const satisfies Partial<Record<FieldType['kind'], AvroJson>>;

export function avroTypeOf(type: FieldType): AvroJson {
  if (type.kind === 'decimal') {
    return { type: 'bytes', logicalType: 'decimal', precision: type.precision, scale: type.scale };
  }
  // Items may be null: sources have lists with holes.
  if (type.kind === 'array') return { type: 'array', items: ['null', avroTypeOf(type.items)] };
  return SIMPLE[type.kind];
}

/** The opposite of `avroTypeOf`. A registry may have written `{"type": "long"}` for `"long"`. */
export function fieldTypeOf(avro: AvroJson): FieldType {
  if (typeof avro === 'object' && !Array.isArray(avro)) {
    const { type, logicalType, precision, scale, items } = avro as Readonly<Record<string, unknown>>;
    if (logicalType === 'decimal') return { kind: 'decimal', precision: Number(precision), scale: Number(scale ?? 0) };
    if (logicalType === 'date') return { kind: 'date' };
    if (logicalType === 'timestamp-millis') return { kind: 'timestamp' };
    if (type === 'array') return { kind: 'array', items: fieldTypeOf(notNull(items as AvroJson)) };
    return fieldTypeOf(type as AvroJson);
  }
  if (avro === 'string' || avro === 'long' || avro === 'double' || avro === 'boolean') return { kind: avro };
  throw new ChangeoverError('EVENT_SCHEMA_UNKNOWN', `not a type that Changeover writes: ${JSON.stringify(avro)}`);
}

function notNull(union: AvroJson): AvroJson {
  return Array.isArray(union) ? (union.find((branch) => branch !== 'null') ?? 'string') : union;
}

export interface Evolution {
  readonly fields: readonly SchemaField[];
  /** The source's names of fields that are new. */
  readonly added: readonly string[];
}

/**
 * The fields that events have from now on: those there were, in their places, then the new ones. A field that the source
 * no longer has stays (as null), so that events of before are read like those of today (BACKWARD).
 * @throws EVENT_SCHEMA_INCOMPATIBLE naming every field whose type changed.
 */
export function evolve(object: string, old: readonly SchemaField[], now: readonly SchemaField[]): Evolution {
  const known = new Map(old.map((field) => [field.name, field] as const));
  const changed = now.flatMap((field) => {
    const before = known.get(field.name);
    return before === undefined || readable(before.type, field.type) || readable(field.type, before.type)
      ? []
      : [{ before, field }];
  });
  if (changed.length > 0) {
    const list = changed.map(
      ({ before, field }) => `${field.name} (${nameOf(before.type)}, now ${nameOf(field.type)})`,
    );
    throw new ChangeoverError(
      'EVENT_SCHEMA_INCOMPATIBLE',
      `fields of ${object} changed their type: ${list.join(', ')}`,
      {
        place: {
          object,
          ...(changed.length === 1 && changed[0] !== undefined ? { field: changed[0].field.name } : {}),
        },
      },
    );
  }
  const newest = new Map(now.map((field) => [field.name, field] as const));
  const kept = old.map((field) => {
    const next = newest.get(field.name);
    return next !== undefined && readable(field.type, next.type) ? { ...field, type: next.type } : field;
  });
  const added = now.filter(({ name }) => !known.has(name));
  return { fields: [...kept, ...added], added: added.map(({ name }) => name) };
}

/**
 * Whether what was written as `from` can be read as `to` without losing anything. Avro's schema resolution would also
 * read a long as a double, but that loses digits beyond 2^53; and two decimals only fit where they have one scale.
 */
function readable(from: FieldType, to: FieldType): boolean {
  if (from.kind === 'decimal' && to.kind === 'decimal')
    return from.scale === to.scale && from.precision <= to.precision;
  if (from.kind === 'array' && to.kind === 'array') return readable(from.items, to.items);
  return canonicalJson(from) === canonicalJson(to);
}

function nameOf(type: FieldType): string {
  if (type.kind === 'array') return `array of ${nameOf(type.items)}`;
  return type.kind === 'decimal' ? `decimal ${type.precision}.${type.scale}` : type.kind;
}
