import { asChangeoverError, ChangeoverError } from '../../src/core/errors.ts';
import type {
  Capabilities,
  Checkpoint,
  Connector,
  ConnectorContext,
  Page,
  SourceDescription,
} from '../../src/source/connector.ts';
import { Downloads } from '../../src/source/download.ts';
import { dueOf, overdue } from './access.ts';
import { ACTIVITY, ActivityReader, activityQuestions, describeActivity } from './activities.ts';
import { Api } from './api.ts';
import { Catalogue } from './catalogue.ts';
import { Client } from './client.ts';
import { Computed } from './computed.ts';
import { describeSamples } from './describe.ts';
import { openFile } from './files.ts';
import { ListReader } from './lists.ts';
import { News } from './news.ts';
import { positionOf } from './position.ts';
import { probe } from './probe.ts';
import { Reader } from './reader.ts';
import type { Settings } from './settings.ts';
import { type Sample, sampleOf } from './survey.ts';

export const CAPABILITIES: Capabilities = { deltas: 'modified-since', deletes: true, files: true, pollMs: 15_000 };

/** Reads a workspace of Kinabase over its API (KIN-1 to KIN-12). */
export class Kinabase implements Connector {
  readonly source: string;
  readonly capabilities = CAPABILITIES;
  readonly #context: ConnectorContext;
  readonly #settings: Settings;
  readonly #client: Client;
  readonly #downloads: Downloads;
  readonly #api: Api;
  readonly #catalogue: Catalogue;
  readonly #computed: Computed;
  readonly #reader: Reader;
  readonly #activities: ActivityReader;
  readonly #lists: ListReader;

  constructor(context: ConnectorContext, settings: Settings, source: string) {
    this.source = source;
    this.#context = context;
    this.#settings = settings;
    const { clock, random, http, logger, traffic, workFolder } = context;
    this.#client = new Client({ http, clock, random, settings, traffic, secret: () => this.#secret() });
    this.#downloads = new Downloads(context.downloads, clock, {
      ...settings.attachments,
      own: new URL(settings.url).origin,
    });
    this.#api = new Api({ client: this.#client, settings, logger });
    this.#catalogue = new Catalogue({ settings, folder: workFolder, collections: () => this.#api.collections() });
    this.#computed = new Computed(logger);
    const news = new News();
    const answers = () => context.answers();
    const knownIds = context.knownIds?.bind(context) ?? none;
    const shared = {
      api: this.#api,
      catalogue: this.#catalogue,
      settings,
      clock,
      folder: workFolder,
      answers,
      knownIds,
    };
    this.#reader = new Reader({
      ...shared,
      logger,
      pace: this.#client.pace,
      workspace: settings.workspace,
      computed: this.#computed,
      told: (object, changed, gone) => news.told(object, [...changed, ...gone]),
      readUntil: (object, time) => news.readUntil(object, time),
    });
    this.#lists = new ListReader({ ...shared, workspace: settings.workspace, computed: this.#computed });
    this.#activities = new ActivityReader({ ...shared, news, idsOf: (object) => this.#reader.idsOf(object) });
  }

  async describe(): Promise<SourceDescription> {
    const samples = await this.#samples();
    const described = describeSamples(
      { workspace: this.#settings.workspace, computed: this.#computed, settings: this.#settings },
      samples,
    );
    const collections = samples.map(({ collection }) => collection);
    const { ignoredPageSize } = this.#api;
    return {
      source: this.source,
      ...described,
      objects: [...described.objects, describeActivity(collections)],
      automations: [],
      questions: activityQuestions(samples, this.#settings),
      notes: [
        ...described.notes,
        'Workflows and automations cannot be read: fill in the template of `changeover inventory template`.',
        ...(ignoredPageSize === null
          ? []
          : [`[KINABASE_PAGE_SIZE] The service gives ${ignoredPageSize} records a page, whatever is asked for.`]),
      ],
    };
  }

  snapshot(object: string, resumeFrom: Checkpoint | null, signal: AbortSignal): AsyncIterable<Page> {
    return this.#read(object, resumeFrom, signal);
  }

  changes(object: string, since: Checkpoint, signal: AbortSignal): AsyncIterable<Page> {
    return this.#read(object, since, signal);
  }

  openFile(reference: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return openFile(
      {
        api: this.#api,
        catalogue: this.#catalogue,
        client: this.#client,
        downloads: this.#downloads,
        url: this.#settings.url,
      },
      reference,
      signal,
    );
  }

  probe(): Promise<readonly string[]> {
    return probe({
      client: this.#client,
      api: this.#api,
      catalogue: this.#catalogue,
      settings: this.#settings,
      clock: this.#context.clock,
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async *#read(object: string, from: Checkpoint | null, signal: AbortSignal): AsyncGenerator<Page> {
    if (object === ACTIVITY) return yield* this.#activities.read(from, signal);
    const list = await this.#catalogue.list(object);
    if (list !== null) return yield* this.#lists.read(list, from, signal);
    yield* this.#reader.read(object, positionOf(from), signal);
  }

  /** A look at every collection; what it met is kept, so that names stay. */
  async #samples(): Promise<readonly Sample[]> {
    const samples: Sample[] = [];
    for (const collection of await this.#refreshed()) {
      const sample = await sampleOf(this.#api, collection, this.#settings);
      this.#catalogue.learn(collection, sample.records);
      this.#reader.counted(collection.object, sample.total);
      samples.push(sample);
    }
    await this.#catalogue.keep();
    return samples;
  }

  /** A key that has not come after five working days: the export is proposed (KIN-S1). */
  async #refreshed() {
    try {
      return await this.#catalogue.refresh();
    } catch (thrown) {
      const error = asChangeoverError(thrown);
      const { accessRequested: requested } = this.#settings;
      const waiting = error.code === 'KINABASE_CREDENTIALS' || error.code === 'CONFIG_SECRET_MISSING';
      if (!waiting || requested === undefined) throw thrown;
      const due = new Date(dueOf(requested)).toISOString().slice(0, 10);
      if (overdue(requested, this.#context.clock.now()))
        throw new ChangeoverError(
          'KINABASE_ACCESS_OVERDUE',
          `access was asked for on ${requested}, and no key works yet`,
          { cause: thrown },
        );
      throw new ChangeoverError(
        'KINABASE_ACCESS_PENDING',
        `access was asked for on ${requested}; an answer may take until ${due}`,
        { cause: thrown },
      );
    }
  }

  #secret(): string {
    return this.#context.secret?.(this.#settings.appSecret, 'the app secret of Kinabase') ?? '';
  }
}

async function* none(): AsyncIterable<string> {}
