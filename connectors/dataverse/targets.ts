import type { JsonObject } from '../../src/core/exact-json.ts';
import { textOf } from '../../src/core/exact-json.ts';
import type { Notices } from '../../src/source/notices.ts';
import { type Client, Refused } from './client.ts';
import type { Metadata } from './metadata.ts';

const ANNOTATION = 'Microsoft.Dynamics.CRM.lookuplogicalname';

/** Which table a polymorphic lookup points at: told by the annotation, else found by asking each target. */
export class Targets {
  readonly #client: Client;
  readonly #metadata: Metadata;
  readonly #notices: Notices;
  readonly #found = new Map<string, string | null>();

  constructor(client: Client, metadata: Metadata, notices: Notices) {
    this.#client = client;
    this.#metadata = metadata;
    this.#notices = notices;
  }

  /** Null where the row is in none of them any more. */
  async of(
    row: JsonObject,
    property: string,
    id: string,
    targets: readonly string[],
    signal: AbortSignal,
  ): Promise<string | null> {
    const told = textOf(row[`${property}@${ANNOTATION}`]);
    if (told !== null) return told;
    const known = this.#found.get(id);
    if (known !== undefined) return known;
    const found = await this.#search(id, targets, signal);
    this.#found.set(id, found);
    if (found === null) this.#notices.tell('DATAVERSE_LOST_ROW', `${targets.join(' or ')} ${id} is not there`);
    return found;
  }

  async #search(id: string, targets: readonly string[], signal: AbortSignal): Promise<string | null> {
    const heads = await this.#metadata.heads();
    for (const target of targets) {
      const head = heads.get(target);
      if (head === undefined) continue;
      try {
        await this.#client.get(`${head.entitySet}(${id})?$select=${head.primaryId}`, { signal });
        return target;
      } catch (thrown) {
        if (!(thrown instanceof Refused) || thrown.status !== 404) throw thrown;
      }
    }
    return null;
  }
}
