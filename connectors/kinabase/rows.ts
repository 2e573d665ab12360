import type { FieldValue, FieldValues, SourceRecord } from '../../src/source/connector.ts';
import type { Collection } from './catalogue.ts';
import type { Computed } from './computed.ts';
import { fileReference } from './files.ts';
import type { RawRecord } from './raw.ts';
import { textOfValue, textsOfValue } from './values.ts';

export interface RowParts {
  readonly workspace: string | undefined;
  readonly computed: Computed;
}

/** A record as an event has it: every field that was met, null where this record has none. */
export function valuesOf(parts: RowParts, collection: Collection, raw: RawRecord): FieldValues {
  const values: Record<string, FieldValue> = {};
  for (const field of collection.fields.values()) {
    if (field.own) values[field.name] = ownValue(field.key, collection, raw);
    else {
      const served = raw.data[field.key];
      const value = served ?? (field.formula === null ? served : parts.computed.value(collection, field, raw.data));
      values[field.name] = field.list ? textsOfValue(value, parts.workspace) : textOfValue(value, parts.workspace);
    }
  }
  return values;
}

function ownValue(name: string, collection: Collection, raw: RawRecord): FieldValue {
  switch (name) {
    case 'numericId':
      return raw.numericId;
    case 'external':
      return raw.external;
    case 'files':
      return raw.files.map((file) => fileReference(collection.object, raw.id, file));
    default:
      return raw.files.map(({ name: file, url }) => (url === null ? file : `${file} (${url})`));
  }
}

export function recordOf(parts: RowParts, collection: Collection, raw: RawRecord): SourceRecord {
  const after = valuesOf(parts, collection, raw);
  // No version: nothing public says that one grows with every change.
  return { id: raw.id, op: 'UPSERT', after, version: null, time: raw.updated, created: raw.created };
}

export function deletion(id: string): SourceRecord {
  return { id, op: 'DELETE', after: null, version: null, time: null, created: null };
}
