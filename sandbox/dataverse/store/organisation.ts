import type { Clock, Random } from '../../../src/core/ports.ts';
import { badPayload, CODE, noRow, Refusal } from '../errors.ts';
import { isLookup, type TableDefinition } from '../model/definitions.ts';
import type { Schema } from '../model/schema.ts';
import type { Switches } from '../switches.ts';
import { completed } from './complete.ts';
import { base64, type FileContent, FileStore, readContent, sizeOf } from './files.ts';
import { IDENTITY } from './identity.ts';
import { isReference, type Reference, type Row, reference, type Value, type Values } from './rows.ts';
import { Store } from './store.ts';
import { checked } from './validate.ts';

export interface OrganisationOptions {
  readonly schema: Schema;
  readonly clock: Clock;
  readonly random: Random;
  readonly switches: Switches;
}

/** Somebody who took part in an activity. Without a reference only the address is known. */
export interface Party {
  readonly party: Reference | null;
  readonly mask: number;
  readonly address?: string;
}

/** Columns that hold a file's bytes as base64 text. */
const BODIES: Readonly<Record<string, string>> = { annotation: 'documentbody', activitymimeattachment: 'body' };

/** The environment's data behind the interface: what people, plug-ins and the API do to rows. */
export class Organisation {
  readonly schema: Schema;
  readonly store = new Store();
  readonly files = new FileStore();
  readonly switches: Switches;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(options: OrganisationOptions) {
    this.schema = options.schema;
    this.switches = options.switches;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** The time as a column shows it. */
  now(): string {
    return `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`;
  }

  /** A row of this table, or of one that the table shows. */
  row(table: string, id: string): Row | undefined {
    for (const shown of this.schema.shownIn(table)) {
      const row = this.store.row(shown, id);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** All rows of a table in the order of their ids. */
  rows(table: string): Row[] {
    const tables = this.schema.shownIn(table);
    const rows = tables.flatMap((shown) => this.store.ids(shown).flatMap((id) => this.store.row(shown, id) ?? []));
    return tables.length === 1 ? rows : rows.sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  count(table: string): number {
    return this.schema.shownIn(table).reduce((sum, shown) => sum + this.store.size(shown), 0);
  }

  create(table: string, values: Values, by: string = IDENTITY.applicationUser): Row {
    const definition = this.#definition(table);
    const id = String(values[definition.primaryId] ?? this.#random.uuid()).toLowerCase();
    if (this.store.row(table, id) !== undefined) {
      throw new Refusal(412, CODE.duplicateKey, 'A record with matching key values already exists.');
    }
    const given = this.#checked(definition, values);
    const now = this.now();
    const author: Reference = { id: by, table: 'systemuser' };
    const audited = definition.columns.some(({ name }) => name === 'createdon');
    const first: Values = {
      ...given,
      [definition.primaryId]: id,
      ...(audited
        ? { createdon: given.overriddencreatedon ?? now, modifiedon: now, createdby: author, modifiedby: author }
        : {}),
      ...(definition.ownership === 'UserOwned' && given.ownerid === undefined ? { ownerid: author } : {}),
    };
    return this.store.put(table, id, completed(this, definition, first, null));
  }

  update(table: string, id: string, values: Values, by: string = IDENTITY.applicationUser): Row {
    const definition = this.#definition(table);
    const before = this.store.row(table, id);
    if (before === undefined) throw noRow(table, id);
    const given = this.#checked(definition, values);
    const audited = before.values.modifiedon !== undefined;
    const after: Values = {
      ...before.values,
      ...given,
      [definition.primaryId]: id,
      ...(audited ? { modifiedon: this.now(), modifiedby: { id: by, table: 'systemuser' } } : {}),
    };
    return this.store.put(table, id, completed(this, definition, after, before.values));
  }

  /** Deletes a row, and does to the rows that point at it what their relationships say. */
  remove(table: string, id: string): void {
    if (this.store.row(table, id) === undefined) throw noRow(table, id);
    if (table === 'systemuser') {
      throw new Refusal(
        400,
        CODE.invalidArgument,
        "The 'Delete' method does not support entities of type 'systemuser'.",
      );
    }
    const pointing = this.store.referrers(id).flatMap((row) => this.#links(row, table, id));
    const restricting = pointing.find(({ rule }) => rule === 'Restrict');
    if (restricting !== undefined) {
      throw new Refusal(
        400,
        CODE.restricted,
        `The ${table} row is associated with a ${restricting.row.table} row and cannot be deleted.`,
      );
    }
    this.store.delete(table, id, this.#clock.now());
    this.files.delete(table, id);
    for (const { row, column, rule } of pointing) {
      if (rule === 'Cascade') {
        if (this.store.row(row.table, row.id) !== undefined) this.remove(row.table, row.id);
      } else if (rule === 'RemoveLink') {
        this.#unlink(row, column);
      }
    }
  }

  /** Writes a row as it is: no checks, no times of its own. For samples, and for rows that no API would take. */
  force(table: string, id: string, values: Values): Row {
    return this.store.put(table, id, { ...values, [this.#definition(table).primaryId]: id });
  }

  /** A row with what the platform derives, but with the times and people given. For samples. */
  load(table: string, id: string, values: Values): Row {
    const definition = this.#definition(table);
    return this.store.put(table, id, completed(this, definition, { ...values, [definition.primaryId]: id }, null));
  }

  /** Replaces who took part. The party rows are new ones each time; the activity's own version is not moved by this. */
  setParties(activity: Reference, parties: readonly Party[]): void {
    for (const row of this.store.referrers(activity.id)) {
      if (row.table === 'activityparty') this.store.delete('activityparty', row.id, this.#clock.now());
    }
    for (const { party, mask, address } of parties) {
      const id = this.#random.uuid();
      this.store.put('activityparty', id, {
        activitypartyid: id,
        activityid: activity,
        partyid: party,
        participationtypemask: mask,
        ...(address === undefined ? {} : { addressused: address }),
      });
    }
  }

  parties(activityId: string): Row[] {
    return this.store
      .referrers(activityId)
      .filter(
        ({ table, values }) =>
          table === 'activityparty' && isReference(values.activityid) && values.activityid.id === activityId,
      );
  }

  /** Puts a file into a column that holds one; the row must be there. */
  attach(table: string, id: string, column: string, name: string, mimeType: string, content: FileContent): void {
    const row = this.store.row(table, id);
    if (row === undefined) throw noRow(table, id);
    const size = sizeOf(content);
    const encoded = Math.ceil(size / 3) * 4;
    const isBody = BODIES[table] === column;
    if (isBody && encoded > this.switches.maxUploadFileSize) {
      throw new Refusal(400, CODE.fileTooBig, 'Attachment file size is too big.');
    }
    const fileId = this.#random.uuid();
    this.files.put(table, id, column, { id: fileId, name, mimeType, content });
    const about: Values = isBody
      ? { filename: name, mimetype: mimeType, filesize: size, ...(table === 'annotation' ? { isdocument: true } : {}) }
      : { [column]: fileId, [`${column}_name`]: name };
    this.store.put(table, id, { ...row.values, ...about });
  }

  /** The base64 text of a note's or attachment's body; null where it has none. */
  body(table: string, id: string): string | null {
    const column = BODIES[table];
    const file = column === undefined ? undefined : this.files.get(table, id, column);
    if (file === undefined) return null;
    return base64(readContent(file.content));
  }

  /** The column of this table that holds a body, if it is such a table. */
  bodyColumn(table: string): string | undefined {
    return BODIES[table];
  }

  #definition(table: string): TableDefinition {
    const definition = this.schema.table(table);
    if (definition === undefined)
      throw new Refusal(404, CODE.segment, `Resource not found for the segment '${table}'.`);
    return definition;
  }

  #checked(definition: TableDefinition, values: Values): Record<string, Value> {
    const result: Record<string, Value> = {};
    for (const [name, value] of Object.entries(values)) {
      const column = this.schema.column(definition.name, name);
      if (column === undefined) {
        throw badPayload(`The property '${name}' does not exist on type 'Microsoft.Dynamics.CRM.${definition.name}'.`);
      }
      const stored = checked(definition.name, column, value);
      if (isReference(stored) && this.row(stored.table, stored.id) === undefined) throw noRow(stored.table, stored.id);
      result[name] = stored;
    }
    return result;
  }

  #links(row: Row, table: string, id: string): { row: Row; column: string; rule: string }[] {
    const definition = this.schema.table(row.table);
    return (definition?.columns ?? []).filter(isLookup).flatMap((column) => {
      const value = row.values[column.name];
      if (!isReference(value) || value.id !== id || value.table !== table) return [];
      const target = column.type.targets.find((of) => of.table === table);
      return target === undefined ? [] : [{ row, column: column.name, rule: target.onDelete }];
    });
  }

  /** The version moves, the modified time does not: nobody edited the row. */
  #unlink(row: Row, column: string): void {
    const current = this.store.row(row.table, row.id);
    if (current === undefined) return;
    const party = row.table === 'activityparty' ? { ispartydeleted: true } : {};
    this.store.put(row.table, row.id, { ...current.values, [column]: null, ...party });
  }

  /** The reference to a row, for links. */
  reference(table: string, id: string): Reference {
    const row = this.row(table, id);
    if (row === undefined) throw noRow(table, id);
    return reference(row);
  }
}
