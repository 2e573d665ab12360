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
import { type ExportProfile, ExportSource } from '../../src/source/export/export-source.ts';
import { describeOwners } from '../../src/source/export/owners.ts';
import { secondExportQuestion } from '../../src/source/export/second-export.ts';
import { describeStages } from '../../src/source/export/stages.ts';
import { exportProfile, isObject } from './profile.ts';
import { parseSettings, type Settings } from './settings.ts';
import { type Survey, survey } from './survey.ts';

/** What this connector can do: there is no API, so a delta is a new export compared with the last one (SCO-S2). */
export const CAPABILITIES: Capabilities = { deltas: 'export-diff', deletes: true, files: true, pollMs: 5000 };

/** Reads exports of Smart CRM Online from a folder. */
export class SmartCrmOnline implements Connector {
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
      attachments: settings.attachments,
      limits: { deleteShare: settings.deleteShare, deleteRows: settings.deleteRows },
      ...(context.knownIds === undefined ? {} : { knownIds: context.knownIds.bind(context) }),
      stability: { looks: settings.stability.looks, intervalMs: settings.stability.seconds * 1000 },
    });
  }

  async describe(): Promise<SourceDescription> {
    const described = await this.#export.describe();
    const found = await survey(this.#export);
    const second = await this.#secondExport();
    const stages = await describeStages(this.#export.rows('stage'), found.stages, await this.#context.answers());
    return {
      source: this.source,
      objects: described.objects.filter(({ name }) => isObject(name)),
      owners: await describeOwners(this.#export.rows('owner'), found.owners.keys()),
      pipelines: stages.pipelines,
      automations: [],
      questions: [...described.questions, ...second, ...stages.questions, ...questionsOf(found)],
      notes: [...described.notes, ...notesOf(found, await this.#tags())],
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

  async #secondExport(): Promise<readonly SourceQuestion[]> {
    if (!this.#settings.compareBeforeLoad) return [];
    const question = await secondExportQuestion(
      resolve(this.#settings.folder),
      this.#profile,
      this.#context.workFolder,
    );
    return question === null ? [] : [question];
  }

  /** Tags of the tags file, by kind: classification tags are candidates for topics (SCO-11). */
  async #tags(): Promise<ReadonlyMap<string, readonly string[]>> {
    const kinds = new Map<string, string[]>();
    for await (const { id, fields } of this.#export.rows('tag')) {
      const kind = (fields.Kind ?? '').trim();
      kinds.set(kind, [...(kinds.get(kind) ?? []), id]);
    }
    return kinds;
  }
}

/** Throws CONFIG_INVALID for settings that it does not understand. */
export function createConnector(
  context: ConnectorContext,
  settings: Readonly<Record<string, unknown>>,
  source = 'smart-crm-online',
): Connector {
  return new SmartCrmOnline(context, parseSettings(settings), source);
}

function questionsOf({ withoutPrimaryContact, archivedOnly }: Survey): SourceQuestion[] {
  const questions: SourceQuestion[] = archivedOnly.map(({ object, column, rows }) => ({
    id: `archived-only/${object}/${column}`,
    object,
    question: `Only archived records use ${column}. Keep it, or drop it?`,
    detail: { column, rows, how: 'keep: map the column; drop: skip it in the mapping' },
    choices: ['keep', 'drop'],
    blocking: false,
  }));
  if (withoutPrimaryContact.count > 0) {
    questions.push({
      id: 'companies-without-primary-contact',
      object: 'company',
      question: `${withoutPrimaryContact.count} companies have no primary contact. Make a placeholder person for each, leave them, or decide one by one?`,
      detail: { ...withoutPrimaryContact, how: 'set the choice companyWithoutContact in the mapping' },
      choices: ['placeholder', 'leave', 'ask'],
      blocking: false,
    });
  }
  return questions;
}

function notesOf({ attachments }: Survey, tags: ReadonlyMap<string, readonly string[]>): string[] {
  const notes = [
    'Workflows, automations and settings are not in the export: fill in the template of `changeover inventory template`.',
  ];
  if (attachments.files > 0) {
    notes.push(
      `${attachments.emails} e-mails name ${attachments.files} attachments, which the export does not hold: they are listed as not moved.`,
    );
  }
  for (const [kind, names] of tags) notes.push(`Tags${kind === '' ? '' : ` of kind ${kind}`}: ${names.join(', ')}.`);
  return notes;
}
