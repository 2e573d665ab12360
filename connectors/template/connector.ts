import { ChangeoverError } from '../../src/core/errors.ts';
import type {
  Capabilities,
  Checkpoint,
  Connector,
  ConnectorContext,
  FieldDescription,
  ObjectDescription,
  Page,
  SourceDescription,
} from '../../src/source/connector.ts';
import { Client } from './client.ts';
import { Pages } from './pages.ts';
import { positionOf } from './position.ts';
import { Reader } from './reader.ts';
import { parseSettings, type Settings } from './settings.ts';

export const CAPABILITIES: Capabilities = { deltas: 'modified-since', deletes: true, files: false, pollMs: 15_000 };

/** Reads Template over its API. */
export class Template implements Connector {
  readonly source: string;
  readonly capabilities = CAPABILITIES;
  readonly #settings: Settings;
  readonly #pages: Pages;
  readonly #reader: Reader;

  constructor(context: ConnectorContext, settings: Settings, source: string) {
    this.source = source;
    this.#settings = settings;
    const { clock, random, http, traffic } = context;
    const key = () => context.secret?.(settings.key, 'the key of Template') ?? '';
    this.#pages = new Pages(new Client({ http, clock, random, settings, key, traffic }), settings);
    this.#reader = new Reader({
      pages: this.#pages,
      settings,
      clock,
      knownIds: context.knownIds?.bind(context) ?? none,
      answers: () => context.answers(),
    });
  }

  /** Fields are those of the first page: the source does not tell them. */
  async describe(): Promise<SourceDescription> {
    const objects: ObjectDescription[] = [];
    for (const name of this.#settings.objects) {
      const { records, total } = await this.#pages.page(name, 1, 0, null);
      const fields = new Map<string, FieldDescription>();
      for (const { after } of records) {
        for (const [field, value] of Object.entries(after ?? {})) {
          if (!fields.has(field) || value !== null) fields.set(field, fieldOf(field, Array.isArray(value)));
        }
      }
      objects.push({ name, label: name, standard: true, fields: [...fields.values()], count: total });
    }
    return {
      source: this.source,
      objects,
      owners: [],
      pipelines: [],
      automations: [],
      questions: [],
      notes: ['Automations cannot be read: fill in the file of `changeover inventory template`.'],
    };
  }

  snapshot(object: string, resumeFrom: Checkpoint | null, signal: AbortSignal): AsyncIterable<Page> {
    return this.#reader.read(object, positionOf(resumeFrom), signal);
  }

  changes(object: string, since: Checkpoint, signal: AbortSignal): AsyncIterable<Page> {
    return this.#reader.read(object, positionOf(since), signal);
  }

  openFile(reference: string): Promise<AsyncIterable<Uint8Array>> {
    return Promise.reject(new ChangeoverError('SOURCE_NO_FILE', `${reference}: no file is fetched from this source`));
  }

  async probe(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const name of this.#settings.objects) {
      const { records, total } = await this.#pages.page(name, 1, 0, null);
      found.push(`${name}: ${total} records, ${records.length} on the first page.`);
    }
    return found;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function fieldOf(name: string, list: boolean): FieldDescription {
  return {
    name,
    label: name,
    type: list ? { kind: 'array', items: { kind: 'string' } } : { kind: 'string' },
    standard: true,
    required: false,
    profile: null,
    values: null,
    refersTo: [],
    proposal: null,
  };
}

async function* none(): AsyncIterable<string> {}

/** Throws CONFIG_INVALID for settings that it does not understand. */
export function createConnector(
  context: ConnectorContext,
  settings: Readonly<Record<string, unknown>>,
  source = 'template',
): Connector {
  return new Template(context, parseSettings(settings), source);
}
