import { type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type { FieldValue, FieldValues, SourceRecord } from '../../src/source/connector.ts';
import type { Notices } from '../../src/source/notices.ts';
import type { EmailAttachments } from './attachments.ts';
import type { Client } from './client.ts';
import { type Column, linkField, plainValue, unknownOptions } from './columns.ts';
import { fileReference } from './files.ts';
import type { Metadata, Table } from './metadata.ts';
import { partyTables, readParties, UNRESOLVED } from './parties.ts';
import type { References } from './references.ts';
import type { Targets } from './targets.ts';

export interface RowParts {
  readonly client: Client;
  readonly metadata: Metadata;
  readonly references: References;
  readonly targets: Targets;
  readonly notices: Notices;
  readonly attachments: EmailAttachments;
  readonly pageSize: number;
  /** Calls at once for one table. */
  readonly parallel: number;
}

const DELETED = /\/\$deletedEntity$/;

/** Rows of a page as records: links resolved to ids and names, parties fetched, options as labels. */
export async function recordsOf(
  parts: RowParts,
  table: Table,
  rows: readonly JsonObject[],
  signal: AbortSignal,
): Promise<readonly SourceRecord[]> {
  const live = rows.filter((row) => !isDeleted(row));
  const ids = live.map((row) => String(row[table.primaryId]));
  const synced = table.activity ? partyTables(new Set(await parts.metadata.names())) : [];
  const parties = table.activity
    ? await readParties(parts, ids, synced, signal)
    : new Map<string, Readonly<Record<string, readonly string[]>>>();
  const attachments = table.name === 'email' ? await parts.attachments.of(live, signal) : null;
  const records: SourceRecord[] = [];
  for (const row of rows) {
    if (isDeleted(row)) {
      records.push(deletion(String(row.id)));
      continue;
    }
    const id = String(row[table.primaryId]);
    const values = await valuesOf(parts, table, row, signal);
    const taking = table.activity ? partyValues(parties.get(id) ?? {}, table.columns, synced) : {};
    records.push({
      id,
      op: 'UPSERT',
      after: { ...values, ...taking, ...(attachments === null ? {} : { attachments: attachments.get(id) ?? [] }) },
      version: versionOf(row),
      time: timeOf(row.modifiedon),
      created: timeOf(row.createdon),
    });
  }
  return records;
}

export function deletion(id: string): SourceRecord {
  return { id, op: 'DELETE', after: null, version: null, time: null, created: null };
}

/** A deleted item has its id under `id`, and says what it is by a context of its own (sources.md A3, traps). */
export function isDeleted(row: JsonObject): boolean {
  return DELETED.test(textOf(row['@odata.context']) ?? '');
}

export function versionOf(row: JsonObject): string | null {
  return /"(.+)"/.exec(textOf(row['@odata.etag']) ?? '')?.[1] ?? null;
}

function timeOf(value: unknown): number | null {
  const time = Date.parse(textOf(value) ?? '');
  return Number.isNaN(time) ? null : time;
}

async function valuesOf(parts: RowParts, table: Table, row: JsonObject, signal: AbortSignal): Promise<FieldValues> {
  const values: Record<string, FieldValue> = {};
  for (const column of table.columns) {
    const { reading, name } = column;
    const value = column.property === null ? null : (row[column.property] ?? null);
    switch (reading.kind) {
      case 'parties':
        break;
      case 'links':
        Object.assign(values, await linkValues(parts, column, row, textOf(value), signal));
        break;
      case 'link':
        values[name] = textOf(value);
        break;
      case 'name':
        values[name] = value === null ? null : await parts.references.name(reading.targets, String(value), signal);
        break;
      case 'file':
        values[name] = value === null ? null : fileReference(table.name, String(row[table.primaryId]), name);
        break;
      default:
        values[name] = plainValue(reading, value);
        for (const option of unknownOptions(reading, value)) {
          const message = `${table.name}.${name} has the option ${option}, which its definition does not list`;
          parts.notices.tell('DATAVERSE_UNKNOWN_OPTION', message, { object: table.name });
        }
    }
  }
  if (table.name === 'annotation') {
    values.file =
      row.isdocument === true ? fileReference('annotation', String(row.annotationid), 'documentbody') : null;
  }
  return values;
}

async function linkValues(
  parts: RowParts,
  { name, property, reading }: Column,
  row: JsonObject,
  id: string | null,
  signal: AbortSignal,
): Promise<FieldValues> {
  if (reading.kind !== 'links' || property === null) return {};
  const { targets, others, open } = reading;
  const table = id === null ? null : await parts.targets.of(row, property, id, [...targets, ...others], signal);
  const values: Record<string, FieldValue> = {};
  for (const target of targets) values[linkField(name, target)] = target === table ? id : null;
  if (open) {
    const elsewhere = id !== null && (table === null || !targets.includes(table));
    values[linkField(name, 'other')] = elsewhere ? await parts.references.name(others, id, signal) : null;
  }
  return values;
}

function partyValues(
  found: Readonly<Record<string, readonly string[]>>,
  columns: readonly Column[],
  synced: readonly string[],
): FieldValues {
  const roles = columns.filter(({ reading }) => reading.kind === 'parties').map(({ name }) => name);
  const fields = [...roles, ...synced.map((table) => `parties/${table}`), UNRESOLVED];
  return Object.fromEntries(fields.map((field) => [field, found[field] ?? []]));
}
