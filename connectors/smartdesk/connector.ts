import { resolve } from 'node:path';
import type {
  Capabilities,
  Checkpoint,
  Connector,
  ConnectorContext,
  Page,
  SourceDescription,
  SourceQuestion,
} from '../../src/source/connector.ts';
import { type ExportProfile, type ExportRow, ExportSource } from '../../src/source/export/export-source.ts';
import { describeOwners } from '../../src/source/export/owners.ts';
import { secondExportQuestion } from '../../src/source/export/second-export.ts';
import { describeStages } from '../../src/source/export/stages.ts';
import { exportProfile, isObject } from './profile.ts';
import { parseSettings, type Settings } from './settings.ts';
import { stageMapQuestion } from './stage-map.ts';
import { survey } from './survey.ts';

/** What this connector can do: a delta is a new export compared with the last one. */
export const CAPABILITIES: Capabilities = { deltas: 'export-diff', deletes: true, files: false, pollMs: 5000 };

/** Reads exports of SmartDesk's administration from a folder. */
export class SmartDesk implements Connector {
  readonly source: string;
  readonly capabilities = CAPABILITIES;
  readonly #context: ConnectorContext;
  readonly #settings: Settings;
  readonly #profile: ExportProfile;
  readonly #export: ExportSource;

  constructor(context: ConnectorContext, settings: Settings, source: string) {
    this.source = source;
    this.#context = context;
    this.#settings = settings;
    this.#profile = exportProfile(settings);
    this.#export = new ExportSource(context, {
      source,
      folder: resolve(settings.folder),
      profile: this.#profile,
      limits: { deleteShare: settings.deleteShare, deleteRows: settings.deleteRows },
      ...(context.knownIds === undefined ? {} : { knownIds: context.knownIds.bind(context) }),
      stability: { looks: settings.stability.looks, intervalMs: settings.stability.seconds * 1000 },
    });
  }

  async describe(): Promise<SourceDescription> {
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
      objects: described.objects.filter(({ name }) => isObject(name)),
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
    return this.#export.snapshot(object, resumeFrom, signal);
  }

  changes(object: string, since: Checkpoint, signal: AbortSignal): AsyncIterable<Page> {
    return this.#export.changes(object, since, signal);
  }

  openFile(reference: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return this.#export.openFile(reference, signal);
  }

  probe(): Promise<readonly string[]> {
    return this.#export.probe();
  }

  close(): Promise<void> {
    return this.#export.close();
  }

  async #secondExport(): Promise<SourceQuestion | null> {
    if (!this.#settings.compareBeforeLoad) return null;
    return secondExportQuestion(resolve(this.#settings.folder), this.#profile, this.#context.workFolder);
  }
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
