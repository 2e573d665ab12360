import { ChangeoverError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/exact-json.ts';
import {
  type Capabilities,
  type Checkpoint,
  type Connector,
  type ConnectorContext,
  type FieldDescription,
  ObjectAbsent,
  type ObjectDescription,
  type Page,
  type SourceDescription,
  type SourcePace,
} from '../../src/source/connector.ts';
import { Notices } from '../../src/source/notices.ts';
import { Client } from './client.ts';
import { BadValue, Details, describeField } from './details.ts';
import { Discovered } from './discovered.ts';
import { Fingerprints } from './fingerprints.ts';
import { Joins } from './joins.ts';
import { Lists } from './lists.ts';
import { LIST_FIELDS, type Module, modulesOf } from './modules.ts';
import { keptOf } from './position.ts';
import { probe } from './probe.ts';
import { Reader, type ReaderParts } from './reader.ts';
import { References } from './references.ts';
import { assemble, belongs, idOf } from './rows.ts';
import { parseSettings, type Settings } from './settings.ts';
import { Times } from './times.ts';

export const CAPABILITIES: Capabilities = { deltas: 'none', deletes: true, files: false, pollMs: 60_000 };

/** Rows of a module that discovery looks at; fewer where each costs calls of its own. */
const SAMPLE_ROWS = 100;
const COSTLY_ROWS = 10;

/** Reads an account of DinamikCRM (DIN-1 to DIN-13). */
export class Dinamik implements Connector {
  readonly source: string;
  readonly capabilities = CAPABILITIES;
  readonly #client: Client;
  readonly #settings: Settings;
  readonly #modules: readonly Module[];
  readonly #lists: Lists;
  readonly #details: Details;
  readonly #references: References;
  readonly #joins: Joins;
  readonly #discovered = new Discovered();
  readonly #notices: Notices;
  readonly #reader: Reader;
  readonly #parts: ReaderParts;

  constructor(context: ConnectorContext, settings: Settings, source: string) {
    this.source = source;
    this.#settings = settings;
    this.#modules = modulesOf(settings);
    const { clock, random, http, traffic } = context;
    const secret = (name: 'apiKey' | 'apiSecret') => (): string =>
      context.secret?.(
        settings[name],
        name === 'apiKey' ? 'the API key of DinamikCRM' : 'the API secret of DinamikCRM',
      ) ?? '';
    this.#client = new Client({
      http,
      clock,
      random,
      settings,
      traffic,
      apiKey: secret('apiKey'),
      apiSecret: secret('apiSecret'),
    });
    this.#lists = new Lists(this.#client, settings);
    this.#details = new Details(this.#client, settings);
    this.#references = new References(this.#client, this.#lists, settings);
    this.#notices = new Notices(context.logger);
    this.#joins = new Joins({
      client: this.#client,
      lists: this.#lists,
      details: this.#details,
      clock,
      module: (name) => this.#modules.find((module) => module.name === name) ?? null,
    });
    const prints = new Map<string, Fingerprints>();
    this.#parts = {
      client: this.#client,
      lists: this.#lists,
      details: this.#details,
      references: this.#references,
      joins: this.#joins,
      times: new Times(settings.timezone),
      objectOf: (controller) => this.#modules.find((module) => module.controller === controller)?.name ?? null,
      noteTypes: settings.noteTypes,
      settings,
      clock,
      discovered: this.#discovered,
      notices: this.#notices,
      fingerprints: (object) => {
        const known = prints.get(object) ?? new Fingerprints(context.workFolder, object);
        prints.set(object, known);
        return known;
      },
      knownIds: context.knownIds?.bind(context) ?? none,
      answers: () => context.answers(),
    };
    this.#reader = new Reader(this.#parts);
  }

  async describe(): Promise<SourceDescription> {
    this.#lists.forget();
    this.#details.forget();
    this.#references.forget();
    this.#joins.forget();
    const notes: string[] = [];
    const objects: ObjectDescription[] = [];
    for (const module of this.#modules) {
      const described = await this.#describe(module);
      if (described !== null) objects.push(described);
      else if (!module.standard || this.#settings.modules !== undefined) {
        notes.push(`The account does not answer for ${module.controller}: ${module.name} is left out.`);
      }
    }
    if (objects.length === 0) {
      throw new ChangeoverError('DINAMIK_NO_MODULE', 'the account answers for none of the modules');
    }
    const automations = await this.#references.automations();
    if (automations === null) {
      notes.push('The account does not give its automation rules: fill in `changeover inventory template` (DIN-13).');
    }
    return {
      source: this.source,
      objects,
      owners: await this.#references.owners(),
      pipelines: await this.#references.pipelines(),
      automations: automations ?? [],
      questions: [],
      notes,
    };
  }

  snapshot(object: string, resumeFrom: Checkpoint | null, signal: AbortSignal): AsyncIterable<Page> {
    return this.#read(object, resumeFrom, signal);
  }

  changes(object: string, since: Checkpoint, signal: AbortSignal): AsyncIterable<Page> {
    return this.#read(object, since, signal);
  }

  openFile(reference: string): Promise<AsyncIterable<Uint8Array>> {
    return Promise.reject(new ChangeoverError('DINAMIK_NO_FILE', `${reference}: the API gives no files`));
  }

  probe(): Promise<readonly string[]> {
    return probe({ ...this.#parts, modules: this.#modules });
  }

  pace(): SourcePace {
    return this.#client.pace;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async *#read(object: string, checkpoint: Checkpoint | null, signal: AbortSignal): AsyncIterable<Page> {
    const module = this.#modules.find((one) => one.name === object);
    if (module === undefined) {
      throw new ObjectAbsent('DINAMIK_NO_MODULE', `the settings name no module ${object}`, { place: { object } });
    }
    yield* this.#reader.read(module, keptOf(checkpoint), signal);
  }

  /** By its first rows; null where the account does not answer for it. */
  async #describe(module: Module): Promise<ObjectDescription | null> {
    const listing = await this.#lists.of(module.controller);
    if (listing.kind === 'absent') return null;
    const { rows, total } = await this.#sample(module, listing.kind);
    if (!this.#discovered.has(module.name)) await this.#look(module, rows);
    return {
      name: module.name,
      label: module.label,
      standard: module.standard,
      fields: this.#fields(module),
      count: module.only === undefined ? total : null,
    };
  }

  async #look(module: Module, rows: readonly JsonObject[]): Promise<void> {
    const { signal } = new AbortController();
    const own = rows.filter((row) => belongs(module, row, this.#settings.noteTypes));
    const [first] = own;
    if (first === undefined) return;
    const { kind } = await this.#details.source(module, first);
    const looked = own.slice(0, kind === 'routes' || kind === 'entity' ? COSTLY_ROWS : SAMPLE_ROWS);
    await Promise.all(
      looked.map(async (row) => {
        const id = idOf(row);
        // What is wrong with a row is told when it is read.
        const assembled = id === null ? null : await assemble(this.#parts, module, row, id, signal).catch(badValue);
        if (assembled !== null) this.#discovered.saw(module.name, assembled);
      }),
    );
  }

  /** Those that rows showed, and those that the product is taken to have. */
  #fields(module: Module): readonly FieldDescription[] {
    const seen = this.#discovered.fields(module.name);
    const names = new Set(seen.map(({ name }) => name));
    const more = module.known
      .filter((name) => !names.has(name))
      .map((name) =>
        describeField(name, {
          type: LIST_FIELDS.has(name) ? { kind: 'array', items: { kind: 'string' } } : { kind: 'string' },
          refersTo: module.links[name] === undefined ? [] : [module.links[name]],
        }),
      );
    return [...seen, ...more];
  }

  async #sample(
    { controller }: Module,
    kind: 'pages' | 'rows' | 'ids',
  ): Promise<{ readonly rows: readonly JsonObject[]; readonly total: number | null }> {
    switch (kind) {
      case 'pages':
        return (await this.#lists.page(controller, 0)) ?? { rows: [], total: null };
      case 'rows': {
        const all = await this.#lists.whole(controller);
        return { rows: all?.rows ?? [], total: all?.rows.length ?? null };
      }
      case 'ids': {
        const answers = await Promise.all(
          Array.from({ length: SAMPLE_ROWS }, (_, at) => this.#client.get(`${controller}/GetById/${at + 1}`)),
        );
        return { rows: answers.flatMap((one) => (one.kind === 'entity' ? [one.entity] : [])), total: null };
      }
    }
  }
}

/** Throws everything else. */
function badValue(thrown: unknown): null {
  if (thrown instanceof BadValue) return null;
  throw thrown;
}

async function* none(): AsyncIterable<string> {}

/** Throws CONFIG_INVALID for settings that it does not understand. */
export function createConnector(
  context: ConnectorContext,
  settings: Readonly<Record<string, unknown>>,
  source = 'dinamik',
): Connector {
  return new Dinamik(context, parseSettings(settings), source);
}
