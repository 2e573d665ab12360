import { join, resolve } from 'node:path';
import type {
  Capabilities,
  Checkpoint,
  Connector,
  ConnectorContext,
  FieldDescription,
  ObjectDescription,
  Page,
  PlainColumns,
  SourceDescription,
  SourceQuestion,
} from '../../src/source/connector.ts';
import { type ExportProfile, type ExportRow, ExportSource } from '../../src/source/export/export-source.ts';
import { describeOwners } from '../../src/source/export/owners.ts';
import { secondExportQuestion } from '../../src/source/export/second-export.ts';
import { describeStages } from '../../src/source/export/stages.ts';
import { stageMapQuestion } from '../../src/source/stage-map.ts';
import { Client } from './api/client.ts';
import { PLAIN } from './api/plain.ts';
import { ApiSets } from './api/sets.ts';
import { exportProfile, isObject } from './profile.ts';
import { parseSettings, type Settings } from './settings.ts';
import { survey } from './survey.ts';

/** What this connector can do: a delta is a new export compared with the last one. */
export const CAPABILITIES: Capabilities = { deltas: 'export-diff', deletes: true, files: true, pollMs: 5000 };

/** Reads exports of SmartDesk's administration from a folder, or what a customer's API gives, as an export that is made again and again. */
export class SmartDesk implements Connector {
  readonly source: string;
  readonly capabilities: Capabilities;
  /** What an API gives is written into sets in one way; cells of exports are read as the mapping's formats say. */
  readonly plain: PlainColumns;
  readonly #context: ConnectorContext;
  readonly #settings: Settings;
  readonly #profile: ExportProfile;
  readonly #export: ExportSource;
  /** Where sets of files lie. */
  readonly #folder: string;
  /** Null where exports are dropped by people. */
  readonly #api: ApiSets | null;

  constructor(context: ConnectorContext, settings: Settings, source: string) {
    this.source = source;
    this.#context = context;
    this.#settings = settings;
    this.#profile = exportProfile(settings);
    this.#api = apiSets(context, settings, this.#profile);
    this.capabilities = { ...CAPABILITIES, live: this.#api !== null };
    this.plain = this.#api === null ? {} : PLAIN;
    this.#folder = this.#api?.folder ?? resolve(settings.folder ?? '');
    // Sets of our own are whole as soon as they are there.
    const looks = this.#api === null ? settings.stability.looks : 1;
    this.#export = new ExportSource(context, {
      source,
      folder: this.#folder,
      profile: this.#profile,
      attachments: settings.attachments,
      limits: { deleteShare: settings.deleteShare, deleteRows: settings.deleteRows },
      ...(context.knownIds === undefined ? {} : { knownIds: context.knownIds.bind(context) }),
      stability: { looks, intervalMs: settings.stability.seconds * 1000 },
    });
  }

  async describe(): Promise<SourceDescription> {
    await this.#api?.refresh(new AbortController().signal);
    const described = await this.#export.describe();
    const found = await survey(this.#export);
    const stages = await describeStages(this.#export.rows('stage'), found.stages, await this.#context.answers());
    const questions: readonly (SourceQuestion | null)[] = [
      ...described.questions,
      await this.#secondExport(),
      ...stages.questions,
      // Nobody can approve a map of stages whose order is still asked for.
      stages.questions.length > 0 ? null : stageMapQuestion(stages.pipelines, found.stages),
    ];
    return {
      source: this.source,
      objects: await this.#certain(described.objects.filter(({ name }) => isObject(name))),
      owners: await describeOwners(this.#export.rows('user'), found.owners),
      pipelines: stages.pipelines,
      automations: [],
      questions: questions.filter((question) => question !== null),
      notes: [
        ...described.notes,
        'Workflows, e-mail templates and the help desk’s configuration are not in the export: fill in the template of `changeover inventory template`.',
        ...(await userNotes(this.#export.rows('user'))),
      ],
    };
  }

  snapshot(object: string, resumeFrom: Checkpoint | null, signal: AbortSignal): AsyncIterable<Page> {
    return this.#afterRead(object, signal, () => this.#export.snapshot(object, resumeFrom, signal));
  }

  changes(object: string, since: Checkpoint, signal: AbortSignal): AsyncIterable<Page> {
    return this.#afterRead(object, signal, () => this.#export.changes(object, since, signal));
  }

  openFile(reference: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return this.#export.openFile(reference, signal);
  }

  probe(): Promise<readonly string[]> {
    return this.#api === null ? this.#export.probe() : this.#api.probe(new AbortController().signal);
  }

  close(): Promise<void> {
    return this.#export.close();
  }

  /** An object that the API did not give stops with its own error, and only it. */
  async *#afterRead(object: string, signal: AbortSignal, pages: () => AsyncIterable<Page>): AsyncGenerator<Page> {
    await this.#api?.refresh(signal);
    this.#api?.check(object);
    yield* pages();
  }

  /** What JSON says is a number has a point: no look at its digits is needed. */
  async #certain(objects: readonly ObjectDescription[]): Promise<readonly ObjectDescription[]> {
    const api = this.#api;
    if (api === null) return objects;
    return Promise.all(
      objects.map(async (object) => {
        const numbers = await api.numbers(object.name);
        return { ...object, fields: object.fields.map((field) => (numbers.has(field.name) ? asNumber(field) : field)) };
      }),
    );
  }

  async #secondExport(): Promise<SourceQuestion | null> {
    if (!this.#settings.compareBeforeLoad || this.#api !== null) return null;
    return secondExportQuestion(this.#folder, this.#profile, this.#context.workFolder);
  }
}

function asNumber(field: FieldDescription): FieldDescription {
  const { proposal } = field;
  if (proposal === null || proposal.decided || proposal.candidates.some(({ type }) => type !== 'decimal')) return field;
  const format = { type: 'decimal', decimalMark: '.' } as const;
  return { ...field, proposal: { decided: true, format, reason: 'every value is a number of the API' } };
}

function apiSets(context: ConnectorContext, { api, timezone }: Settings, profile: ExportProfile): ApiSets | null {
  if (api === undefined) return null;
  const { clock, random, http, traffic, logger, workFolder } = context;
  const key = () => context.secret?.(api.key, 'the key of SmartDesk’s API') ?? '';
  return new ApiSets({
    client: new Client({ http, clock, random, settings: api, key, traffic }),
    settings: api,
    profiles: new Map(profile.objects.filter(({ name }) => name in api.objects).map((object) => [object.name, object])),
    folder: join(workFolder, 'api'),
    timezone,
    clock,
    logger,
  });
}

/** Throws CONFIG_INVALID for settings that it does not understand. */
export function createConnector(
  context: ConnectorContext,
  settings: Readonly<Record<string, unknown>>,
  source = 'smartdesk',
): Connector {
  return new SmartDesk(context, parseSettings(settings), source);
}

/** Role and state of every user, for the report: members of Twenty are made by its own administrators (SMD-8). */
async function userNotes(users: AsyncIterable<ExportRow>): Promise<string[]> {
  const notes: string[] = [];
  for await (const { id, fields } of users) {
    const told = [fields.Role, fields.Active].map((cell) => (cell ?? '').trim()).filter((cell) => cell !== '');
    notes.push(`User ${fields.Email ?? id}: ${told.length === 0 ? 'neither role nor state given' : told.join(', ')}.`);
  }
  return notes;
}
