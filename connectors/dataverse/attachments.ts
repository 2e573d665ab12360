import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asChangeoverError } from '../../src/core/errors.ts';
import { type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type { FieldDescription } from '../../src/source/connector.ts';
import type { Notices } from '../../src/source/notices.ts';
import type { Client } from './client.ts';
import { fileReference } from './files.ts';
import type { Metadata } from './metadata.ts';

/** Where the files of e-mails lie, each a row of its own (sources.md A7). It has neither change tracking nor times. */
const ATTACHMENTS = 'activitymimeattachment';
/** E-mails asked for in one call: the filter must stay well below the longest URL. */
const CHUNK = 40;

export interface AttachmentParts {
  readonly client: Client;
  readonly metadata: Metadata;
  readonly notices: Notices;
  readonly pageSize: number;
  /** Of the connector's own: remembers that they could be read once. */
  readonly folder: string;
}

const MARKER = 'email-attachments-read';

/** References to the files of e-mails. */
export class EmailAttachments {
  readonly #parts: AttachmentParts;
  /** Whether they could ever be read, by an earlier process too; null: not looked up yet. */
  #read: boolean | null = null;

  constructor(parts: AttachmentParts) {
    this.#parts = parts;
  }

  /**
   * By e-mail, in the order of their ids. Asked for where an e-mail says that it has some, or does not say. None where the
   * environment lacks the table, or the application user never could read it. A right that was taken away is an error: as
   * e-mails without files, all that were moved would be removed again.
   * @throws DATAVERSE_PRIVILEGE
   */
  async of(emails: readonly JsonObject[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
    const { metadata, notices } = this.#parts;
    if (!(await metadata.heads()).has(ATTACHMENTS)) return new Map();
    const some = emails.filter(({ attachmentcount }) => attachmentcount !== 0).map((row) => String(row.activityid));
    try {
      const found = await this.#references(some, signal);
      if (some.length > 0) await this.#remember();
      return found;
    } catch (thrown) {
      const { code } = asChangeoverError(thrown);
      if (code !== 'DATAVERSE_PRIVILEGE' || (await this.#couldRead())) throw thrown;
      notices.tell(code, `${ATTACHMENTS} may not be read: the files of e-mails are left out`, { object: 'email' });
      return new Map();
    }
  }

  async #couldRead(): Promise<boolean> {
    this.#read ??= await stat(join(this.#parts.folder, MARKER)).then(
      () => true,
      () => false,
    );
    return this.#read;
  }

  async #remember(): Promise<void> {
    if (await this.#couldRead()) return;
    await mkdir(this.#parts.folder, { recursive: true });
    await writeFile(join(this.#parts.folder, MARKER), '');
    this.#read = true;
  }

  async #references(emails: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
    const { client, pageSize } = this.#parts;
    const found = new Map<string, string[]>();
    const prefer = `odata.maxpagesize=${Math.max(pageSize, 1000)}`;
    for (let from = 0; from < emails.length; from += CHUNK) {
      const filter = emails
        .slice(from, from + CHUNK)
        .map((id) => `_objectid_value eq ${id}`)
        .join(' or ');
      const query = `activitymimeattachments?$select=filename,_objectid_value&$filter=${encodeURIComponent(filter)}`;
      // Bodies are never in such a read.
      for await (const row of client.rows(query, { prefer, signal })) {
        const id = String(row._objectid_value);
        found.set(id, [...(found.get(id) ?? []), referenceOf(row)]);
      }
    }
    for (const references of found.values()) references.sort();
    return found;
  }
}

function referenceOf(row: JsonObject): string {
  return fileReference(ATTACHMENTS, String(row.activitymimeattachmentid), 'body', textOf(row.filename) ?? undefined);
}

/** The files of an e-mail; what its own columns tell is their number alone. */
export const ATTACHMENTS_FIELD: FieldDescription = {
  name: 'attachments',
  label: 'Attachments',
  type: { kind: 'array', items: { kind: 'string' } },
  standard: true,
  required: false,
  profile: null,
  values: null,
  refersTo: [],
  proposal: null,
};
