import { type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type { OwnerDescription } from '../../src/source/connector.ts';
import type { Notices } from '../../src/source/notices.ts';
import type { Client } from './client.ts';
import type { Metadata } from './metadata.ts';

interface User extends OwnerDescription {
  readonly id: string;
}

const USERS = 'systemusers?$select=systemuserid,fullname,internalemailaddress,isdisabled,accessmode';
/** An owner that has no e-mail address goes by its name. */
const nameOfRow = (row: JsonObject, property: string): string | null => {
  const text = textOf(row[property])?.trim() ?? '';
  return text === '' ? null : text;
};

/** Names of rows that are not synced themselves: users by e-mail, currencies by code, all others by their primary name. */
export class References {
  readonly #client: Client;
  readonly #metadata: Metadata;
  readonly #notices: Notices;
  readonly #names = new Map<string, ReadonlyMap<string, string>>();
  /** Ids that were not found by reading the whole table: deleted, or of a table that cannot be read. */
  readonly #missing = new Set<string>();

  constructor(client: Client, metadata: Metadata, notices: Notices) {
    this.#client = client;
    this.#metadata = metadata;
    this.#notices = notices;
  }

  async users(signal?: AbortSignal): Promise<readonly OwnerDescription[]> {
    return (await this.#readUsers(signal)).map(({ id: _, ...owner }) => owner);
  }

  /** The name behind an id, looked for in these tables; the id itself where nobody knows it. */
  async name(tables: readonly string[], id: string, signal?: AbortSignal): Promise<string> {
    for (const table of tables) {
      const known = this.#names.get(table) ?? (await this.#read(table, signal));
      const name = known.get(id);
      if (name !== undefined) return name;
    }
    if (this.#missing.has(id)) return id;
    // Made since the table was read: once more, then it counts as gone.
    for (const table of tables) {
      const name = (await this.#read(table, signal)).get(id);
      if (name !== undefined) return name;
    }
    this.#missing.add(id);
    this.#notices.tell('DATAVERSE_LOST_ROW', `${tables.join(' or ')} ${id} is not there`);
    return id;
  }

  async #readUsers(signal?: AbortSignal): Promise<readonly User[]> {
    const users: User[] = [];
    for await (const row of this.#client.rows(USERS, options(signal))) {
      const email = nameOfRow(row, 'internalemailaddress');
      const name = nameOfRow(row, 'fullname');
      const id = String(row.systemuserid);
      users.push({ id, reference: email ?? name ?? id, name, email, active: row.isdisabled !== true });
    }
    return users;
  }

  async #read(table: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const names = table === 'systemuser' ? await this.#userNames(signal) : await this.#tableNames(table, signal);
    this.#names.set(table, names);
    return names;
  }

  async #userNames(signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return new Map((await this.#readUsers(signal)).map(({ id, reference }) => [id, reference]));
  }

  async #tableNames(table: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const head = (await this.#metadata.heads()).get(table);
    const column = table === 'transactioncurrency' ? 'isocurrencycode' : (head?.primaryName ?? null);
    if (head === undefined || column === null) return new Map();
    const names = new Map<string, string>();
    for await (const row of this.#client.rows(`${head.entitySet}?$select=${column}`, options(signal))) {
      const name = nameOfRow(row, column);
      if (name !== null) names.set(String(row[head.primaryId]), name);
    }
    return names;
  }
}

function options(signal: AbortSignal | undefined) {
  return { prefer: 'odata.maxpagesize=5000', ...(signal === undefined ? {} : { signal }) };
}
