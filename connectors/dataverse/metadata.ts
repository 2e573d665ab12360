import { isObject, type JsonObject, textOf } from '../../src/core/exact-json.ts';
import { sha256 } from '../../src/core/identifiers.ts';
import { ObjectAbsent } from '../../src/source/connector.ts';
import type { Client } from './client.ts';
import { type Column, columnOf } from './columns.ts';
import { labelOf, type Option, optionsOf, typeNameOf } from './labels.ts';
import type { Settings } from './settings.ts';

/** A table as it is defined now. */
export interface Table {
  readonly name: string;
  readonly entitySet: string;
  readonly label: string;
  readonly primaryId: string;
  readonly primaryName: string | null;
  readonly custom: boolean;
  readonly activity: boolean;
  readonly tracked: boolean;
  readonly columns: readonly Column[];
  /** Of everything that a read of this table depends on: another hash means another read. */
  readonly hash: string;
}

export interface TableHead extends Omit<Table, 'columns' | 'hash'> {
  readonly readable: boolean;
}

const HEAD =
  'LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,IsCustomEntity,IsActivity,IsIntersect,IsPrivate,TableType,ChangeTrackingEnabled,DisplayName';
/** Option sets come only with a cast, and each type needs its own (sources.md A5). */
const WITH_OPTIONS: Readonly<Record<string, string>> = {
  PicklistType: 'PicklistAttributeMetadata',
  MultiSelectPicklistType: 'MultiSelectPicklistAttributeMetadata',
  StateType: 'StateAttributeMetadata',
  StatusType: 'StatusAttributeMetadata',
};

/** The definitions of an environment, read when first needed and again when they changed. */
export class Metadata {
  readonly #client: Client;
  readonly #settings: Settings;
  #heads: Promise<ReadonlyMap<string, TableHead>> | null = null;
  readonly #tables = new Map<string, Promise<Table>>();

  constructor(client: Client, settings: Settings) {
    this.#client = client;
    this.#settings = settings;
  }

  /** Everything is read anew from now on. */
  forget(): void {
    this.#heads = null;
    this.#tables.clear();
  }

  /** Every table there is; `EntityDefinitions` never pages. */
  heads(): Promise<ReadonlyMap<string, TableHead>> {
    this.#heads ??= this.#readHeads().catch((thrown: unknown) => {
      this.#heads = null;
      throw thrown;
    });
    return this.#heads;
  }

  /** Names of the tables to read: those of the settings that are there, then the customer's own. */
  async names(): Promise<readonly string[]> {
    const heads = await this.heads();
    const listed = this.#settings.tables.filter((name) => heads.get(name)?.readable === true);
    const custom = this.#settings.customTables
      ? [...heads.values()].filter((head) => head.custom && head.readable)
      : [];
    return [...new Set([...listed, ...custom.map(({ name }) => name)])];
  }

  /** Throws DATAVERSE_NO_TABLE. */
  table(name: string): Promise<Table> {
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const made = this.#readTable(name).catch((thrown: unknown) => {
      this.#tables.delete(name);
      throw thrown;
    });
    this.#tables.set(name, made);
    return made;
  }

  async #readHeads(): Promise<ReadonlyMap<string, TableHead>> {
    const body = await this.#client.get(`EntityDefinitions?$select=${HEAD}`, { consistency: 'Strong' });
    return new Map(listOf(body).map((entity) => [String(entity.LogicalName), this.#head(entity)]));
  }

  #head(entity: JsonObject): TableHead {
    const name = String(entity.LogicalName);
    return {
      name,
      entitySet: String(entity.EntitySetName),
      label: labelOf(entity.DisplayName, this.#settings.language) ?? name,
      primaryId: String(entity.PrimaryIdAttribute),
      primaryName: textOf(entity.PrimaryNameAttribute),
      custom: entity.IsCustomEntity === true,
      activity: entity.IsActivity === true,
      tracked: entity.ChangeTrackingEnabled === true,
      readable: entity.TableType !== 'Virtual' && entity.IsIntersect !== true && entity.IsPrivate !== true,
    };
  }

  async #readTable(name: string): Promise<Table> {
    const head = (await this.heads()).get(name);
    if (head === undefined) {
      throw new ObjectAbsent('DATAVERSE_NO_TABLE', `the environment has no table ${name}`, {
        place: { object: name },
      });
    }
    const path = `EntityDefinitions(LogicalName='${name}')/Attributes`;
    // Without $select each attribute shows what its own type adds: targets, precision, behaviour of dates.
    const attributes = listOf(await this.#client.get(path, { consistency: 'Strong' }));
    const options = await this.#options(path, attributes);
    const scope = new Set(await this.names());
    const columns = attributes.flatMap((attribute) =>
      columnOf(attribute, options.get(String(attribute.LogicalName)) ?? [], scope, this.#settings.language),
    );
    const { readable: _, ...rest } = head;
    return { ...rest, columns, hash: sha256(JSON.stringify([head.entitySet, head.tracked, columns])).slice(0, 16) };
  }

  async #options(path: string, attributes: readonly JsonObject[]): Promise<ReadonlyMap<string, readonly Option[]>> {
    const found = new Map<string, readonly Option[]>();
    const types = new Set(attributes.map(typeNameOf));
    for (const [type, cast] of Object.entries(WITH_OPTIONS)) {
      if (!types.has(type)) continue;
      const query = `${path}/Microsoft.Dynamics.CRM.${cast}?$select=LogicalName&$expand=OptionSet,GlobalOptionSet`;
      for (const attribute of listOf(await this.#client.get(query, { consistency: 'Strong' }))) {
        const set = isObject(attribute.OptionSet) ? attribute.OptionSet : attribute.GlobalOptionSet;
        found.set(String(attribute.LogicalName), optionsOf(set, this.#settings.language));
      }
    }
    return found;
  }
}

export function listOf(body: JsonObject): readonly JsonObject[] {
  return Array.isArray(body.value) ? body.value.filter(isObject) : [];
}
